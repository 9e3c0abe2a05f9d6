// Which KPIs the random questions are about: all that there must be.

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "metrics/catalogue.h"
#include "tests/property/random_query.h"
#include "tests/support/page_kpis.h"

namespace kpid::proof {
namespace {

// So that none is lost: the laws of engine_property_test.cc only ask for KPIs that are both in the
// catalogue and known to the reference.
TEST(KnownKpis, EveryKpiOfThePageIsKnown) {
  std::set<std::string_view> known;
  for (const metrics::KpiDefinition* definition : KnownKpis()) known.insert(definition->id);
  for (const std::string_view id : kPageKpis) EXPECT_TRUE(known.contains(id)) << id;
}

// Every KPI comes up among the random ones, with each of its choices.
TEST(KnownKpis, QuestionsReachEveryKpi) {
  Choices choices(1);
  std::set<std::string> missing;
  for (const metrics::KpiDefinition* definition : KnownKpis()) {
    missing.insert(std::string(definition->id));
    for (const metrics::ParameterDefinition& parameter : definition->parameters) {
      for (std::string_view choice : parameter.choices) {
        missing.insert(std::string(definition->id) + ":" + std::string(choice));
      }
    }
  }
  for (int i = 0; i < 3'000; ++i) {
    const KpiRequestText request = RandomKpi(choices.Seed());
    missing.erase(request.id);
    for (const auto& [name, value] : request.parameters) missing.erase(request.id + ":" + value);
  }
  EXPECT_TRUE(missing.empty()) << *missing.begin();
}

}  // namespace
}  // namespace kpid::proof
