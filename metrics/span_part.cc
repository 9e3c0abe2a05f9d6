#include "metrics/span_part.h"

#include <algorithm>
#include <utility>

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
  using UnitPart::UnitPart;

 private:
  absl::Status AddUnit(size_t unit, const CallLimits& limits) override {
    const FactChunk& chunk = *plan_.snapshot->tickets().chunks()[unit];
    const auto value = [&](Column column, size_t row) { return chunk.column(column).At(row); };
    for (size_t row = 0; row < chunk.size(); ++row) {
      if (row % kBlockRows == 0) {
        if (absl::Status status = limits.Check(); !status.ok()) return status;
      }
      if (!chunk.Alive(row)) continue;
      const uint8_t status_bits = static_cast<uint8_t>(value(Column::kStatus, row));
      const PieceSource source{.number = static_cast<uint32_t>(row),
                               .row_key = explained() ? value(Column::kRowKey, row) : 0,
                               .agent = static_cast<Code>(value(Column::kAgent, row)),
                               .queue = static_cast<Code>(value(Column::kQueue, row)),
                               .priority = static_cast<Code>(value(Column::kPriority, row)),
                               .channel = static_cast<Channel>(ChannelOfStatus(status_bits))};
      const absl::Status status =
          AddTicket(source, value(Column::kOpen, row), value(Column::kFinished, row));
      if (!status.ok()) return status;
    }
    return absl::OkStatus();
  }

  // The first bucket that ends at or after an instant; their number when none does.
  size_t BucketEndingFrom(int64_t microseconds) const {
    const auto& buckets = buckets_of_query();
    const auto found = std::lower_bound(buckets.begin(), buckets.end(), microseconds,
                                        [](const TimeRange& bucket, int64_t t) {
                                          return bucket.end.time_since_epoch().count() < t;
                                        });
    return static_cast<size_t>(found - buckets.begin());
  }

  // The ticket is in the backlog at the ends e with open < e <= finished.
  absl::Status AddTicket(const PieceSource& source, int64_t open, int64_t finished) {
    const auto& buckets = buckets_of_query();
    size_t bucket = BucketEndingFrom(open + 1);
    const size_t last = finished == kAbsent ? buckets.size() : BucketEndingFrom(finished + 1);
    const Instant at = std::max(Instant(Duration(open)), buckets.front().start);
    if (explained() && bucket < buckets.size() && bucket == last) {
      return AddFinished(source, at, finished);
    }
    while (bucket < last) {
      Instant until = Instant::max();
      const auto slot = FindSlot(source, buckets[bucket].end, &until);
      if (!slot.ok()) return slot.status();
      // `until` belongs to the next group already.
      const size_t next = until == Instant::max()
                              ? last
                              : std::min(last, BucketEndingFrom(until.time_since_epoch().count()));
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
