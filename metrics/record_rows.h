// Decoded rows of quality evaluations and tickets.
#pragma once

#include <span>

#include "metrics/fact_rows.h"
#include "metrics/quality_columns.h"

namespace kpid::metrics {

class QualityRow : public FactRow {
 public:
  static constexpr FactKind kFactKind = FactKind::kQualityEvaluation;
  static constexpr TimeBasis kTimeBasis = TimeBasis::kEvaluate;

  explicit QualityRow(const FactBlock& block)
      : items_(static_cast<const QualityChunk*>(block.chunk)->items()),
        first_item_(Amounts(block, Column::kFirstItem)),
        item_count_(Amounts(block, Column::kItemCount)) {}

  // Column::kFirstItem and Column::kItemCount.
  std::span<const QualityFact::Item> items() const {
    return items_.subspan(static_cast<size_t>(At(first_item_)),
                          static_cast<size_t>(At(item_count_)));
  }

 private:
  std::span<const QualityFact::Item> items_;
  const int64_t* first_item_;
  const int64_t* item_count_;
};

class TicketRow : public FactRow {
 public:
  static constexpr FactKind kFactKind = FactKind::kTicket;

  explicit TicketRow(const FactBlock& block)
      : open_(Amounts(block, Column::kOpen)),
        first_resolve_(Amounts(block, Column::kFirstResolve)),
        last_resolve_(Amounts(block, Column::kLastResolve)),
        first_response_delay_(Amounts(block, Column::kFirstResponseDelay)),
        reopens_(Amounts(block, Column::kReopens)) {}

  // Columns of their names. Microseconds; kAbsent when unknown.
  int64_t open() const { return At(open_); }
  int64_t first_resolve() const { return At(first_resolve_); }
  int64_t last_resolve() const { return At(last_resolve_); }
  int64_t first_response_delay() const { return At(first_response_delay_); }
  int64_t reopens() const { return At(reopens_); }

 private:
  const int64_t* open_;
  const int64_t* first_resolve_;
  const int64_t* last_resolve_;
  const int64_t* first_response_delay_;
  const int64_t* reopens_;
};

// A ticket, counted when it was opened, resolved for the first time, or for the last time.
class OpenedTicketRow : public TicketRow {
 public:
  static constexpr TimeBasis kTimeBasis = TimeBasis::kOpen;
  using TicketRow::TicketRow;
};
class FirstResolvedTicketRow : public TicketRow {
 public:
  static constexpr TimeBasis kTimeBasis = TimeBasis::kFirstResolve;
  using TicketRow::TicketRow;
};
class ResolvedTicketRow : public TicketRow {
 public:
  static constexpr TimeBasis kTimeBasis = TimeBasis::kResolve;
  using TicketRow::TicketRow;
};

}  // namespace kpid::metrics
