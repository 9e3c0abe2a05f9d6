#include "server/error_model.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "metrics/error_reason.h"
#include "violation_matchers.h"

namespace kpid::server {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::Pair;

TEST(ErrorModelTest, EveryCodeHasOne) {
  EXPECT_EQ(ToGrpcCode(absl::StatusCode::kOk), grpc::StatusCode::OK);
  EXPECT_EQ(ToGrpcCode(absl::StatusCode::kInvalidArgument), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(ToGrpcCode(absl::StatusCode::kResourceExhausted), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_EQ(ToGrpcCode(absl::StatusCode::kUnavailable), grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(ToGrpcCode(absl::StatusCode::kAborted), grpc::StatusCode::ABORTED);
  EXPECT_EQ(ToGrpcCode(absl::StatusCode::kCancelled), grpc::StatusCode::CANCELLED);
  EXPECT_EQ(ToGrpcCode(absl::StatusCode::kDeadlineExceeded), grpc::StatusCode::DEADLINE_EXCEEDED);
  EXPECT_EQ(ToGrpcCode(absl::StatusCode::kNotFound), grpc::StatusCode::NOT_FOUND);
  for (const absl::StatusCode code : {absl::StatusCode::kInternal, absl::StatusCode::kUnknown,
                                      absl::StatusCode::kDataLoss, absl::StatusCode::kOutOfRange}) {
    EXPECT_EQ(ToGrpcCode(code), grpc::StatusCode::INTERNAL);
  }
}

TEST(ErrorModelTest, ReasonAndMetadataTravel) {
  const grpc::Status status =
      ToGrpcStatus(metrics::ErrorWithReason(absl::StatusCode::kResourceExhausted, "too many facts",
                                            {"TOO_MANY_FACTS", {{"limit", "7"}}}),
                   "r1");
  EXPECT_EQ(status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_EQ(status.error_message(), "too many facts");
  const ErrorDetails details = DetailsOf(status);
  EXPECT_EQ(details.reason, "TOO_MANY_FACTS");
  EXPECT_EQ(details.domain, "kpid");
  EXPECT_THAT(details.metadata, ElementsAre(Pair("limit", "7"), Pair("request_id", "r1")));
  EXPECT_FALSE(details.has_retry);
}

TEST(ErrorModelTest, OverloadAndOutageSayWhenToComeBack) {
  for (const char* id : {"a", "b", "c"}) {
    const ErrorDetails overload = DetailsOf(ToGrpcStatus(absl::ResourceExhaustedError("busy"), id));
    EXPECT_EQ(overload.reason, "OVERLOADED");
    EXPECT_TRUE(overload.has_retry);
    EXPECT_GE(overload.retry_seconds, 1);
    EXPECT_LT(overload.retry_seconds, 2);
  }
  const ErrorDetails outage = DetailsOf(ToGrpcStatus(absl::UnavailableError("gone"), ""));
  EXPECT_EQ(outage.reason, "DATABASE_UNAVAILABLE");
  EXPECT_TRUE(outage.has_retry);
}

TEST(ErrorModelTest, WhatIsInsideStaysInside) {
  const grpc::Status status =
      ToGrpcStatus(absl::InternalError("syntax error at SELECT secret"), "r9");
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INTERNAL);
  EXPECT_THAT(status.error_message(), Not(HasSubstr("SELECT")));
  EXPECT_THAT(status.error_details(), Not(HasSubstr("SELECT")));
  const ErrorDetails details = DetailsOf(status);
  EXPECT_EQ(details.reason, "INTERNAL");
  EXPECT_THAT(details.metadata, ElementsAre(Pair("request_id", "r9")));
}

TEST(ErrorModelTest, ViolationsAreListedInOrder) {
  ViolationList violations;
  const FieldPath root = FieldPath::Root();
  const FieldPath kpi = root.Element("kpis", 1);
  violations.Add(kpi.Field("id"), "KPI_UNKNOWN", "no such KPI");
  violations.Add(kpi.Entry("parameters", "thresh\"old\n"), "PARAMETER_UNKNOWN", "no");
  violations.Add(root.Field("interval"), "FIELD_REQUIRED", "is required");
  const grpc::Status status = ToGrpcStatus(violations.ToStatus(), "r");
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_THAT(status.error_message(), HasSubstr("kpis[1].id: no such KPI (KPI_UNKNOWN)"));
  EXPECT_THAT(status.error_message(), HasSubstr("3 violations in all"));
  const ErrorDetails details = DetailsOf(status);
  EXPECT_EQ(details.reason, "REQUEST_INVALID");
  EXPECT_THAT(details.violations,
              ElementsAre("kpis[1].id KPI_UNKNOWN",
                          "kpis[1].parameters[\"thresh\\\"old\\n\"] PARAMETER_UNKNOWN",
                          "interval FIELD_REQUIRED"));
}

TEST(ErrorModelTest, ManyViolationsAreCountedAndFitTheTrailers) {
  ViolationList violations;
  const FieldPath root = FieldPath::Root();
  for (int i = 0; i < 100'000; ++i) {
    const FieldPath path = root.Element("interactions", i);
    violations.Add(path.Entry("attributes", std::string(500, 'k')), "FIELD_MALFORMED",
                   std::string(500, 'd'));
  }
  EXPECT_EQ(violations.found(), 100'000);
  EXPECT_EQ(violations.violations().size(), ViolationList::kViolationsMax);
  const grpc::Status status = ToGrpcStatus(violations.ToStatus(), std::string(64, 'r'));
  EXPECT_THAT(status.error_message(), HasSubstr("100000 violations in all, the first"));
  EXPECT_THAT(DetailsOf(status).violations, Not(IsEmpty()));
  // Base64 of the details, the message and the id stay within the 8 KiB that clients take.
  const size_t trailers = status.error_details().size() * 4 / 3 + status.error_message().size();
  EXPECT_LT(trailers, 7'500u);
}

TEST(ErrorModelTest, ThirtyTwoUsualViolationsAreAllListed) {
  ViolationList violations;
  const FieldPath root = FieldPath::Root();
  for (int i = 0; i < 40; ++i) {
    const FieldPath path = root.Element("interactions", 1'000 + i);
    violations.Add(path.Field("first_response_time"), "TIME_OUT_OF_RANGE",
                   "must be between 1970-01-01 and 2200-01-01 UTC");
  }
  EXPECT_EQ(DetailsOf(ToGrpcStatus(violations.ToStatus(), "r")).violations.size(), 32u);
}

}  // namespace
}  // namespace kpid::server
