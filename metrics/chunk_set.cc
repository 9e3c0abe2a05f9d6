#include "metrics/chunk_set.h"

#include <algorithm>
#include <cassert>
#include <stdexcept>
#include <utility>

namespace kpid::metrics {
namespace {

// A chunk is joined with those before it that have at most as many times its rows: so there are
// about log4 of the rows of a period, and a row is rewritten a few times for each.
constexpr size_t kJoinRatio = 4;

// A chunk of which one row in so many is dead is rewritten.
constexpr size_t kDeadShare = 8;

// Numbers of chunks that slots have room for; the last one would be KeyPages::kNone.
constexpr size_t kChunksMax = (size_t{1} << (32 - ChunkSet::kRowBits)) - 1;

int64_t FloorDivide(int64_t a, int64_t b) { return a / b - (a % b < 0 ? 1 : 0); }

}  // namespace

ChunkSet::ChunkSet(const Kind& kind, size_t rows_max)
    : kind_(kind), rows_max_(std::clamp<size_t>(rows_max, 1, kRowsMax)) {}

int64_t ChunkSet::PeriodOf(int64_t order) const { return FloorDivide(order, kind_.period.count()); }

ChunkSet::Resident& ChunkSet::Mutable(uint32_t number) {
  Resident& resident = residents_[number];
  if (!resident.published) return resident;
  resident.chunk = kind_.copy(*resident.chunk);
  resident.published = false;
  unpublished_.push_back(number);
  return resident;
}

void ChunkSet::Kill(uint32_t handle) {
  const Slot slot = SlotOf(handle);
  Resident& resident = Mutable(slot.chunk);
  FactChunk& chunk = *resident.chunk;
  if (chunk.dead_ == nullptr) {
    chunk.dead_ = std::make_shared<std::vector<uint64_t>>((chunk.size() + 63) / 64);
  } else if (resident.dead_published) {
    chunk.dead_ = std::make_shared<std::vector<uint64_t>>(*chunk.dead_);
  }
  resident.dead_published = false;
  assert(chunk.Alive(slot.row));
  (*chunk.dead_)[slot.row / 64] |= uint64_t{1} << (slot.row % 64);
  ++resident.dead;
  touched_.push_back(resident.period);
}

uint32_t ChunkSet::Install(int64_t period, std::shared_ptr<FactChunk> chunk) {
  uint32_t number = 0;
  if (free_.empty()) {
    number = static_cast<uint32_t>(residents_.size());
    if (number == kChunksMax) throw std::length_error("too many chunks of facts");
    residents_.emplace_back();
  } else {
    number = free_.back();
    free_.pop_back();
  }
  std::vector<int64_t> keys = ValuesOf(*chunk, Column::kRowKey);
  for (size_t row = 0; row < keys.size(); ++row) {
    keys_.Set(keys[row], number << kRowBits | static_cast<uint32_t>(row));
  }
  residents_[number] = {.chunk = std::move(chunk), .period = period};
  unpublished_.push_back(number);
  return number;
}

void ChunkSet::Drop(uint32_t number) {
  residents_[number] = {};
  free_.push_back(number);
}

void ChunkSet::Add(std::shared_ptr<FactChunk> rows) {
  assert(rows->size() > 0 && rows->size() <= rows_max_);
  const int64_t period = PeriodOf(kind_.order_of(*rows).front());
  periods_[period].push_back(Install(period, std::move(rows)));
  touched_.push_back(period);
}

std::vector<uint32_t> ChunkSet::ChunksToJoin(const std::vector<uint32_t>& numbers) const {
  const bool scarce = residents_.size() - free_.size() > kChunksMax / 2;
  const size_t ratio = scarce ? rows_max_ : kJoinRatio;
  std::vector<uint32_t> rising = numbers;
  std::stable_sort(rising.begin(), rising.end(), [&](uint32_t a, uint32_t b) {
    return residents_[a].alive() < residents_[b].alive();
  });
  // All up to the greatest one that is not much greater than those before it together.
  size_t count = 0;
  size_t before = 0;
  size_t rows = 0;
  for (size_t i = 0; i < rising.size(); ++i) {
    const size_t alive = residents_[rising[i]].alive();
    if (before + alive > rows_max_) break;
    if (i > 0 && alive <= ratio * before) {
      count = i + 1;
      rows = before + alive;
    }
    before += alive;
  }
  std::vector<uint32_t> chosen(rising.begin(), rising.begin() + static_cast<ptrdiff_t>(count));
  for (size_t i = count; i < rising.size(); ++i) {
    const Resident& resident = residents_[rising[i]];
    const bool full_of_dead = resident.dead * kDeadShare > resident.chunk->size();
    if (!full_of_dead || rows + resident.alive() > rows_max_) continue;
    chosen.push_back(rising[i]);
    rows += resident.alive();
  }
  return chosen;
}

void ChunkSet::Join(const std::vector<uint32_t>& numbers) {
  std::vector<const FactChunk*> chunks;
  for (const uint32_t number : numbers) chunks.push_back(residents_[number].chunk.get());
  // In the order of time where chunks came one after the other, so that joining is cheap.
  std::sort(chunks.begin(), chunks.end(), [](const FactChunk* a, const FactChunk* b) {
    return a->column(Column::kRowKey).minimum() < b->column(Column::kRowKey).minimum();
  });
  const int64_t period = residents_[numbers.front()].period;
  const MergedRows rows(chunks, kind_.order_of);
  std::shared_ptr<FactChunk> joined = kind_.join(rows, chunks);
  for (const uint32_t number : numbers) Drop(number);
  periods_[period].push_back(Install(period, std::move(joined)));
}

void ChunkSet::SettlePeriod(std::vector<uint32_t>* numbers) {
  const auto leave_out = [&](const std::vector<uint32_t>& gone) {
    std::erase_if(*numbers, [&](uint32_t number) {
      return std::find(gone.begin(), gone.end(), number) != gone.end();
    });
  };
  std::vector<uint32_t> empty;
  for (const uint32_t number : *numbers) {
    if (residents_[number].alive() > 0) continue;
    Drop(number);
    empty.push_back(number);
  }
  leave_out(empty);
  const std::vector<uint32_t> chosen = ChunksToJoin(*numbers);
  if (chosen.empty()) return;
  leave_out(chosen);
  Join(chosen);
}

void ChunkSet::Settle() {
  std::sort(touched_.begin(), touched_.end());
  touched_.erase(std::unique(touched_.begin(), touched_.end()), touched_.end());
  for (const int64_t period : touched_) {
    const auto found = periods_.find(period);
    SettlePeriod(&found->second);
    if (found->second.empty()) periods_.erase(found);
  }
  touched_.clear();
}

void ChunkSet::SetColumn(uint32_t number, Column column, PackedColumn values) {
  Mutable(number).chunk->columns_[static_cast<size_t>(column)] = std::move(values);
}

std::vector<std::shared_ptr<const FactChunk>> ChunkSet::Publish() {
  for (const uint32_t number : unpublished_) {
    residents_[number].published = residents_[number].dead_published = true;
  }
  unpublished_.clear();
  std::vector<std::shared_ptr<const FactChunk>> chunks;
  chunks.reserve(residents_.size() - free_.size());
  for (const auto& [period, numbers] : periods_) {
    for (const uint32_t number : numbers) chunks.push_back(residents_[number].chunk);
  }
  return chunks;
}

}  // namespace kpid::metrics
