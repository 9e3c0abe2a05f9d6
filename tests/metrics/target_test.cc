#include "metrics/target.h"

#include <gtest/gtest.h>

#include <cmath>

#include "metrics/dictionary.h"
#include "metrics/roster.h"

namespace kpid::metrics {
namespace {

Instant At(int hour) { return Instant(std::chrono::hours(hour)); }

ResolvedKpi Kpi(std::string_view id, const std::map<std::string, std::string>& parameters = {},
                std::string_view statistic = "") {
  ResolvedKpi kpi;
  EXPECT_TRUE(ResolveKpi(id, "", parameters, statistic, &kpi).empty()) << id;
  return kpi;
}

Target TargetOf(std::string_view kpi, double value) {
  Target target;
  target.target_id = "t";
  target.kpi = Kpi(kpi);
  target.target_value = value;
  return target;
}

Target Scoped(std::string id, TargetScope scope, std::string scope_id,
              TimeRange range = {Instant::min(), kInstantEnd}) {
  Target target = TargetOf("csat", 80);
  target.target_id = std::move(id);
  target.scope = scope;
  target.scope_id = std::move(scope_id);
  target.range = range;
  return target;
}

Value Known(double number) {
  Value value;
  value.value = number;
  return value;
}

Value Unknown(NoValueReason reason) {
  Value value;
  value.no_value_reason = reason;
  return value;
}

// Teams t1 and t2 in the site s, which is in the region r; a group x of its own.
class TargetScopes : public testing::Test {
 protected:
  TargetScopes() {
    const auto add = [&](std::string name, std::string type, Code parent) {
      const Code code = groups_.FindOrAdd(name);
      facts_.push_back({code, std::move(type), parent});
      return code;
    };
    const Code region = add("r", "region", kNoCode);
    const Code site = add("s", "site", region);
    add("t1", "team", site);
    add("t2", "team", site);
    add("x", "skill", kNoCode);
    query_.kpis = {Kpi("csat")};
  }

  ValueScope Total() { return ScopeOf(query_, nullptr, Roster(facts_, {}), groups_); }
  // "" for missing.
  ValueScope Of(const std::vector<std::string>& values) {
    Slice slice;
    for (const std::string& value : values) slice.dimensions.push_back({value, "", value.empty()});
    return ScopeOf(query_, &slice, Roster(facts_, {}), groups_);
  }
  void GroupBy(DimensionKind kind, std::string name = "") {
    query_.group_by.push_back({kind, std::move(name)});
  }
  void FilterBy(DimensionKind kind, std::vector<std::string> values, bool include_missing = false,
                std::string name = "") {
    query_.filters.push_back({{kind, std::move(name)}, std::move(values), include_missing});
  }

