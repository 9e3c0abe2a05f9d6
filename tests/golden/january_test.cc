// Real calls of a bank against expected values that a separate program computed: the January
// calls of the folder `shared` beside the repository, or of KPID_SHARED_DIR. Skipped without it.

#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "metrics/calendar.h"
#include "metrics/evaluate.h"
#include "tests/golden/golden_text.h"
#include "tests/support/difference.h"
#include "tests/support/plain_facts.h"

namespace kpid::proof {
namespace {

using metrics::Granularity;
using metrics::Query;
using metrics::Result;
using metrics::Value;
using nlohmann::json;

// A value of the expected file: a KPI, and the count that is meant where it is not the value.
struct Wanted {
  std::string kpi;
  std::map<std::string, std::string> parameters;
  std::string statistic;
  std::string count;
};

std::map<std::string, Wanted> AllWanted() {
  std::map<std::string, Wanted> wanted;
  for (const std::string id : {"contacts_offered", "contacts_handled", "contacts_abandoned",
                               "abandonment_rate", "average_speed_of_answer", "average_handle_time",
                               "average_time_to_abandon", "longest_wait"}) {
    wanted[id] = {id, {}, "", ""};
  }
  wanted["contacts_offered_with_before_queue"] = {
      "contacts_offered", {{"include_before_queue", "true"}}, "", ""};
  wanted["abandonment_rate_include_before_queue"] = {
      "abandonment_rate", {{"include_before_queue", "true"}}, "", ""};
  for (const std::string threshold : {"20", "60"}) {
    for (const std::string abandoned_as : {"negative", "ignore", "positive"}) {
      wanted["service_level_" + threshold + "_" + abandoned_as] = {
          "service_level",
          {{"threshold", threshold + "s"}, {"abandoned_as", abandoned_as}},
          "",
          ""};
    }
  }
  for (const std::string p : {"50", "90", "95", "99"}) {
    wanted["handle_time_p" + p] = {"average_handle_time", {}, "p" + p, ""};
    wanted["speed_of_answer_p" + p] = {"average_speed_of_answer", {}, "p" + p, ""};
  }
  for (const std::string window : {"24h", "48h", "7d"}) {
    const std::string id = "first_contact_resolution";
    const std::string name = "fcr_" + window;
    wanted[name] = {id, {{"window", window}}, "", ""};
    wanted[name + "_all"] = {id, {{"window", window}, {"include_immature", "true"}}, "", ""};
    wanted[name + "_immature"] = {id, {{"window", window}}, "", "immature"};
    wanted[name + "_unknown_customer"] = {id, {{"window", window}}, "", "unknown_customer"};
  }
  return wanted;
}

// Column names of the file to those of golden tables.
std::string GoldenColumn(const std::string& column) {
  static const auto* const names = new std::map<std::string, std::string>{
      {"interaction_id", "id"},  {"customer_id", "customer"}, {"queue_id", "queue"},
      {"agent_id", "agent"},     {"arrive_time", "arrive"},   {"enqueue_time", "enqueue"},
      {"answer_time", "answer"}, {"end_time", "end"},         {"talk_duration", "talk"},
  };
  const auto name = names->find(column);
  return name == names->end() ? column : name->second;
}

Records ReadCalls(const std::filesystem::path& path) {
  Records records;
  std::ifstream in(path);
  std::string line;
  const auto next = [&] {
    if (!std::getline(in, line)) return false;
    if (line.ends_with('\r')) line.pop_back();
    return true;
  };
  next();
  const std::vector<std::string> columns = absl::StrSplit(line, ',');
  while (next()) {
    const std::vector<std::string> cells = absl::StrSplit(line, ',');
    std::map<std::string, std::string> row;
    for (size_t i = 0; i < cells.size(); ++i) {
      if (!cells[i].empty()) row[GoldenColumn(columns[i])] = cells[i];
    }
    const absl::Status status = AddRow("interactions", row, {}, records);
    EXPECT_TRUE(status.ok()) << line << ": " << status;
  }
  return records;
}

class JanuaryTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    const char* folder = std::getenv("KPID_SHARED_DIR");
    const std::filesystem::path data =
        std::filesystem::path(folder != nullptr ? folder : KPID_SHARED_DIR_DEFAULT) / "data";
    folder_ = new std::filesystem::path(data);
    if (!std::filesystem::exists(data / "anonymous_bank_january.expected.json")) return;
    expected_ = new json(json::parse(std::ifstream(data / "anonymous_bank_january.expected.json")));
    records_ = new Records(ReadCalls(data / "anonymous_bank_january.csv"));
    snapshot_ = new auto(SnapshotOf(FactsOf(*records_)));
  }

