#include "metrics/same_facts.h"

#include <gtest/gtest.h>

#include "metrics/fact_store.h"
#include "tests/metrics/fact_set.h"

namespace kpid::metrics {
namespace {

// Two days with a contact each.
class SameFactsTest : public testing::Test {
 protected:
  SameFactsTest() {
    FactChanges changes;
    changes.interactions.upserted = {Contact(1, hours(1)), Contact(2, hours(25))};
    Apply(std::move(changes));
    before_ = store_.Current();
  }

  static InteractionFact Contact(int64_t row_key, Duration arrive) {
    InteractionFact fact;
    fact.row_key = row_key;
    fact.arrive = kStart + arrive;
    fact.answer = fact.end = fact.arrive;
    fact.outcome = Outcome::kHandled;
    return fact;
  }

  void Apply(FactChanges changes) {
    watermark_ += hours(1);
    changes.data_watermark = watermark_;
    store_.Apply(std::move(changes));
  }

  void Put(const InteractionFact& fact) {
    FactChanges changes;
    changes.interactions.upserted = {fact};
    Apply(std::move(changes));
  }

  static FactDemand Interactions(Duration from, Duration to) {
    FactDemand demand;
    demand.interactions = TimeRange{kStart + from, kStart + to};
    return demand;
  }

  bool Same(const FactDemand& demand) const {
    const auto now = store_.Current();
    EXPECT_EQ(SameFacts(demand, *before_, *now), SameFacts(demand, *now, *before_));
    return SameFacts(demand, *before_, *now);
  }

  FactStore store_{FactStoreOptions{}};
  Instant watermark_ = kStart;
  std::shared_ptr<const FactSnapshot> before_;
};

TEST_F(SameFactsTest, OnlyTheDaysOfTheRangeCount) {
  Put(Contact(3, hours(26)));
  EXPECT_TRUE(Same(Interactions(hours(0), hours(24))));
  EXPECT_FALSE(Same(Interactions(hours(0), hours(24) + Duration(1))));
  EXPECT_FALSE(Same(Interactions(hours(24), hours(48))));
  EXPECT_FALSE(Same(Interactions(hours(47), hours(80)))) << "a day is the same as a whole";
  EXPECT_TRUE(Same(Interactions(hours(48), hours(80))));
  EXPECT_TRUE(Same(Interactions(hours(24), hours(24)))) << "an empty range";
  EXPECT_TRUE(Same(FactDemand{}));
}

TEST_F(SameFactsTest, CorrectionsDeletionsAndMovesAreChanges) {
  Put(Contact(1, hours(2)));
  EXPECT_FALSE(Same(Interactions(hours(0), hours(24))));
  EXPECT_TRUE(Same(Interactions(hours(24), hours(48))));
  before_ = store_.Current();
  Put(Contact(1, hours(50)));
  EXPECT_FALSE(Same(Interactions(hours(0), hours(24))));
  EXPECT_FALSE(Same(Interactions(hours(48), hours(72))));
  EXPECT_TRUE(Same(Interactions(hours(24), hours(48))));
  before_ = store_.Current();
  FactChanges changes;
  changes.interactions.deleted = {2};
  Apply(std::move(changes));
  EXPECT_FALSE(Same(Interactions(hours(24), hours(48))));
  EXPECT_TRUE(Same(Interactions(hours(48), hours(72))));
}

TEST_F(SameFactsTest, LinksReachEverywhere) {
  Put(Contact(3, hours(26)));
  FactDemand demand = Interactions(hours(0), hours(24));
  demand.repeat_window = hours(1);
  EXPECT_FALSE(Same(demand));
  demand = Interactions(hours(0), hours(24));
  demand.first_contact_window = hours(1);
  EXPECT_FALSE(Same(demand));
  demand = Interactions(hours(0), hours(24));
  demand.whole_cases = true;
  EXPECT_FALSE(Same(demand));
  // What arrived and is not held makes others mature.
  before_ = store_.Current();
  FactChanges changes;
  changes.latest_arrive = kStart + hours(1'000);
  Apply(std::move(changes));
  EXPECT_FALSE(Same(demand));
  EXPECT_TRUE(Same(Interactions(hours(0), hours(24))));
}

TEST_F(SameFactsTest, KindsThatAreNotDemandedDoNotCount) {
  FactDemand surveys;
  surveys.surveys_by_invite = TimeRange{kStart, kStart + hours(24)};
  FactDemand costs;
  costs.costs = surveys.surveys_by_invite;
  FactDemand states;
  states.agent_activities = surveys.surveys_by_invite;
  Put(Contact(3, hours(26)));
  EXPECT_TRUE(Same(surveys));
  EXPECT_TRUE(Same(costs));
  EXPECT_FALSE(Same(states)) << "they may last until the watermark";
  before_ = store_.Current();
  FactChanges changes;
  SurveyFact survey;
  survey.row_key = 1;
  survey.invite = survey.respond = kStart;
  changes.surveys.upserted = {survey};
  Apply(std::move(changes));
  EXPECT_FALSE(Same(surveys));
  EXPECT_TRUE(Same(costs));
  EXPECT_TRUE(Same(Interactions(hours(0), hours(48))));
  before_ = store_.Current();
  changes = {};
  CostFact cost;
  cost.row_key = 1;
  cost.start = kStart;
  cost.end = kStart + hours(1);
  changes.costs.upserted = {cost};
  Apply(std::move(changes));
  EXPECT_TRUE(Same(surveys));
  EXPECT_FALSE(Same(costs));
}

TEST_F(SameFactsTest, NamesRosterAndTargetsAlwaysCount) {
  FactChanges changes;
  changes.names = {{&Dictionaries::queues, 1, "q1", ""}};
  Apply(std::move(changes));
  EXPECT_FALSE(Same(FactDemand{}));
  before_ = store_.Current();
  changes = {};
  changes.roster = Roster();
  Apply(std::move(changes));
  EXPECT_FALSE(Same(FactDemand{}));
  before_ = store_.Current();
  changes = {};
  changes.targets = TargetSet();
  Apply(std::move(changes));
  EXPECT_FALSE(Same(FactDemand{}));
  before_ = store_.Current();
  Apply({});
  EXPECT_TRUE(Same(FactDemand{}));
}

}  // namespace
}  // namespace kpid::metrics