  Dictionary groups_;
  std::vector<GroupFact> facts_;
  Query query_;
};

using Names = std::vector<std::string>;

TEST_F(TargetScopes, TotalIsAboutNothingInParticular) {
  GroupBy(DimensionKind::kAgent);
  const ValueScope scope = Total();
  EXPECT_EQ(scope.agent, "");
  EXPECT_EQ(scope.queue, "");
  EXPECT_TRUE(scope.groups.empty());
  EXPECT_FALSE(scope.nobody);
}

TEST_F(TargetScopes, DimensionsFix) {
  GroupBy(DimensionKind::kQueue);
  GroupBy(DimensionKind::kAgent);
  GroupBy(DimensionKind::kChannel);
  const ValueScope scope = Of({"q", "a", "voice"});
  EXPECT_EQ(scope.agent, "a");
  EXPECT_EQ(scope.queue, "q");
  EXPECT_TRUE(scope.groups.empty());
}

TEST_F(TargetScopes, FiltersOfOneValueFix) {
  FilterBy(DimensionKind::kQueue, {"q"});
  FilterBy(DimensionKind::kAgent, {"a"});
  FilterBy(DimensionKind::kAgentGroup, {"t1"}, false, "team");
  const ValueScope scope = Total();
  EXPECT_EQ(scope.agent, "a");
  EXPECT_EQ(scope.queue, "q");
  EXPECT_EQ(scope.groups, (Names{"t1", "s", "r"}));
}

TEST_F(TargetScopes, FiltersOfMoreDoNot) {
  FilterBy(DimensionKind::kQueue, {"q", "p"});
  FilterBy(DimensionKind::kAgent, {"a"}, true);
  FilterBy(DimensionKind::kAgentGroup, {}, true, "team");
  const ValueScope scope = Total();
  EXPECT_EQ(scope.agent, "");
  EXPECT_EQ(scope.queue, "");
  EXPECT_TRUE(scope.groups.empty());
  EXPECT_FALSE(scope.nobody);
}

TEST_F(TargetScopes, GroupsComeWithTheirAncestors) {
  GroupBy(DimensionKind::kAgentGroup, "team");
  EXPECT_EQ(Of({"t1"}).groups, (Names{"t1", "s", "r"}));
  EXPECT_EQ(Of({"x"}).groups, (Names{"x"}));
  EXPECT_EQ(Of({"not stored"}).groups, (Names{"not stored"}));
}

// By site and filtered to a team of it: the team is nearer though the site is asked for.
TEST_F(TargetScopes, APartComesBeforeItsWhole) {
  GroupBy(DimensionKind::kAgentGroup, "site");
  GroupBy(DimensionKind::kAgentGroup, "skill");
  FilterBy(DimensionKind::kAgentGroup, {"t1"}, false, "team");
  EXPECT_EQ(Of({"s", "x"}).groups, (Names{"x", "t1", "s", "r"}));
}

TEST_F(TargetScopes, CirclesAreCut) {
  facts_[0].parent = facts_[2].group;  // r is part of t1.
  GroupBy(DimensionKind::kAgentGroup, "team");
  EXPECT_EQ(Of({"t1"}).groups, (Names{"t1", "s", "r"}));
  facts_[0].parent = facts_[1].group;  // r is part of s.
  EXPECT_EQ(Of({"t2"}).groups.size(), 3U);
}

TEST_F(TargetScopes, MissingAndOtherSlicesAreNobodys) {
  GroupBy(DimensionKind::kQueue);
  GroupBy(DimensionKind::kAgent);
  EXPECT_TRUE(Of({"q", ""}).nobody);
  EXPECT_FALSE(Of({"q", "a"}).nobody);
  Slice other;
  other.other = true;
  EXPECT_TRUE(ScopeOf(query_, &other, Roster(facts_, {}), groups_).nobody);

  const TargetSet targets(
      {Scoped("all", TargetScope::kAll, ""), Scoped("q", TargetScope::kQueue, "q")});
  EXPECT_EQ(targets.Effective(Kpi("csat"), Of({"q", ""}), At(0)), nullptr);
  EXPECT_EQ(
      targets.Effective(Kpi("csat"), ScopeOf(query_, &other, Roster(facts_, {}), groups_), At(0)),
      nullptr);
}

std::string Effective(const std::vector<Target>& targets, const ValueScope& scope,
                      Instant instant = At(100), const ResolvedKpi& kpi = Kpi("csat")) {
  const TargetSet set(targets);
  const Target* target = set.Effective(kpi, scope, instant);
  return target == nullptr ? "" : target->target_id;
}

// Each scope wins over all those after it, in any order of the targets.
TEST(TargetSet, NarrowestScopeWins) {
  std::vector<Target> targets = {
      Scoped("agent", TargetScope::kAgent, "a"), Scoped("queue", TargetScope::kQueue, "q"),
      Scoped("team", TargetScope::kGroup, "t"), Scoped("site", TargetScope::kGroup, "s"),
      Scoped("all", TargetScope::kAll, "")};
  const ValueScope scope{"a", "q", {"t", "s"}, false};
  while (!targets.empty()) {
    const std::string narrowest = targets.front().target_id;
    EXPECT_EQ(Effective(targets, scope), narrowest);
    std::reverse(targets.begin(), targets.end());
    EXPECT_EQ(Effective(targets, scope), narrowest);
    std::reverse(targets.begin(), targets.end());
    targets.erase(targets.begin());
  }
}

TEST(TargetSet, ScopesFitOnlyTheirOwn) {
  const ValueScope scope{"a", "q", {"t"}, false};
  EXPECT_EQ(Effective({Scoped("x", TargetScope::kAgent, "b")}, scope), "");
  EXPECT_EQ(Effective({Scoped("x", TargetScope::kAgent, "q")}, scope), "");
  EXPECT_EQ(Effective({Scoped("x", TargetScope::kQueue, "a")}, scope), "");
  EXPECT_EQ(Effective({Scoped("x", TargetScope::kGroup, "s")}, scope), "");
  EXPECT_EQ(Effective({Scoped("x", TargetScope::kAgent, "")}, {}), "");
  EXPECT_EQ(Effective({Scoped("x", TargetScope::kQueue, "")}, {}), "");
  EXPECT_EQ(Effective({Scoped("x", TargetScope::kAll, "")}, {}), "x");
}

TEST(TargetSet, PeriodsAreHalfOpen) {
  const std::vector<Target> targets = {Scoped("x", TargetScope::kAll, "", {At(10), At(20)})};
  EXPECT_EQ(Effective(targets, {}, At(10) - Duration(1)), "");
  EXPECT_EQ(Effective(targets, {}, At(10)), "x");
  EXPECT_EQ(Effective(targets, {}, At(20) - Duration(1)), "x");
  EXPECT_EQ(Effective(targets, {}, At(20)), "");
  EXPECT_EQ(Effective({Scoped("void", TargetScope::kAll, "", {At(10), At(10)})}, {}, At(10)), "");
}

TEST(TargetSet, TheOneThatBeganLastWinsThenTheGreatestId) {
  const Target always = Scoped("z", TargetScope::kAll, "");
  const Target early = Scoped("y", TargetScope::kAll, "", {At(10), At(90)});
  const Target late = Scoped("c", TargetScope::kAll, "", {At(20), At(60)});
  const Target same = Scoped("d", TargetScope::kAll, "", {At(20), At(40)});
  const std::vector<Target> targets = {same, late, always, early};
  EXPECT_EQ(Effective(targets, {}, At(5)), "z");
  EXPECT_EQ(Effective(targets, {}, At(15)), "y");
  EXPECT_EQ(Effective(targets, {}, At(30)), "d");
  EXPECT_EQ(Effective(targets, {}, At(50)), "c");
  EXPECT_EQ(Effective(targets, {}, At(70)), "y");
  EXPECT_EQ(Effective(targets, {}, At(95)), "z");
}

// A narrower target that does not hold any more leaves the wider one in force.
TEST(TargetSet, NarrowerOnesHoldInTheirPeriodOnly) {
  const std::vector<Target> targets = {Scoped("all", TargetScope::kAll, ""),
                                       Scoped("q", TargetScope::kQueue, "q", {At(10), At(20)})};
  const ValueScope scope{"", "q", {}, false};
  EXPECT_EQ(Effective(targets, scope, At(15)), "q");
  EXPECT_EQ(Effective(targets, scope, At(20)), "all");
}

TEST(TargetSet, ParametersAndStatisticMustBeTheSame) {
  Target target = TargetOf("service_level", 80);
  EXPECT_EQ(Effective({target}, {}, At(0), Kpi("sl", {{"threshold", "20s"}})), "t");
  EXPECT_EQ(Effective({target}, {}, At(0), Kpi("sl", {{"threshold", "30s"}})), "");
  EXPECT_EQ(Effective({target}, {}, At(0), Kpi("csat")), "");
  target.kpi = Kpi("aht", {}, "p90");
  EXPECT_EQ(Effective({target}, {}, At(0), Kpi("aht", {}, "p90")), "t");
  EXPECT_EQ(Effective({target}, {}, At(0), Kpi("aht")), "");
}

TEST(TargetSet, ListsTheKpisOfARange) {
  std::vector<Target> targets;
  const auto add = [&](ResolvedKpi kpi, TimeRange range) {
    targets.push_back(TargetOf("csat", 1));
    targets.back().kpi = std::move(kpi);
    targets.back().range = range;
  };
  add(Kpi("nps"), {At(0), At(10)});
  add(Kpi("service_level", {{"threshold", "30s"}}), {At(5), kInstantEnd});
  add(Kpi("service_level"), {Instant::min(), kInstantEnd});
  add(Kpi("service_level", {{"threshold", "30s"}}), {Instant::min(), At(7)});
  add(Kpi("csat"), {At(20), At(30)});
  add(Kpi("aht"), {At(15), At(15)});  // Void.
  const TargetSet set(targets);
  const auto texts = [&](TimeRange range) {
    std::vector<std::string> result;
    for (const ResolvedKpi& kpi : set.Kpis(range)) {
      const auto threshold = kpi.parameters.find("threshold");
      result.push_back(
          std::string(kpi.definition->id) +
          (threshold == kpi.parameters.end() ? "" : " " + ParameterText(threshold->second)));
    }
    return result;
  };
  EXPECT_EQ(texts({At(0), At(40)}),
            (Names{"service_level 20s", "service_level 30s", "csat", "nps"}));
  EXPECT_EQ(texts({At(10), At(20)}), (Names{"service_level 20s", "service_level 30s"}));
  EXPECT_EQ(texts({At(29), At(30)}), (Names{"service_level 20s", "service_level 30s", "csat"}));
  EXPECT_TRUE(TargetSet().Kpis({At(0), At(1)}).empty());
  EXPECT_TRUE(TargetSet().empty());
}

TargetStatus StatusOf(const Target& target, double value) {
  return Assess(target, Known(value), target.currency_code).status;
}

TEST(Assess, BetterDirectionDecides) {
  const Target up = TargetOf("csat", 80);
  EXPECT_EQ(StatusOf(up, 80), TargetStatus::kMet);
  EXPECT_EQ(StatusOf(up, 90), TargetStatus::kMet);
  EXPECT_EQ(StatusOf(up, std::nextafter(80, 0)), TargetStatus::kMissed);
  const Target down = TargetOf("average_handle_time", 300);
  EXPECT_EQ(StatusOf(down, 300), TargetStatus::kMet);
  EXPECT_EQ(StatusOf(down, 200), TargetStatus::kMet);
  EXPECT_EQ(StatusOf(down, std::nextafter(300, 999)), TargetStatus::kMissed);
}

TEST(Assess, BandsHoldBothEnds) {
  for (const std::string_view kpi : {"occupancy", "contacts_offered"}) {
    Target target = TargetOf(kpi, 75);
    target.band_end_value = 85;
    EXPECT_EQ(StatusOf(target, 75), TargetStatus::kMet);
    EXPECT_EQ(StatusOf(target, 85), TargetStatus::kMet);
    EXPECT_EQ(StatusOf(target, std::nextafter(75, 0)), TargetStatus::kMissed);
    EXPECT_EQ(StatusOf(target, std::nextafter(85, 99)), TargetStatus::kMissed);
  }
}

std::optional<double> AttainmentOf(const Target& target, double value) {
  return Assess(target, Known(value), "").attainment;
}

TEST(Assess, AttainmentRunsFromWorstToBest) {
  Target up = TargetOf("csat", 80);
  EXPECT_EQ(AttainmentOf(up, 80), std::nullopt);
  up.worst_value = 60;
  EXPECT_EQ(AttainmentOf(up, 80), std::nullopt);
  up.best_value = 100;
  EXPECT_EQ(AttainmentOf(up, 80), 0.5);
  EXPECT_EQ(AttainmentOf(up, 60), 0.0);
  EXPECT_EQ(AttainmentOf(up, 10), 0.0);
  EXPECT_EQ(AttainmentOf(up, 100), 1.0);
  up.best_value = 90;
  EXPECT_EQ(AttainmentOf(up, 100), 1.0);

  Target down = TargetOf("average_handle_time", 300);
  down.worst_value = 500;
  down.best_value = 100;
  EXPECT_EQ(AttainmentOf(down, 400), 0.25);
  EXPECT_EQ(AttainmentOf(down, 900), 0.0);
  EXPECT_EQ(AttainmentOf(down, 50), 1.0);
  down.best_value = 500;
  EXPECT_EQ(AttainmentOf(down, 500), std::nullopt);
}

TEST(Assess, AttainmentFallsEvenlyOutsideOfABand) {
  Target target = TargetOf("occupancy", 75);
  target.band_end_value = 85;
  EXPECT_EQ(AttainmentOf(target, 80), std::nullopt);
  target.worst_value = 95;  // 10 away from the nearest end.
  EXPECT_EQ(AttainmentOf(target, 75), 1.0);
  EXPECT_EQ(AttainmentOf(target, 80), 1.0);
  EXPECT_EQ(AttainmentOf(target, 90), 0.5);
  EXPECT_EQ(AttainmentOf(target, 70), 0.5);
  EXPECT_EQ(AttainmentOf(target, 65), 0.0);
  EXPECT_EQ(AttainmentOf(target, 100), 0.0);
  target.worst_value = 55;  // 20 away.
  EXPECT_EQ(AttainmentOf(target, 65), 0.5);
  EXPECT_EQ(AttainmentOf(target, 95), 0.5);
  target.worst_value = 80;  // Inside: refused on the way in.
  EXPECT_EQ(AttainmentOf(target, 90), std::nullopt);
}

TEST(Assess, WithoutValue) {
  Target target = TargetOf("csat", 80);
  target.worst_value = 60;
  target.best_value = 100;
  for (const NoValueReason reason :
       {NoValueReason::kNoData, NoValueReason::kZeroDenominator, NoValueReason::kImmature,
        NoValueReason::kSuppressedSmallGroup, NoValueReason::kMixedCurrencies,
        NoValueReason::kMixedScales}) {
    const Assessment assessment = Assess(target, Unknown(reason), "");
    EXPECT_EQ(assessment.target, &target);
    EXPECT_EQ(assessment.status, TargetStatus::kNoValue);
    EXPECT_EQ(assessment.attainment, std::nullopt);
  }
  const Assessment assessment = Assess(target, Unknown(NoValueReason::kNotApplicable), "");
  EXPECT_EQ(assessment.target, nullptr);
  EXPECT_EQ(assessment.status, TargetStatus::kNone);
}

TEST(Assess, OfAnotherCurrencyIsNotItsMatter) {
  Target target = TargetOf("revenue_per_contact", 5);
  target.currency_code = "EUR";
  EXPECT_EQ(Assess(target, Known(6), "EUR").status, TargetStatus::kMet);
  EXPECT_EQ(Assess(target, Known(6), "USD").target, nullptr);
  EXPECT_EQ(Assess(target, Known(6), "USD").status, TargetStatus::kNone);
  // No revenue at all is 0 in any currency.
  EXPECT_EQ(Assess(target, Known(0), "").status, TargetStatus::kMissed);
}

}  // namespace
}  // namespace kpid::metrics
