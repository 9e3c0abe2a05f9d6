#include "client/csv_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "client/csv_cell.h"
#include "client/generator/random.h"
#include "client/row_batch.h"
#include "tests/client/text_source.h"

namespace kpid::client {
namespace {

using Row = std::vector<std::string>;
using testing::ElementsAre;

struct ReadRow {
  int64_t line;
  Row fields;
  std::string problem;
  std::string raw_line;
};

std::vector<ReadRow> ReadAll(const std::string& text, size_t piece_max = 1 << 30) {
  TextSource source(text, piece_max);
  CsvReader reader(&source);
  std::vector<ReadRow> rows;
  CsvRow row;
  for (;;) {
    const absl::StatusOr<bool> more = reader.Next(&row);
    EXPECT_TRUE(more.ok());
    if (!more.ok() || !*more) break;
    rows.push_back({row.line, Row(row.fields.begin(), row.fields.end()), std::string(row.problem),
                    std::string(row.raw_line)});
  }
  EXPECT_EQ(reader.bytes_consumed(), static_cast<int64_t>(text.size()));
  return rows;
}

std::vector<Row> Fields(const std::string& text, size_t piece_max = 1 << 30) {
  std::vector<Row> fields;
  for (const ReadRow& row : ReadAll(text, piece_max)) {
    EXPECT_EQ(row.problem, "") << "line " << row.line;
    fields.push_back(row.fields);
  }
  return fields;
}

TEST(CsvReader, ReadsPlainRows) {
  EXPECT_THAT(Fields("a,b\n1,2\n"), ElementsAre(Row{"a", "b"}, Row{"1", "2"}));
}

TEST(CsvReader, NeedsNoLineEndAtTheEnd) {
  EXPECT_THAT(Fields("a,b\n1,"), ElementsAre(Row{"a", "b"}, Row{"1", ""}));
}

TEST(CsvReader, TakesCarriageReturnsBeforeLineFeeds) {
  EXPECT_THAT(Fields("a,b\r\n\"1\",2\r\n3,\"4\"\r\n5,\r\n"),
              ElementsAre(Row{"a", "b"}, Row{"1", "2"}, Row{"3", "4"}, Row{"5", ""}));
}

TEST(CsvReader, QuotedFieldsHoldCommasLineEndsAndQuotes) {
  EXPECT_THAT(Fields("\"a,\"\"b\"\"\",\"line 1\nline 2\r\n\"\nx,\"\"\n"),
              ElementsAre(Row{"a,\"b\"", "line 1\nline 2\r\n"}, Row{"x", ""}));
}

TEST(CsvReader, SkipsByteOrderMarkAndBlankLines) {
  EXPECT_THAT(Fields("\xEF\xBB\xBF\n\na\r\n\r\n\nb\n\n", 1), ElementsAre(Row{"a"}, Row{"b"}));
}

TEST(CsvReader, EmptySourceHasNoRows) {
  EXPECT_TRUE(ReadAll("").empty());
  EXPECT_TRUE(ReadAll("\xEF\xBB\xBF").empty());
}

TEST(CsvReader, CountsLinesWithinQuotes) {
  const std::vector<ReadRow> rows = ReadAll("a\n\"b\nb\nb\"\nc\n");
  ASSERT_EQ(rows.size(), 3U);
  EXPECT_EQ(rows[1].line, 2);
  EXPECT_EQ(rows[2].line, 5);
}

TEST(CsvReader, KeepsNulAndOtherBytes) {
  EXPECT_THAT(Fields(std::string("a\0b,\xFF\n", 6)),
              ElementsAre(Row{std::string("a\0b", 3), "\xFF"}));
}

TEST(CsvReader, TextAfterClosingQuoteCostsOneLine) {
  const std::vector<ReadRow> rows = ReadAll("\"a\"x,1\r\nb,2\n");
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[0].problem, "text after a closing quote");
  EXPECT_EQ(rows[0].raw_line, "\"a\"x,1");
  EXPECT_EQ(rows[1].line, 2);
  EXPECT_THAT(rows[1].fields, ElementsAre("b", "2"));
}

TEST(CsvReader, QuoteInsideAnUnquotedFieldIsMalformed) {
  const std::vector<ReadRow> rows = ReadAll("5\" pipe,1\nb,2\n");
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_FALSE(rows[0].problem.empty());
  EXPECT_THAT(rows[1].fields, ElementsAre("b", "2"));
}

TEST(CsvReader, QuoteNeverClosedCostsOneLine) {
  const std::vector<ReadRow> rows = ReadAll("a,1\n\"b,2\nc,3\nd,4", 3);
  ASSERT_EQ(rows.size(), 4U);
  EXPECT_EQ(rows[1].problem, "a quote is opened and never closed");
  EXPECT_EQ(rows[1].raw_line, "\"b,2");
  EXPECT_EQ(rows[2].line, 3);
  EXPECT_THAT(rows[3].fields, ElementsAre("d", "4"));
}

TEST(CsvReader, QuoteNeverClosedInALargeFileCostsOneLine) {
  std::string text = "\"a,1\n";
  const size_t lines = 3 * kCsvFieldBytesMax / 4;
  for (size_t i = 0; i < lines; ++i) text += "b,2\n";
  const std::vector<ReadRow> rows = ReadAll(text, 1000);
  ASSERT_EQ(rows.size(), lines + 1);
  EXPECT_EQ(rows[0].problem, "a field is longer than 65536 bytes");
  EXPECT_EQ(rows.back().line, static_cast<int64_t>(lines + 1));
}

TEST(CsvReader, FieldsUpToTheLimitAreRead) {
  const std::string longest(kCsvFieldBytesMax, 'x');
  EXPECT_THAT(Fields(longest + ",\"" + longest + "\"\n", 4096), ElementsAre(Row{longest, longest}));
  EXPECT_EQ(ReadAll(longest + "x\nb\n")[0].problem, "a field is longer than 65536 bytes");
  EXPECT_EQ(ReadAll("\"" + longest + "x\"\nb\n", 999)[0].problem,
            "a field is longer than 65536 bytes");
}

TEST(CsvReader, RowsOverTheLimitAreMalformedAndCut) {
  std::string text;
  while (text.size() <= 10 * kCsvRowBytesMax) text += "xxxxxxx,";
  text += "\nb,2\n";
  const std::vector<ReadRow> rows = ReadAll(text, 5000);
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[0].problem, "the row is longer than 262144 bytes");
  EXPECT_LE(rows[0].raw_line.size(), 1024U);
  EXPECT_EQ(rows[1].line, 2);
}

