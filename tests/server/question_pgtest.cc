// Comparisons, order, pages, targets of QueryKpis over a real connection and PostgreSQL.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "server_pg_fixture.h"

namespace kpid::server {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using Stub = v1::QueryService::Stub;

constexpr int64_t kDay = 86'400;

class QuestionPgTest : public ServerPgTest {
 protected:
  // Queues a to e have 1 to 5 contacts in March, half (rounded down) of them answered late, and
  // one each in February, in time.
  QuestionPgTest() {
    std::vector<v1::Interaction> interactions;
    int64_t second = 0;
    for (int queue = 1; queue <= 5; ++queue) {
      const std::string name(1, static_cast<char>('a' + queue - 1));
      for (int i = 0; i <= queue; ++i) {
        const int64_t day = i == 0 ? -20 * kDay : i * kDay;
        v1::Interaction interaction = ValidInteraction(name + std::to_string(i));
        interaction.set_queue_id(name);
        const bool late = i > 0 && i % 2 == 0;
        *interaction.mutable_arrive_time() = At(day + second);
        *interaction.mutable_enqueue_time() = At(day + second);
        *interaction.mutable_answer_time() = At(day + second + (late ? 50 : 10));
        *interaction.mutable_end_time() = At(day + second + 300);
        interactions.push_back(interaction);
        ++second;
      }
    }
    EXPECT_EQ(Ingest(interactions).inserted_count(), 20);
  }

  // Contacts offered and service level by queue.
  static v1::QueryKpisRequest ByQueue() {
    v1::QueryKpisRequest request = MarchQuestion();
    request.add_kpis()->set_id("sl");
    request.add_group_by()->set_kind(v1::DIMENSION_KIND_QUEUE);
    return request;
  }

  std::vector<std::string> Refused(const v1::QueryKpisRequest& request) {
    return Violations(&Stub::QueryKpis, *server_->query, request);
  }

  static void OrderBy(const std::string& name, bool descending, v1::QueryKpisRequest* request,
                      v1::SliceOrderBy by = v1::SLICE_ORDER_BY_VALUE) {
    v1::SliceOrder* order = request->add_order_by();
    order->set_kpi_name(name);
    order->set_by(by);
    order->set_descending(descending);
  }

