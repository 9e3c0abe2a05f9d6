// Rows counted by class give each KPI what it has alone, also where there are more cells, or more
// is read, than is counted so.
#include "metrics/row_classes.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <random>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "metrics/fact_store.h"
#include "tests/metrics/fact_set.h"

namespace kpid::metrics {
namespace {

// Contacts of every sort, so that hundreds of combinations of what is read occur.
FactSet Contacts(int count) {
  std::mt19937 random(17);
  FactSet facts;
  for (int i = 0; i < count; ++i) {
    const Duration arrive = seconds(random() % (7 * 86'400));
    const Duration wait = seconds(random() % 12);
    const bool handled = random() % 20 != 0;
    InteractionFact& fact = handled ? facts.Handled(arrive, wait, seconds(random() % 600))
                                    : facts.Abandoned(arrive, wait);
    fact.customer = static_cast<Code>(random() % 300);
    if (random() % 4 == 0) fact.direction = Direction::kOutbound;
    fact.queue = facts.Queue(std::to_string(random() % 5));
    fact.transferred = random() % 2 == 0;
    if (random() % 3 != 0) {
      fact.resolution = random() % 2 == 0 ? Resolution::kResolved : Resolution::kUnresolved;
    }
    if (handled && random() % 5 == 0) fact.answer.reset();
  }
  for (int i = 0; i < 20; ++i) facts.Contact(Outcome::kInProgress, hours(i));
  return facts;
}

void ExpectEachAsAlone(const std::vector<std::string>& kpis, const FactSet& facts) {
  const auto snapshot = facts.Snapshot();
  Query query = Ask({}, days(7), Granularity::kDay);
  query.group_by = {By(DimensionKind::kQueue)};
  for (const std::string& kpi : kpis) query.kpis.push_back(Kpi(kpi));
  const Result together = Answers(query, *snapshot);
  for (size_t k = 0; k < kpis.size(); ++k) {
    Query alone = query;
    alone.kpis = {query.kpis[k]};
    const Result result = Answers(alone, *snapshot, 2);
    EXPECT_EQ(together.total[k].value, result.total[0].value) << kpis[k];
    EXPECT_EQ(together.total[k].counts, result.total[0].counts) << kpis[k];
    ASSERT_EQ(together.slices.size(), result.slices.size());
    for (size_t s = 0; s < result.slices.size(); ++s) {
      for (size_t bucket = 0; bucket < query.buckets.size(); ++bucket) {
        const Value& value = together.slices[s].series[bucket * kpis.size() + k];
        EXPECT_EQ(value.value, result.slices[s].series[bucket].value) << kpis[k];
        EXPECT_EQ(value.counts, result.slices[s].series[bucket].counts) << kpis[k];
      }
    }
  }
}

TEST(RowClasses, ManyClasses) {
  ExpectEachAsAlone({"contacts_offered", "contacts_abandoned", "transfer_rate", "fcr",
                     "fcr:method=agent_marked", "sl:threshold=1s", "sl:threshold=4s", "aht",
                     "sl:threshold=7s", "asa:statistic=p90", "longest_wait"},
                    Contacts(20'000));
}

// Too many cells for counts of all classes in each, as is seen only while agents come up.
TEST(RowClasses, MoreCellsThanAreCounted) {
  FactSet facts = Contacts(6'000);
  for (InteractionFact& fact : facts.interactions()) {
    fact.agent = facts.Agent(std::to_string((fact.arrive - kStart) / seconds(1008)));
  }
  const auto snapshot = facts.Snapshot();
  Query query = Ask({"transfer_rate", "aht", "fcr"}, days(7), Granularity::kMinutes15);
  query.group_by = {By(DimensionKind::kAgent)};
  query.value_detail = ValueDetail::kBare;
  const Result cells = Answers(query, *snapshot);
  const Result sums = Answers(Ask({"transfer_rate", "aht", "fcr"}), *snapshot);
  ASSERT_EQ(cells.slices.size(), 600U);
  for (size_t k = 0; k < 3; ++k) EXPECT_EQ(cells.total[k].value, sums.total[k].value);
}

// Amounts of each day are of another unit, and some are too great or too odd to be summed in any.
TEST(RowClasses, AmountsOfAllUnits) {
  FactSet facts;
  std::mt19937_64 random(23);
  const std::vector<Duration> units = {seconds(1), Duration(1'000), Duration(1), hours(7),
                                       seconds(1), Duration(1'000), Duration(0)};
  std::vector<int64_t> sums(units.size() * 2);
  std::vector<int64_t> counts(units.size() * 2);
  for (size_t day = 0; day < units.size(); ++day) {
    for (int i = 0; i < 3'000; ++i) {
      Duration talk = units[day] * static_cast<int64_t>(random() % 3'600);
      if (day == 4) talk += Duration(500'000);  // Half seconds: no whole numbers of a unit.
      InteractionFact& fact = facts.Handled(days(day) + seconds(i), seconds(1), talk);
      const size_t queue = random() % 2;
      fact.queue = facts.Queue(queue == 0 ? "a" : "b");
      sums[day * 2 + queue] += talk.count();
      ++counts[day * 2 + queue];
    }
  }
  const auto snapshot = facts.Snapshot();
  Query query =
      Ask({"average_talk_time", "aht", "aht:statistic=maximum"}, days(7), Granularity::kDay);
  query.group_by = {By(DimensionKind::kQueue)};
  for (const int threads : {1, 3}) {
    const Result result = Answers(query, *snapshot, threads);
    ASSERT_EQ(result.slices.size(), 2U);
    for (size_t cell = 0; cell < sums.size(); ++cell) {
      const Value& value = result.slices[cell % 2].series[cell / 2 * 3];
      EXPECT_EQ(value.sample_count, counts[cell]);
      EXPECT_EQ(value.numerator, static_cast<double>(sums[cell]) / 1e6) << cell;
      EXPECT_EQ(result.slices[cell % 2].series[cell / 2 * 3 + 1].numerator, value.numerator);
    }
  }
  // Without percentiles, so that only amounts that cannot be summed are not.
  query = Ask({"average_talk_time", "aht"}, days(7));
  query.group_by = {By(DimensionKind::kQueue)};
  const Result result = Answers(query, *snapshot);
  for (size_t queue = 0; queue < 2; ++queue) {
    double talked = 0;
    for (size_t cell = queue; cell < sums.size(); cell += 2) {
      talked += static_cast<double>(sums[cell]) / 1e6;
    }
    EXPECT_NEAR(*result.slices[queue].total[0].numerator, talked, 1e-3);
    EXPECT_NEAR(*result.slices[queue].total[1].numerator, talked, 1e-3);
  }
}

// Days whose amounts cannot be summed, between others, are counted by other cells than those.
TEST(RowClasses, DaysThatCannotBeSummed) {
  FactSet facts;
  for (const char* queue : {"c", "b", "a"}) facts.Queue(queue);
  const std::vector<std::string> queues = {"a", "b", "c"};
  std::vector<double> talked(queues.size());
  std::vector<double> handled(queues.size());
  for (int day = 0; day < 5; ++day) {
    for (int i = 0; i < 3'000; ++i) {
      const auto queue = static_cast<size_t>(i % 7 % 3);
      // Half seconds are no whole numbers of a unit.
      const Duration talk = seconds(i % 100) + Duration(day % 2 == 0 ? 0 : 500'000);
      facts.Handled(days(day) + seconds(i), seconds(1), talk).queue = facts.Queue(queues[queue]);
      talked[queue] += static_cast<double>(talk.count()) / 1e6;
      ++handled[queue];
    }
  }
  Query query = Ask({"contacts_handled", "aht"});
  query.group_by = {By(DimensionKind::kQueue)};
  const Result result = Answers(query, *facts.Snapshot());
  ASSERT_EQ(result.slices.size(), queues.size());
  for (size_t queue = 0; queue < queues.size(); ++queue) {
    const Slice* const slice = Find(result, {queues[queue]});
    ASSERT_NE(slice, nullptr);
    EXPECT_EQ(slice->total[0].numerator, handled[queue]);
    EXPECT_NEAR(*slice->total[1].numerator, talked[queue], 1e-6);
  }
}

// Slices and sorts of contacts that come up in the middle of a block, or one after the other, are
// counted from there on, in their buckets; with few codes, and with many that no contact has.
class NewcomersTest : public testing::TestWithParam<bool> {};

TEST_P(NewcomersTest, InTheMiddleOfABlock) {
  constexpr size_t kMinutes = 3 * 24 * 60;
  constexpr size_t kQuarters = kMinutes / 15;
  constexpr size_t kQueues = 40;
  const bool many_codes = GetParam();
  FactSet facts;
  for (int i = 0; many_codes && i < 5'000; ++i) facts.Queue("unused-" + std::to_string(i));
  std::vector<std::vector<int64_t>> handled(kQueues, std::vector<int64_t>(kQuarters));
  std::vector<std::vector<int64_t>> transferred = handled;
  std::vector<std::vector<int64_t>> talked = handled;
  for (size_t i = 0; i < kMinutes; ++i) {
    // From the second day's middle on there is one more every 50 minutes.
    const size_t known = i < 2'200 ? 5 : std::min(kQueues, 5 + (i - 2'200) / 50);
    const size_t queue = i * 7 % known;
    const auto talk = static_cast<int64_t>(i * 31 % 400);
    const bool is_transferred = i > 1'900 && i % 3 == 0;
    InteractionFact& fact =
        facts.Handled(minutes(static_cast<int64_t>(i)), seconds(2), seconds(talk));
    fact.queue = facts.Queue("queue-" + std::to_string(queue));
    fact.transferred = is_transferred;
    ++handled[queue][i / 15];
    transferred[queue][i / 15] += is_transferred;
    talked[queue][i / 15] += talk;
  }
  const auto snapshot = facts.Snapshot();
  for (const Granularity granularity : {Granularity::kMinutes15, Granularity::kRange}) {
    Query query = Ask({"contacts_handled", "transfer_rate", "aht"}, days(3), granularity);
    query.group_by = {By(DimensionKind::kQueue)};
    const Result result = Answers(query, *snapshot);
    ASSERT_EQ(result.slices.size(), kQueues);
    const size_t quarters = kQuarters / query.buckets.size();
    for (size_t queue = 0; queue < kQueues; ++queue) {
      const Slice* const slice = Find(result, {"queue-" + std::to_string(queue)});
      ASSERT_NE(slice, nullptr);
      for (size_t bucket = 0; bucket < query.buckets.size(); ++bucket) {
        const auto sum = [&](const std::vector<int64_t>& of_quarters) {
          const auto first = of_quarters.begin() + static_cast<ptrdiff_t>(bucket * quarters);
          return std::accumulate(first, first + static_cast<ptrdiff_t>(quarters), int64_t{0});
        };
        const std::vector<Value> values = slice->series.Part(bucket * 3, 3);
        ASSERT_EQ(values[0].numerator, sum(handled[queue])) << queue << " " << bucket;
        ASSERT_EQ(values[1].numerator.value_or(0), sum(transferred[queue])) << queue;
        ASSERT_EQ(values[2].numerator.value_or(0), sum(talked[queue])) << queue;
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(WithFewOrManyCodes, NewcomersTest, testing::Bool());

// What was corrected leaves dead rows, which are read with the others of their block: they count in
// no cell, and make no slice of their own.
TEST(RowClasses, FewDeadRowsOfABlockCountNowhere) {
  constexpr size_t kRows = 14'000;
  std::mt19937 random(31);
  FactSet contacts = Contacts(kRows);
  std::vector<InteractionFact> facts(contacts.interactions().begin(),
                                     contacts.interactions().begin() + kRows);
  for (size_t i = 0; i < facts.size(); ++i) {
    facts[i].row_key = static_cast<int64_t>(i + 1);
    const Duration shift = kStart + seconds(i * 6) - facts[i].arrive;  // All on one day.
    facts[i].arrive += shift;
    if (facts[i].answer.has_value()) *facts[i].answer += shift;
    if (facts[i].end.has_value()) *facts[i].end += shift;
    facts[i].channel = random() % 3 == 0 ? Channel::kVoice : Channel::kChat;
  }
  FactStore store({});
  std::vector<InteractionFact> first = facts;
  std::vector<InteractionFact> corrected;
  for (size_t i = 0; i < first.size(); i += 10 + random() % 10) {
    // Nothing else is of kEmail; where it comes up, dead rows are left out first.
    first[i].channel = i < 12'000 ? Channel::kVoice : Channel::kEmail;
    first[i].transferred = !first[i].transferred;
    corrected.push_back(facts[i]);
  }
  FactChanges changes;
  changes.interactions.upserted = std::move(first);
  store.Apply(std::move(changes));
  changes = {};
  changes.interactions.upserted = std::move(corrected);
  store.Apply(std::move(changes));

  FactStore fresh({});
  changes = {};
  changes.interactions.upserted = std::move(facts);
  fresh.Apply(std::move(changes));
  for (const auto& [granularity, dimension, slices] :
       {std::tuple(Granularity::kRange, DimensionKind::kChannel, 2U),
        std::tuple(Granularity::kHour, DimensionKind::kChannel, 2U),
        std::tuple(Granularity::kRange, DimensionKind::kQueue, 5U)}) {
    Query query = Ask({"contacts_offered", "aht", "transfer_rate"}, days(1), granularity);
    query.group_by = {By(dimension)};
    const Result result = Answers(query, *store.Current());
    const Result wanted = Answers(query, *fresh.Current());
    ASSERT_EQ(result.slices.size(), slices);
    ASSERT_EQ(wanted.slices.size(), slices);
    for (size_t s = 0; s < slices; ++s) {
      for (size_t v = 0; v < wanted.slices[s].series.size(); ++v) {
        EXPECT_EQ(result.slices[s].series[v].value, wanted.slices[s].series[v].value);
        EXPECT_EQ(result.slices[s].series[v].sample_count, wanted.slices[s].series[v].sample_count);
        EXPECT_EQ(result.slices[s].series[v].numerator, wanted.slices[s].series[v].numerator);
      }
    }
  }
}

TEST(RowClasses, MoreReadThanIsCounted) {
  std::vector<std::string> kpis = {"aht:statistic=median", "aht:statistic=p95",
                                   "aht:statistic=standard_deviation"};
  for (int threshold = 0; threshold < 12; ++threshold) {
    kpis.push_back("sl:threshold=" + std::to_string(threshold) + "s");
    kpis.push_back("abandonment_rate:short_abandon=" + std::to_string(threshold) + "s");
  }
  ExpectEachAsAlone(kpis, Contacts(3'000));
}

}  // namespace
}  // namespace kpid::metrics
