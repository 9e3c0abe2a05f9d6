#include "client/import_command.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "client/exit_code.h"
#include "client/ingest_totals.h"
#include "client/progress_bar.h"
#include "client/rejected_file.h"
#include "tests/client/fake_ingest_service.h"

namespace kpid::client {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

constexpr char kHeader[] = "interaction_id,arrive_time,outcome,customer_id,revision\n";

class ImportCommandTest : public testing::Test {
 protected:
  ImportCommandTest() : server_(&service_) {
    std::string name = (std::filesystem::temp_directory_path() / "kpid-import-XXXXXX").string();
    folder_ = mkdtemp(name.data());
    options_.path = (folder_ / "calls.csv").string();
    options_.server.address = server_.address();
    console_.out = &out_;
    console_.err = &err_;
  }
  ~ImportCommandTest() override { std::filesystem::remove_all(folder_); }

  int Import(const std::string& text) {
    std::ofstream(options_.path, std::ios::binary) << text;
    return RunImportCommand(options_, console_);
  }

  std::string ReadRejected() const {
    std::ifstream file(folder_ / "calls.rejected.csv", std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }

  static std::string Row(const std::string& id, int revision = 0) {
    return id + ",2026-01-01T00:00:00Z,handled,c1," + std::to_string(revision) + "\n";
  }

  FakeIngestService service_;
  LoopbackServer server_;
  std::filesystem::path folder_;
  ImportOptions options_;
  std::ostringstream out_;
  std::ostringstream err_;
  Console console_;
};

TEST_F(ImportCommandTest, ImportsAndSumsUp) {
  std::string text = kHeader;
  for (int i = 0; i < 10'000; ++i) text += Row("i" + std::to_string(i));
  options_.batch_rows = 100;
  EXPECT_EQ(Import(text), kExitOk);
  EXPECT_THAT(out_.str(), StartsWith("inserted 10000, updated 0, unchanged 0, rejected 0 in "));
  EXPECT_EQ(service_.applied().size(), 10'000U);
  EXPECT_LE(service_.largest_message(), 100);
  EXPECT_EQ(service_.streams(), 4);
  EXPECT_FALSE(std::filesystem::exists(folder_ / "calls.rejected.csv"));
  EXPECT_EQ(err_.str(), "");
}

TEST_F(ImportCommandTest, RowsOfOneIdKeepTheirOrder) {
  std::string text = kHeader;
  for (int revision = 1; revision <= 300; ++revision) {
    for (int i = 0; i < 10; ++i) text += Row("i" + std::to_string(i), revision);
  }
  options_.batch_rows = 7;
  EXPECT_EQ(Import(text), kExitOk);
  for (const auto& [id, revisions] : service_.applied()) {
    ASSERT_EQ(revisions.size(), 300U) << id;
    for (size_t i = 0; i < revisions.size(); ++i) {
      ASSERT_EQ(revisions[i], static_cast<int64_t>(i + 1)) << id;
    }
  }
}

TEST_F(ImportCommandTest, GoesOnAfterBrokenStreams) {
  for (int i = 0; i < 12; ++i) service_.AddScript({.messages_max = 3, .acknowledge_every = 2});
  std::string text = kHeader;
  for (int revision = 1; revision <= 100; ++revision) {
    for (int i = 0; i < 20; ++i) text += Row("i" + std::to_string(i), revision);
  }
  options_.batch_rows = 10;
  EXPECT_EQ(Import(text), kExitOk);
  for (const auto& [id, revisions] : service_.applied()) EXPECT_EQ(revisions.back(), 100) << id;
  EXPECT_THAT(err_.str(), HasSubstr("stream broken off: UNAVAILABLE: gone; try 1 of"));
  EXPECT_THAT(err_.str(), HasSubstr("rows were sent again"));
}

TEST_F(ImportCommandTest, RejectedRowsGoToAFileInOrder) {
  service_.Refuse("bad");
  EXPECT_EQ(Import(std::string(kHeader) + Row("a") + "b,yesterday,handled,c1,0\n" + Row("bad") +
                   "\"x\"y,1\n" + "c,d\n" + Row("e")),
            kExitRejected);
  EXPECT_THAT(out_.str(), StartsWith("inserted 2, updated 0, unchanged 0, rejected 4 in "));
  EXPECT_EQ(ReadRejected(),
            "line,reason,interaction_id,arrive_time,outcome,customer_id,revision\n"
            "3,\"arrive_time: expected RFC 3339 with an offset, for example "
            "2026-01-31T09:30:00Z\",b,yesterday,handled,c1,0\n"
            "4,'=refused by the test,bad,2026-01-01T00:00:00Z,handled,c1,0\n"
            "5,text after a closing quote,\"\"\"x\"\"y,1\"\n"
            "6,\"the row has 2 fields, the header has 5\",c,d\n");
  EXPECT_THAT(err_.str(), HasSubstr("4 rejected rows are in "));
}

TEST_F(ImportCommandTest, MendedFileOfRejectedRowsCanBeImported) {
  EXPECT_EQ(Import("line,reason," + std::string(kHeader) + "3,not a time," + Row("b")), kExitOk);
  EXPECT_EQ(service_.applied().count("b"), 1U);
}

TEST_F(ImportCommandTest, DryRunSendsNothing) {
  options_.dry_run = true;
  options_.server.address = "127.0.0.1:1";
  EXPECT_EQ(Import(std::string(kHeader) + Row("a") + Row("b") + "c\n"), kExitRejected);
  EXPECT_EQ(out_.str(), "parsed 2, rejected 1\n");
  EXPECT_EQ(service_.streams(), 0);
}

TEST_F(ImportCommandTest, UnusableFilesAreUsageErrors) {
  EXPECT_EQ(Import(""), kExitUsage);
  EXPECT_THAT(err_.str(), HasSubstr("the file is empty"));
  EXPECT_EQ(Import("a,b\n1,2\n"), kExitUsage);
  EXPECT_THAT(err_.str(), HasSubstr("unknown columns: a, b"));
  EXPECT_EQ(Import("\xFF\xFEi\0\n"), kExitUsage);
  EXPECT_THAT(err_.str(), HasSubstr("UTF-16"));
  options_.path = (folder_ / "nothing.csv").string();
  EXPECT_EQ(RunImportCommand(options_, console_), kExitUsage);
  EXPECT_THAT(err_.str(), HasSubstr("cannot open"));
  EXPECT_EQ(service_.streams(), 0);
}

TEST_F(ImportCommandTest, UnreachableServerIsSaidAtOnce) {
  server_.Stop();
  options_.server.timeout = "200ms";
  EXPECT_EQ(Import(std::string(kHeader) + Row("a")), kExitUnreachable);
  EXPECT_THAT(err_.str(), HasSubstr("no server answers at 127.0.0.1:"));
}

TEST_F(ImportCommandTest, RefusalThatStaysEndsTheImport) {
  for (int i = 0; i < 4; ++i) {
    service_.AddScript({.refuse = grpc::Status(grpc::StatusCode::PERMISSION_DENIED, "no")});
  }
  std::string text = kHeader;
  for (int i = 0; i < 100'000; ++i) text += Row("i" + std::to_string(i));
  EXPECT_EQ(Import(text), kExitRejected);
  EXPECT_THAT(err_.str(), HasSubstr("import given up: PERMISSION_DENIED: no"));
}

TEST_F(ImportCommandTest, SurveysAreImported) {
  options_.kind = RecordKind::kSurveys;
  EXPECT_EQ(Import("response_id,kind,score,respond_time\r\n"
                   "s1,csat,4,2026-01-01T00:00:00Z\r\ns2,nps,9,2026-01-01T00:00:00Z\r\n"),
            kExitOk);
  EXPECT_EQ(service_.applied().size(), 2U);
}

constexpr char kItemHeader[] =
    "evaluation_id,agent_id,evaluate_time,criterion,score,maximum_score\n";

std::string Item(const std::string& id, const std::string& criterion,
                 const std::string& score = "4") {
  return id + ",anna,2026-01-01T00:00:00Z," + criterion + "," + score + ",5\n";
}

class ImportEvaluationsTest : public ImportCommandTest {
 protected:
  ImportEvaluationsTest() { options_.kind = RecordKind::kQualityEvaluations; }
};

TEST_F(ImportEvaluationsTest, RowsOfOneEvaluationAreJoined) {
  std::string text = kItemHeader;
  for (int e = 0; e < 300; ++e) {
    for (int i = 0; i <= e % 7; ++i) text += Item("e" + std::to_string(e), std::to_string(i));
  }
  options_.batch_rows = 3;  // Smaller than many evaluations, which stay whole.
  EXPECT_EQ(Import(text), kExitOk) << err_.str();
  EXPECT_THAT(out_.str(), StartsWith("inserted 300, updated 0, unchanged 0, rejected 0 in "));
  ASSERT_EQ(service_.items().size(), 300U);
  for (const auto& [id, items] : service_.items()) {
    EXPECT_EQ(items, std::stoi(id.substr(1)) % 7 + 1) << id;
  }
}

TEST_F(ImportEvaluationsTest, RowsApartAreEvaluationsOfTheirOwnWhateverTheStreams) {
  for (const int streams : {1, 4}) {
    options_.streams = streams;
    EXPECT_EQ(
        Import(kItemHeader + Item("a", "x") + Item("b", "x") + Item("b", "y") + Item("a", "y")),
        kExitOk);
    EXPECT_EQ(service_.items().at("a"), 1);
    EXPECT_EQ(service_.items().at("b"), 2);
  }
  EXPECT_EQ(service_.applied().at("a").size(), 4U);
}

TEST_F(ImportEvaluationsTest, AllRowsOfARejectedEvaluationAreInTheFile) {
  service_.Refuse("b");
  options_.streams = 1;
  EXPECT_EQ(Import(kItemHeader + Item("a", "x") + Item("a", "y", "four") + Item("b", "x") +
                   Item("b", "y") + Item("c", "x")),
            kExitRejected);
  EXPECT_THAT(out_.str(), HasSubstr("inserted 1, updated 0, unchanged 0, rejected 2"));
  EXPECT_EQ(ReadRejected(),
            "line,reason,evaluation_id,agent_id,evaluate_time,criterion,score,maximum_score\n"
            "2,line 3: score: expected a decimal number,a,anna,2026-01-01T00:00:00Z,x,4,5\n"
            "3,line 3: score: expected a decimal number,a,anna,2026-01-01T00:00:00Z,y,four,5\n"
            "4,'=refused by the test,b,anna,2026-01-01T00:00:00Z,x,4,5\n"
            "5,'=refused by the test,b,anna,2026-01-01T00:00:00Z,y,4,5\n");
}

TEST_F(ImportEvaluationsTest, RowsMustAgreeOnTheirEvaluation) {
  EXPECT_EQ(Import(kItemHeader + Item("a", "x") + "a,bob,2026-01-01T00:00:00Z,y,4,5\n"),
            kExitRejected);
  EXPECT_THAT(ReadRejected(), HasSubstr("line 3 has other columns of the evaluation than line 2"));
  EXPECT_EQ(service_.applied().size(), 0U);
}

TEST_F(ImportEvaluationsTest, ABrokenRowTakesItsNeighboursWithIt) {
  EXPECT_EQ(Import(kItemHeader + Item("a", "x") + Item("b", "x") + "b,anna\n" + Item("b", "z") +
                   Item("c", "x")),
            kExitRejected);
  EXPECT_EQ(service_.items().size(), 2U);
  EXPECT_EQ(service_.items().count("b"), 0U) << "rather none than one without its second item";
  EXPECT_THAT(ReadRejected(), HasSubstr("a row beside this evaluation cannot be read"));
  EXPECT_EQ(Import(kItemHeader + Item("d", "x") + "d,anna\n" + Item("e", "x") + Item("f", "x")),
            kExitRejected);
  EXPECT_EQ(service_.items().count("d") + service_.items().count("e"), 0U) << "it may be of either";
  EXPECT_EQ(service_.items().count("f"), 1U);
}

TEST_F(ImportEvaluationsTest, TooManyRowsAreRejectedWithoutKeepingThemAll) {
  std::string text = kItemHeader;
  for (int i = 0; i < 200; ++i) text += Item("fits", std::to_string(i));
  for (int i = 0; i < 1'000; ++i) text += Item("long", std::to_string(i));
  text += Item("next", "x");
  EXPECT_EQ(Import(text), kExitRejected);
  EXPECT_EQ(service_.items().at("fits"), 200);
  EXPECT_EQ(service_.items().count("long"), 0U);
  EXPECT_EQ(service_.items().count("next"), 1U);
  EXPECT_THAT(err_.str(), HasSubstr("1000 rejected rows are in "));
  EXPECT_THAT(out_.str(), HasSubstr("rejected 1 "));
}

TEST(RejectedPath, IsBesideTheFile) {
  EXPECT_EQ(RejectedPath("a/calls.csv"), "a/calls.rejected.csv");
  EXPECT_EQ(RejectedPath("calls"), "calls.rejected.csv");
  EXPECT_EQ(RejectedPath(".csv"), ".csv.rejected.csv");
  EXPECT_EQ(RejectedPath("-"), "stdin.rejected.csv");
}

TEST(RejectedFile, SaysWhenItCannotBeWritten) {
  RejectedFile file("/nowhere/at/all.csv", {"a"});
  EXPECT_TRUE(file.Close().ok());
  file.Add(1, "why", {"x"});
  EXPECT_FALSE(file.Close().ok());
  EXPECT_EQ(file.count(), 1);
}

TEST(ProgressText, HasBarPercentAndRate) {
  EXPECT_EQ(ProgressText(0.5, 1234567, 98765.4),
            "[===============>              ]  50 %  1,234,567 rows  98,765 rows/s");
  EXPECT_EQ(ProgressText(2, 10, 1), "[==============================] 100 %  10 rows  1 rows/s");
  EXPECT_EQ(ProgressText(std::nullopt, 10, 1), "10 rows  1 rows/s");
}

TEST(SummaryText, HasCountsAndRate) {
  IngestTotals totals;
  totals.inserted = 10;
  totals.updated = 2;
  totals.unchanged = 3;
  totals.rejected = 1;
  EXPECT_EQ(SummaryText(totals, 2.0),
            "inserted 10, updated 2, unchanged 3, rejected 1 in 2.0 s (8 rows/s)");
}

}  // namespace
}  // namespace kpid::client
