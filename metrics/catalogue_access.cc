// Access and speed. Inbound only, contacts_handled apart.
#include "metrics/catalogue_rows.h"

namespace kpid::metrics {
namespace {

constexpr std::string_view kArea = "access";

// The two parameters of what counts as offered and as abandoned.
struct Scope {
  bool before_queue = false;
  bool flow_outs = true;

  explicit Scope(const KernelContext& context)
      : before_queue(context.boolean("include_before_queue")),
        flow_outs(context.boolean("include_flow_outs")) {}

  // Offered, in progress or not.
  bool Offered(const InteractionRow& row) const {
    const Outcome outcome = row.outcome();
    return row.inbound() && (outcome != Outcome::kAbandonedBeforeQueue || before_queue) &&
           (outcome != Outcome::kFlowedOut || flow_outs);
  }
};

// Not inlined, so that its branches never mingle with those that evaluation needs: there the call
// itself is left out.
[[gnu::const, gnu::noinline]] CountKind WhyNotOffered(bool inbound, Outcome outcome) {
  if (!inbound) return CountKind::kOutbound;
  return outcome == Outcome::kFlowedOut ? CountKind::kFlowedOut : CountKind::kBeforeQueue;
}
[[gnu::const, gnu::noinline]] CountKind WhyNotAbandoned(bool inbound, Outcome outcome) {
  if (!inbound) return CountKind::kOutbound;
  if (outcome == Outcome::kInProgress) return CountKind::kPending;
  return outcome == Outcome::kAbandonedBeforeQueue ? CountKind::kBeforeQueue
                                                   : CountKind::kNotAbandoned;
}

// Why a contact is not offered, or not abandoned. REQUIRES: it is not; kStatus.
CountKind WhyNotOffered(const InteractionRow& row) {
  return WhyNotOffered(row.inbound(), row.outcome());
}
CountKind WhyNotAbandoned(const InteractionRow& row) {
  return WhyNotAbandoned(row.inbound(), row.outcome());
}

// The reason does not depend on `counts`: otherwise the loops that count get branches for it.
CountSample CountedIf(bool counts, CountKind why_not) {
  return {.counts = counts, .reason = why_not};
}

// Given up by the customer. REQUIRES: kStatus.
bool Abandoned(const InteractionRow& row, bool before_queue) {
  const Outcome outcome = row.outcome();
  return row.inbound() && (outcome == Outcome::kAbandoned ||
                           (outcome == Outcome::kAbandonedBeforeQueue && before_queue));
}

bool Pending(const InteractionRow& row) { return row.inbound() && row.in_progress(); }

ParameterDefinition BeforeQueueParameter() {
  return {.name = "include_before_queue",
          .kind = ParameterKind::kBoolean,
          .default_text = "false",
          .description =
              "Whether contacts that the customer gave up before reaching a queue count "
              "too, as offered and as abandoned."};
}

ParameterDefinition FlowOutsParameter() {
  return {.name = "include_flow_outs",
          .kind = ParameterKind::kBoolean,
          .default_text = "true",
          .description =
              "Whether contacts that left the queue for another destination count as "
              "offered."};
}

enum class AbandonedAs : uint8_t { kNegative, kIgnore, kPositive };

AbandonedAs AbandonedAsOf(const KernelContext& context) {
  const std::string& choice = context.choice("abandoned_as");
  if (choice == "ignore") return AbandonedAs::kIgnore;
  return choice == "positive" ? AbandonedAs::kPositive : AbandonedAs::kNegative;
}

KpiDefinition ContactsOffered() {
  return {.id = "contacts_offered",
          .title = "Contacts offered",
          .area = kArea,
          .formula = "Inbound contacts that reached a queue, whatever became of them.",
          .unit = Unit::kCount,
          .parameters = {BeforeQueueParameter(), FlowOutsParameter()},
          .dimensions = DimensionsOf(FactKind::kInteraction),
          .kernel = Count<InteractionRow>(SetOf(Column::kStatus), [](const KernelContext& context) {
            const Scope scope(context);
            return [=](const InteractionRow& row) -> CountSample {
              return CountedIf(scope.Offered(row), WhyNotOffered(row));
            };
          })};
}

KpiDefinition ContactsHandled() {
  return {.id = "contacts_handled",
          .title = "Contacts handled",
          .area = kArea,
          .formula = "Contacts, inbound and outbound, that an agent handled.",
          .unit = Unit::kCount,
          .dimensions = DimensionsOf(FactKind::kInteraction),
          .kernel = Count<InteractionRow>(SetOf(Column::kStatus), [](const KernelContext&) {
            return [](const InteractionRow& row) -> CountSample {
              return CountedIf(row.handled(), WhyNotHandled(row));
            };
          })};
}

KpiDefinition ContactsAbandoned() {
  return {.id = "contacts_abandoned",
          .title = "Contacts abandoned",
          .area = kArea,
          .formula = "Inbound contacts that the customer gave up while waiting in a queue.",
          .unit = Unit::kCount,
          .parameters = {BeforeQueueParameter(), FlowOutsParameter()},
          .dimensions = DimensionsOf(FactKind::kInteraction),
          .kernel = Count<InteractionRow>(SetOf(Column::kStatus), [](const KernelContext& context) {
            const bool before_queue = Scope(context).before_queue;
            return [=](const InteractionRow& row) -> CountSample {
              return CountedIf(Abandoned(row, before_queue), WhyNotAbandoned(row));
            };
          })};
}

auto ServiceLevelRow(const KernelContext& context) {
  const Scope scope(context);
  const int64_t threshold = context.microseconds("threshold");
  const AbandonedAs abandoned_as = AbandonedAsOf(context);
  return [=](const InteractionRow& row) -> RatioSample {
    if (!scope.Offered(row)) return LeftOut<RatioSample>(WhyNotOffered(row));
    if (row.in_progress()) return Apart<RatioSample>(CountKind::kPending);
    const int64_t wait = row.wait();
    const bool in_time = wait <= threshold;
    RatioSample sample = OutOf(row.handled() && in_time);
    if (Abandoned(row, true)) {
      if (in_time && abandoned_as == AbandonedAs::kIgnore) {
        return Apart<RatioSample>(CountKind::kShortAbandoned);
      }
      sample.numerator = in_time && abandoned_as == AbandonedAs::kPositive;
    } else if (!row.handled()) {
      return sample;
    }
    if (wait == kAbsent) sample.counted = CountKind::kUnknownDuration;
    return sample;
  };
}

KpiDefinition ServiceLevel() {
  return {.id = "service_level",
          .aliases = {"sl"},
          .title = "Service level",
          .area = kArea,
          .formula =
              "Contacts handled with a wait of at most the threshold, over contacts "
              "offered.",
          .unit = Unit::kPercent,
          .better = BetterDirection::kUp,
          .parameters = {{.name = "threshold",
                          .kind = ParameterKind::kDuration,
                          .default_text = "20s",
                          .minimum_text = "0s",
                          .maximum_text = "30d",
                          .description = "Longest wait, from joining the queue to the answer, "
                                         "that is in time."},
                         {.name = "abandoned_as",
                          .kind = ParameterKind::kChoice,
                          .default_text = "negative",
                          .choices = {"negative", "ignore", "positive"},
                          .description = "What contacts abandoned within the threshold are: not "
                                         "served (negative), left out of the denominator (ignore), "
                                         "or served in time (positive)."},
                         BeforeQueueParameter(),
                         FlowOutsParameter()},
          .dimensions = DimensionsOf(FactKind::kInteraction),
          .counts =
              Names({CountKind::kPending, CountKind::kUnknownDuration, CountKind::kShortAbandoned}),
          .kernel = Ratio<InteractionRow>(
              SetOf(Column::kStatus, Column::kWait),
              [](const KernelContext& context) { return ServiceLevelRow(context); })};
}

KpiDefinition AbandonmentRate() {
  return {.id = "abandonment_rate",
          .title = "Abandonment rate",
          .area = kArea,
          .formula = "Contacts abandoned over contacts offered.",
          .unit = Unit::kPercent,
          .better = BetterDirection::kDown,
          .parameters = {{.name = "short_abandon",
                          .kind = ParameterKind::kDuration,
                          .default_text = "0s",
                          .minimum_text = "0s",
                          .maximum_text = "30d",
                          .description = "Contacts abandoned after a wait of at most this leave "
                                         "both sides; 0s: none do."},
                         BeforeQueueParameter(),
                         FlowOutsParameter()},
          .dimensions = DimensionsOf(FactKind::kInteraction),
          .counts = Names({CountKind::kPending, CountKind::kShortAbandoned}),
          .kernel = Ratio<InteractionRow>(
              SetOf(Column::kStatus, Column::kWait), [](const KernelContext& context) {
                const Scope scope(context);
                const int64_t short_abandon = context.microseconds("short_abandon");
                return [=](const InteractionRow& row) -> RatioSample {
                  if (!scope.Offered(row)) return LeftOut<RatioSample>(WhyNotOffered(row));
                  if (row.in_progress()) return Apart<RatioSample>(CountKind::kPending);
                  const bool abandoned = Abandoned(row, true);
                  if (abandoned && short_abandon > 0 && row.wait() <= short_abandon) {
                    return Apart<RatioSample>(CountKind::kShortAbandoned);
                  }
                  return OutOf(abandoned);
                };
              })};
}

KpiDefinition AverageSpeedOfAnswer() {
  return {.id = "average_speed_of_answer",
          .aliases = {"asa"},
          .title = "Average speed of answer",
          .area = kArea,
          .formula =
              "Wait, from joining the queue to the answer, of inbound contacts handled, "
              "over these contacts.",
          .unit = Unit::kSeconds,
          .better = BetterDirection::kDown,
          .has_statistics = true,
          .dimensions = DimensionsOf(FactKind::kInteraction),
          .counts = Names({CountKind::kPending, CountKind::kUnknownDuration}),
          .kernel = Average<InteractionRow>(
              SetOf(Column::kStatus, Column::kWait), [](const KernelContext&) {
                return [](const InteractionRow& row) -> AmountSample {
                  if (Pending(row)) return Apart<AmountSample>(CountKind::kPending);
                  if (!row.inbound() || !row.handled()) {
                    return LeftOut<AmountSample>(row.inbound() ? CountKind::kNotHandled
                                                               : CountKind::kOutbound);
                  }
                  return Measured(row.wait());
                };
              })};
}

KpiDefinition FirstResponseTime() {
  return {.id = "first_response_time",
          .aliases = {"frt", "art_response"},
          .title = "First response time",
          .area = kArea,
          .formula =
              "Time from the arrival of an inbound contact to the first response (or else "
              "the answer), over the contacts that have one.",
          .unit = Unit::kSeconds,
          .better = BetterDirection::kDown,
          .has_statistics = true,
          .dimensions = DimensionsOf(FactKind::kInteraction),
          .counts = Names({CountKind::kPending, CountKind::kUnknownDuration}),
          .kernel = Average<InteractionRow>(
              SetOf(Column::kStatus, Column::kFirstResponse), [](const KernelContext&) {
                return [](const InteractionRow& row) -> AmountSample {
                  if (Pending(row)) return Apart<AmountSample>(CountKind::kPending);
                  // Only a handled contact must have had a response.
                  if (!row.inbound() || (!row.handled() && row.first_response() == kAbsent)) {
                    return LeftOut<AmountSample>(row.inbound() ? CountKind::kNoResponse
                                                               : CountKind::kOutbound);
                  }
                  return Measured(row.first_response());
                };
              })};
}

KpiDefinition LongestWait() {
  return {.id = "longest_wait",
          .title = "Longest wait",
          .area = kArea,
          .formula = "Greatest wait of an inbound contact handled or abandoned.",
          .unit = Unit::kSeconds,
          .better = BetterDirection::kDown,
          .parameters = {BeforeQueueParameter()},
          .dimensions = DimensionsOf(FactKind::kInteraction),
          .counts = Names({CountKind::kPending, CountKind::kUnknownDuration}),
          .kernel = Greatest<InteractionRow>(
              SetOf(Column::kStatus, Column::kWait), [](const KernelContext& context) {
                const bool before_queue = context.boolean("include_before_queue");
                return [=](const InteractionRow& row) -> AmountSample {
                  if (Pending(row)) return Apart<AmountSample>(CountKind::kPending);
                  const bool handled = row.inbound() && row.handled();
                  if (!handled && !Abandoned(row, before_queue)) {
                    return LeftOut<AmountSample>(WhyNotAbandoned(row));
                  }
                  return Measured(row.wait());
                };
              })};
}

KpiDefinition AverageTimeToAbandon() {
  return {.id = "average_time_to_abandon",
          .title = "Average time to abandon",
          .area = kArea,
          .formula =
              "Wait of contacts abandoned, from joining the queue to giving up, over these "
              "contacts.",
          .unit = Unit::kSeconds,
          .parameters = {BeforeQueueParameter()},
          .has_statistics = true,
          .dimensions = DimensionsOf(FactKind::kInteraction),
          .counts = Names({CountKind::kPending, CountKind::kUnknownDuration}),
          .kernel = Average<InteractionRow>(
              SetOf(Column::kStatus, Column::kWait), [](const KernelContext& context) {
                const bool before_queue = context.boolean("include_before_queue");
                return [=](const InteractionRow& row) -> AmountSample {
                  if (Pending(row)) return Apart<AmountSample>(CountKind::kPending);
                  if (!Abandoned(row, before_queue)) {
                    return LeftOut<AmountSample>(WhyNotAbandoned(row));
                  }
                  return Measured(row.wait());
                };
              })};
}

KpiDefinition CallbackRate() {
  return {.id = "callback_rate",
          .title = "Callback rate",
          .area = kArea,
          .formula = "Contacts whose customer asked to be called back, over contacts offered.",
          .unit = Unit::kPercent,
          .parameters = {BeforeQueueParameter(), FlowOutsParameter()},
          .dimensions = DimensionsOf(FactKind::kInteraction),
          .counts = Names({CountKind::kPending}),
          .kernel = Ratio<InteractionRow>(SetOf(Column::kStatus), [](const KernelContext& context) {
            const Scope scope(context);
            return [=](const InteractionRow& row) -> RatioSample {
              if (!scope.Offered(row)) return {};
              if (row.in_progress()) return Apart<RatioSample>(CountKind::kPending);
              return OutOf(row.outcome() == Outcome::kCallbackRequested);
            };
          })};
}

}  // namespace

std::vector<KpiDefinition> AccessKpis() {
  return {ContactsOffered(),      ContactsHandled(),      ContactsAbandoned(), ServiceLevel(),
          AbandonmentRate(),      AverageSpeedOfAnswer(), FirstResponseTime(), LongestWait(),
          AverageTimeToAbandon(), CallbackRate()};
}

}  // namespace kpid::metrics
