#include "metrics/chunk_set.h"

#include <algorithm>
#include <cassert>
#include <numeric>
#include <stdexcept>
#include <utility>

#include "metrics/fact_order.h"

namespace kpid::metrics {
namespace {

// A chunk is joined with those before it that have at most as many times its rows: so there are
// about log4 of the rows of a period, and a row is rewritten a few times for each.
constexpr size_t kJoinRatio = 4;

// A chunk of which one row in so many is dead is rewritten.
constexpr size_t kDeadShare = 8;

// Numbers of chunks that slots have room for; the last one would be KeyPages::kNone.
constexpr size_t kChunksMax = (size_t{1} << (32 - ChunkSet::kRowBits)) - 1;

}  // namespace

ChunkSet::ChunkSet(const Kind& kind, size_t rows_max)
    : kind_(kind), rows_max_(std::clamp<size_t>(rows_max, 1, kRowsMax)) {}

int64_t ChunkSet::PeriodOf(int64_t order) const { return metrics::PeriodOf(order, kind_.period); }

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

uint32_t ChunkSet::NewNumber() {
  if (!free_.empty()) {
    const uint32_t number = free_.back();
    free_.pop_back();
    return number;
  }
  const auto number = static_cast<uint32_t>(residents_.size());
  if (number == kChunksMax) throw std::length_error("too many chunks of facts");
  residents_.emplace_back();
  return number;
}

uint32_t ChunkSet::Install(int64_t period, std::shared_ptr<FactChunk> chunk) {
  const uint32_t number = NewNumber();
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

// Places, in `weights`, of the chunks of a period that are to be one; none: nothing is due.
std::vector<size_t> ChunkSet::ChunksToJoin(std::span<const Weight> weights) const {
  const bool scarce = residents_.size() - free_.size() > kChunksMax / 2;
  const size_t ratio = scarce ? rows_max_ : kJoinRatio;
  std::vector<size_t> rising(weights.size());
  std::iota(rising.begin(), rising.end(), size_t{0});
  std::stable_sort(rising.begin(), rising.end(),
                   [&](size_t a, size_t b) { return weights[a].alive < weights[b].alive; });
  // All up to the greatest one that is not much greater than those before it together.
  size_t count = 0;
  size_t before = 0;
  size_t rows = 0;
  for (size_t i = 0; i < rising.size(); ++i) {
    const size_t alive = weights[rising[i]].alive;
    if (before + alive > rows_max_) break;
    if (i > 0 && alive <= ratio * before) {
      count = i + 1;
      rows = before + alive;
    }
    before += alive;
  }
  std::vector<size_t> chosen(rising.begin(), rising.begin() + static_cast<ptrdiff_t>(count));
  for (size_t i = count; i < rising.size(); ++i) {
    const Weight& weight = weights[rising[i]];
    const bool full_of_dead = weight.dead * kDeadShare > weight.alive + weight.dead;
    if (!full_of_dead || rows + weight.alive > rows_max_) continue;
    chosen.push_back(rising[i]);
    rows += weight.alive;
  }
  return chosen;
}

std::shared_ptr<FactChunk> ChunkSet::Joined(std::vector<const FactChunk*> chunks) const {
  // In the order of time where chunks came one after the other, so that joining is cheap.
  std::sort(chunks.begin(), chunks.end(), [](const FactChunk* a, const FactChunk* b) {
    return a->column(Column::kRowKey).minimum() < b->column(Column::kRowKey).minimum();
  });
  const MergedRows rows(chunks, kind_.order_of);
  return kind_.join(rows, chunks);
}

void ChunkSet::Join(const std::vector<uint32_t>& numbers) {
  std::vector<const FactChunk*> chunks;
  for (const uint32_t number : numbers) chunks.push_back(residents_[number].chunk.get());
  const int64_t period = residents_[numbers.front()].period;
  std::shared_ptr<FactChunk> joined = Joined(std::move(chunks));
  for (const uint32_t number : numbers) Drop(number);
  periods_[period].push_back(Install(period, std::move(joined)));
}

void ChunkSet::JoinLoaded(std::vector<std::shared_ptr<FactChunk>>* chunks) const {
  // Whatever order threads brought them in.
  std::sort(chunks->begin(), chunks->end(), [](const auto& a, const auto& b) {
    return a->column(Column::kRowKey).minimum() < b->column(Column::kRowKey).minimum();
  });
  while (chunks->size() > 1) {
    std::vector<Weight> weights;
    for (const auto& chunk : *chunks) weights.push_back({chunk->size(), 0});
    const std::vector<size_t> chosen = ChunksToJoin(weights);
    if (chosen.empty()) return;
    std::vector<const FactChunk*> sources;
    for (const size_t place : chosen) sources.push_back((*chunks)[place].get());
    std::shared_ptr<FactChunk> joined = Joined(std::move(sources));
    for (const size_t place : chosen) (*chunks)[place] = nullptr;
    std::erase(*chunks, nullptr);
    chunks->push_back(std::move(joined));
  }
}

absl::Status ChunkSet::PlaceKeys(std::span<const uint32_t> numbers, const Workers& workers) {
  std::vector<std::vector<int64_t>> pages(numbers.size());
  absl::Status status = ForEachInParallel(workers, numbers.size(), [&](size_t i) {
    std::vector<int64_t> keys = ValuesOf(chunk(numbers[i]), Column::kRowKey);
    for (int64_t& key : keys) key = KeyPages::PageOf(key);
    const auto end = std::unique(keys.begin(), keys.end());
    std::sort(keys.begin(), end);
    pages[i].assign(keys.begin(), std::unique(keys.begin(), end));
  });
  if (!status.ok()) return status;
  for (const std::vector<int64_t>& own : pages) keys_.AddPages(own);
  status = ForEachInParallel(workers, numbers.size(), [&](size_t i) {
    const std::vector<int64_t> keys = ValuesOf(chunk(numbers[i]), Column::kRowKey);
    KeyPages::Near near(&keys_);
    for (size_t row = 0; row < keys.size(); ++row) {
      keys_.Place(near.Find(keys[row]), numbers[i] << kRowBits | static_cast<uint32_t>(row));
    }
  });
  keys_.CountNew();
  return status;
}

absl::Status ChunkSet::Load(std::vector<NewChunk> chunks, const Workers& workers) {
  assert(keys_.size() == 0);
  std::map<int64_t, std::vector<std::shared_ptr<FactChunk>>> by_period;
  for (NewChunk& chunk : chunks) by_period[chunk.period].push_back(std::move(chunk.rows));
  std::vector<std::vector<std::shared_ptr<FactChunk>>*> groups;
  for (auto& [period, group] : by_period) groups.push_back(&group);
  const absl::Status status =
      ForEachInParallel(workers, groups.size(), [&](size_t i) { JoinLoaded(groups[i]); });
  if (!status.ok()) return status;
  std::vector<uint32_t> numbers;
  for (auto& [period, group] : by_period) {
    for (std::shared_ptr<FactChunk>& chunk : group) {
      const uint32_t number = NewNumber();
      residents_[number] = {.chunk = std::move(chunk), .period = period};
      unpublished_.push_back(number);
      periods_[period].push_back(number);
      numbers.push_back(number);
    }
  }
  return PlaceKeys(numbers, workers);
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
  std::vector<Weight> weights;
  for (const uint32_t number : *numbers) {
    weights.push_back({residents_[number].alive(), residents_[number].dead});
  }
  std::vector<uint32_t> chosen;
  for (const size_t place : ChunksToJoin(weights)) chosen.push_back((*numbers)[place]);
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
