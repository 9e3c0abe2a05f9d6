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
  const auto fields = [](const google::protobuf::Descriptor* descriptor) {
    std::vector<std::string> all;
    for (int i = 0; i < descriptor->field_count(); ++i) {
      if (!descriptor->field(i)->is_map()) all.push_back(descriptor->field(i)->name());
    }
    return all;
  };
  EXPECT_EQ(names(RecordKind::kInteractions), fields(v1::Interaction::descriptor()));
  EXPECT_EQ(names(RecordKind::kSurveys), fields(v1::SurveyResponse::descriptor()));
}

}  // namespace
}  // namespace kpid::client
