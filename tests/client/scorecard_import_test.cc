#include "client/scorecard_import.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "client/exit_code.h"
#include "client/scorecard_file.h"
#include "tests/client/fake_ingest_service.h"
#include "tests/client/fake_target_service.h"
#include "tests/client/text_source.h"

namespace kpid::client {
namespace {

using testing::HasSubstr;

constexpr char kHeader[] = "scorecard_id,name,kpi_id,parameters,statistic,area,weight\n";

// The request as text in one line, or the error.
std::string Read(const std::string& text, bool ignore_unknown = false) {
  TextSource source(text);
  const auto request = ReadScorecards(&source, ignore_unknown);
  return request.ok() ? request->ShortDebugString() : std::string(request.status().message());
}

TEST(ReadScorecards, RowsOfAnIdAreOneScorecard) {
  EXPECT_EQ(Read(std::string(kHeader) + "a,Speed,aht,,p90,efficiency,2.5\n"
                                        "b,,csat,,,customer,\n"
                                        "a,,sl,threshold=60s;abandoned_as=ignore,,operations,\n"),
            "scorecards { scorecard_id: \"a\" name: \"Speed\" entries { kpi_id: \"aht\" "
            "statistic: \"p90\" area: SCORECARD_AREA_EFFICIENCY weight: 2.5 } entries { kpi_id: "
            "\"sl\" parameters { key: \"abandoned_as\" value: \"ignore\" } parameters { key: "
            "\"threshold\" value: \"60s\" } area: SCORECARD_AREA_OPERATIONS } } scorecards { "
            "scorecard_id: \"b\" entries { kpi_id: \"csat\" area: SCORECARD_AREA_CUSTOMER } }");
  EXPECT_EQ(Read("area,kpi_id,scorecard_id\ncustomer,nps,c\n"),
            "scorecards { scorecard_id: \"c\" entries { kpi_id: \"nps\" area: "
            "SCORECARD_AREA_CUSTOMER } }");
}

TEST(ReadScorecards, LinesThatCannotBeReadAreNamed) {
  EXPECT_EQ(Read(std::string(kHeader) + "a,Speed,aht,,,fast,\n"
                                        "a,Slowness,sl,threshold,,operations,many\n"
                                        "a,,nps,,,Customer,\n"
                                        "a,,\xFF,,,customer,\n"
                                        "a,\"x\"y,nps,,,customer,\n"),
            "line 2: area: expected one of efficiency, customer, operations\n"
            "  line 3: another name than in a line before\n"
            "  line 3: parameters: expected threshold=60s;abandoned_as=ignore\n"
            "  line 3: weight: expected a decimal number\n"
            "  line 4: area: expected one of efficiency, customer, operations\n"
            "  line 5: is not UTF-8 text, or holds a NUL\n"
            "  line 6: text after a closing quote");
  std::string many = kHeader;
  for (int i = 0; i < 30; ++i) many += "a,,nps,,,,\n";
  EXPECT_THAT(Read(many), HasSubstr("line 21: area: expected one of efficiency, customer, "
                                    "operations\n  ..."));
  EXPECT_THAT(Read(many), Not(HasSubstr("line 22")));
}

TEST(ReadScorecards, HeadersAreChecked) {
  EXPECT_EQ(Read(""), "the file is empty; it needs a header line");
  EXPECT_EQ(Read("scorecard_id,name,name,colour\n"),
            "column that is there twice: name; unknown column: colour; missing column: kpi_id; "
            "missing column: area");
  EXPECT_EQ(Read("scorecard_id,kpi_id,area,colour\n", /*ignore_unknown=*/true), "");
}

class ScorecardImportTest : public testing::Test {
 protected:
  ScorecardImportTest() : server_(&service_) {
    std::string name = (std::filesystem::temp_directory_path() / "kpid-import-XXXXXX").string();
    folder_ = mkdtemp(name.data());
    options_.path = (folder_ / "scorecards.csv").string();
    options_.scorecards = true;
    options_.server.address = server_.address();
    console_.out = &out_;
    console_.err = &err_;
  }
  ~ScorecardImportTest() override { std::filesystem::remove_all(folder_); }

  int Import(const std::string& text) {
    std::ofstream(options_.path, std::ios::binary) << text;
    return RunImportCommand(options_, console_);
  }

  FakeTargetService service_;
  LoopbackServer server_;
  std::filesystem::path folder_;
  ImportOptions options_;
  std::ostringstream out_;
  std::ostringstream err_;
  Console console_;
};

const std::string kTwo = std::string(kHeader) + "a,,aht,,,efficiency,\nb,,nps,,,customer,\n";

TEST_F(ScorecardImportTest, SendsTheWholeFile) {
  EXPECT_EQ(Import(kTwo), kExitOk) << err_.str();
  EXPECT_EQ(out_.str(), "inserted 2, updated 0, unchanged 0\n");
  ASSERT_EQ(service_.requests().size(), 1U);
  EXPECT_EQ(service_.requests()[0].scorecards_size(), 2);
}

TEST_F(ScorecardImportTest, DryRunSendsNothing) {
  options_.dry_run = true;
  server_.Stop();
  EXPECT_EQ(Import(kTwo), kExitOk) << err_.str();
  EXPECT_EQ(out_.str(), "parsed 2 scorecards\n");
}

TEST_F(ScorecardImportTest, UnreadableFilesAreUsageErrors) {
  EXPECT_EQ(Import("nonsense\n"), kExitUsage);
  EXPECT_THAT(err_.str(), HasSubstr("scorecards.csv: unknown column: nonsense"));
  EXPECT_EQ(service_.requests().size(), 0U);
  options_.path = (folder_ / "absent.csv").string();
  EXPECT_EQ(RunImportCommand(options_, console_), kExitUsage);
}

TEST_F(ScorecardImportTest, ABusyServerIsAskedAgain) {
  service_.set_refusals({{grpc::StatusCode::UNAVAILABLE, "not yet"}});
  EXPECT_EQ(Import(kTwo), kExitOk) << err_.str();
  EXPECT_EQ(service_.requests().size(), 1U);
}

TEST_F(ScorecardImportTest, RefusalsAreTold) {
  service_.set_refusals({{grpc::StatusCode::INVALID_ARGUMENT, "no such KPI"}});
  EXPECT_EQ(Import(kTwo), kExitRejected);
  EXPECT_THAT(err_.str(), HasSubstr("kpid: scorecards: INVALID_ARGUMENT"));
  EXPECT_THAT(err_.str(), HasSubstr("no such KPI"));
}

}  // namespace
}  // namespace kpid::client
