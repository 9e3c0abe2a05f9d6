#include "server/error_model.h"

#include <functional>
#include <optional>

#include "google/rpc/error_details.pb.h"
#include "metrics/error_reason.h"
#include "server/join_text.h"
#include "server/reasons.h"
#include "server/text.h"

namespace kpid::server {
namespace {

// Longest value in ErrorInfo.metadata: details travel in trailers.
constexpr size_t kMetadataValueBytesMax = 128;

// What a code becomes, and the reason of a status that brings none.
struct CodeRow {
  absl::StatusCode from;
  grpc::StatusCode to;
  const char* reason;
};

constexpr CodeRow kCodes[] = {
    {absl::StatusCode::kCancelled, grpc::StatusCode::CANCELLED, reason::kCancelled},
    {absl::StatusCode::kUnknown, grpc::StatusCode::INTERNAL, reason::kInternal},
    {absl::StatusCode::kInvalidArgument, grpc::StatusCode::INVALID_ARGUMENT,
     reason::kRequestInvalid},
    {absl::StatusCode::kDeadlineExceeded, grpc::StatusCode::DEADLINE_EXCEEDED,
     reason::kDeadlineExceeded},
    {absl::StatusCode::kResourceExhausted, grpc::StatusCode::RESOURCE_EXHAUSTED,
     reason::kOverloaded},
    {absl::StatusCode::kFailedPrecondition, grpc::StatusCode::FAILED_PRECONDITION,
     reason::kInternal},
    {absl::StatusCode::kNotFound, grpc::StatusCode::NOT_FOUND, reason::kInternal},
    {absl::StatusCode::kAborted, grpc::StatusCode::ABORTED, reason::kConflict},
    {absl::StatusCode::kUnavailable, grpc::StatusCode::UNAVAILABLE, reason::kDatabaseUnavailable},
};

// Codes that no caller can act on: OUT_OF_RANGE and the like are not answers of any of our RPCs.
constexpr CodeRow kOtherCode = {absl::StatusCode::kInternal, grpc::StatusCode::INTERNAL,
                                reason::kInternal};

const CodeRow& RowOf(absl::StatusCode code) {
  for (const CodeRow& row : kCodes) {
    if (row.from == code) return row;
  }
  return kOtherCode;
}

void AddDetail(const char* url, std::string value, google::rpc::Status* status) {
  auto* detail = status->add_details();
  detail->set_type_url(url);
  detail->set_value(std::move(value));
}

std::string RetryInfo(std::string_view request_id) {
  const auto spread = std::hash<std::string_view>{}(request_id) % kRetryDelay.count();
  const std::chrono::milliseconds delay = kRetryDelay + std::chrono::milliseconds(spread);
  google::rpc::RetryInfo info;
  info.mutable_retry_delay()->set_seconds(delay.count() / 1'000);
  info.mutable_retry_delay()->set_nanos(static_cast<int32_t>(delay.count() % 1'000) * 1'000'000);
  return info.SerializeAsString();
}

}  // namespace

grpc::StatusCode ToGrpcCode(absl::StatusCode code) {
  return code == absl::StatusCode::kOk ? grpc::StatusCode::OK : RowOf(code).to;
}

std::string ReasonText(const absl::Status& status) {
  if (status.ok()) return {};
  if (const auto reason = metrics::ReasonOf(status)) return reason->reason;
  return RowOf(status.code()).reason;
}

int ViolationCount(const absl::Status& status) {
  const auto payload = status.GetPayload(kBadRequestUrl);
  if (!payload) return 0;
  google::rpc::BadRequest bad_request;
  if (!bad_request.ParseFromString(std::string(*payload))) return 0;
  return bad_request.field_violations_size();
}

google::rpc::Status ToRpcStatus(const absl::Status& status, std::string_view request_id) {
  const grpc::StatusCode code = ToGrpcCode(status.code());
  google::rpc::Status rpc;
  rpc.set_code(code);
  google::rpc::ErrorInfo info;
  info.set_domain(kErrorDomain);
  if (code == grpc::StatusCode::INTERNAL) {
    rpc.set_message("internal error; the log of the server has it under the request id");
    info.set_reason(reason::kInternal);
  } else {
    rpc.set_message(std::string(CutText(StdView(status.message()), kErrorMessageBytesMax)));
    info.set_reason(ReasonText(status));
    if (const auto reason = metrics::ReasonOf(status)) {
      for (const auto& [key, value] : reason->metadata) {
        (*info.mutable_metadata())[key] = std::string(CutText(value, kMetadataValueBytesMax));
      }
    }
  }
  if (!request_id.empty()) (*info.mutable_metadata())["request_id"] = std::string(request_id);
  const std::string reason = info.reason();
  AddDetail(kErrorInfoUrl, info.SerializeAsString(), &rpc);
  if (const auto payload = status.GetPayload(kBadRequestUrl)) {
    AddDetail(kBadRequestUrl, std::string(*payload), &rpc);
  }
  if (reason == reason::kOverloaded || code == grpc::StatusCode::UNAVAILABLE) {
    AddDetail(kRetryInfoUrl, RetryInfo(request_id), &rpc);
  }
  return rpc;
}

grpc::Status ToGrpcStatus(const absl::Status& status, std::string_view request_id) {
  if (status.ok()) return grpc::Status::OK;
  const google::rpc::Status rpc = ToRpcStatus(status, request_id);
  return grpc::Status(static_cast<grpc::StatusCode>(rpc.code()), rpc.message(),
                      rpc.SerializeAsString());
}

}  // namespace kpid::server
