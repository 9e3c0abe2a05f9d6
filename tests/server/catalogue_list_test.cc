#include "server/catalogue_list.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "metrics/catalogue.h"
#include "violation_matchers.h"

namespace kpid::server {
namespace {

using testing::ElementsAre;

TEST(ListCatalogueTest, ListsAllOrThoseAsked) {
  ViolationList violations;
  v1::ListKpisResponse all;
  ListCatalogue({}, &violations, &all);
  EXPECT_EQ(static_cast<size_t>(all.kpis_size()), metrics::Catalogue().size());
  for (const v1::KpiDefinition& kpi : all.kpis()) {
    EXPECT_FALSE(kpi.formula().empty()) << kpi.id();
    EXPECT_NE(kpi.unit(), v1::UNIT_UNSPECIFIED) << kpi.id();
    EXPECT_GE(kpi.definition_version(), 1) << kpi.id();
    EXPECT_FALSE(kpi.time_basis().empty()) << kpi.id();
    EXPECT_GT(kpi.dimensions_size(), 0) << kpi.id();
  }
  v1::ListKpisRequest request;
  request.add_kpi_ids("aht");
  request.add_kpi_ids("service_level");
  request.add_kpi_ids("sl");
  v1::ListKpisResponse some;
  ListCatalogue(request, &violations, &some);
  ASSERT_EQ(some.kpis_size(), 2);
  EXPECT_EQ(some.kpis(0).id(), "service_level") << "in the order of the catalogue";
  EXPECT_EQ(some.kpis(1).id(), "average_handle_time");
  EXPECT_EQ(some.kpis(1).statistics_size(), 6);
  EXPECT_EQ(some.kpis(0).statistics_size(), 0);
  EXPECT_TRUE(violations.empty());
}

TEST(ListCatalogueTest, SaysWhereStatesAndTicketsCanBeSplit) {
  v1::ListKpisRequest request;
  for (const char* id : {"contacts_per_hour", "ticket_volume"}) request.add_kpi_ids(id);
  ViolationList violations;
  v1::ListKpisResponse response;
  ListCatalogue(request, &violations, &response);
  ASSERT_EQ(response.kpis_size(), 2);
  EXPECT_EQ(response.kpis(0).unit(), v1::UNIT_PER_HOUR);
  EXPECT_THAT(
      response.kpis(0).dimensions(),
      testing::UnorderedElementsAre(v1::DIMENSION_KIND_AGENT, v1::DIMENSION_KIND_AGENT_GROUP));
  EXPECT_EQ(response.kpis(1).time_basis(), "open_time");
  EXPECT_THAT(response.kpis(1).dimensions(), testing::Contains(v1::DIMENSION_KIND_PRIORITY));
}

TEST(ListCatalogueTest, UnknownOnesAreNamed) {
  ViolationList violations;
  v1::ListKpisRequest request;
  for (const char* id : {"sl", "happiness", ""}) request.add_kpi_ids(id);
  v1::ListKpisResponse response;
  ListCatalogue(request, &violations, &response);
  EXPECT_THAT(Lines(violations), ElementsAre("kpi_ids[1] KPI_UNKNOWN", "kpi_ids[2] KPI_UNKNOWN"));
  EXPECT_EQ(response.kpis_size(), 0);
}

}  // namespace
}  // namespace kpid::server
