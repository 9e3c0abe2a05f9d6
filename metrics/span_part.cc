#include "metrics/span_part.h"

#include <algorithm>
#include <array>
#include <utility>

#include "metrics/bucket_grid.h"
#include "metrics/exact_sum.h"
#include "metrics/ticket_columns.h"
#include "metrics/unit_part.h"

namespace kpid::metrics {
namespace {

class EmploymentPart final : public UnitPart {
 public:
  using UnitPart::UnitPart;

 private:
  absl::Status AddUnit(size_t unit, const CallLimits&) override {
    const EmploymentFact& fact = plan_.snapshot->employments()[unit];
    const TimeRange range = plan_.employments->OfFact(unit);
    const PieceSource source{
        .number = static_cast<uint32_t>(unit), .row_key = fact.agent, .agent = fact.agent};
    const PieceValues values{.state = fact.transfer};
    if (plan_.time_basis == TimeBasis::kOverlap) return AddRange(source, range, values);
    if (!fact.leave.has_value() || !plan_.query->range.Contains(range.end)) {
      return absl::OkStatus();
    }
    // The group is that of the last moment.
    Instant until = range.end;
    const auto slot = FindSlot(source, range.end - Duration(1), &until);
    if (!slot.ok()) return slot.status();
    const size_t bucket = BucketOf(buckets_of_query(), range.end.time_since_epoch().count());
    if (slot->has_value()) AddPiece(source, **slot, bucket, range.end, 0, values);
    return absl::OkStatus();
  }
};

// The part of a cost before an instant of its period.
int64_t CostBefore(const CostFact& fact, Instant instant) {
  const Int128 length = (fact.end - fact.start).count();
  const Int128 product = Int128{fact.amount.micros} * (instant - fact.start).count();
  Int128 quotient = product / length;
  if (quotient * length > product) --quotient;  // Down, also below 0.
  return static_cast<int64_t>(quotient);
}

class CostPart final : public UnitPart {
 public:
  using UnitPart::UnitPart;

 private:
  absl::Status AddUnit(size_t unit, const CallLimits&) override {
    const CostFact& fact = plan_.snapshot->costs()[unit];
    const TimeRange& asked = plan_.query->range;
    const Instant start = std::max(fact.start, asked.start);
    const Instant end = std::min(fact.end, asked.end);
    if (start >= end) return absl::OkStatus();
    const PieceSource source{.number = static_cast<uint32_t>(unit),
                             .row_key = fact.row_key,
                             .queue = fact.queue,
                             .group = fact.group,
                             .channel = fact.channel};
    Instant until = end;
    const auto slot = FindSlot(source, start, &until);
    if (!slot.ok()) return slot.status();
    if (!slot->has_value()) return absl::OkStatus();
    const auto& buckets = buckets_of_query();
    size_t bucket = BucketOf(buckets, start.time_since_epoch().count());
    for (Instant at = start; at < end; ++bucket) {
      const Instant next = std::min(end, buckets[bucket].end);
      AddPiece(source, **slot, bucket, at, (next - at).count(),
               {.amount = CostBefore(fact, next) - CostBefore(fact, at),
                .currency = fact.amount.currency});
      at = next;
    }
    return absl::OkStatus();
  }
};

// Tickets of a chunk, as of the buckets' ends.
class BacklogPart final : public UnitPart {
 public:
  BacklogPart(const ScanPlan& plan, Units chunks, CellsOfKpis kpis)
      : UnitPart(plan, std::move(chunks), std::move(kpis)), grid_(plan.query->buckets) {}

 private:
  absl::Status AddUnit(size_t unit, const CallLimits& limits) override {
    const FactChunk& chunk = *plan_.snapshot->tickets().chunks()[unit];
    const bool one_cell = plan_.group_by.empty() && plan_.filters.empty() && !explained();
    for (size_t first = 0; first < chunk.size(); first += kBlockRows) {
      if (absl::Status status = limits.Check(); !status.ok()) return status;
      const size_t count = std::min(kBlockRows, chunk.size() - first);
      chunk.column(Column::kOpen).Decode(first, count, open_.data());
      chunk.column(Column::kFinished).Decode(first, count, finished_.data());
      const absl::Status status =
          one_cell ? AddToOneSlot(chunk, first, count) : AddTickets(chunk, first, count);
      if (!status.ok()) return status;
    }
    return absl::OkStatus();
  }

  // The ticket is in the backlog at the ends e with open < e <= finished: from the end of the
  // bucket that holds `open` to before that of the one which holds `finished`.
  size_t FirstBucket(size_t i) const { return grid_.Find(open_[i]); }
  size_t EndBucket(size_t i) const { return grid_.Find(finished_[i]); }