TEST(CsvReader, GivesTheErrorOfItsSource) {
  class Broken : public ByteSource {
    absl::StatusOr<size_t> Read(char*, size_t) override { return absl::DataLossError("gone"); }
  } source;
  CsvReader reader(&source);
  CsvRow row;
  EXPECT_EQ(reader.Next(&row).status().code(), absl::StatusCode::kDataLoss);
}

// What is written is read back, however the bytes come in pieces.
TEST(CsvReader, ReadsBackRandomRows) {
  constexpr std::string_view kAlphabet = "ab,\"\n\r =x";
  const uint64_t seed =
      static_cast<uint64_t>(::testing::UnitTest::GetInstance()->random_seed()) + 20260131;
  SCOPED_TRACE("seed " + std::to_string(seed));
  Random random(seed);
  for (int round = 0; round < 300; ++round) {
    std::vector<Row> rows;
    std::string text;
    const uint32_t columns = 1 + random.Below(5);
    for (uint32_t r = random.Below(30); r > 0; --r) {
      Row row;
      for (uint32_t c = 0; c < columns; ++c) {
        std::string field;
        for (uint32_t i = random.Below(8); i > 0; --i) {
          field.push_back(kAlphabet[random.Below(static_cast<uint32_t>(kAlphabet.size()))]);
        }
        if (columns == 1 && field.empty()) field = "x";  // A blank line would be no row.
        row.push_back(field);
      }
      for (uint32_t c = 0; c < columns; ++c) {
        if (c > 0) text.push_back(',');
        AppendCsvCell(row[c], &text);
      }
      text += random.Chance(0.5) ? "\n" : "\r\n";
      rows.push_back(std::move(row));
    }
    ASSERT_EQ(Fields(text, 1 + random.Below(7)), rows) << "round " << round << ": " << text;
  }
}

