#include <gtest/gtest.h>

#include "metrics/fact_source.h"
#include "tests/metrics/fact_set.h"

namespace kpid::metrics {
namespace {

TEST(DemandOf, AsksForInteractionsOfTheRange) {
  const FactDemand demand = DemandOf(Ask({"sl", "aht"}));
  EXPECT_EQ(demand.interactions, (TimeRange{kStart, kStart + days(7)}));
  EXPECT_EQ(demand.repeat_window, Duration{0});
  EXPECT_EQ(demand.first_contact_window, Duration{0});
  EXPECT_FALSE(demand.whole_cases);
  EXPECT_EQ(demand.surveys_by_respond, std::nullopt);
  EXPECT_EQ(demand.surveys_by_invite, std::nullopt);
  EXPECT_TRUE(demand.attribute_keys.empty());
}

TEST(DemandOf, TakesTheLongestWindows) {
  const FactDemand demand =
      DemandOf(Ask({"fcr", "repeat_contact_rate:window=7d", "fcr:method=agent_marked,window=3d"}));
  EXPECT_EQ(demand.repeat_window, Duration(days(7)));
  EXPECT_EQ(demand.first_contact_window, Duration(days(3)));
  EXPECT_TRUE(DemandOf(Ask({"fcr:method=single_contact_case"})).whole_cases);
}

TEST(DemandOf, AsksForFactsOfTheFurtherKinds) {
  const auto only = [](std::string_view kpi) { return DemandOf(Ask({kpi})); };
  const TimeRange week{kStart, kStart + days(7)};
  for (const std::string_view kpi : {"ticket_volume", "ticket_backlog", "art_resolution"}) {
    EXPECT_EQ(only(kpi).tickets, week);
  }
  EXPECT_EQ(only("contact_quality").quality_evaluations, week);
  EXPECT_EQ(only("occupancy").agent_activities, week);
  EXPECT_EQ(only("utilization:basis=scheduled").scheduled_activities, week);
  EXPECT_EQ(only("contacts_per_hour").interactions, week);
  EXPECT_EQ(only("contacts_per_hour").agent_activities, week);
  EXPECT_TRUE(only("headcount").employments);
  EXPECT_FALSE(only("headcount").agent_activities.has_value());
  EXPECT_TRUE(only("employee_turnover_rate").employments);
}

TEST(DemandOf, AsksForSurveysByTheirTimeBasis) {
  const FactDemand answered = DemandOf(Ask({"fcr:method=survey_confirmed"}));
  EXPECT_EQ(answered.interactions, std::nullopt);
  EXPECT_EQ(answered.repeat_window, Duration{0});
  EXPECT_TRUE(answered.surveys_by_respond.has_value());
  EXPECT_EQ(answered.surveys_by_invite, std::nullopt);
  const FactDemand invited = DemandOf(Ask({"survey_response_rate"}));
  EXPECT_EQ(invited.surveys_by_respond, std::nullopt);
  EXPECT_TRUE(invited.surveys_by_invite.has_value());
}

TEST(DemandOf, NamesAttributesOnce) {
  Query query = Ask({"aht", "nps"});
  query.group_by = {By(DimensionKind::kAttribute, "tier"), By(DimensionKind::kQueue)};
  EXPECT_EQ(DemandOf(query).attribute_keys, std::vector<std::string>{"tier"});
  EXPECT_TRUE(DemandOf(query).surveys_by_respond.has_value());  // For the total.
  query.filters = {{By(DimensionKind::kAttribute, "tier"), {"gold"}, false},
                   {By(DimensionKind::kAttribute, "lang"), {"nl"}, false}};
  EXPECT_EQ(DemandOf(query).attribute_keys, (std::vector<std::string>{"tier", "lang"}));
  EXPECT_EQ(DemandOf(query).surveys_by_respond, std::nullopt);  // Surveys cannot pass it.
}

// The same answer from exactly the facts of the demand as from all.
TEST(DemandOf, IsEnoughForFirstContacts) {
  FactSet facts;
  for (int i = -10; i < 20; ++i) {
    auto& fact = facts.Handled(days(i), seconds(0), hours(30));
    fact.customer = 1;
    fact.resolution = Resolution::kResolved;
  }
  const Query query = Ask({"fcr:method=agent_marked,window=10h"}, days(3));
  const FactDemand demand = DemandOf(query);
  FactSnapshot::Builder builder;
  for (const InteractionFact& fact : facts.interactions()) {
    const bool before = fact.arrive < query.range.start &&
                        *fact.end + demand.first_contact_window >= query.range.start;
    if (before || demand.interactions->Contains(fact.arrive)) builder.AddInteractions({fact});
  }
  builder.SetDictionaries(facts.dictionaries());
  EXPECT_EQ(Answers(query, *builder.Build()).total[0].sample_count,
            Answers(query, *facts.Snapshot()).total[0].sample_count);
}

TEST(Covers, IsWhetherAllThatIsAskedForIsThere) {
  const FactDemand none;
  const FactDemand talk = DemandOf(Ask({"aht"}));
  const FactDemand repeats = DemandOf(Ask({"fcr"}));
  const FactDemand tickets = DemandOf(Ask({"ticket_volume"}));
  EXPECT_TRUE(Covers(none, none));
  EXPECT_TRUE(Covers(talk, none));
  EXPECT_FALSE(Covers(none, talk));
  EXPECT_TRUE(Covers(repeats, talk));
  EXPECT_FALSE(Covers(talk, repeats)) << "the window";
  EXPECT_FALSE(Covers(talk, tickets));
  FactDemand later = talk;
  later.interactions->end += days(1);
  later.attribute_keys = {"tier"};
  later.whole_cases = true;
  EXPECT_FALSE(Covers(talk, later));
  FactDemand all = talk;
  const std::vector<FactDemand> demands = {talk, repeats, tickets, later};
  for (const FactDemand& demand : demands) AddDemand(demand, &all);
  for (const FactDemand& demand : demands) EXPECT_TRUE(Covers(all, demand));
  EXPECT_EQ(all.interactions, later.interactions);
  EXPECT_EQ(all.attribute_keys, std::vector<std::string>{"tier"});
}

}  // namespace
}  // namespace kpid::metrics
