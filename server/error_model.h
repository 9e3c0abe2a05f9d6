// How an error inside becomes the error that a caller sees: the only place where absl::Status
// turns into google.rpc.Status and grpc::Status.
//
// Every error has ErrorInfo (domain "kpid"; metadata has request_id). INVALID_ARGUMENT with
// violations has BadRequest. OVERLOADED and UNAVAILABLE have RetryInfo. INTERNAL tells the
// request id only: what happened is in the log.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "google/rpc/status.pb.h"
#include "grpcpp/support/status.h"

namespace kpid::server {

// Type URLs of details; a BadRequest travels under its URL as payload of an absl::Status.
inline constexpr char kBadRequestUrl[] = "type.googleapis.com/google.rpc.BadRequest";
inline constexpr char kErrorInfoUrl[] = "type.googleapis.com/google.rpc.ErrorInfo";
inline constexpr char kRetryInfoUrl[] = "type.googleapis.com/google.rpc.RetryInfo";

// ErrorInfo.domain.
inline constexpr char kErrorDomain[] = "kpid";

// Longest message of an error, in bytes; longer ones are cut.
inline constexpr size_t kErrorMessageBytesMax = 512;

// When a caller that was refused should come back: this long, plus up to as much again, spread
// by request so that callers do not come back all at once.
inline constexpr std::chrono::milliseconds kRetryDelay{1'000};

// Code of gRPC for a code of absl.
grpc::StatusCode ToGrpcCode(absl::StatusCode code);

// Reason that ErrorInfo will say: the status's own, or the general one of its code.
std::string ReasonText(const absl::Status& status);

// Number of violations that the status carries as details.
int ViolationCount(const absl::Status& status);

// The error as callers see it. request_id may be empty. REQUIRES: !status.ok().
google::rpc::Status ToRpcStatus(const absl::Status& status, std::string_view request_id);

// The same for the end of an RPC; OK stays OK.
grpc::Status ToGrpcStatus(const absl::Status& status, std::string_view request_id);

}  // namespace kpid::server
