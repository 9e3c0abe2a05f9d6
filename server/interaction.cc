#include "server/interaction.h"

#include <algorithm>
#include <map>
#include <string_view>

#include "server/field_checks.h"
#include "server/join_text.h"
#include "server/money.h"
#include "server/reasons.h"
#include "server/time_conversion.h"

namespace kpid::server {
namespace {

// The enums of the contract, of metrics and of the database have the same numbers.
static_assert(static_cast<int>(metrics::Channel::kOther) == v1::CHANNEL_OTHER);
static_assert(v1::Channel_MAX == v1::CHANNEL_OTHER);
static_assert(static_cast<int>(metrics::Direction::kOutbound) == v1::DIRECTION_OUTBOUND);
static_assert(v1::Direction_MAX == v1::DIRECTION_OUTBOUND);
static_assert(static_cast<int>(metrics::Outcome::kInProgress) == v1::OUTCOME_IN_PROGRESS);
static_assert(v1::Outcome_MAX == v1::OUTCOME_IN_PROGRESS);
static_assert(static_cast<int>(metrics::Resolution::kUnknown) == v1::RESOLUTION_UNKNOWN);
static_assert(v1::Resolution_MAX == v1::RESOLUTION_UNKNOWN);

struct Problem {
  const char* reason = nullptr;  // Null: none.
  const char* description = nullptr;
};

template <typename Entry>
Problem AttributeProblem(const Entry& entry) {
  const std::string_view value = entry.second;
  if (!IsName(entry.first, /*dot_allowed=*/true)) {
    return {reason::kFieldMalformed,
            "key must be 1 to 64 bytes of [a-z0-9_.-] starting with a letter"};
  }
  if (value.empty()) return {reason::kFieldRequired, "value is required: 1 to 128 bytes"};
  if (value.size() > kIdBytesMax) {
    return {reason::kFieldTooLong, "value must have at most 128 bytes"};
  }
  switch (FindTextProblem(value, LineBreaks::kRefused)) {
    case TextProblem::kNone:
      return {};
    case TextProblem::kInvalidUtf8:
      return {reason::kFieldInvalidText, "value is not valid UTF-8"};
    case TextProblem::kControlCharacter:
      return {reason::kFieldInvalidText, "value contains a control character"};
  }
  return {};
}

void ValidateAttributes(const v1::Interaction& message, const FieldPath& path,
                        ViolationList* violations) {
  if (message.attributes_size() == 0) return;
  if (message.attributes_size() > kAttributesMax) {
    violations->Add(path.Field("attributes"), reason::kTooManyItems,
                    JoinText("has ", message.attributes_size(), " entries; at most ",
                             kAttributesMax, " are allowed"));
    return;
  }
  // In the order of keys, whatever the map's: looked at only when something is wrong.
  const auto wrong = [](const auto& entry) { return AttributeProblem(entry).reason != nullptr; };
  if (std::none_of(message.attributes().begin(), message.attributes().end(), wrong)) return;
  const std::map<std::string_view, std::string_view> sorted(message.attributes().begin(),
                                                            message.attributes().end());
  for (const auto& entry : sorted) {
    const Problem problem = AttributeProblem(entry);
    if (problem.reason == nullptr) continue;
    violations->Add(path.Entry("attributes", entry.first), problem.reason, problem.description);
  }
}

void ValidateTimes(const v1::Interaction& message, const FieldChecks& checks) {
  const auto arrive = checks.Time("arrive_time", message.has_arrive_time(), message.arrive_time(),
                                  Presence::kRequired);
  const auto enqueue = checks.Time("enqueue_time", message.has_enqueue_time(),
                                   message.enqueue_time(), Presence::kOptional);
  const auto answer = checks.Time("answer_time", message.has_answer_time(), message.answer_time(),
                                  Presence::kOptional);
  const auto first_response = checks.Time("first_response_time", message.has_first_response_time(),
                                          message.first_response_time(), Presence::kOptional);
  const auto end =
      checks.Time("end_time", message.has_end_time(), message.end_time(), Presence::kOptional);
  checks.Order("arrive_time", arrive, "enqueue_time", enqueue);
  // Each time against the nearest earlier one that is given.
  checks.Order(enqueue ? "enqueue_time" : "arrive_time", enqueue ? enqueue : arrive, "answer_time",
               answer);
  checks.Order("arrive_time", arrive, "first_response_time", first_response);
  if (answer) {
    checks.Order("answer_time", answer, "end_time", end);
  } else {
    checks.Order(enqueue ? "enqueue_time" : "arrive_time", enqueue ? enqueue : arrive, "end_time",
                 end);
  }
}

}  // namespace

void ValidateInteraction(const v1::Interaction& message, const FieldPath& path,
                         ViolationList* violations) {
  const FieldChecks checks(path, violations);
  checks.Id("interaction_id", message.interaction_id(), Presence::kRequired);
  checks.Id("customer_id", message.customer_id(), Presence::kOptional);
  checks.Id("conversation_id", message.conversation_id(), Presence::kOptional);
  checks.Id("case_id", message.case_id(), Presence::kOptional);
  checks.Enum("channel", message.channel(), v1::Channel_IsValid(message.channel()),
              Presence::kOptional);
  checks.Enum("direction", message.direction(), v1::Direction_IsValid(message.direction()),
              Presence::kOptional);
  checks.Id("queue_id", message.queue_id(), Presence::kOptional);
  checks.Id("agent_id", message.agent_id(), Presence::kOptional);
  ValidateTimes(message, checks);
  const bool abandoned = message.outcome() == v1::OUTCOME_ABANDONED ||
                         message.outcome() == v1::OUTCOME_ABANDONED_BEFORE_QUEUE;
  if (abandoned && message.has_answer_time()) {
    checks.Add("answer_time", reason::kFieldContradicts,
               "must be absent on an abandoned interaction");
  }
  checks.Duration("talk_duration", message.has_talk_duration(), message.talk_duration());
  checks.Duration("hold_duration", message.has_hold_duration(), message.hold_duration());
  checks.Duration("wrap_up_duration", message.has_wrap_up_duration(), message.wrap_up_duration());
  checks.Enum("outcome", message.outcome(), v1::Outcome_IsValid(message.outcome()),
              Presence::kRequired);
  checks.Enum("resolution", message.resolution(), v1::Resolution_IsValid(message.resolution()),
              Presence::kOptional);
  if (message.upsell_accepted() && !message.upsell_offered()) {
    checks.Add("upsell_accepted", reason::kFieldContradicts, "needs upsell_offered");
  }
  if (message.has_revenue()) {
    ValidateMoney(message.revenue(), path.Field("revenue"), violations);
  }
  ValidateAttributes(message, path, violations);
  checks.Revision("revision", message.revision());
}

storage::InteractionRecord ToInteractionRecord(const v1::Interaction& message) {
  storage::InteractionRecord record;
  record.interaction_id = message.interaction_id();
  record.customer_id = message.customer_id();
  record.conversation_id = message.conversation_id();
  record.case_id = message.case_id();
  record.queue_id = message.queue_id();
  record.agent_id = message.agent_id();
  record.channel = static_cast<metrics::Channel>(message.channel());
  record.direction = message.direction() == v1::DIRECTION_UNSPECIFIED
                         ? metrics::Direction::kInbound
                         : static_cast<metrics::Direction>(message.direction());
  record.outcome = static_cast<metrics::Outcome>(message.outcome());
  record.resolution = static_cast<metrics::Resolution>(message.resolution());
  record.transferred = message.transferred();
  record.conversion_eligible = message.conversion_eligible();
  record.converted = message.converted();
  record.upsell_offered = message.upsell_offered();
  record.upsell_accepted = message.upsell_accepted();
  record.arrive = ToInstant(message.arrive_time());
  if (message.has_enqueue_time()) record.enqueue = ToInstant(message.enqueue_time());
  if (message.has_answer_time()) record.answer = ToInstant(message.answer_time());
  if (message.has_first_response_time()) {
    record.first_response = ToInstant(message.first_response_time());
  }
  if (message.has_end_time()) record.end = ToInstant(message.end_time());
  if (message.has_talk_duration()) record.talk = ToDuration(message.talk_duration());
  if (message.has_hold_duration()) record.hold = ToDuration(message.hold_duration());
  if (message.has_wrap_up_duration()) record.wrap_up = ToDuration(message.wrap_up_duration());
  if (message.has_revenue()) record.revenue = ToMoneyAmount(message.revenue());
  if (message.attributes_size() > 0) {
    record.attributes.assign(message.attributes().begin(), message.attributes().end());
    std::sort(record.attributes.begin(), record.attributes.end());
  }
  record.revision = message.revision();
  return record;
}

}  // namespace kpid::server