  // The queues in order; the others as "*".
  static std::string Queues(const v1::QueryKpisResponse& response) {
    std::string queues;
    for (const v1::Slice& slice : response.slices()) {
      queues += slice.other() ? "*" : slice.dimensions(0).value();
    }
    return queues;
  }
};

TEST_F(QuestionPgTest, TopSlicesAndTheOthersAddUp) {
  v1::QueryKpisRequest request = ByQueue();
  OrderBy("contacts_offered", true, &request);
  request.set_top_count(2);
  request.set_granularity(v1::GRANULARITY_WEEK);
  const v1::QueryKpisResponse response = Query(request);
  EXPECT_EQ(Queues(response), "ed*");
  EXPECT_EQ(response.slice_count(), 5);
  EXPECT_EQ(response.next_page_token(), "");
  const auto sum = [&](auto part_of_value) {
    double total = 0;
    for (const v1::Slice& slice : response.slices()) {
      total += part_of_value(slice.total());
      double series = 0;
      for (const v1::Point& point : slice.series()) series += part_of_value(point);
      EXPECT_EQ(series, part_of_value(slice.total())) << "weeks add up too";
    }
    return total;
  };
  const auto offered = [](const auto& values) { return values.values(0).value(); };
  const auto in_time = [](const auto& values) { return values.values(1).numerator(); };
  const auto answered = [](const auto& values) { return values.values(1).denominator(); };
  EXPECT_EQ(offered(response.total()), 15);
  EXPECT_EQ(sum(offered), 15);
  EXPECT_EQ(in_time(response.total()), 9);
  EXPECT_EQ(sum(in_time), 9);
  EXPECT_EQ(sum(answered), answered(response.total()));
  EXPECT_EQ(response.slices(2).total().values(0).value(), 1 + 2 + 3);
  EXPECT_EQ(response.slices(2).dimensions_size(), 0);

  request.set_omit_other(true);
  EXPECT_EQ(Queues(Query(request)), "ed");
  request.set_omit_other(false);
  request.set_top_count(5);
  EXPECT_EQ(Queues(Query(request)), "edcba") << "no others";
}

TEST_F(QuestionPgTest, PagesGiveEverySliceOnceInOrder) {
  v1::QueryKpisRequest request = ByQueue();
  OrderBy("service_level", false, &request);  // b and d 50, e 60, c 66.7, a 100.
  OrderBy("contacts_offered", true, &request);
  request.set_page_size(2);
  std::vector<std::string> pages;
  do {
    const v1::QueryKpisResponse response = Query(request);
    pages.push_back(Queues(response));
    EXPECT_EQ(response.slice_count(), 5);
    EXPECT_EQ(response.total().values(0).value(), 15) << "totals are whole on every page";
    request.set_page_token(response.next_page_token());
  } while (!request.page_token().empty() && pages.size() < 5);
  EXPECT_THAT(pages, ElementsAre("db", "ec", "a"));
}

TEST_F(QuestionPgTest, ATokenOfAnotherRequestIsRefused) {
  v1::QueryKpisRequest request = ByQueue();
  request.set_page_size(2);
  const std::string token = Query(request).next_page_token();
  ASSERT_FALSE(token.empty());
  request.set_page_token(token);
  EXPECT_EQ(Queues(Query(request)), "cd");
  v1::QueryKpisRequest other = request;
  OrderBy("contacts_offered", true, &other);
  EXPECT_THAT(Refused(other), ElementsAre("page_token PAGE_TOKEN_INVALID"));
  other = request;
  other.set_page_size(3);
  other.set_validate_only(true);
  EXPECT_THAT(Refused(other), ElementsAre("page_token PAGE_TOKEN_INVALID"));
  request.set_validate_only(true);
  EXPECT_THAT(Query(request).slices(), IsEmpty());
}

TEST_F(QuestionPgTest, MarchIsComparedWithFebruary) {
  v1::QueryKpisRequest request = ByQueue();
  request.set_compare_to(v1::COMPARISON_PERIOD_PREVIOUS_PERIOD);
  OrderBy("contacts_offered", true, &request, v1::SLICE_ORDER_BY_ABSOLUTE_CHANGE);
  request.set_validate_only(true);
  v1::QueryKpisResponse response = Query(request);
  EXPECT_EQ(response.comparison_interval().start_time().seconds(), 1'769'904'000) << "1 February";
  EXPECT_EQ(response.comparison_interval().end_time().seconds(), 1'772'323'200) << "1 March";
  EXPECT_FALSE(response.has_total());

  request.set_validate_only(false);
  response = Query(request);
  EXPECT_EQ(response.comparison_interval().start_time().seconds(), 1'769'904'000);
  EXPECT_EQ(Queues(response), "edcba");
  const v1::Comparison& offered = response.slices(0).total().values(0).comparison();
  EXPECT_EQ(offered.previous_value(), 1);
  EXPECT_EQ(offered.absolute_change(), 4);
  EXPECT_EQ(offered.relative_change_percent(), 400);
  EXPECT_EQ(offered.significance(), v1::CHANGE_SIGNIFICANCE_UNSPECIFIED) << "counts are exact";
  const v1::Comparison& level = response.total().values(1).comparison();
  EXPECT_EQ(level.previous_value(), 100);
  EXPECT_EQ(level.previous_sample_count(), 5);
  EXPECT_EQ(level.absolute_change(), -40);
  EXPECT_EQ(level.significance(), v1::CHANGE_SIGNIFICANCE_NOT_SIGNIFICANT) << "5 against 15";
  EXPECT_FALSE(level.has_change_interval());
  request.set_value_detail(v1::VALUE_DETAIL_INTERVAL);
  const v1::Comparison with_interval = Query(request).total().values(1).comparison();
  EXPECT_LT(with_interval.change_interval().lower(), -40);
  EXPECT_GT(with_interval.change_interval().upper(), 0);
}

TEST_F(QuestionPgTest, SmallSamplesAreWithheld) {
  v1::QueryKpisRequest request = ByQueue();
  request.set_minimum_sample_size(4);
  const v1::QueryKpisResponse response = Query(request);
  ASSERT_EQ(Queues(response), "abcde");
  for (int i = 0; i < 5; ++i) {
    const v1::ValueList& values = response.slices(i).total();
    EXPECT_EQ(values.values(0).value(), i + 1) << "counts are not withheld";
    EXPECT_EQ(values.values(1).has_value(), i + 1 >= 4);
    EXPECT_EQ(values.values(1).sample_count(), i + 1);
    if (i + 1 >= 4) continue;
    EXPECT_EQ(values.values(1).no_value_reason(), v1::NO_VALUE_REASON_SUPPRESSED_SMALL_GROUP);
    EXPECT_FALSE(values.values(1).has_numerator());
  }
}

TEST_F(QuestionPgTest, TargetsStandBesideValues) {
  v1::UpsertTargetsRequest targets;
  for (const char* queue : {"", "e"}) {
    v1::Target* target = targets.add_targets();
    target->set_target_id(std::string("target-") + queue);
    target->set_kpi_id("service_level");
    target->set_scope(*queue == 0 ? v1::TARGET_SCOPE_ALL : v1::TARGET_SCOPE_QUEUE);
    target->set_scope_id(queue);
    target->set_target_value(*queue == 0 ? 80 : 55);
  }
  targets.mutable_targets(1)->set_worst_value(40);
  targets.mutable_targets(1)->set_best_value(80);
  Call(&v1::TargetService::Stub::UpsertTargets, *server_->target, targets);
  v1::QueryKpisRequest request = ByQueue();
  OrderBy("contacts_offered", true, &request);
  request.set_top_count(2);
  request.set_value_detail(v1::VALUE_DETAIL_BARE);
  const v1::QueryKpisResponse response = Query(request);
  ASSERT_EQ(Queues(response), "ed*");
  const v1::TargetAssessment& own = response.slices(0).total().values(1).target();
  EXPECT_EQ(own.target_id(), "target-e");
  EXPECT_EQ(own.status(), v1::TARGET_STATUS_MET);
  EXPECT_NEAR(own.attainment(), 0.5, 1e-12);
  const v1::TargetAssessment& of_all = response.slices(1).total().values(1).target();
  EXPECT_EQ(of_all.target_id(), "target-");
  EXPECT_EQ(of_all.status(), v1::TARGET_STATUS_MISSED);
  EXPECT_FALSE(of_all.has_attainment());
  EXPECT_TRUE(response.slices(0).series(0).values(1).has_target());
  EXPECT_FALSE(response.slices(2).total().values(1).has_target()) << "the others are nobody";
  EXPECT_EQ(response.total().values(1).target().target_id(), "target-");
  EXPECT_FALSE(response.total().values(0).has_target());
}

TEST_F(QuestionPgTest, GroupTypesAreCheckedBeforeAnythingIsComputed) {
  v1::QueryKpisRequest request = ByQueue();
  request.mutable_group_by(0)->set_kind(v1::DIMENSION_KIND_AGENT_GROUP);
  request.mutable_group_by(0)->set_name("team");
  request.set_compare_to(v1::COMPARISON_PERIOD_SAME_PERIOD_LAST_WEEK);
  request.set_top_count(1);
  EXPECT_THAT(Refused(request), ElementsAre("group_by[0].name GROUP_TYPE_UNKNOWN"));
}

}  // namespace
}  // namespace kpid::server