  // Changes are added up before they are told.
  absl::Status AddToOneSlot(const FactChunk& chunk, size_t first, size_t count) {
    const size_t buckets = buckets_of_query().size();
    changes_.assign(buckets + 1, 0);
    for (size_t i = 0; i < count; ++i) {
      if (!chunk.Alive(first + i)) continue;
      const size_t begin = FirstBucket(i);
      const size_t end = EndBucket(i);
      const int64_t change = begin < end ? 1 : 0;
      changes_[begin] += change;
      changes_[end] -= change;
    }
    Instant until = Instant::max();
    const PieceSource source;
    for (size_t bucket = 0; bucket < buckets; ++bucket) {
      if (changes_[bucket] == 0) continue;
      const auto slot = FindSlot(source, Instant{}, &until);
      if (!slot.ok()) return slot.status();
      AddPiece(source, **slot, bucket, buckets_of_query()[bucket].start, 0,
               {.amount = changes_[bucket]});
    }
    return absl::OkStatus();
  }

  absl::Status AddTickets(const FactChunk& chunk, size_t first, size_t count) {
    for (size_t i = 0; i < count; ++i) {
      const size_t row = first + i;
      if (!chunk.Alive(row)) continue;
      const auto value = [&](Column column) { return chunk.column(column).At(row); };
      const uint8_t status_bits = static_cast<uint8_t>(value(Column::kStatus));
      const PieceSource source{.number = static_cast<uint32_t>(row),
                               .row_key = explained() ? value(Column::kRowKey) : 0,
                               .agent = static_cast<Code>(value(Column::kAgent)),
                               .queue = static_cast<Code>(value(Column::kQueue)),
                               .priority = static_cast<Code>(value(Column::kPriority)),
                               .channel = static_cast<Channel>(ChannelOfStatus(status_bits))};
      if (absl::Status status = AddTicket(source, i); !status.ok()) return status;
    }
    return absl::OkStatus();
  }

  absl::Status AddTicket(const PieceSource& source, size_t i) {
    const auto& buckets = buckets_of_query();
    size_t bucket = FirstBucket(i);
    const size_t last = EndBucket(i);
    const Instant at = std::max(Instant(Duration(open_[i])), buckets.front().start);
    if (explained() && bucket < buckets.size() && bucket == last) {
      return AddFinished(source, at, finished_[i]);
    }
    while (bucket < last) {
      Instant until = Instant::max();
      const auto slot = FindSlot(source, buckets[bucket].end, &until);
      if (!slot.ok()) return slot.status();
      // `until` belongs to the next group already.
      const size_t next = until == Instant::max()
                              ? last
                              : std::min(last, grid_.Find(until.time_since_epoch().count() - 1));
      if (slot->has_value()) {
        AddPiece(source, **slot, bucket, at, 0, {.amount = 1});
        if (next < buckets.size()) AddPiece(source, **slot, next, at, 0, {.amount = -1});
      }
      bucket = next;
    }
    return absl::OkStatus();
  }

  // For an explanation (of one bucket): a ticket that was open in it, but not at its end.
  absl::Status AddFinished(const PieceSource& source, Instant at, int64_t finished) {
    const TimeRange& bucket = buckets_of_query().back();
    if (finished < bucket.start.time_since_epoch().count()) return absl::OkStatus();
    Instant until = Instant::max();
    const auto slot = FindSlot(source, bucket.end, &until);
    if (!slot.ok()) return slot.status();
    if (slot->has_value()) AddPiece(source, **slot, 0, at, 0, {.amount = 0});
    return absl::OkStatus();
  }

  BucketGrid grid_;
  std::vector<int64_t> changes_;  // By bucket, one more for what is after the last.
  std::array<int64_t, kBlockRows> open_;
  std::array<int64_t, kBlockRows> finished_;
};

}  // namespace

std::unique_ptr<ScanPart> NewEmploymentPart(const ScanPlan& plan, Units facts, CellsOfKpis kpis) {
  return std::make_unique<EmploymentPart>(plan, std::move(facts), std::move(kpis));
}

std::unique_ptr<ScanPart> NewCostPart(const ScanPlan& plan, Units facts, CellsOfKpis kpis) {
  return std::make_unique<CostPart>(plan, std::move(facts), std::move(kpis));
}

std::unique_ptr<ScanPart> NewBacklogPart(const ScanPlan& plan, Units chunks, CellsOfKpis kpis) {
  return std::make_unique<BacklogPart>(plan, std::move(chunks), std::move(kpis));
}

}  // namespace kpid::metrics