  static void TearDownTestSuite() {
    delete folder_;
    delete expected_;
    delete records_;
    delete snapshot_;
  }

  void SetUp() override {
    if (expected_ == nullptr) {
      GTEST_SKIP() << "no January calls in " << *folder_ << " (KPID_SHARED_DIR names the folder)";
    }
    EXPECT_EQ(records_->interactions.size(), 31'359U);
  }

  // The question of the expected values' KPIs, over January's days [first_day, days).
  static Query QueryOf(const std::vector<std::string>& names, Granularity granularity, int days,
                       std::vector<metrics::Dimension> group_by, int first_day = 0) {
    static const auto* const wanted = new std::map<std::string, Wanted>(AllWanted());
    Query query;
    for (const std::string& name : names) {
      const Wanted& want = wanted->at(name);
      const auto problems = metrics::ResolveKpi(want.kpi, name, want.parameters, want.statistic,
                                                &query.kpis.emplace_back());
      EXPECT_TRUE(problems.empty()) << name;
      counts_[name] = want.count;
    }
    const metrics::Instant start = ParseTime("1999-01-01", {}).value();
    query.range = {start + std::chrono::days(first_day), start + std::chrono::days(days)};
    query.granularity = granularity;
    query.buckets =
        metrics::Calendar::Create("UTC")
            ->Buckets(query.range, granularity, metrics::Weekday::kMonday, metrics::kBucketsMax)
            .value();
    query.group_by = std::move(group_by);
    return query;
  }

  static Result Evaluated(const Query& query) {
    metrics::EvaluateOptions options;
    options.now = metrics::kInstantEnd;
    absl::StatusOr<Result> result = metrics::Evaluate(query, **snapshot_, options);
    EXPECT_TRUE(result.ok()) << result.status();
    return *std::move(result);
  }

  static std::vector<std::string> NamesOf(const json& entry) {
    std::vector<std::string> names;
    for (const auto& [name, value] : entry.items()) names.push_back(name);
    return names;
  }

  // Number of values compared.
  static int Compare(const std::string& place, const Query& query,
                     const std::vector<ReferenceValue>& values, const json& expected) {
    int compared = 0;
    for (size_t k = 0; k < query.kpis.size(); ++k) {
      const std::string& name = query.kpis[k].name;
      if (!expected.contains(name)) continue;
      ++compared;
      std::optional<double> actual = values[k].value;
      if (!counts_.at(name).empty()) {
        const auto count = values[k].counts.find(counts_.at(name));
        actual = count == values[k].counts.end() ? 0 : static_cast<double>(count->second);
      }
      if (expected[name].is_null()) {
        EXPECT_FALSE(actual.has_value()) << place << " " << name << " is " << *actual;
        continue;
      }
      const double value = expected[name].get<double>();
      EXPECT_TRUE(actual.has_value() &&
                  std::abs(*actual - value) <= 1e-9 * std::max(1.0, std::abs(value)))
          << place << " " << name << " is " << actual.value_or(-1) << ", expected " << value;
    }
    return compared;
  }

  static int Compare(const std::string& place, const Query& query, const Result& result,
                     const std::vector<Value>& values, const json& expected) {
    std::vector<ReferenceValue> translated;
    for (size_t k = 0; k < query.kpis.size(); ++k) {
      translated.push_back(Translated(query.kpis[k], result, values[k]));
    }
    return Compare(place, query, translated, expected);
  }

  static std::vector<std::string> AllNames() { return NamesOf((*expected_)["total"]); }

  static void CompareSlices(const std::string& section, metrics::DimensionKind kind) {
    const Query query = QueryOf(AllNames(), Granularity::kRange, 31, {{kind, ""}});
    const Result result = Evaluated(query);
    EXPECT_EQ(result.slices.size(), (*expected_)[section].size());
    int compared = 0;
    for (const metrics::Slice& slice : result.slices) {
      const std::string& value = slice.dimensions[0].value;
      ASSERT_TRUE((*expected_)[section].contains(value)) << section << " " << value;
      compared += Compare(section + " " + value, query, result,
                          slice.total.Part(0, query.kpis.size()), (*expected_)[section][value]);
    }
    int values = 0;
    for (const auto& [name, entry] : (*expected_)[section].items()) {
      values += static_cast<int>(entry.size());
    }
    EXPECT_EQ(compared, values);
  }

  // Buckets whose start, as text of `digits` characters, is the key of an expected entry.
  static void CompareBuckets(const std::string& section, Granularity granularity, int days,
                             size_t digits) {
    const Query query = QueryOf(AllNames(), granularity, days, {});
    const Result result = Evaluated(query);
    size_t found = 0;
    for (size_t b = 0; b < query.buckets.size(); ++b) {
      const auto seconds = std::chrono::floor<std::chrono::seconds>(query.buckets[b].start);
      const std::time_t time = std::chrono::system_clock::to_time_t(seconds);
      char text[32];
      std::strftime(text, sizeof(text), "%Y-%m-%dT%H", std::gmtime(&time));
      const std::string key(text, digits);
      if (!(*expected_)[section].contains(key)) continue;
      ++found;
      Compare(key, query, result,
              result.slices.at(0).series.Part(b * query.kpis.size(), query.kpis.size()),
              (*expected_)[section][key]);
    }
    EXPECT_EQ(found, (*expected_)[section].size() - (*expected_)[section].count("later"));
  }

  static inline std::filesystem::path* folder_ = nullptr;
  static inline json* expected_ = nullptr;
  static inline Records* records_ = nullptr;
  static inline std::shared_ptr<const metrics::FactSnapshot>* snapshot_ = nullptr;
  static inline std::map<std::string, std::string> counts_;  // Wanted::count by name.
};

TEST_F(JanuaryTest, Total) {
  const Query query = QueryOf(AllNames(), Granularity::kRange, 31, {});
  const Result result = Evaluated(query);
  EXPECT_EQ(Compare("total", query, result, result.total, (*expected_)["total"]), 36);
}

TEST_F(JanuaryTest, ByQueue) { CompareSlices("by_queue", metrics::DimensionKind::kQueue); }

TEST_F(JanuaryTest, ByAgent) { CompareSlices("by_agent", metrics::DimensionKind::kAgent); }

TEST_F(JanuaryTest, ByDay) { CompareBuckets("by_day_utc", Granularity::kDay, 31, 10); }

TEST_F(JanuaryTest, ByHourOfTheFirstWeek) {
  CompareBuckets("by_hour_of_first_week_utc", Granularity::kHour, 7, 13);
}

// What the hours of the first week leave.
TEST_F(JanuaryTest, AfterTheFirstWeek) {
  const json& later = (*expected_)["by_hour_of_first_week_utc"]["later"];
  const Query query = QueryOf(AllNames(), Granularity::kRange, 31, {}, 7);
  const Result result = Evaluated(query);
  EXPECT_EQ(Compare("later", query, result, result.total, later), static_cast<int>(later.size()));
}

// The reference, too, so that its rules are those of the data. (Its first contact resolution is
// square in the calls: one of them.)
TEST_F(JanuaryTest, TotalOfTheReference) {
  std::vector<std::string> names;
  for (const std::string& name : AllNames()) {
    if (!name.starts_with("fcr_") || name == "fcr_48h") names.push_back(name);
  }
  const Query query = QueryOf(names, Granularity::kRange, 31, {});
  const ReferenceResult result = ReferenceEvaluate(query, *records_, metrics::kInstantEnd);
  Compare("total", query, result.total, (*expected_)["total"]);
}

}  // namespace
}  // namespace kpid::proof
