#include "metrics/error_reason.h"

#include <gtest/gtest.h>

namespace kpid::metrics {
namespace {

TEST(ErrorReason, TravelsWithTheStatus) {
  const absl::Status status =
      ErrorWithReason(absl::StatusCode::kResourceExhausted, "too much",
                      {"TOO_MANY_FACTS", {{"limit", "20"}, {"odd:\0key", "3:x\n"}, {"", ""}}});
  EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(status.message(), "too much");
  const auto reason = ReasonOf(status);
  ASSERT_TRUE(reason.has_value());
  EXPECT_EQ(reason->reason, "TOO_MANY_FACTS");
  EXPECT_EQ(reason->metadata, (std::map<std::string, std::string>{
                                  {"limit", "20"}, {"odd:\0key", "3:x\n"}, {"", ""}}));
}

TEST(ErrorReason, IsAbsentElsewhere) {
  EXPECT_EQ(ReasonOf(absl::OkStatus()), std::nullopt);
  EXPECT_EQ(ReasonOf(absl::InternalError("x")), std::nullopt);
  absl::Status status = absl::InternalError("x");
  for (const char* payload : {"", "5:abc", "x", "3:abc9", "3:abc1:a", "99999999999999999999:a"}) {
    status.SetPayload("kpid/error_reason", absl::Cord(payload));
    EXPECT_EQ(ReasonOf(status).has_value(), false) << payload;
  }
}

}  // namespace
}  // namespace kpid::metrics
