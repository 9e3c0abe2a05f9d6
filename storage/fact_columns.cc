#include "storage/fact_columns.h"

#include <optional>

#include "absl/strings/substitute.h"
#include "storage/interaction_flags.h"
#include "storage/quality_item_flags.h"

namespace kpid::storage {
namespace {

using metrics::Code;
using metrics::Duration;
using metrics::Instant;

constexpr size_t kInteractionColumns = 21;

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

constexpr const char* kSelectSurveys =
    "SELECT r.row_key, r.kind, r.score_thousandths, r.scale_minimum_thousandths,"
    " r.scale_maximum_thousandths, r.invite_time, r.respond_time,"
    " CASE WHEN r.stamped_direction IS NULL THEN r.given_customer_key"
    "  ELSE r.stamped_customer_key END,"
    " CASE WHEN r.stamped_direction IS NULL THEN r.given_queue_key"
    "  ELSE r.stamped_queue_key END,"
    " CASE WHEN r.stamped_direction IS NULL THEN r.given_agent_key"
    "  ELSE r.stamped_agent_key END,"
    " CASE WHEN r.stamped_direction IS NULL THEN r.given_channel ELSE r.stamped_channel END,"
    " coalesce(r.stamped_direction, 0::smallint)"
    " FROM kpid.survey_responses AS r";

absl::Status DecodeSurvey(std::span<const FieldView> row, metrics::SurveyFact* fact) {
  if (row.size() != 12) return DoesNotFit();
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

constexpr const char* kSelectQuality =
    "SELECT r.row_key, r.evaluate_time, r.agent_key, r.stamped_queue_key,"
    " coalesce(r.stamped_channel, 0::smallint), coalesce(r.stamped_direction, 0::smallint),"
    " r.item_category_keys, r.item_scores_thousandths, r.item_maximums_thousandths,"
    " r.item_weights_thousandths, r.item_flags"
    " FROM kpid.quality_evaluations AS r";

// Reads an array with a number for each item; false when there are more or fewer.
bool ReadItems(FieldView array, std::vector<metrics::QualityFact::Item>* items,
               void (*set)(metrics::QualityFact::Item*, int32_t)) {
  size_t count = 0;
  const bool is_array = ForEachInt(array, [&](int32_t value) {
    if (count < items->size()) set(&(*items)[count], value);
    ++count;
  });
  return is_array && count == items->size();
}

absl::Status DecodeQuality(std::span<const FieldView> row, metrics::QualityFact* fact) {
  if (row.size() != 11) return DoesNotFit();
  using Item = metrics::QualityFact::Item;
  fact->row_key = row[0].Long();
  fact->evaluate = row[1].Time();
  fact->agent = CodeOf(row[2]);
  fact->queue = CodeOf(row[3]);
  fact->channel = EnumOf<metrics::Channel>(row[4]);
  fact->direction = EnumOf<metrics::Direction>(row[5]);
  std::vector<Item>* items = &fact->items;
  const bool fits =
      ForEachInt(row[6],
                 [&](int32_t key) { items->emplace_back().category = static_cast<Code>(key); }) &&
      ReadItems(row[7], items, [](Item* item, int32_t v) { item->score_thousandths = v; }) &&
      ReadItems(row[8], items, [](Item* item, int32_t v) { item->maximum_thousandths = v; }) &&
      ReadItems(row[9], items, [](Item* item, int32_t v) { item->weight_thousandths = v; }) &&
      ReadItems(row[10], items, [](Item* item, int32_t v) {
        item->not_applicable = (v & kItemNotApplicable) != 0;
        item->auto_fail = (v & kItemAutoFail) != 0;
      });
  return fits ? absl::OkStatus() : DoesNotFit();
}

constexpr const char* kSelectAgentActivities =
    "SELECT r.row_key, r.agent_key, r.state, r.start_time, r.end_time"
    " FROM kpid.agent_activities AS r";

absl::Status DecodeAgentActivity(std::span<const FieldView> row, metrics::AgentActivityFact* fact) {
  if (row.size() != 5) return DoesNotFit();
  *fact = {row[0].Long(), CodeOf(row[1]), EnumOf<metrics::AgentState>(row[2]), row[3].Time(),
           TimeOf(row[4])};
  return absl::OkStatus();
}

constexpr const char* kSelectScheduledActivities =
    "SELECT r.row_key, r.agent_key, r.state, r.start_time, r.end_time"
    " FROM kpid.scheduled_activities AS r";

absl::Status DecodeScheduledActivity(std::span<const FieldView> row,
                                     metrics::ScheduledActivityFact* fact) {
  if (row.size() != 5) return DoesNotFit();
  *fact = {row[0].Long(), CodeOf(row[1]), EnumOf<metrics::PlannedState>(row[2]), row[3].Time(),
           row[4].Time()};
  return absl::OkStatus();
}

constexpr const char* kSelectTickets =
    "SELECT r.row_key, r.customer_key, r.agent_key, r.queue_key, r.priority_key, r.channel,"
    " r.open_time, r.first_response_time, r.first_resolve_time, r.last_resolve_time,"
    " r.close_time, r.reopen_count"
    " FROM kpid.tickets AS r";

absl::Status DecodeTicket(std::span<const FieldView> row, metrics::TicketFact* fact) {
  if (row.size() != 12) return DoesNotFit();
  fact->row_key = row[0].Long();
  fact->customer = CodeOf(row[1]);
  fact->agent = CodeOf(row[2]);
  fact->queue = CodeOf(row[3]);
  fact->priority = CodeOf(row[4]);
  fact->channel = EnumOf<metrics::Channel>(row[5]);
  fact->open = row[6].Time();
  fact->first_response = TimeOf(row[7]);
  fact->first_resolve = TimeOf(row[8]);
  fact->last_resolve = TimeOf(row[9]);
  fact->close = TimeOf(row[10]);
  fact->reopen_count = row[11].Int();
  return absl::OkStatus();
}

constexpr const char* kSelectCosts =
    "SELECT r.row_key, r.queue_key, r.group_key, r.channel, r.currency_key, r.amount_micros,"
    " r.start_time, r.end_time"
    " FROM kpid.costs AS r";

absl::Status DecodeCost(std::span<const FieldView> row, metrics::CostFact* fact) {
  if (row.size() != 8) return DoesNotFit();
  fact->row_key = row[0].Long();
  fact->queue = CodeOf(row[1]);
  fact->group = CodeOf(row[2]);
  fact->channel = EnumOf<metrics::Channel>(row[3]);
  fact->amount = {CodeOf(row[4]), row[5].Long()};
  fact->start = row[6].Time();
  fact->end = row[7].Time();
  return absl::OkStatus();
}

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

constinit const FactReading<metrics::SurveyFact> kSurveyReading{"copy_surveys", kSelectSurveys,
                                                                DecodeSurvey};
constinit const FactReading<metrics::QualityFact> kQualityReading{"copy_quality_evaluations",
                                                                  kSelectQuality, DecodeQuality};
constinit const FactReading<metrics::AgentActivityFact> kAgentActivityReading{
    "copy_agent_activities", kSelectAgentActivities, DecodeAgentActivity};
constinit const FactReading<metrics::ScheduledActivityFact> kScheduledActivityReading{
    "copy_scheduled_activities", kSelectScheduledActivities, DecodeScheduledActivity};
constinit const FactReading<metrics::TicketFact> kTicketReading{"copy_tickets", kSelectTickets,
                                                                DecodeTicket};
constinit const FactReading<metrics::CostFact> kCostReading{"copy_costs", kSelectCosts, DecodeCost};

}  // namespace kpid::storage
