// What tests of validators share: violations as "path REASON" lines.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "grpcpp/support/status.h"
#include "server/error_model.h"
#include "server/violation_list.h"

namespace kpid::server {

inline std::vector<std::string> Lines(const ViolationList& violations) {
  std::vector<std::string> lines;
  for (const Violation& violation : violations.violations()) {
    lines.push_back(violation.field + " " + violation.reason);
  }
  return lines;
}

// The details of an error as callers get them.
struct ErrorDetails {
  std::string reason;
  std::string domain;
  std::map<std::string, std::string> metadata;
  std::vector<std::string> violations;  // "path REASON".
  bool has_retry = false;
  double retry_seconds = 0;
};

inline ErrorDetails DetailsOf(const google::rpc::Status& status) {
  ErrorDetails details;
  for (const auto& any : status.details()) {
    if (any.type_url() == kErrorInfoUrl) {
      google::rpc::ErrorInfo info;
      info.ParseFromString(any.value());
      details.reason = info.reason();
      details.domain = info.domain();
      details.metadata.insert(info.metadata().begin(), info.metadata().end());
    } else if (any.type_url() == kBadRequestUrl) {
      google::rpc::BadRequest bad_request;
      bad_request.ParseFromString(any.value());
      for (const auto& violation : bad_request.field_violations()) {
        details.violations.push_back(violation.field() + " " + violation.reason());
      }
    } else if (any.type_url() == kRetryInfoUrl) {
      google::rpc::RetryInfo info;
      info.ParseFromString(any.value());
      details.has_retry = true;
      details.retry_seconds =
          static_cast<double>(info.retry_delay().seconds()) + info.retry_delay().nanos() / 1e9;
    }
  }
  return details;
}

inline ErrorDetails DetailsOf(const grpc::Status& status) {
  google::rpc::Status rpc;
  rpc.ParseFromString(status.error_details());
  return DetailsOf(rpc);
}

}  // namespace kpid::server
