#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "client/kpis_command.h"
#include "client/verify_command.h"
#include "tests/client/answer.h"

namespace kpid::client {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(ResidentText, SaysWhatIsHeldAndSinceWhen) {
  EXPECT_EQ(ResidentText(FromText<v1::ResidentFacts>(
                "fact_count: 1234567 memory_bytes: 52428800 lag { nanos: 12000000 }")),
            "Facts in memory: 1,234,567 (50.0 MiB), everything there is; as in the database 12 ms "
            "ago.\n");
  EXPECT_THAT(ResidentText(FromText<v1::ResidentFacts>("start_time { seconds: 1767225600 }")),
              HasSubstr("from 2026-01-01T00:00:00+00:00 on;"));
  EXPECT_EQ(ResidentText(FromText<v1::ResidentFacts>("loading: true fact_count: 1000")),
            "Facts in memory: being loaded, 1,000 so far; questions are answered from the database "
            "meanwhile.\n");
}

TEST(ResidentText, IsPartOfTheListOnlyWhenTheServerHoldsFacts) {
  v1::ListKpisResponse response;
  response.add_kpis()->set_id("csat");
  EXPECT_THAT(KpiListText(response, 200, false), Not(HasSubstr("memory")));
  response.mutable_resident_facts()->set_loading(true);
  EXPECT_THAT(KpiListText(response, 200, false), HasSubstr("\nFacts in memory: being loaded"));
}

TEST(VerifyText, SaysThatAllAgree) {
  EXPECT_EQ(VerifyText(FromText<v1::VerifyFactsResponse>("fact_count: 2000"), 200, false),
            "2,000 facts in memory: as in the database.\n");
}

TEST(VerifyText, ListsDifferences) {
  const std::string text = VerifyText(FromText<v1::VerifyFactsResponse>(R"(
      differences { table: "interactions" day: "2026-03-02" found: "1 rows" expected: "2 rows"
                    repaired: true }
      differences { table: "costs" found: "a\tb" expected: "no rows" }
      fact_count: 3)"),
                                      200, false);
  EXPECT_THAT(text, HasSubstr("interactions  2026-03-02  1 rows"));
  EXPECT_THAT(text, Not(HasSubstr("\t")));
  EXPECT_THAT(text, HasSubstr("3 facts in memory: 2 differences, 1 not repaired.\n"));
}

}  // namespace
}  // namespace kpid::client
