#include "metrics/scorecard.h"

#include <gtest/gtest.h>

#include <deque>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "metrics/error_reason.h"
#include "tests/metrics/fact_set.h"

namespace kpid::metrics {
namespace {

TEST(BalancedScorecard, HasTheKpisOfAllAreas) {
  const ScorecardDefinition& balanced = BalancedScorecard();
  EXPECT_EQ(balanced.scorecard_id, kBalancedScorecardId);
  std::map<ScorecardArea, std::set<std::string>> ids;
  for (const ScorecardEntry& entry : balanced.entries) {
    ASSERT_NE(entry.kpi.definition, nullptr);
    ids[entry.area].insert(std::string(entry.kpi.definition->id));
    EXPECT_EQ(entry.weight, 1);
  }
  EXPECT_EQ(balanced.entries.size(), 11U);
  EXPECT_EQ(ids[ScorecardArea::kEfficiency],
            (std::set<std::string>{"average_handle_time", "occupancy", "schedule_adherence"}));
  EXPECT_EQ(ids[ScorecardArea::kCustomer],
            (std::set<std::string>{"csat", "nps", "first_contact_resolution", "quality_score"}));
  EXPECT_EQ(ids[ScorecardArea::kOperations],
            (std::set<std::string>{"service_level", "abandonment_rate", "average_speed_of_answer",
                                   "transfer_rate"}));
}

TEST(ScorecardArea, HasNames) {
  EXPECT_EQ(ScorecardAreaName(ScorecardArea::kNone), "");
  EXPECT_EQ(ScorecardAreaName(ScorecardArea::kEfficiency), "efficiency");
  EXPECT_EQ(ScorecardAreaName(ScorecardArea::kCustomer), "customer");
  EXPECT_EQ(ScorecardAreaName(ScorecardArea::kOperations), "operations");
}

// Gives the states one after the other, the last one again and again.
class StatesInTurn final : public FactSource {
 public:
  explicit StatesInTurn(std::deque<std::shared_ptr<const FactSnapshot>> states)
      : states_(std::move(states)) {}

  absl::StatusOr<std::shared_ptr<const FactSnapshot>> Snapshot(const FactDemand&,
                                                               const CallLimits&) override {
    const auto state = states_.front();
    if (states_.size() > 1) states_.pop_front();
    return state;
  }

