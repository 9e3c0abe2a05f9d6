// Pieces of spans: parts of an activity, plan, employment or cost that lie in one cell.
#pragma once

#include "metrics/fact_rows.h"

namespace kpid::metrics {

class PieceRow : public FactRow {
 public:
  static constexpr TimeBasis kTimeBasis = TimeBasis::kOverlap;

  explicit PieceRow(const FactBlock& block)
      : length_(Amounts(block, Column::kLength)), firsts_(Typed<uint8_t>(block, Column::kFirsts)) {}

  // Column::kLength, in microseconds.
  int64_t length() const { return At(length_); }

  // Column::kFirsts: bits of First.
  uint8_t firsts() const { return At(firsts_); }

 private:
  const int64_t* length_;
  const uint8_t* firsts_;
};

class ActivityRow : public PieceRow {
 public:
  static constexpr FactKind kFactKind = FactKind::kActivity;

  explicit ActivityRow(const FactBlock& block)
      : PieceRow(block), state_(Typed<uint8_t>(block, Column::kState)) {}

  // Column::kState.
  AgentState state() const { return static_cast<AgentState>(At(state_)); }

 private:
  const uint8_t* state_;
};

// Planned time while the agent is employed.
class PlanRow : public PieceRow {
 public:
  static constexpr FactKind kFactKind = FactKind::kPlan;

  explicit PlanRow(const FactBlock& block)
      : PieceRow(block),
        state_(Typed<uint8_t>(block, Column::kState)),
        deviation_(Amounts(block, Column::kDeviation)) {}

  // Column::kState.
  PlannedState state() const { return static_cast<PlannedState>(At(state_)); }

  // Column::kDeviation: length of the whole deviation from the plan that the piece is part of, in
  // microseconds; 0: none.
  int64_t deviation() const { return At(deviation_); }

 private:
  const uint8_t* state_;
  const int64_t* deviation_;
};

// Time in which an agent is employed.
class EmploymentRow : public PieceRow {
 public:
  static constexpr FactKind kFactKind = FactKind::kEmployment;
  using PieceRow::PieceRow;
};

// The leaving of an agent.
class LeaverRow : public FactRow {
 public:
  static constexpr FactKind kFactKind = FactKind::kEmployment;
  static constexpr TimeBasis kTimeBasis = TimeBasis::kLeave;

  explicit LeaverRow(const FactBlock& block) : state_(Typed<uint8_t>(block, Column::kState)) {}

  // Column::kState: whether by a transfer.
  bool transfer() const { return At(state_) != 0; }

 private:
  const uint8_t* state_;
};

// What of a cost falls on a bucket.
class CostRow : public FactRow {
 public:
  static constexpr FactKind kFactKind = FactKind::kCost;
  static constexpr TimeBasis kTimeBasis = TimeBasis::kOverlap;

  explicit CostRow(const FactBlock& block)
      : amount_(Amounts(block, Column::kAmount)),
        firsts_(Typed<uint8_t>(block, Column::kFirsts)),
        currency_(Typed<uint32_t>(block, Column::kCurrency)) {}

  // Column::kAmount, in millionths, and Column::kCurrency.
  int64_t amount() const { return At(amount_); }
  Code currency() const { return At(currency_); }

  // Column::kFirsts: bits of First.
  uint8_t firsts() const { return At(firsts_); }

 private:
  const int64_t* amount_;
  const uint8_t* firsts_;
  const uint32_t* currency_;
};

// That tickets begin (or cease) to be open, seen at a bucket's end.
class BacklogRow : public FactRow {
 public:
  static constexpr FactKind kFactKind = FactKind::kTicket;
  static constexpr TimeBasis kTimeBasis = TimeBasis::kInstant;

  explicit BacklogRow(const FactBlock& block) : amount_(Amounts(block, Column::kAmount)) {}

  // Column::kAmount: 1 or -1 for a ticket.
  int64_t change() const { return At(amount_); }

 private:
  const int64_t* amount_;
};

}  // namespace kpid::metrics
