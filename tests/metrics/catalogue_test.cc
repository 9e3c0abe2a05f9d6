#include "metrics/catalogue.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "metrics/result.h"
#include "tests/support/page_kpis.h"

namespace kpid::metrics {
namespace {

using proof::kPageKpis;

// In its order; there may be more between them.
TEST(Catalogue, HasTheKpisOfThePage) {
  std::vector<std::string_view> ids;
  for (const KpiDefinition& kpi : Catalogue()) {
    if (std::count(kPageKpis.begin(), kPageKpis.end(), kpi.id) > 0) ids.push_back(kpi.id);
  }
  EXPECT_EQ(ids, std::vector(kPageKpis.begin(), kPageKpis.end()));
}

TEST(Catalogue, FindsByIdAndAlias) {
  const std::vector<std::pair<std::string_view, std::string_view>> aliases = {
      {"sl", "service_level"},
      {"asa", "average_speed_of_answer"},
      {"frt", "first_response_time"},
      {"art_response", "first_response_time"},
      {"aht", "average_handle_time"},
      {"acw", "average_wrap_up_time"},
      {"fcr", "first_contact_resolution"},
      {"ces", "customer_effort_score"},
      {"art_resolution", "average_resolution_time"},
      {"esat", "employee_satisfaction"}};
  for (const auto& [alias, id] : aliases) {
    ASSERT_NE(FindKpi(alias), nullptr) << alias;
    EXPECT_EQ(FindKpi(alias)->id, id);
    EXPECT_EQ(FindKpi(alias), FindKpi(id));
  }
  EXPECT_EQ(FindKpi("occupancy_percent"), nullptr);
  EXPECT_EQ(FindKpi(""), nullptr);
  EXPECT_EQ(FindKpi("SL"), nullptr);
}

TEST(Catalogue, RowsAreComplete) {
  std::set<std::string_view> names;
  for (const KpiDefinition& kpi : Catalogue()) {
    SCOPED_TRACE(kpi.id);
    EXPECT_TRUE(names.insert(kpi.id).second);
    for (const std::string_view alias : kpi.aliases) EXPECT_TRUE(names.insert(alias).second);
    EXPECT_FALSE(kpi.title.empty());
    EXPECT_FALSE(kpi.area.empty());
    ASSERT_FALSE(kpi.formula.empty());
    EXPECT_EQ(kpi.formula.back(), '.');
    EXPECT_NE(kpi.unit, Unit::kNone);
    EXPECT_EQ(kpi.kernel == nullptr, kpi.id == "kpi_achievement");
    EXPECT_FALSE(kpi.dimensions.empty());
    EXPECT_LE(kpi.counts.size(), static_cast<size_t>(kValueCountsMax));
    EXPECT_EQ(kpi.definition_version, 1);
    for (const ParameterDefinition& parameter : kpi.parameters) {
      SCOPED_TRACE(parameter.name);
      EXPECT_FALSE(parameter.description.empty());
      EXPECT_EQ(parameter.kind == ParameterKind::kChoice, !parameter.choices.empty());
    }
  }
}

// Defaults resolve, are inside their own ranges, and say themselves again.
TEST(Catalogue, DefaultsResolve) {
  for (const KpiDefinition& kpi : Catalogue()) {
    SCOPED_TRACE(kpi.id);
    ResolvedKpi resolved;
    EXPECT_TRUE(ResolveKpi(kpi.id, "", {}, "", &resolved).empty());
    EXPECT_EQ(resolved.name, kpi.id);
    EXPECT_EQ(resolved.unit, kpi.unit);
    EXPECT_EQ(resolved.time_basis, kpi.time_basis);
    EXPECT_EQ(resolved.parameters.size(), kpi.parameters.size());
    EXPECT_EQ(resolved.statistic.kind,
              kpi.has_statistics ? Statistic::Kind::kMean : Statistic::Kind::kNone);
    for (const ParameterDefinition& parameter : kpi.parameters) {
      EXPECT_EQ(ParameterText(resolved.parameters.find(parameter.name)->second),
                parameter.default_text);
    }
  }
}

// Every choice of every KPI has a kernel.
TEST(Catalogue, ChoicesResolve) {
  for (const KpiDefinition& kpi : Catalogue()) {
    for (const ParameterDefinition& parameter : kpi.parameters) {
      for (const std::string_view choice : parameter.choices) {
        ResolvedKpi resolved;
        EXPECT_TRUE(ResolveKpi(kpi.id, "", {{std::string(parameter.name), std::string(choice)}}, "",
                               &resolved)
                        .empty())
            << kpi.id << " " << choice;
      }
    }
  }
}

}  // namespace
}  // namespace kpid::metrics
