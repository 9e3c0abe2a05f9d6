#include "storage/pg_error.h"

#include <gtest/gtest.h>

#include <ostream>

#include "metrics/error_reason.h"

namespace kpid::storage {
namespace {

struct Expectation {
  const char* sqlstate;
  absl::StatusCode code;
  const char* reason;
  bool retryable;
  bool ends_session;
};

// Names the case in the list of tests.
void PrintTo(const Expectation& expectation, std::ostream* out) {
  *out << '"' << expectation.sqlstate << '"';
}

class PgErrorTest : public ::testing::TestWithParam<Expectation> {};

TEST_P(PgErrorTest, MapsSqlState) {
  const Expectation& expected = GetParam();
  const absl::Status status =
      StatusOfSqlState(expected.sqlstate, "a_statement", "secret of the customer");
  EXPECT_EQ(status.code(), expected.code);
  ASSERT_TRUE(metrics::ReasonOf(status).has_value());
  EXPECT_EQ(metrics::ReasonOf(status)->reason, expected.reason);
  EXPECT_EQ(IsRetryable(status), expected.retryable);
  EXPECT_EQ(EndsSession(expected.sqlstate), expected.ends_session);
  EXPECT_EQ(std::string(status.message()).find("secret"), std::string::npos);
}

INSTANTIATE_TEST_SUITE_P(
    Table, PgErrorTest,
    ::testing::Values(
        Expectation{"", absl::StatusCode::kUnavailable, "DATABASE_UNAVAILABLE", true, true},
        Expectation{"40001", absl::StatusCode::kAborted, "CONFLICT", true, false},
        Expectation{"40P01", absl::StatusCode::kAborted, "CONFLICT", true, false},
        Expectation{"55P03", absl::StatusCode::kAborted, "CONFLICT", true, false},
        Expectation{"57014", absl::StatusCode::kCancelled, "CANCELLED", false, false},
        Expectation{"57P01", absl::StatusCode::kUnavailable, "DATABASE_UNAVAILABLE", true, true},
        Expectation{"57P03", absl::StatusCode::kUnavailable, "DATABASE_UNAVAILABLE", true, true},
        Expectation{"08006", absl::StatusCode::kUnavailable, "DATABASE_UNAVAILABLE", true, true},
        Expectation{"25006", absl::StatusCode::kUnavailable, "DATABASE_UNAVAILABLE", true, true},
        Expectation{"53300", absl::StatusCode::kUnavailable, "DATABASE_UNAVAILABLE", true, true},
        Expectation{"53100", absl::StatusCode::kResourceExhausted, "DISK_FULL", false, false},
        Expectation{"53200", absl::StatusCode::kResourceExhausted, "OVERLOADED", false, false},
        Expectation{"42601", absl::StatusCode::kInternal, "INTERNAL", false, false},
        Expectation{"22P02", absl::StatusCode::kInternal, "INTERNAL", false, false},
        Expectation{"23505", absl::StatusCode::kInternal, "INTERNAL", false, false}));

}  // namespace
}  // namespace kpid::storage
