#include "metrics/piece_writer.h"

#include <algorithm>
#include <span>
#include <utility>

namespace kpid::metrics {
namespace {

// *range becomes that part of it in which the code holds.
Code CodeOf(const DimensionSpace& space, const PieceSource& source, Instant at, TimeRange* range) {
  switch (space.kind()) {
    case DimensionKind::kAgent:
      return source.agent;
    case DimensionKind::kQueue:
      return source.queue;
    case DimensionKind::kChannel:
      return static_cast<Code>(source.channel);
    case DimensionKind::kPriority:
      return source.priority;
    case DimensionKind::kAgentGroup: {
      if (source.group != kNoCode) return space.GroupOfType(source.group);
      const GroupSpan span = space.timeline().SpanAt(source.agent, at);
      range->start = std::max(range->start, span.range.start);
      range->end = std::min(range->end, span.range.end);
      return span.group;
    }
    case DimensionKind::kNone:
    case DimensionKind::kDirection:
    case DimensionKind::kAttribute:
      break;
  }
  return kNoCode;
}

}  // namespace

PiecePart::PiecePart(const ScanPlan& plan, std::vector<std::unique_ptr<KpiCells>> kpis)
    : ScanPart(plan, std::move(kpis)) {
  SetBuckets(0, plan.query->buckets.size());
  if ((plan.columns & Bit(Column::kRowKey)) != 0) sources_ = std::make_unique<Sources>();
}

absl::Status PiecePart::Place(const PieceSource& source, Instant at) {
  placement_ = {.range = {Instant::min(), Instant::max()},
                .agent = source.agent,
                .queue = source.queue,
                .group = source.group,
                .priority = source.priority,
                .channel = source.channel,
                .passes = true,
                .slot = 0};
  for (const CodeFilter& filter : plan_.filters) {
    placement_.passes &= filter.passes[CodeOf(*filter.space, source, at, &placement_.range)] != 0;
  }
  std::array<Code, kGroupByMax> codes{};
  for (size_t d = 0; d < plan_.group_by.size(); ++d) {
    codes[d] = CodeOf(*plan_.group_by[d], source, at, &placement_.range);
  }
  if (!placement_.passes) return absl::OkStatus();
  if (!plan_.group_by.empty()) {
    placement_.slot = slots_.Find(std::span(codes).first(plan_.group_by.size()));
  }
  if (slots_.size() > room_) {
    if (const absl::Status status = MakeRoom(); !status.ok()) return status;
  }
  if (last_in_slot_.size() < slots_.size()) {
    last_in_slot_.resize(slots_.size());
    last_in_cell_.resize(slots_.size() * buckets_);
  }
  return absl::OkStatus();
}

absl::StatusOr<std::optional<uint32_t>> PiecePart::FindSlot(const PieceSource& source, Instant at,
                                                            Instant* until) {
  if (!IsPlaced(source, at)) {
    if (const absl::Status status = Place(source, at); !status.ok()) return status;
  }
  *until = std::min(*until, placement_.range.end);
  if (!placement_.passes) return std::optional<uint32_t>();
  return std::optional<uint32_t>(placement_.slot);
}

// Near the last one in most cases.
size_t PiecePart::BucketAt(Instant instant) {
  const auto& buckets = buckets_of_query();
  if (!buckets[last_bucket_].Contains(instant)) {
    const bool next =
        last_bucket_ + 1 < buckets.size() && buckets[last_bucket_ + 1].Contains(instant);
    last_bucket_ = next ? last_bucket_ + 1 : BucketOf(buckets, instant.time_since_epoch().count());
  }
  return last_bucket_;
}

absl::Status PiecePart::AddRange(const PieceSource& source, TimeRange range,
                                 const PieceValues& values) {
  range.start = std::max(range.start, plan_.query->range.start);
  range.end = std::min(range.end, plan_.query->range.end);
  if (range.Empty()) return absl::OkStatus();
  const auto& buckets = buckets_of_query();
  size_t bucket = BucketAt(range.start);
  for (Instant at = range.start; at < range.end;) {
    if (!IsPlaced(source, at)) {
      if (const absl::Status status = Place(source, at); !status.ok()) return status;
    }
    const Instant until = std::min(range.end, placement_.range.end);
    while (at < until) {
      const Instant end = std::min(until, buckets[bucket].end);
      if (placement_.passes) {
        AddPiece(source, placement_.slot, bucket, at, (end - at).count(), values);
      }
      if (end == buckets[bucket].end) ++bucket;
      at = end;
    }
  }
  return absl::OkStatus();
}

uint8_t PiecePart::FirstsOf(const PieceSource& source, uint32_t slot, size_t cell) {
  const uint32_t mark = source.number + 1;
  unsigned firsts = 0;
  if (std::exchange(last_in_cell_[cell], mark) != mark) firsts |= kFirstInCell;
  if (std::exchange(last_in_slot_[slot], mark) != mark) firsts |= kFirstInSlice;
  if (std::exchange(last_of_all_, mark) != mark) firsts |= kFirstOfAll;
  return static_cast<uint8_t>(firsts);
}

void PiecePart::AddPiece(const PieceSource& source, uint32_t slot, size_t bucket, Instant at,
                         int64_t length, const PieceValues& values) {
  const size_t cell = slot * buckets_ + bucket;
  cell_[size_] = static_cast<uint32_t>(cell);
  length_[size_] = length;
  deviation_[size_] = values.deviation;
  amount_[size_] = values.amount;
  currency_[size_] = values.currency;
  state_[size_] = values.state;
  firsts_[size_] = FirstsOf(source, slot, cell);
  if (sources_ != nullptr) {
    sources_->row_key[size_] = source.row_key;
    sources_->time[size_] = at.time_since_epoch().count();
    sources_->agent[size_] = source.agent;
    sources_->queue[size_] = source.queue;
    sources_->status[size_] = MakeStatus(0, source.channel, Direction::kNone);
  }
  if (++size_ == kBlockRows) Flush();
}

void PiecePart::Flush() {
  if (size_ == 0) return;
  FactBlock block;
  block.size = size_;
  block.cells = cell_.data();
  const auto set = [&](Column column, const void* values) {
    block.columns[static_cast<size_t>(column)] = values;
  };
  set(Column::kLength, length_.data());
  set(Column::kDeviation, deviation_.data());
  set(Column::kAmount, amount_.data());
  set(Column::kCurrency, currency_.data());
  set(Column::kState, state_.data());
  set(Column::kFirsts, firsts_.data());
  if (sources_ != nullptr) {
    set(Column::kRowKey, sources_->row_key.data());
    set(Column::kArrive, sources_->time.data());
    set(Column::kAgent, sources_->agent.data());
    set(Column::kQueue, sources_->queue.data());
    set(Column::kStatus, sources_->status.data());
  }
  for (const auto& cells : kpis_) cells->Add(block);
  size_ = 0;
}

}  // namespace kpid::metrics