 private:
  std::deque<std::shared_ptr<const FactSnapshot>> states_;
};

constexpr auto kAgentSubject = ScorecardSubject::Kind::kAgent;
constexpr auto kGroupSubject = ScorecardSubject::Kind::kGroup;

ScorecardEntry Entry(std::string_view kpi, ScorecardArea area = ScorecardArea::kOperations,
                     double weight = 1) {
  ScorecardEntry entry;
  entry.kpi = Kpi(kpi);
  entry.area = area;
  entry.weight = weight;
  return entry;
}

// Over the week from kStart, compared with the one before.
ScorecardQuestion QuestionAbout(ScorecardSubject::Kind kind, std::string id,
                                std::vector<ScorecardEntry> entries) {
  ScorecardQuestion question;
  question.definition.entries = std::move(entries);
  question.subject = {kind, std::move(id)};
  question.range = {kStart, kStart + days(7)};
  return question;
}

absl::StatusOr<ScorecardResult> Scored(const ScorecardQuestion& question, FactSource* source) {
  EvaluateOptions options;
  options.now = kStart + days(365);
  return Score(question, source, options);
}

ScorecardResult ScoreOf(const ScorecardQuestion& question, const FactSet& facts) {
  StatesInTurn source({facts.Snapshot()});
  absl::StatusOr<ScorecardResult> result = Scored(question, &source);
  EXPECT_TRUE(result.ok()) << result.status();
  return result.ok() ? *std::move(result) : ScorecardResult{};
}

std::string ReasonFor(const ScorecardQuestion& question, const FactSet& facts) {
  StatesInTurn source({facts.Snapshot()});
  const absl::Status status = Scored(question, &source).status();
  const std::optional<ErrorReason> reason = ReasonOf(status);
  return reason.has_value() ? reason->reason : status.ToString();
}

void AddContacts(FactSet* facts, std::string_view agent, Duration from, std::vector<int> talks) {
  for (const int talk : talks) {
    from += minutes(10);
    facts->Handled(from, seconds(5), seconds(talk)).agent = facts->Agent(agent);
  }
}

void AddAnswers(FactSet* facts, std::string_view agent, Duration from, int good, int bad) {
  for (int i = 0; i < good + bad; ++i) {
    facts->Answer(SurveyKind::kCsat, from + minutes(i), i < good ? 5 : 1).agent =
        facts->Agent(agent);
  }
}

// "2/4", "-/3".
std::string Place(const ScorecardLine& line) {
  return (line.rank.has_value() ? std::to_string(*line.rank) : "-") + "/" +
         std::to_string(line.peers);
}

Target& Spread(Target& target, double worst, std::optional<double> best) {
  target.worst_value = worst;
  target.best_value = best;
  return target;
}

TEST(Score, GivesValuesChangesTargetsAndTotals) {
  FactSet facts;
  AddContacts(&facts, "a", hours(1), {60, 120});
  AddContacts(&facts, "b", hours(1), {1000});
  AddContacts(&facts, "a", -days(7), {100, 140});
  AddContacts(&facts, "a", -days(8), {9000});  // Before both weeks.
  AddAnswers(&facts, "a", days(1), 3, 1);
  Spread(facts.AddTarget("aht", 100), 200, 50);
  Target& own = Spread(facts.AddTarget("aht", 80), 180, 80);
  own.scope = TargetScope::kAgent;
  own.scope_id = "a";
  Spread(facts.AddTarget("csat", 70), 0, 100);
  const ScorecardResult result =
      ScoreOf(QuestionAbout(kAgentSubject, "a",
                            {Entry("aht", ScorecardArea::kEfficiency, 2),
                             Entry("csat", ScorecardArea::kCustomer),
                             Entry("contacts_handled", ScorecardArea::kOperations, 0.5)}),
              facts);
  ASSERT_EQ(result.lines.size(), 3U);
  const ScorecardLine& aht = result.lines[0];
  EXPECT_EQ(aht.value.value, 90);
  EXPECT_EQ(aht.value.sample_count, 2);
  EXPECT_TRUE(aht.value.lower.has_value());
  EXPECT_EQ(aht.before.value, 120);
  EXPECT_EQ(aht.change.absolute, -30);
  EXPECT_EQ(aht.change.relative_percent, -25);
  EXPECT_EQ(aht.change.significance, Significance::kNotSignificant);
  ASSERT_TRUE(aht.target.has_value());
  EXPECT_EQ(aht.target->target_id, own.target_id);
  EXPECT_EQ(aht.status, TargetStatus::kMissed);
  EXPECT_DOUBLE_EQ(*aht.attainment, 0.9);
  const ScorecardLine& csat = result.lines[1];
  EXPECT_EQ(csat.value.value, 75);
  EXPECT_EQ(csat.before.no_value_reason, NoValueReason::kNoData);
  EXPECT_EQ(csat.change.absolute, std::nullopt);
  EXPECT_EQ(csat.status, TargetStatus::kMet);
  EXPECT_EQ(csat.attainment, 0.75);
  EXPECT_EQ(result.lines[2].value.value, 2);
  EXPECT_EQ(result.lines[2].status, TargetStatus::kNone);
  // (2 * 0.9 + 0.75) / 3 of the 3.5.
  EXPECT_DOUBLE_EQ(*result.total.attainment, 0.85);
  EXPECT_EQ(result.total.covered_weight, 3);
  EXPECT_EQ(result.total.weight, 3.5);
  EXPECT_EQ(result.total.met, 1);
  EXPECT_EQ(result.total.missed, 1);
  ASSERT_EQ(result.areas.size(), 3U);
  EXPECT_EQ(result.areas[0].area, ScorecardArea::kEfficiency);
  EXPECT_DOUBLE_EQ(*result.areas[0].attainment, 0.9);
  EXPECT_EQ(result.areas[1].attainment, 0.75);
  EXPECT_EQ(result.areas[2].attainment, std::nullopt);
  EXPECT_EQ(result.areas[2].covered_weight, 0);
  EXPECT_EQ(result.areas[2].weight, 0.5);
  EXPECT_EQ(result.before_range, (TimeRange{kStart - days(7), kStart}));
  EXPECT_EQ(result.data_watermark, kStart + days(30));
  EXPECT_TRUE(result.warnings.empty());
}

TEST(Score, GivesEqualPeersOnePlace) {
  FactSet facts;
  AddContacts(&facts, "a", hours(1), {60, 120});
  AddContacts(&facts, "b", hours(2), {60});
  AddContacts(&facts, "c", hours(3), {90, 90});
  AddContacts(&facts, "d", hours(4), {120});
  facts.Abandoned(hours(5), seconds(9));  // Of no agent: no peer.
  AddAnswers(&facts, "d", hours(6), 1, 1);
  AddAnswers(&facts, "e", hours(7), 1, 0);
  const auto place = [&](std::string agent, std::string_view kpi) {
    return Place(
        ScoreOf(QuestionAbout(kAgentSubject, std::move(agent), {Entry(kpi)}), facts).lines[0]);
  };
  EXPECT_EQ(place("b", "aht"), "1/4");
  EXPECT_EQ(place("a", "aht"), "2/4");
  EXPECT_EQ(place("c", "aht"), "2/4");
  EXPECT_EQ(place("d", "aht"), "4/4");
  EXPECT_EQ(place("e", "aht"), "-/4");
  EXPECT_EQ(place("e", "csat"), "1/2");
  EXPECT_EQ(place("d", "csat"), "2/2");
  EXPECT_EQ(place("d", "contacts_handled"), "-/4");  // More is not better.
}

TEST(Score, GivesPeersThatRoundingTellsApartOnePlace) {
  FactSet facts;
  // 10 below the band and 10 above it: 70.1 - 60.1 and 90.1 - 80.1 are not the same number.
  const auto add = [&](std::string_view agent, int busy) {
    facts.Activity(AgentState::kHandling, hours(0), seconds(busy)).agent = facts.Agent(agent);
    facts.Activity(AgentState::kAvailable, seconds(busy), seconds(1000)).agent = facts.Agent(agent);
  };
  add("a", 601);
  add("b", 901);
  Target& target = facts.AddTarget("occupancy", 70.1);
  target.band_end_value = 80.1;
  ASSERT_NE(70.1 - 60.1, 90.1 - 80.1);
  for (const std::string agent : {"a", "b"}) {
    EXPECT_EQ(
        Place(ScoreOf(QuestionAbout(kAgentSubject, agent, {Entry("occupancy")}), facts).lines[0]),
        "1/2");
  }
}

TEST(Score, RanksWithinABandByTheSubjectsTarget) {
  FactSet facts;
  for (const auto& [agent, busy] : std::map<std::string, int>{{"a", 60}, {"b", 85}, {"c", 75}}) {
    facts.Activity(AgentState::kHandling, hours(0), minutes(busy)).agent = facts.Agent(agent);
    facts.Activity(AgentState::kAvailable, minutes(busy), minutes(100)).agent = facts.Agent(agent);
  }
  const auto question = QuestionAbout(kAgentSubject, "a", {Entry("occupancy")});
  EXPECT_EQ(Place(ScoreOf(question, facts).lines[0]), "-/3");
  Target& others = facts.AddTarget("occupancy", 55);  // In which a would be the best.
  others.band_end_value = 65;
  others.scope = TargetScope::kAgent;
  others.scope_id = "b";
  EXPECT_EQ(Place(ScoreOf(question, facts).lines[0]), "-/3");
  Target& target = Spread(facts.AddTarget("occupancy", 70), 50, std::nullopt);
  target.band_end_value = 80;
  const ScorecardResult result = ScoreOf(question, facts);
  EXPECT_EQ(Place(result.lines[0]), "3/3");  // Nearest to 70 to 80: c in it, b by 5, a by 10.
  EXPECT_EQ(result.lines[0].attainment, 0.5);
  EXPECT_EQ(Place(ScoreOf(QuestionAbout(kAgentSubject, "c", {Entry("occupancy")}), facts).lines[0]),
            "1/3");
}

TEST(Score, TakesPeersFromTheGroupAtTheEnd) {
  FactSet facts;
  AddContacts(&facts, "a", hours(1), {100});
  AddContacts(&facts, "b", hours(1), {10});
  AddContacts(&facts, "c", hours(1), {50});
  AddContacts(&facts, "d", hours(1), {60});
  const Instant end = kStart + days(7);
  facts.Member("a", "red");
  facts.Member("b", "red", kInstantMin, end - Duration(1));  // Not at the last instant.
  facts.Member("c", "blue", kInstantMin, end - Duration(1));
  facts.Member("c", "red", end - Duration(1), kInstantEnd);
  facts.Member("d", "blue");
  auto question = QuestionAbout(kAgentSubject, "a", {Entry("aht")});
  EXPECT_EQ(Place(ScoreOf(question, facts).lines[0]), "4/4");
  question.peer_group_type = "team";
  EXPECT_EQ(Place(ScoreOf(question, facts).lines[0]), "2/2");
  question.subject.id = "b";  // In no team: alone.
  EXPECT_EQ(Place(ScoreOf(question, facts).lines[0]), "1/1");
  question.peer_group_type = "site";
  EXPECT_EQ(ReasonFor(question, facts), "GROUP_TYPE_UNKNOWN");
}

TEST(Score, RanksGroupsAmongThoseOfTheirType) {
  FactSet facts;
  facts.AddGroup("north", "site", "");
  facts.AddGroup("south", "site", "");
  facts.AddGroup("red", "team", "north");
  facts.AddGroup("blue", "team", "north");
  facts.AddGroup("green", "team", "south");
  facts.Member("a", "red");
  facts.Member("b", "blue");
  facts.Member("c", "green");
  AddContacts(&facts, "a", hours(1), {100, 100});
  AddContacts(&facts, "b", hours(1), {40});
  AddContacts(&facts, "c", hours(1), {90});
  AddContacts(&facts, "x", hours(1), {1});  // In no team.
  Target& target = facts.AddTarget("aht", 90);
  target.scope = TargetScope::kGroup;
  target.scope_id = "north";
  const auto line = [&](std::string group) {
    return ScoreOf(QuestionAbout(kGroupSubject, std::move(group), {Entry("aht")}), facts).lines[0];
  };
  EXPECT_EQ(Place(line("red")), "3/3");
  EXPECT_EQ(line("red").status, TargetStatus::kMissed);
  EXPECT_EQ(Place(line("blue")), "1/3");
  EXPECT_EQ(line("green").status, TargetStatus::kNone);
  EXPECT_EQ(line("north").value.value, 80);  // The ratio of sums.
  EXPECT_EQ(Place(line("north")), "1/2");
  EXPECT_EQ(line("north").status, TargetStatus::kMet);
}

TEST(Score, RefusesWhomNobodyKnows) {
  FactSet facts;
  facts.Member("a", "red");
  AddContacts(&facts, "b", days(30), {1});
  EXPECT_EQ(ReasonFor(QuestionAbout(kAgentSubject, "z", {Entry("aht")}), facts), "AGENT_UNKNOWN");
  EXPECT_EQ(ReasonFor(QuestionAbout(kGroupSubject, "z", {Entry("aht")}), facts), "GROUP_UNKNOWN");
  EXPECT_EQ(ReasonFor(QuestionAbout(kGroupSubject, "", {Entry("aht")}), facts), "GROUP_UNKNOWN");
  // Known by the roster, or by records of other days.
  EXPECT_EQ(ReasonFor(QuestionAbout(kAgentSubject, "a", {Entry("aht")}), facts), "OK");
  EXPECT_EQ(ReasonFor(QuestionAbout(kAgentSubject, "b", {Entry("aht")}), facts), "OK");
  EXPECT_EQ(ReasonFor(QuestionAbout(kGroupSubject, "red", {Entry("aht")}), facts), "OK");
  const ScorecardResult result =
      ScoreOf(QuestionAbout(kAgentSubject, "a", {Entry("contacts_handled"), Entry("aht")}), facts);
  EXPECT_EQ(result.lines[0].value.value, 0);
  EXPECT_EQ(result.lines[1].value.no_value_reason, NoValueReason::kNoData);
  EXPECT_EQ(Place(result.lines[1]), "-/0");
}

TEST(Score, JudgesAMissingValueAsNoValue) {
  FactSet facts;
  facts.Member("a", "red");
  Spread(facts.AddTarget("aht", 80), 180, 80);
  const ScorecardResult result = ScoreOf(QuestionAbout(kAgentSubject, "a", {Entry("aht")}), facts);
  EXPECT_EQ(result.lines[0].status, TargetStatus::kNoValue);
  EXPECT_EQ(result.lines[0].attainment, std::nullopt);
  EXPECT_EQ(result.total.attainment, std::nullopt);
  EXPECT_EQ(result.total.weight, 1);
  EXPECT_EQ(result.total.covered_weight, 0);
}

TEST(Score, WithholdsSmallSamplesOfSubjectAndPeers) {
  FactSet facts;
  AddContacts(&facts, "a", hours(1), {60, 120});
  AddContacts(&facts, "b", hours(1), {60, 61, 62});
  AddContacts(&facts, "c", hours(1), {10});
  Spread(facts.AddTarget("aht", 80), 180, 80);
  auto question = QuestionAbout(kAgentSubject, "a", {Entry("aht"), Entry("contacts_handled")});
  question.sample_minimum = 2;
  EXPECT_EQ(Place(ScoreOf(question, facts).lines[0]), "2/2");
  question.sample_minimum = 3;
  const ScorecardResult result = ScoreOf(question, facts);
  EXPECT_EQ(result.lines[0].value.no_value_reason, NoValueReason::kSuppressedSmallGroup);
  EXPECT_EQ(result.lines[0].value.sample_count, 2);
  EXPECT_EQ(result.lines[0].status, TargetStatus::kNoValue);
  EXPECT_EQ(Place(result.lines[0]), "-/1");
  EXPECT_EQ(result.total.attainment, std::nullopt);
  EXPECT_EQ(result.lines[1].value.value, 2);
}

TEST(Score, DoesNotRankAmountsOfDifferentCurrencies) {
  FactSet facts;
  for (const auto& [agent, currency] :
       std::map<std::string, std::string>{{"a", "EUR"}, {"b", "EUR"}, {"c", "USD"}, {"d", "USD"}}) {
    InteractionFact& fact = facts.Handled(hours(1), seconds(1), seconds(1));
    fact.agent = facts.Agent(agent);
    fact.revenue = facts.Money(currency, agent == "a" ? 5 : 9);
  }
  const ScorecardResult result =
      ScoreOf(QuestionAbout(kAgentSubject, "a", {Entry("revenue_per_contact")}), facts);
  EXPECT_EQ(result.lines[0].currency, "EUR");
  EXPECT_EQ(Place(result.lines[0]), "2/2");
}

// Talks of about `talk` seconds.
std::vector<int> Talks(int talk, int count = 40) {
  std::vector<int> talks;
  for (int i = 0; i < count; ++i) talks.push_back(talk + i % 3);
  return talks;
}

TEST(ImbalanceWarning, IsOfSpeedThatImprovedWhileQualityFell) {
  FactSet facts;
  AddContacts(&facts, "a", -days(6), Talks(200));
  AddContacts(&facts, "a", days(1), Talks(100));
  AddAnswers(&facts, "a", -days(6), 38, 2);
  AddAnswers(&facts, "a", days(1), 20, 20);
  const std::vector<ScorecardEntry> without_csat = {Entry("aht", ScorecardArea::kEfficiency, 2),
                                                    Entry("asa"), Entry("contacts_handled")};
  ScorecardResult result = ScoreOf(QuestionAbout(kAgentSubject, "a", without_csat), facts);
  ASSERT_EQ(result.warnings.size(), 1U);  // The wait did not change.
  EXPECT_EQ(result.warnings[0].improved.kpi.definition->id, "average_handle_time");
  EXPECT_EQ(result.warnings[0].improved.weight, 2);
  EXPECT_EQ(Place(result.warnings[0].improved), "1/1");
  EXPECT_EQ(result.warnings[0].improved.change.absolute, -100);
  const ScorecardLine& fell = result.warnings[0].worsened;
  EXPECT_EQ(fell.kpi.name, "csat");
  EXPECT_EQ(fell.weight, 0);
  EXPECT_EQ(fell.area, ScorecardArea::kNone);
  EXPECT_EQ(fell.change.absolute, -45);
  EXPECT_EQ(fell.change.significance, Significance::kSignificant);
  EXPECT_EQ(result.total.weight, 4);  // What is only looked at does not weigh.

  // With the guard in the definition it is that line, and no second one. A percentile has no
  // interval: that it improved is taken as it is.
  result = ScoreOf(
      QuestionAbout(kAgentSubject, "a",
                    {Entry("csat", ScorecardArea::kCustomer, 3), Entry("aht:statistic=p90")}),
      facts);
  ASSERT_EQ(result.warnings.size(), 1U);
  EXPECT_EQ(result.warnings[0].improved.change.significance, Significance::kNotJudged);
  EXPECT_EQ(result.warnings[0].worsened.weight, 3);

  // The other way round there is nothing to warn of; nor without speed.
  auto backwards = QuestionAbout(kAgentSubject, "a", without_csat);
  backwards.range = {kStart + days(7), kStart + days(14)};
  AddContacts(&facts, "a", days(8), Talks(150));
  AddAnswers(&facts, "a", days(8), 1, 39);
  EXPECT_TRUE(ScoreOf(backwards, facts).warnings.empty());
  EXPECT_TRUE(ScoreOf(QuestionAbout(kAgentSubject, "a", {Entry("csat")}), facts).warnings.empty());
}

TEST(ImbalanceWarning, RespectsTheIntervals) {
  FactSet facts;
  AddContacts(&facts, "a", -days(6), {10, 300, 290});
  AddContacts(&facts, "a", days(1), {12, 250, 200});  // Faster, perhaps by chance.
  AddAnswers(&facts, "a", -days(6), 38, 2);
  AddAnswers(&facts, "a", days(1), 20, 20);
  EXPECT_TRUE(ScoreOf(QuestionAbout(kAgentSubject, "a", {Entry("aht")}), facts).warnings.empty());
  FactSet few;
  AddContacts(&few, "a", -days(6), Talks(200));
  AddContacts(&few, "a", days(1), Talks(100));
  AddAnswers(&few, "a", -days(6), 3, 1);
  AddAnswers(&few, "a", days(1), 2, 2);  // Less satisfied, perhaps by chance.
  const auto question = QuestionAbout(kAgentSubject, "a", {Entry("aht"), Entry("csat")});
  EXPECT_TRUE(ScoreOf(question, few).warnings.empty());
  EXPECT_EQ(ScoreOf(question, few).lines[1].change.absolute, -25);
}

TEST(ImbalanceWarning, LooksAtResolutionAndQuality) {
  FactSet facts;
  AddContacts(&facts, "a", -days(6), Talks(200));
  AddContacts(&facts, "a", days(1), Talks(100));
  for (int i = 0; i < 30; ++i) {
    facts.Evaluation(-days(5) + hours(i)).items = {facts.Item("empathy", 9 - i % 2, 10)};
    facts.Evaluation(days(2) + hours(i)).items = {facts.Item("empathy", 6 + i % 2, 10)};
  }
  // Every customer of the second week comes again.
  Code customer = 0;
  for (InteractionFact& fact : facts.interactions()) fact.customer = ++customer;
  for (int i = 0; i < 40; ++i) {
    facts.Abandoned(days(2) + minutes(i), seconds(1)).customer = static_cast<Code>(41 + i);
  }
  facts.Abandoned(days(20), seconds(1));  // All are mature.
  const auto worsened = [&](std::vector<ScorecardEntry> entries) {
    std::set<std::string> ids;
    for (const ImbalanceWarning& warning :
         ScoreOf(QuestionAbout(kAgentSubject, "a", std::move(entries)), facts).warnings) {
      ids.insert(warning.worsened.kpi.name);
    }
    return ids;
  };
  using Ids = std::set<std::string>;
  EXPECT_EQ(worsened({Entry("aht")}), (Ids{"first_contact_resolution", "quality_score"}));
  EXPECT_EQ(
      worsened({Entry("aht"), Entry("contact_quality"), Entry("repeat_contact_rate")}),
      (Ids{"first_contact_resolution", "quality_score", "contact_quality", "repeat_contact_rate"}));
  // As the definition asks for it: an hour's window sees no repeats.
  EXPECT_EQ(worsened({Entry("aht"), Entry("fcr:window=1h")}), (Ids{"quality_score"}));
}

TEST(Score, ComparesTheSubjectWithPeersOfItsOwnState) {
  FactSet first;
  AddContacts(&first, "a", hours(1), {60});
  first.Member("a", "red");
  FactSet later = first;
  AddContacts(&later, "b", hours(1), {10});
  later.Member("b", "blue");
  // The agent's facts, and those of the period before; peers are not read again.
  StatesInTurn for_agent({first.Snapshot(), first.Snapshot(), later.Snapshot()});
  const auto agent = Scored(QuestionAbout(kAgentSubject, "a", {Entry("aht")}), &for_agent);
  ASSERT_TRUE(agent.ok()) << agent.status();
  EXPECT_EQ(Place(agent->lines[0]), "1/1");
  // The same after the group's type was looked up.
  StatesInTurn for_group({first.Snapshot(), first.Snapshot(), first.Snapshot(), later.Snapshot()});
  const auto group = Scored(QuestionAbout(kGroupSubject, "red", {Entry("aht")}), &for_group);
  ASSERT_TRUE(group.ok()) << group.status();
  EXPECT_EQ(Place(group->lines[0]), "1/1");
}

TEST(Score, TakesAchievementOfTargetsAsAKpi) {
  FactSet facts;
  AddContacts(&facts, "a", hours(1), {60});
  AddContacts(&facts, "b", hours(1), {100});
  facts.AddTarget("aht", 80);
  const ScorecardResult result =
      ScoreOf(QuestionAbout(kAgentSubject, "b", {Entry("kpi_achievement")}), facts);
  EXPECT_EQ(result.lines[0].value.value, 0);
  EXPECT_EQ(Place(result.lines[0]), "2/2");
}

TEST(Score, NamesTheSubject) {
  FactSet facts;
  facts.dictionaries().agents.Add(7, "a", "Ann");
  EXPECT_EQ(ScoreOf(QuestionAbout(kAgentSubject, "a", {Entry("aht")}), facts).display_name, "Ann");
  facts.Member("a", "red");
  EXPECT_EQ(ScoreOf(QuestionAbout(kGroupSubject, "red", {Entry("aht")}), facts).display_name, "");
}

TEST(Score, RefusesAPeriodBeforeAllTimes) {
  FactSet facts;
  facts.Agent("a");
  auto question = QuestionAbout(kAgentSubject, "a", {Entry("aht")});
  question.range = {kInstantMin + days(3), kInstantMin + days(10)};
  StatesInTurn source({facts.Snapshot()});
  EXPECT_EQ(Scored(question, &source).status().code(), absl::StatusCode::kOutOfRange);
}

}  // namespace
}  // namespace kpid::metrics
