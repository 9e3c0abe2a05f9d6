// Errors of the server, for people.
#pragma once

#include <chrono>
#include <map>
#include <string>
#include <vector>

#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "grpcpp/client_context.h"
#include "grpcpp/support/status.h"

namespace kpid::client {

// What the details of an error say; empty where they say nothing.
struct ErrorDetails {
  std::string reason;  // ErrorInfo.reason.
  std::map<std::string, std::string> metadata;
  std::vector<google::rpc::BadRequest::FieldViolation> violations;
  std::chrono::milliseconds retry_delay{0};
};
ErrorDetails ErrorDetailsOf(const google::rpc::Status& status);
ErrorDetails ErrorDetailsOf(const grpc::Status& status);

// Name of a code as in the gRPC documents, for example INVALID_ARGUMENT.
std::string CodeName(int code);

// The request id that the server gave in its metadata; empty when it gave none.
// REQUIRES: the call is finished.
std::string RequestIdOf(const grpc::ClientContext& context);

// Several lines without a line end: code and reason, the message, a line for each violation, the
// request id. For one error only; control characters are shown as `?`.
std::string ErrorText(const grpc::Status& status, const std::string& request_id);

// One line that says why a record was refused, for a file of rejected rows.
std::string RejectionText(const google::rpc::Status& status);

// A server that stays away is spoken of now and then, not at each try.
inline constexpr int kTriesPerNotice = 10;

// What to say about a stream that broke and will be tried again after `delay`.
std::string RetryNotice(const grpc::Status& status, int tries, int tries_max,
                        std::chrono::milliseconds delay);

}  // namespace kpid::client
