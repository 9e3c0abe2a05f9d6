// Resolution: whether one contact was enough.
#include <algorithm>

#include "metrics/catalogue_rows.h"

namespace kpid::metrics {
namespace {

constexpr std::string_view kArea = "resolution";

ParameterDefinition WindowParameter() {
  return {.name = "window",
          .kind = ParameterKind::kDuration,
          .default_text = "48h",
          .minimum_text = "0s",
          .maximum_text = "366d",
          .description =
              "How long after the end of a contact another one counts as a repeat; for "
              "agent_marked, how long a contact is no first one."};
}

ParameterDefinition SameQueueParameter() {
  return {.name = "same_queue",
          .kind = ParameterKind::kBoolean,
          .default_text = "false",
          .description = "Whether only contacts of the same queue count as repeats (no_repeat)."};
}

ParameterDefinition IncludeImmatureParameter() {
  return {.name = "include_immature",
          .kind = ParameterKind::kBoolean,
          .default_text = "false",
          .description = "Whether contacts whose window has not yet passed count too (no_repeat)."};
}

// The window of a demand, where 0 means none: a window of 0 still matches contacts that touch.
Duration DemandedWindow(const KernelContext& context) {
  return std::max(context.duration("window"), Duration(1));
}

void NeedRepeats(const KernelContext& context, KpiNeeds* needs) {
  needs->repeat_window = DemandedWindow(context);
  needs->columns |= context.boolean("same_queue") ? SetOf(Column::kRepeatGapSameQueue)
                                                  : SetOf(Column::kRepeatGap);
}

// Whether inbound handled contacts of known customers were followed by a repeat: those that were
// (kRepeated) or were not are the numerator.
template <bool kRepeated>
auto RepeatRow(const KernelContext& context) {
  const int64_t window = context.microseconds("window");
  const int64_t mature_end = context.horizon_microseconds() - window;
  const bool same_queue = context.boolean("same_queue");
  const bool include_immature = context.boolean("include_immature");
  RowReading reading{.marks = kMarkKnownCustomer};
  reading.cuts[0] = {same_queue ? Column::kRepeatGapSameQueue : Column::kRepeatGap, window};
  if (!include_immature) {
    reading.cuts[1] = {.column = Column::kEndOffset, .limit = mature_end, .instant = true};
  }
  return ByReading(reading, [=](const InteractionRow& row) -> RatioSample {
    if (!row.inbound()) return LeftOut<RatioSample>(CountKind::kOutbound);
    if (row.in_progress()) return Apart<RatioSample>(CountKind::kPending);
    if (!row.handled()) return LeftOut<RatioSample>(CountKind::kNotHandled);
    if (!row.marked(kMarkKnownCustomer)) return Apart<RatioSample>(CountKind::kUnknownCustomer);
    if (!include_immature && row.end() > mature_end) {
      return Apart<RatioSample>(CountKind::kImmature);
    }
    const int64_t gap = same_queue ? row.repeat_gap_same_queue() : row.repeat_gap();
    return OutOf((gap <= window) == kRepeated);
  });
}

template <bool kRepeated>
const KpiKernel* Repeats() {
  return Ratio<InteractionRow>(
      SetOf(Column::kStatus, Column::kMarks, Column::kArrive, Column::kEndOffset),
      [](const KernelContext& context) { return RepeatRow<kRepeated>(context); }, NeedRepeats);
}

const KpiKernel* AgentMarked() {
  return Ratio<InteractionRow>(
      SetOf(Column::kStatus, Column::kMarks, Column::kSincePrevious),
      [](const KernelContext& context) {
        const int64_t window = context.microseconds("window");
        const RowReading reading{.marks = kMarkResolved | kMarkUnresolved,
                                 .cuts = {Cut{Column::kSincePrevious, window}}};
        return ByReading(reading, [=](const InteractionRow& row) -> RatioSample {
          if (row.in_progress()) return Apart<RatioSample>(CountKind::kPending);
          if (!row.handled() || row.since_previous() <= window) {
            return LeftOut<RatioSample>(row.handled() ? CountKind::kNotFirstContact
                                                      : CountKind::kNotHandled);
          }
          const bool resolved = row.marked(kMarkResolved);
          if (!resolved && !row.marked(kMarkUnresolved)) {
            return Apart<RatioSample>(CountKind::kUnmarked);
          }
          return OutOf(resolved);
        });
      },
      [](const KernelContext& context, KpiNeeds* needs) {
        needs->first_contact_window = DemandedWindow(context);
      });
}

const KpiKernel* SingleContactCase() {
  return Ratio<InteractionRow>(
      SetOf(Column::kMarks, Column::kCaseState),
      [](const KernelContext&) {
        const RowReading reading{.marks = kMarkResolved, .case_state = true};
        return ByReading(reading, [](const InteractionRow& row) -> RatioSample {
          switch (row.case_state()) {
            case kCaseNone:
              return LeftOut<RatioSample>(CountKind::kNotFirstOfCase);
            case kCasePending:
              return Apart<RatioSample>(CountKind::kPending);
            case kCaseSingle:
              return OutOf(row.marked(kMarkResolved));
            case kCaseMany:
              break;
          }
          return OutOf(false);
        });
      },
      [](const KernelContext&, KpiNeeds* needs) { needs->whole_cases = true; });
}

const KpiKernel* SurveyConfirmed() {
  return Ratio<AnsweredSurveyRow>(SetOf(Column::kStatus, Column::kScore), [](const KernelContext&) {
    constexpr int64_t kYes = 1000;
    const RowReading reading{.cuts = {AbsenceOf(Column::kScore), Cut{Column::kScore, kYes - 1}}};
    return ByReading(reading, [](const AnsweredSurveyRow& row) -> RatioSample {
      if (row.kind() != SurveyKind::kResolutionConfirmed || !row.answered()) {
        return LeftOut<RatioSample>(WhyNoAnswer(row, SurveyKind::kResolutionConfirmed));
      }
      return OutOf(row.score() >= kYes);
    });
  });
}

KpiDefinition FirstContactResolution() {
  return {.id = "first_contact_resolution",
          .aliases = {"fcr"},
          .title = "First contact resolution",
          .area = kArea,
          .formula =
              "By method. no_repeat: inbound contacts handled, of known customers, after whose end "
              "no other inbound contact of the customer, in another conversation, arrives within "
              "the window, over all such contacts whose window has passed. agent_marked: first "
              "contacts of a customer or case marked resolved, over those marked. "
              "survey_confirmed: surveys that confirm the resolution, over those answered "
              "(respond_time; not by attribute). single_contact_case: cases with one contact, "
              "resolved, over cases by their first contact.",
          .unit = Unit::kPercent,
          .better = BetterDirection::kUp,
          .parameters = {{.name = "method",
                          .kind = ParameterKind::kChoice,
                          .default_text = "no_repeat",
                          .choices = {"no_repeat", "agent_marked", "survey_confirmed",
                                      "single_contact_case"},
                          .description = "How a first contact resolution is told."},
                         WindowParameter(),
                         SameQueueParameter(),
                         IncludeImmatureParameter()},
          .dimensions = DimensionsOf(FactKind::kInteraction),
          .counts = Names({CountKind::kPending, CountKind::kImmature, CountKind::kUnknownCustomer,
                           CountKind::kUnmarked}),
          .kernel = ByChoice("method", {{"no_repeat", Repeats<false>()},
                                        {"agent_marked", AgentMarked()},
                                        {"survey_confirmed", SurveyConfirmed()},
                                        {"single_contact_case", SingleContactCase()}})};
}

KpiDefinition RepeatContactRate() {
  return {.id = "repeat_contact_rate",
          .title = "Repeat contact rate",
          .area = kArea,
          .formula =
              "100 minus first contact resolution by no_repeat: inbound contacts handled, of "
              "known customers, that were followed by a repeat, over all such contacts.",
          .unit = Unit::kPercent,
          .better = BetterDirection::kDown,
          .parameters = {WindowParameter(), SameQueueParameter(), IncludeImmatureParameter()},
          .dimensions = DimensionsOf(FactKind::kInteraction),
          .counts = Names({CountKind::kPending, CountKind::kImmature, CountKind::kUnknownCustomer}),
          .kernel = Repeats<true>()};
}

}  // namespace

std::vector<KpiDefinition> ResolutionKpis() {
  return {FirstContactResolution(), RepeatContactRate()};
}

}  // namespace kpid::metrics
