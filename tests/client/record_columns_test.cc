#include "client/record_columns.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "google/protobuf/text_format.h"
#include "google/protobuf/util/message_differencer.h"

namespace kpid::client {
namespace {

using testing::HasSubstr;
using Header = std::vector<std::string>;

// Parses one row; the record as text, or "rejected: " and the reason.
std::string Parse(RecordKind kind, const Header& header, const Header& cells,
                  bool ignore_unknown = false) {
  const absl::StatusOr<RecordColumns> columns = RecordColumns::Create(kind, header, ignore_unknown);
  if (!columns.ok()) return std::string(columns.status().message());
  CsvRow row;
  row.fields.assign(cells.begin(), cells.end());
  RowBatch batch;
  batch.Append(row);
  v1::StreamRecord record;
  std::string reason;
  if (!columns->Parse(batch, 0, &record, &reason)) return "rejected: " + reason;
  google::protobuf::TextFormat::Printer printer;
  printer.SetSingleLineMode(true);
  std::string text;
  printer.PrintToString(record, &text);
  if (text.ends_with(' ')) text.pop_back();
  return text;
}

const Header kRequired = {"interaction_id", "arrive_time", "outcome"};

std::string ParseCell(const std::string& column, const std::string& cell) {
  Header header = kRequired;
  header.push_back(column);
  const std::string text =
      Parse(RecordKind::kInteractions, header, {"i1", "1970-01-01T00:00:01Z", "handled", cell});
  const std::string start =
      "interaction { interaction_id: \"i1\" arrive_time { seconds: 1 } outcome: OUTCOME_HANDLED }";
  return text == start ? "nothing" : text;
}

TEST(RecordColumns, ReadsEveryKindOfField) {
  EXPECT_EQ(
      Parse(RecordKind::kInteractions, kRequired, {"i1", "1970-01-01T00:00:01Z", "abandoned"}),
      "interaction { interaction_id: \"i1\" arrive_time { seconds: 1 } "
      "outcome: OUTCOME_ABANDONED }");
  EXPECT_THAT(ParseCell("channel", "voice"), HasSubstr("channel: CHANNEL_VOICE"));
  EXPECT_THAT(ParseCell("talk_duration", "1.5"),
              HasSubstr("talk_duration { seconds: 1 nanos: 500000000 }"));
  EXPECT_THAT(ParseCell("transferred", "yes"), HasSubstr("transferred: true"));
  EXPECT_THAT(ParseCell("revenue", "12.50 EUR"), HasSubstr("units: 12 nanos: 500000000"));
  EXPECT_THAT(ParseCell("attributes.topic", "refund"),
              HasSubstr("attributes { key: \"topic\" value: \"refund\" }"));
  EXPECT_THAT(ParseCell("revision", "7"), HasSubstr("revision: 7"));
  EXPECT_THAT(ParseCell("resolution", "unknown"), HasSubstr("RESOLUTION_UNKNOWN"));
  EXPECT_EQ(Parse(RecordKind::kInteractions, {"interaction_id", "arrive_time", "outcome"},
                  {"i1", "1970-01-01T00:00:01Z", "abandoned_before_queue"}),
            "interaction { interaction_id: \"i1\" arrive_time { seconds: 1 } "
            "outcome: OUTCOME_ABANDONED_BEFORE_QUEUE }");
}

TEST(RecordColumns, EmptyCellsAreAbsent) {
  for (const ColumnRule& rule : ColumnRules(RecordKind::kInteractions)) {
    const std::string name(rule.name);
    if (std::find(kRequired.begin(), kRequired.end(), name) != kRequired.end()) continue;
    EXPECT_EQ(ParseCell(name, ""), "nothing") << name;
  }
  EXPECT_EQ(ParseCell("attributes.topic", ""), "nothing");
}

TEST(RecordColumns, ReadsSurveys) {
  EXPECT_EQ(Parse(RecordKind::kSurveys,
                  {"response_id", "kind", "score", "respond_time", "interaction_id", "comment"},
                  {"s1", "csat", "0", "1970-01-01T00:00:01Z", "i1", "so, so"}),
            "survey_response { response_id: \"s1\" kind: SURVEY_KIND_CSAT score: 0 "
            "comment: \"so, so\" respond_time { seconds: 1 } interaction_id: \"i1\" }");
}

TEST(RecordColumns, ReadsOneItemOfAnEvaluation) {
  EXPECT_EQ(Parse(RecordKind::kQualityEvaluations,
                  {"evaluation_id", "interaction_id", "agent_id", "evaluator_id", "evaluate_time",
                   "criterion", "category", "score", "maximum_score", "weight", "not_applicable",
                   "auto_fail", "revision"},
                  {"e1", "i1", "anna", "eve", "1970-01-01T00:00:01Z", "tone", "empathy", "0", "5",
                   "0.5", "yes", "true", "2"}),
            "quality_evaluation { evaluation_id: \"e1\" interaction_id: \"i1\" agent_id: \"anna\" "
            "evaluator_id: \"eve\" evaluate_time { seconds: 1 } items { criterion: \"tone\" "
            "category: \"empathy\" maximum_score: 5 weight: 0.5 not_applicable: true "
            "auto_fail: true } revision: 2 }");
}

TEST(RecordColumns, ReadsActivitiesAndSchedules) {
  EXPECT_EQ(Parse(RecordKind::kAgentActivities,
                  {"activity_id", "agent_id", "state", "start_time", "end_time", "revision"},
                  {"a1", "anna", "wrap_up", "1970-01-01T00:00:01Z", "", "3"}),
            "agent_activity { activity_id: \"a1\" agent_id: \"anna\" state: AGENT_STATE_WRAP_UP "
            "start_time { seconds: 1 } revision: 3 }");
  EXPECT_EQ(Parse(RecordKind::kScheduledActivities,
                  {"schedule_id", "agent_id", "state", "start_time", "end_time"},
                  {"p1", "anna", "meal", "1970-01-01T00:00:01Z", "1970-01-01T00:00:02Z"}),
            "scheduled_activity { schedule_id: \"p1\" agent_id: \"anna\" "
            "state: PLANNED_STATE_MEAL start_time { seconds: 1 } end_time { seconds: 2 } }");
  EXPECT_EQ(Parse(RecordKind::kAgentActivities, {"activity_id", "agent_id", "state", "start_time"},
                  {"a1", "anna", "lunch", "1970-01-01T00:00:01Z"}),
            "rejected: state: expected one of available, handling, wrap_up, break, meal, meeting, "
            "training, other_productive, offline");
}

TEST(RecordColumns, ReadsTickets) {
  const Header header = {"ticket_id",
                         "customer_id",
                         "agent_id",
                         "queue_id",
                         "channel",
                         "priority",
                         "open_time",
                         "first_response_time",
                         "first_resolve_time",
                         "last_resolve_time",
                         "close_time",
                         "reopen_count",
                         "reassignment_count",
                         "revision"};
  EXPECT_EQ(Parse(RecordKind::kTickets, header,
                  {"t1", "c1", "anna", "mail", "email", "high", "1970-01-01T00:00:01Z",
                   "1970-01-01T00:00:02Z", "1970-01-01T00:00:03Z", "1970-01-01T00:00:04Z",
                   "1970-01-01T00:00:05Z", "1", "2", "3"}),
            "ticket { ticket_id: \"t1\" customer_id: \"c1\" agent_id: \"anna\" queue_id: \"mail\" "
            "channel: CHANNEL_EMAIL priority: \"high\" open_time { seconds: 1 } "
            "first_response_time { seconds: 2 } first_resolve_time { seconds: 3 } "
            "last_resolve_time { seconds: 4 } close_time { seconds: 5 } reopen_count: 1 "
            "reassignment_count: 2 revision: 3 }");
  for (const char* count : {"1.5", "many", "2147483648", "-2147483649"}) {
    EXPECT_EQ(Parse(RecordKind::kTickets, {"ticket_id", "open_time", "reopen_count"},
                    {"t1", "1970-01-01T00:00:01Z", count}),
              "rejected: reopen_count: expected a whole number");
  }
}

TEST(RecordColumns, ReadsCosts) {
  EXPECT_EQ(Parse(RecordKind::kCosts,
                  {"cost_id", "category", "amount", "start_time", "end_time", "queue_id",
                   "group_id", "channel", "revision"},
                  {"k1", "wages", "-12.50 EUR", "1970-01-01T00:00:01Z", "1970-01-01T00:00:02Z",
                   "sales", "blue", "voice", "4"}),
            "cost { cost_id: \"k1\" category: \"wages\" amount { currency_code: \"EUR\" units: -12 "
            "nanos: -500000000 } interval { start_time { seconds: 1 } end_time { seconds: 2 } } "
            "queue_id: \"sales\" group_id: \"blue\" channel: CHANNEL_VOICE revision: 4 }");
  EXPECT_EQ(Parse(RecordKind::kCosts, {"cost_id", "amount", "start_time", "end_time"},
                  {"k1", "12.50", "1970-01-01T00:00:01Z", "1970-01-01T00:00:02Z"}),
            "rejected: amount: expected an amount and a currency, for example 12.50 EUR");
}

TEST(RecordColumns, ReadsTargets) {
  const Header required = {"target_id", "kpi_id", "scope", "target_value"};
  EXPECT_EQ(
      Parse(RecordKind::kTargets, required, {"g1", "csat", "all", "0"}),
      "target { target_id: \"g1\" kpi_id: \"csat\" scope: TARGET_SCOPE_ALL target_value: 0 }");
  EXPECT_EQ(Parse(RecordKind::kTargets,
                  {"target_id", "kpi_id", "parameters", "statistic", "scope", "scope_id",
                   "target_value", "worst_value", "best_value", "band_end_value", "currency_code",
                   "weight", "start_time", "end_time", "revision"},
                  {"g1", "sl", "threshold=60s", "p90", "group", "blue", "80.5", "-1", "1e2", "85",
                   "EUR", "2", "1970-01-01T00:00:01Z", "1970-01-01T00:00:02Z", "7"}),
            "target { target_id: \"g1\" kpi_id: \"sl\" parameters { key: \"threshold\" value: "
            "\"60s\" } statistic: \"p90\" scope: TARGET_SCOPE_GROUP scope_id: \"blue\" "
            "target_value: 80.5 worst_value: -1 best_value: 100 band_end_value: 85 "
            "currency_code: \"EUR\" weight: 2 start_time { seconds: 1 } end_time { seconds: 2 } "
            "revision: 7 }");
  EXPECT_EQ(Parse(RecordKind::kTargets,
                  {"target_id", "kpi_id", "scope", "target_value", "parameters", "worst_value"},
                  {"g1", "csat", "team", "nan", "threshold", ""}),
            "rejected: scope: expected one of all, group, agent, queue; target_value: expected a "
            "decimal number; parameters: expected parameters, for example "
            "threshold=60s;abandoned_as=ignore");
}

TEST(RecordColumns, EveryKindHasColumnsThatMustBeThere) {
  const auto missing = [](RecordKind kind, const char* id) {
    return std::string(RecordColumns::Create(kind, {id}, false).status().message());
  };
  EXPECT_EQ(missing(RecordKind::kQualityEvaluations, "evaluation_id"),
            "missing columns: agent_id, evaluate_time, criterion, score, maximum_score");
  EXPECT_EQ(missing(RecordKind::kAgentActivities, "activity_id"),
            "missing columns: agent_id, state, start_time");
  EXPECT_EQ(missing(RecordKind::kScheduledActivities, "schedule_id"),
            "missing columns: agent_id, state, start_time, end_time");
  EXPECT_EQ(missing(RecordKind::kTickets, "ticket_id"), "missing columns: open_time");
  EXPECT_EQ(missing(RecordKind::kCosts, "cost_id"),
            "missing columns: amount, start_time, end_time");
  EXPECT_EQ(missing(RecordKind::kTargets, "target_id"),
            "missing columns: kpi_id, scope, target_value");
}

TEST(RecordColumns, SaysEverythingThatIsWrongInARow) {
  EXPECT_EQ(Parse(RecordKind::kInteractions,
                  {"interaction_id", "arrive_time", "outcome", "talk_duration"},
                  {"i1", "yesterday", "Handled", "1:30"}),
            "rejected: arrive_time: expected RFC 3339 with an offset, for example "
            "2026-01-31T09:30:00Z; outcome: expected one of handled, abandoned, "
            "abandoned_before_queue, callback_requested, flowed_out, in_progress; "
            "talk_duration: expected seconds, or a duration with a unit, for example 90 or 1.5m");
}

TEST(RecordColumns, RejectsRowsThatAreNoText) {
  EXPECT_EQ(ParseCell("customer_id", "\xFF\xFE"),
            "rejected: the row is not UTF-8 text, or holds a NUL");
  EXPECT_EQ(ParseCell("customer_id", std::string("a\0b", 3)),
            "rejected: the row is not UTF-8 text, or holds a NUL");
}

TEST(RecordColumns, ListsAllUnknownDoubledAndMissingColumns) {
  const absl::Status status =
      RecordColumns::Create(RecordKind::kInteractions,
                            {"interaction_id", "when", "who", "queue_id", "queue_id"}, false)
          .status();
  EXPECT_EQ(status.message(),
            "unknown columns: when, who; columns that are there twice: queue_id; missing columns: "
            "arrive_time, outcome (--ignore-unknown leaves unknown columns out)");
  EXPECT_THAT(
      std::string(RecordColumns::Create(RecordKind::kSurveys, {"response_id", "kind"}, false)
                      .status()
                      .message()),
      HasSubstr("missing columns: respond_time (or invite_time)"));
  EXPECT_THAT(std::string(RecordColumns::Create(RecordKind::kInteractions,
                                                {"interaction_id;arrive_time;outcome"}, false)
                              .status()
                              .message()),
              HasSubstr("parted by commas"));
}

TEST(RecordColumns, LeavesUnknownColumnsOutWhenAsked) {
  Header header = kRequired;
  header.insert(header.begin(), "note");
  EXPECT_EQ(Parse(RecordKind::kInteractions, header, {"x", "i1", "1970-01-01T00:00:01Z", "handled"},
                  true),
            "interaction { interaction_id: \"i1\" arrive_time { seconds: 1 } "
            "outcome: OUTCOME_HANDLED }");
}

TEST(RecordColumns, TakesAFileOfRejectedRows) {
  const absl::StatusOr<RecordColumns> columns =
      RecordColumns::Create(RecordKind::kInteractions,
                            {"line", "reason", "interaction_id", "arrive_time", "outcome"}, false);
  ASSERT_TRUE(columns.ok()) << columns.status();
  EXPECT_EQ(columns->leading_columns(), 2U);
  EXPECT_EQ(columns->id_column(), 2U);
}

// A field added to the .proto must get a column, or be left out here on purpose.
TEST(RecordColumns, CoverEveryFieldOfTheRecords) {
  const auto names = [](RecordKind kind) {
    std::vector<std::string> all;
    for (const ColumnRule& rule : ColumnRules(kind)) all.emplace_back(rule.name);
    return all;
  };
  // Attributes are columns of their own, attributes.KEY.
  const auto fields = [](const google::protobuf::Descriptor* descriptor) {
    std::vector<std::string> all;
    for (int i = 0; i < descriptor->field_count(); ++i) {
      const std::string& name = descriptor->field(i)->name();
      if (name != "attributes") all.push_back(name);
    }
    return all;
  };
  // The fields, but some replaced by those of their messages.
  const auto with = [&](const google::protobuf::Descriptor* descriptor, const std::string& field,
                        const google::protobuf::Descriptor* part) {
    std::vector<std::string> all = fields(descriptor);
    const auto found = std::find(all.begin(), all.end(), field);
    const std::vector<std::string> parts = fields(part);
    all.insert(all.erase(found), parts.begin(), parts.end());
    return all;
  };
  EXPECT_EQ(names(RecordKind::kInteractions), fields(v1::Interaction::descriptor()));
  EXPECT_EQ(names(RecordKind::kSurveys), fields(v1::SurveyResponse::descriptor()));
  EXPECT_EQ(names(RecordKind::kQualityEvaluations),
            with(v1::QualityEvaluation::descriptor(), "items", v1::QualityItem::descriptor()));
  EXPECT_EQ(names(RecordKind::kAgentActivities), fields(v1::AgentActivity::descriptor()));
  EXPECT_EQ(names(RecordKind::kScheduledActivities), fields(v1::ScheduledActivity::descriptor()));
  EXPECT_EQ(names(RecordKind::kTickets), fields(v1::Ticket::descriptor()));
  EXPECT_EQ(names(RecordKind::kCosts),
            with(v1::Cost::descriptor(), "interval", v1::Interval::descriptor()));
  EXPECT_EQ(names(RecordKind::kTargets), fields(v1::Target::descriptor()));
}

TEST(RecordColumns, KindsHaveNames) {
  EXPECT_THAT(
      RecordKindNames(),
      testing::ElementsAre("interactions", "surveys", "quality_evaluations", "agent_activities",
                           "scheduled_activities", "tickets", "costs", "targets"));
  EXPECT_EQ(FindRecordKind("tickets"), RecordKind::kTickets);
  EXPECT_EQ(FindRecordKind("ticket"), std::nullopt);
}

}  // namespace
}  // namespace kpid::client
