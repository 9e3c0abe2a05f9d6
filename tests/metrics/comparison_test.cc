#include "metrics/comparison.h"

#include <gtest/gtest.h>

namespace kpid::metrics {
namespace {

TEST(Comparison, ChangeIsAfterMinusBefore) {
  const Change change = ChangeBetween({.value = 4}, {.value = 5}, true);
  EXPECT_EQ(change.absolute, 1);
  EXPECT_EQ(change.relative_percent, 25);
}

}  // namespace
}  // namespace kpid::metrics
