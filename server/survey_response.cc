#include "server/survey_response.h"

#include <optional>

#include "server/field_checks.h"
#include "server/join_text.h"
#include "server/reasons.h"
#include "server/thousandths.h"
#include "server/time_conversion.h"

namespace kpid::server {
namespace {

static_assert(static_cast<int>(metrics::SurveyKind::kEsat) == v1::SURVEY_KIND_ESAT);
static_assert(v1::SurveyKind_MAX == v1::SURVEY_KIND_ESAT);

// Ends of any scale.
constexpr ThousandthsRange kScaleEnds = {-kScaleMax, kScaleMax};

// What storage keeps of a number within them.
int32_t Thousandths(double value) { return static_cast<int32_t>(ToThousandths(value)); }

// Scale of a kind; only where `free` may a record have another.
struct Scale {
  double minimum;
  double maximum;
  bool free;
};

Scale ScaleOf(v1::SurveyKind kind) {
  switch (kind) {
    case v1::SURVEY_KIND_CSAT:
    case v1::SURVEY_KIND_ESAT:
      return {1, 5, true};
    case v1::SURVEY_KIND_CES:
      return {1, 7, false};
    case v1::SURVEY_KIND_NPS:
      return {0, 10, false};
    case v1::SURVEY_KIND_RESOLUTION_CONFIRMED:
      return {0, 1, false};
    default:
      return {-kScaleMax, kScaleMax, true};
  }
}

void ValidateScore(const v1::SurveyResponse& message, const FieldChecks& checks) {
  Scale scale = ScaleOf(message.kind());
  bool scale_known = true;
  const auto check_end = [&](std::string_view field, bool has, double value, double* end) {
    if (!has) return;
    if (!ReadThousandths(field, value, kScaleEnds, checks)) {
      scale_known = false;
    } else if (!scale.free && value != *end) {
      checks.Add(field, reason::kFieldContradicts,
                 JoinText("must be ", *end, " for this kind, or absent"));
      scale_known = false;
    } else {
      *end = value;
    }
  };
  check_end("scale_minimum", message.has_scale_minimum(), message.scale_minimum(), &scale.minimum);
  check_end("scale_maximum", message.has_scale_maximum(), message.scale_maximum(), &scale.maximum);
  if (scale_known && scale.minimum >= scale.maximum) {
    checks.Add("scale_maximum", reason::kNumberOutOfRange, "must be above scale_minimum");
    scale_known = false;
  }
  if (!message.has_score()) {
    if (message.has_respond_time()) {
      checks.Add("score", reason::kFieldRequired, "is required with respond_time");
    }
    return;
  }
  if (!message.has_respond_time()) {
    checks.Add("score", reason::kFieldContradicts, "must be absent without respond_time");
  }
  if (!ReadThousandths("score", message.score(), kScaleEnds, checks) || !scale_known) return;
  if (message.score() < scale.minimum || message.score() > scale.maximum) {
    checks.Add("score", reason::kNumberOutOfRange,
               JoinText("must be ", scale.minimum, " to ", scale.maximum));
  } else if (message.kind() == v1::SURVEY_KIND_RESOLUTION_CONFIRMED && message.score() != 0 &&
             message.score() != 1) {
    checks.Add("score", reason::kNumberOutOfRange, "must be 0 (no) or 1 (yes)");
  }
}

}  // namespace

void ValidateSurveyResponse(const v1::SurveyResponse& message, const FieldPath& path,
                            ViolationList* violations) {
  const FieldChecks checks(path, violations);
  checks.Id("response_id", message.response_id(), Presence::kRequired);
  checks.Enum("kind", message.kind(), v1::SurveyKind_IsValid(message.kind()), Presence::kRequired);
  ValidateScore(message, checks);
  checks.Text("comment", message.comment(), kCommentBytesMax, LineBreaks::kAllowed);
  checks.Time("invite_time", message.has_invite_time(), message.invite_time(), Presence::kOptional);
  checks.Time("respond_time", message.has_respond_time(), message.respond_time(),
              Presence::kOptional);
  if (!message.has_invite_time() && !message.has_respond_time()) {
    checks.Add("invite_time", reason::kFieldRequired, "is required without respond_time");
  }
  checks.Id("interaction_id", message.interaction_id(), Presence::kOptional);
  checks.Id("customer_id", message.customer_id(), Presence::kOptional);
  checks.Id("agent_id", message.agent_id(), Presence::kOptional);
  checks.Id("queue_id", message.queue_id(), Presence::kOptional);
  checks.Enum("channel", message.channel(), v1::Channel_IsValid(message.channel()),
              Presence::kOptional);
  checks.Revision("revision", message.revision());
}

storage::SurveyRecord ToSurveyRecord(const v1::SurveyResponse& message) {
  const Scale scale = ScaleOf(message.kind());
  storage::SurveyRecord record;
  record.response_id = message.response_id();
  record.kind = static_cast<metrics::SurveyKind>(message.kind());
  if (message.has_score()) record.score_thousandths = Thousandths(message.score());
  record.scale_minimum_thousandths =
      Thousandths(message.has_scale_minimum() ? message.scale_minimum() : scale.minimum);
  record.scale_maximum_thousandths =
      Thousandths(message.has_scale_maximum() ? message.scale_maximum() : scale.maximum);
  record.comment = message.comment();
  if (message.has_invite_time()) record.invite = ToInstant(message.invite_time());
  if (message.has_respond_time()) record.respond = ToInstant(message.respond_time());
  record.interaction_id = message.interaction_id();
  record.customer_id = message.customer_id();
  record.agent_id = message.agent_id();
  record.queue_id = message.queue_id();
  record.channel = static_cast<metrics::Channel>(message.channel());
  record.revision = message.revision();
  return record;
}

}  // namespace kpid::server
