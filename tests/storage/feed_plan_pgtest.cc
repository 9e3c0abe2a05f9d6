// How a load is cut: every row is in one statement, whatever PostgreSQL knows of the table.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "storage/feed_plan.h"
#include "storage/session.h"
#include "tests/storage/held_session.h"
#include "tests/storage/record_builders.h"
#include "tests/support/test_database.h"

namespace kpid::storage {
namespace {

constexpr int kRows = 4'000;
constexpr int kDays = 40;

class FeedPlanTest : public ::testing::Test {
 protected:
  // Interactions over some days, in no order; every fourth of the surveys was not answered.
  void Fill() {
    database_.Run(absl::StrCat(
        "INSERT INTO kpid.interactions (revision, arrive_time, channel, direction, outcome,"
        " resolution, flags, interaction_id)"
        " SELECT 0, timestamptz '2025-03-01Z' + n * 7919 % ",
        kDays,
        " * interval '1 day'"
        " + n * interval '1 second', 1, 1, 1, 0, 0, 'i' || n FROM generate_series(1, ",
        kRows, ") AS n"));
    database_.Run(absl::StrCat(
        "INSERT INTO kpid.survey_responses (revision, invite_time, respond_time, kind,"
        " score_thousandths, scale_minimum_thousandths, scale_maximum_thousandths, given_channel,"
        " response_id, comment)"
        " SELECT 0, sent, CASE WHEN n % 4 > 0 THEN sent + interval '1 hour' END, 1, 4000, 1000,"
        " 5000, 0, 's' || n, '' FROM (SELECT n, timestamptz '2025-03-01Z' + n % ",
        kDays, " * interval '1 day' AS sent FROM generate_series(1, ", kRows, ") AS n) AS made"));
  }

  FeedPlan Plan(const FeedPlanOptions& options) {
    auto plan = PlanFeedLoad(session_.get(), options, {});
    EXPECT_TRUE(plan.ok()) << plan.status();
    return plan.ok() ? *std::move(plan) : FeedPlan();
  }

  // How many statements find each row of a table.
  std::map<int64_t, int> FoundBy(const FeedPlan& plan, const std::string& table) {
    std::map<int64_t, int> found;
    for (const FeedTask& task : plan.tasks) {
      if (task.table->name != table) continue;
      const std::string sql =
          absl::StrCat("SELECT row_key FROM kpid.", table, " WHERE ", task.part.condition);
      const auto rows = session_->Execute({"test_rows", sql}, {}, {});
      EXPECT_TRUE(rows.ok()) << sql << ": " << rows.status();
      if (!rows.ok()) continue;
      for (int i = 0; i < rows->size(); ++i) ++found[rows->At(i, 0).Long()];
    }
    return found;
  }

  void ExpectEachOnce(const FeedPlan& plan, int interactions, int surveys) {
    for (const auto& [table, count] :
         {std::pair("interactions", interactions), std::pair("survey_responses", surveys)}) {
      const auto found = FoundBy(plan, table);
      EXPECT_EQ(found.size(), static_cast<size_t>(count)) << table;
      for (const auto& [key, times] : found) ASSERT_EQ(times, 1) << table << " " << key;
    }
  }

  static int64_t TasksOf(const FeedPlan& plan, const std::string& table) {
    return std::count_if(plan.tasks.begin(), plan.tasks.end(),
                         [&](const FeedTask& task) { return task.table->name == table; });
  }

  test_support::TestDatabase database_;
  std::unique_ptr<Session> session_ = OpenSession(database_);
};

TEST_F(FeedPlanTest, BlockRangesWithoutStatistics) {
  Fill();
  const FeedPlan plan = Plan({.connections = 4, .pages_per_part_min = 1});
  EXPECT_FALSE(plan.by_time);
  EXPECT_GT(TasksOf(plan, "interactions"), 8);
  ExpectEachOnce(plan, kRows, kRows);
}

TEST_F(FeedPlanTest, BlockRangesOfATableWithGaps) {
  Fill();
  database_.Run("DELETE FROM kpid.interactions WHERE interaction_id LIKE 'i1%'");
  database_.Run("UPDATE kpid.survey_responses SET comment = 'changed' WHERE row_key % 3 = 0");
  database_.Run("ANALYZE");
  const FeedPlan plan = Plan({.connections = 2, .pages_per_part_min = 3});
  // 1, 10 to 19, 100 to 199, 1000 to 1999.
  ExpectEachOnce(plan, kRows - 1'111, kRows);
  EXPECT_NEAR(static_cast<double>(plan.expected), 2 * kRows - 1'111, kRows / 2);
}

TEST_F(FeedPlanTest, SmallTablesAreOneStatement) {
  Fill();
  const FeedPlan plan = Plan({.connections = 4});
  EXPECT_EQ(TasksOf(plan, "interactions"), 1);
  EXPECT_EQ(static_cast<size_t>(plan.tasks.size()), FeedTables().size());
  ExpectEachOnce(plan, kRows, kRows);
}

TEST_F(FeedPlanTest, ByTimeWhereMemoryMayRunOut) {
  Fill();
  const FeedPlan plan =
      Plan({.connections = 4, .memory_bytes_max = 100'000, .pages_per_part_min = 1});
  EXPECT_TRUE(plan.by_time);
  ExpectEachOnce(plan, kRows, kRows);
  // From the newest to the oldest; all but the newest may be left out.
  std::vector<FeedTask> tasks;
  for (const FeedTask& task : plan.tasks) {
    if (task.table == &FeedTables().front()) tasks.push_back(task);
  }
  ASSERT_EQ(tasks.size(), 4u);
  EXPECT_FALSE(tasks.front().may_be_skipped);
  for (size_t i = 1; i < tasks.size(); ++i) {
    EXPECT_TRUE(tasks[i].may_be_skipped);
    ASSERT_TRUE(tasks[i].part.end.has_value());
    if (i > 1) {
      EXPECT_LT(*tasks[i].part.end, *tasks[i - 1].part.end);
    }
  }
  // Without statistics, too, they are about equal.
  EXPECT_GT(*tasks[1].part.end, At(86'400 * (kDays / 2)));
  EXPECT_LT(*tasks[3].part.end, At(86'400 * (kDays / 2)));
}

TEST_F(FeedPlanTest, ByTimeInAWindow) {
  Fill();
  const FeedPlan plan =
      Plan({.start = At(86'400 * (kDays / 2)), .connections = 4, .pages_per_part_min = 1});
  EXPECT_TRUE(plan.by_time);
  ExpectEachOnce(plan, kRows / 2, kRows / 2);
}

TEST(BlockRanges, FallInSize) {
  const std::vector<std::string> ranges = BlockRanges(1'000, 4, 50);
  EXPECT_EQ(ranges.front(), "ctid < '(125,0)'");
  EXPECT_EQ(ranges[1], "ctid >= '(125,0)' AND ctid < '(234,0)'");
  EXPECT_EQ(ranges.back(), "ctid >= '(955,0)'");
  EXPECT_EQ(BlockRanges(0, 4, 50), std::vector<std::string>{"true"});
  EXPECT_EQ(BlockRanges(50, 4, 50), std::vector<std::string>{"true"});
}

}  // namespace
}  // namespace kpid::storage
