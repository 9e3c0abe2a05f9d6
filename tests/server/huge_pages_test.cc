#include "server/huge_pages.h"

#include <gtest/gtest.h>

namespace kpid::server {
namespace {

// e2e_shutdown looks at a process that asked for them.
TEST(HugePages, AreAskedForWhereTheyAreGivenOnRequest) {
  EXPECT_TRUE(GivesHugePagesOnRequest("always [madvise] never"));
  EXPECT_FALSE(GivesHugePagesOnRequest("[always] madvise never")) << "given without";
  EXPECT_FALSE(GivesHugePagesOnRequest("always madvise [never]"));
  EXPECT_FALSE(GivesHugePagesOnRequest(""));
}

}  // namespace
}  // namespace kpid::server