// Damaged bytes never make it loop, lose track of bytes or fail.
TEST(CsvReader, SurvivesRandomBytes) {
  constexpr std::string_view kAlphabet = "a,\"\"\n\r";
  Random random(4711);
  for (int round = 0; round < 2000; ++round) {
    std::string text;
    for (uint32_t i = random.Below(40); i > 0; --i) {
      text.push_back(kAlphabet[random.Below(static_cast<uint32_t>(kAlphabet.size()))]);
    }
    const std::vector<ReadRow> whole = ReadAll(text);
    const std::vector<ReadRow> pieces = ReadAll(text, 1 + random.Below(3));
    ASSERT_EQ(whole.size(), pieces.size()) << text;
    for (size_t i = 0; i < whole.size(); ++i) {
      ASSERT_EQ(whole[i].fields, pieces[i].fields) << text;
      ASSERT_EQ(whole[i].line, pieces[i].line) << text;
    }
  }
}

TEST(RowBatch, KeepsFieldsOfRows) {
  RowBatch batch;
  CsvRow row;
  row.line = 7;
  row.fields = {"a", "", "bc"};
  batch.Append(row);
  row.line = 9;
  row.fields = {"", "", "z"};
  batch.Append(row);
  ASSERT_EQ(batch.size(), 2U);
  EXPECT_EQ(batch.line(0), 7);
  EXPECT_EQ(batch.line(1), 9);
  EXPECT_EQ(batch.field_count(0), 3U);
  EXPECT_EQ(batch.field_count(1), 3U);
  EXPECT_EQ(batch.field(0, 0), "a");
  EXPECT_EQ(batch.field(0, 1), "");
  EXPECT_EQ(batch.field(0, 2), "bc");
  EXPECT_EQ(batch.field(1, 0), "");
  EXPECT_EQ(batch.field(1, 2), "z");
  EXPECT_EQ(batch.text(0), "abc");
  EXPECT_EQ(batch.text(1), "z");
}

TEST(CsvCell, QuotesOnlyWhereNeeded) {
  const auto cell = [](std::string_view text) {
    std::string line;
    AppendCsvCell(text, &line);
    return line;
  };
  EXPECT_EQ(cell("plain text"), "plain text");
  EXPECT_EQ(cell(""), "");
  EXPECT_EQ(cell("a,b"), "\"a,b\"");
  EXPECT_EQ(cell("a\"b"), "\"a\"\"b\"");
  EXPECT_EQ(cell("a\nb"), "\"a\nb\"");
  EXPECT_EQ(cell(" a"), "\" a\"");
}

TEST(CsvCell, GuardsAgainstFormulas) {
  const auto cell = [](std::string_view text) {
    std::string line;
    AppendGuardedCsvCell(text, &line);
    return line;
  };
  EXPECT_EQ(cell("=1+2"), "'=1+2");
  EXPECT_EQ(cell("+49 30"), "'+49 30");
  EXPECT_EQ(cell("-1"), "'-1");
  EXPECT_EQ(cell("@SUM(A1,A2)"), "\"'@SUM(A1,A2)\"");
  EXPECT_EQ(cell("\tx"), "'\tx");
  EXPECT_EQ(cell("a=b"), "a=b");
}

}  // namespace
}  // namespace kpid::client
