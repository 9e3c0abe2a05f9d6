#include "storage/fact_columns.h"

#include <optional>

#include "absl/strings/substitute.h"
#include "storage/interaction_flags.h"

namespace kpid::storage {
namespace {

using metrics::Code;
using metrics::Duration;
using metrics::Instant;

constexpr size_t kInteractionColumns = 21;
constexpr size_t kSurveyColumns = 12;

// $0: conversation; $1: attributes.
constexpr const char* kSelectInteractions =
    "SELECT i.row_key, i.arrive_time, i.enqueue_time, i.answer_time, i.first_response_time,"
    " i.end_time, i.talk_microseconds, i.hold_microseconds, i.wrap_up_microseconds,"
    " i.revenue_micros, i.currency_key, i.customer_key, $0, i.case_key, i.queue_key,"
    " i.agent_key, i.channel, i.direction, i.outcome, i.resolution, i.flags$1"
    " FROM kpid.interactions AS i";

// An interaction without conversation is in the one named by its own id, which others may name.
constexpr const char* kOwnConversation =
    "coalesce(i.conversation_key, (SELECT own.conversation_key FROM kpid.conversations AS own"
    " WHERE own.conversation_id = i.interaction_id))";

constexpr const char* kSelectSurveys =
    "SELECT s.row_key, s.kind, s.score_thousandths, s.scale_minimum_thousandths,"
    " s.scale_maximum_thousandths, s.invite_time, s.respond_time,"
    " CASE WHEN s.stamped_direction IS NULL THEN s.given_customer_key"
    "  ELSE s.stamped_customer_key END,"
    " CASE WHEN s.stamped_direction IS NULL THEN s.given_queue_key"
    "  ELSE s.stamped_queue_key END,"
    " CASE WHEN s.stamped_direction IS NULL THEN s.given_agent_key"
    "  ELSE s.stamped_agent_key END,"
    " CASE WHEN s.stamped_direction IS NULL THEN s.given_channel ELSE s.stamped_channel END,"
    " coalesce(s.stamped_direction, 0::smallint)"
    " FROM kpid.survey_responses AS s";

Code CodeOf(FieldView field) {
  return field.null() ? metrics::kNoCode : static_cast<Code>(field.Int());
}

std::optional<Instant> TimeOf(FieldView field) {
  if (field.null()) return std::nullopt;
  return field.Time();
}

std::optional<Duration> DurationOf(FieldView field) {
  if (field.null()) return std::nullopt;
  return Duration(field.Long());
}

template <typename Enum>
Enum EnumOf(FieldView field) {
  return static_cast<Enum>(field.Short());
}

absl::Status DoesNotFit() { return absl::InternalError("a row of facts does not fit"); }

}  // namespace

std::string SelectInteractions(const InteractionColumns& columns) {
  return absl::Substitute(kSelectInteractions,
                          columns.own_conversations ? kOwnConversation : "i.conversation_key",
                          columns.attributes ? ", i.attribute_keys" : "");
}

int InteractionColumnCount(const InteractionColumns& columns) {
  return static_cast<int>(kInteractionColumns) + (columns.attributes ? 1 : 0);
}

absl::Status DecodeInteraction(std::span<const FieldView> row, const AttributeCodes& attributes,
                               metrics::InteractionFact* fact) {
  if (row.size() < kInteractionColumns) return DoesNotFit();
  fact->row_key = row[0].Long();
  fact->arrive = row[1].Time();
  fact->enqueue = TimeOf(row[2]);
  fact->answer = TimeOf(row[3]);
  fact->first_response = TimeOf(row[4]);
  fact->end = TimeOf(row[5]);
  fact->talk = DurationOf(row[6]);
  fact->hold = DurationOf(row[7]);
  fact->wrap_up = DurationOf(row[8]);
  if (!row[9].null()) fact->revenue = metrics::MoneyFact{CodeOf(row[10]), row[9].Long()};
  fact->customer = CodeOf(row[11]);
  fact->conversation = CodeOf(row[12]);
  fact->case_code = CodeOf(row[13]);
  fact->queue = CodeOf(row[14]);
  fact->agent = CodeOf(row[15]);
  fact->channel = EnumOf<metrics::Channel>(row[16]);
  fact->direction = EnumOf<metrics::Direction>(row[17]);
  fact->outcome = EnumOf<metrics::Outcome>(row[18]);
  fact->resolution = EnumOf<metrics::Resolution>(row[19]);
  const int16_t flags = row[20].Short();
  fact->transferred = (flags & kFlagTransferred) != 0;
  fact->conversion_eligible = (flags & kFlagConversionEligible) != 0;
  fact->converted = (flags & kFlagConverted) != 0;
  fact->upsell_offered = (flags & kFlagUpsellOffered) != 0;
  fact->upsell_accepted = (flags & kFlagUpsellAccepted) != 0;
  if (row.size() <= kInteractionColumns || row[kInteractionColumns].null()) {
    return absl::OkStatus();
  }
  const bool fits = ForEachInt(row[kInteractionColumns], [&](int32_t key) {
    const auto found = attributes.find(key);
    if (found != attributes.end()) fact->attributes.push_back(found->second);
  });
  return fits ? absl::OkStatus() : DoesNotFit();
}

std::string SelectSurveys() { return kSelectSurveys; }

absl::Status DecodeSurvey(std::span<const FieldView> row, metrics::SurveyFact* fact) {
  if (row.size() != kSurveyColumns) return DoesNotFit();
  fact->row_key = row[0].Long();
  fact->kind = EnumOf<metrics::SurveyKind>(row[1]);
  if (!row[2].null()) fact->score_thousandths = row[2].Int();
  fact->scale_minimum_thousandths = row[3].Int();
  fact->scale_maximum_thousandths = row[4].Int();
  fact->invite = TimeOf(row[5]);
  fact->respond = TimeOf(row[6]);
  fact->customer = CodeOf(row[7]);
  fact->queue = CodeOf(row[8]);
  fact->agent = CodeOf(row[9]);
  fact->channel = EnumOf<metrics::Channel>(row[10]);
  fact->direction = EnumOf<metrics::Direction>(row[11]);
  return absl::OkStatus();
}

}  // namespace kpid::storage
