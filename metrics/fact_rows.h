// Decoded rows, as the kernels of KPIs see them.
#pragma once

#include <array>
#include <cassert>
#include <cstddef>
#include <cstdint>

#include "metrics/catalogue.h"
#include "metrics/fact.h"
#include "metrics/fact_chunk.h"

namespace kpid::metrics {

// Rows of a block: enough to make the cost per block small, few enough to stay in cache.
inline constexpr size_t kBlockRows = 2048;

// Some rows, decoded, and the cells (slice and bucket) that they belong to. Columns that no KPI
// of the scan reads are null.
struct FactBlock {
  size_t size = 0;
  bool uniform = false;  // All rows belong to `cell`.
  uint32_t cell = 0;
  const uint32_t* cells = nullptr;   // By row, when not uniform.
  const FactChunk* chunk = nullptr;  // That the rows are of; null for pieces of spans.
  std::array<const void*, kColumnCount> columns{};
};

// The row views below are made once for a block and moved from row to row. A KPI may read the
// columns that its row of the catalogue names, no others.
class FactRow {
 public:
  void MoveTo(size_t row) { row_ = row; }

 protected:
  template <class T>
  static const T* Typed(const FactBlock& block, Column column) {
    return static_cast<const T*>(block.columns[static_cast<size_t>(column)]);
  }
  static const int64_t* Amounts(const FactBlock& block, Column column) {
    assert(TypeOf(column) == ColumnType::kAmount);
    return Typed<int64_t>(block, column);
  }
  template <class T>
  T At(const T* values) const {
    assert(values != nullptr);  // The KPI reads a column that it has not named.
    return values[row_];
  }

 private:
  size_t row_ = 0;
};

class InteractionRow : public FactRow {
 public:
  static constexpr FactKind kFactKind = FactKind::kInteraction;
  static constexpr TimeBasis kTimeBasis = TimeBasis::kArrive;

  explicit InteractionRow(const FactBlock& block)
      : status_(Typed<uint8_t>(block, Column::kStatus)),
        marks_(Typed<uint8_t>(block, Column::kMarks)),
        case_state_(Typed<uint8_t>(block, Column::kCaseState)),
        currency_(Typed<uint32_t>(block, Column::kCurrency)),
        arrive_(Amounts(block, Column::kArrive)),
        wait_(Amounts(block, Column::kWait)),
        talk_(Amounts(block, Column::kTalk)),
        hold_(Amounts(block, Column::kHold)),
        wrap_up_(Amounts(block, Column::kWrapUp)),
        handle_(Amounts(block, Column::kHandle)),
        first_response_(Amounts(block, Column::kFirstResponse)),
        end_offset_(Amounts(block, Column::kEndOffset)),
        revenue_(Amounts(block, Column::kRevenue)),
        repeat_gap_(Amounts(block, Column::kRepeatGap)),
        repeat_gap_same_queue_(Amounts(block, Column::kRepeatGapSameQueue)),
        since_previous_(Amounts(block, Column::kSincePrevious)) {}

  // Column::kStatus.
  Outcome outcome() const { return static_cast<Outcome>(KindOfStatus(At(status_))); }
  bool handled() const { return outcome() == Outcome::kHandled; }
  bool in_progress() const { return outcome() == Outcome::kInProgress; }
  bool inbound() const {
    return static_cast<Direction>(DirectionOfStatus(At(status_))) != Direction::kOutbound;
  }

  // Column::kMarks.
  bool marked(Mark mark) const { return (At(marks_) & mark) != 0; }

  // Columns of their names. Microseconds; kAbsent when unknown.
  int64_t arrive() const { return At(arrive_); }
  int64_t wait() const { return At(wait_); }
  int64_t talk() const { return At(talk_); }
  int64_t hold() const { return At(hold_); }
  int64_t wrap_up() const { return At(wrap_up_); }
  int64_t handle() const { return At(handle_); }
  int64_t first_response() const { return At(first_response_); }
  int64_t end() const { return At(arrive_) + At(end_offset_); }  // kArrive and kEndOffset.
  int64_t repeat_gap() const { return At(repeat_gap_); }
  int64_t repeat_gap_same_queue() const { return At(repeat_gap_same_queue_); }
  int64_t since_previous() const { return At(since_previous_); }
  CaseState case_state() const { return static_cast<CaseState>(At(case_state_)); }

  // Column::kRevenue, in millionths, and Column::kCurrency, kNoCode without revenue.
  int64_t revenue() const { return At(revenue_); }
  Code currency() const { return At(currency_); }

 private:
  const uint8_t* status_;
  const uint8_t* marks_;
  const uint8_t* case_state_;
  const uint32_t* currency_;
  const int64_t* arrive_;
  const int64_t* wait_;
  const int64_t* talk_;
  const int64_t* hold_;
  const int64_t* wrap_up_;
  const int64_t* handle_;
  const int64_t* first_response_;
  const int64_t* end_offset_;
  const int64_t* revenue_;
  const int64_t* repeat_gap_;
  const int64_t* repeat_gap_same_queue_;
  const int64_t* since_previous_;
};

class SurveyRow : public FactRow {
 public:
  static constexpr FactKind kFactKind = FactKind::kSurvey;

  explicit SurveyRow(const FactBlock& block)
      : status_(Typed<uint8_t>(block, Column::kStatus)),
        score_(Amounts(block, Column::kScore)),
        scale_minimum_(Amounts(block, Column::kScaleMinimum)),
        scale_maximum_(Amounts(block, Column::kScaleMaximum)) {}

  // Column::kStatus.
  SurveyKind kind() const { return static_cast<SurveyKind>(KindOfStatus(At(status_))); }

  // Column::kScore, in thousandths.
  bool answered() const { return At(score_) != kAbsent; }
  int64_t score() const { return At(score_); }

  // Columns of their names, in thousandths.
  int64_t scale_minimum() const { return At(scale_minimum_); }
  int64_t scale_maximum() const { return At(scale_maximum_); }

 private:
  const uint8_t* status_;
  const int64_t* score_;
  const int64_t* scale_minimum_;
  const int64_t* scale_maximum_;
};

// A survey, counted when it was answered.
class AnsweredSurveyRow : public SurveyRow {
 public:
  static constexpr TimeBasis kTimeBasis = TimeBasis::kRespond;
  using SurveyRow::SurveyRow;
};

// A survey, counted when it was sent.
class InvitedSurveyRow : public SurveyRow {
 public:
  static constexpr TimeBasis kTimeBasis = TimeBasis::kInvite;
  using SurveyRow::SurveyRow;
};

}  // namespace kpid::metrics
