#include "client/error_report.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "client/text_width.h"

namespace kpid::client {
namespace {

// The server's name for it; the trailing metadata is asked first.
constexpr char kRequestIdKey[] = "x-request-id";

constexpr const char* kCodeNames[] = {
    "OK",        "CANCELLED",      "UNKNOWN",           "INVALID_ARGUMENT",   "DEADLINE_EXCEEDED",
    "NOT_FOUND", "ALREADY_EXISTS", "PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION",
    "ABORTED",   "OUT_OF_RANGE",   "UNIMPLEMENTED",     "INTERNAL",           "UNAVAILABLE",
    "DATA_LOSS", "UNAUTHENTICATED"};

}  // namespace

ErrorDetails ErrorDetailsOf(const google::rpc::Status& status) {
  ErrorDetails details;
  for (const google::protobuf::Any& any : status.details()) {
    google::rpc::ErrorInfo info;
    google::rpc::BadRequest bad_request;
    google::rpc::RetryInfo retry;
    if (any.UnpackTo(&info)) {
      details.reason = info.reason();
      details.metadata.insert(info.metadata().begin(), info.metadata().end());
    } else if (any.UnpackTo(&bad_request)) {
      details.violations.insert(details.violations.end(), bad_request.field_violations().begin(),
                                bad_request.field_violations().end());
    } else if (any.UnpackTo(&retry)) {
      details.retry_delay = std::chrono::milliseconds(retry.retry_delay().seconds() * 1000 +
                                                      retry.retry_delay().nanos() / 1'000'000);
    }
  }
  return details;
}

ErrorDetails ErrorDetailsOf(const grpc::Status& status) {
  google::rpc::Status parsed;
  if (status.error_details().empty() || !parsed.ParseFromString(status.error_details())) return {};
  return ErrorDetailsOf(parsed);
}

std::string CodeName(int code) {
  constexpr int kCount = static_cast<int>(std::size(kCodeNames));
  if (code < 0 || code >= kCount) return absl::StrCat("code ", code);
  return kCodeNames[code];
}

std::string RequestIdOf(const grpc::ClientContext& context) {
  for (const auto* metadata :
       {&context.GetServerTrailingMetadata(), &context.GetServerInitialMetadata()}) {
    const auto found = metadata->find(kRequestIdKey);
    if (found != metadata->end()) return {found->second.data(), found->second.size()};
  }
  return {};
}

std::string ErrorText(const grpc::Status& status, const std::string& request_id) {
  const ErrorDetails details = ErrorDetailsOf(status);
  std::string text = CodeName(status.error_code());
  if (!details.reason.empty()) absl::StrAppend(&text, " (", details.reason, ")");
  // The message of kpid repeats the first violation, which is better read below.
  const bool repeats =
      !details.violations.empty() &&
      absl::StrContains(status.error_message(), details.violations.front().description());
  const size_t count = details.violations.size();
  if (repeats) {
    absl::StrAppend(&text, ": ", count == 1 ? "1 field is" : absl::StrCat(count, " fields are"),
                    " wrong");
  } else {
    absl::StrAppend(&text, ": ", PrintableText(status.error_message()));
  }
  for (const google::rpc::BadRequest::FieldViolation& violation : details.violations) {
    absl::StrAppend(&text, "\n  ", PrintableText(violation.field()), ": ",
                    PrintableText(violation.description()));
    if (!violation.reason().empty()) absl::StrAppend(&text, " (", violation.reason(), ")");
  }
  if (details.retry_delay.count() > 0) {
    absl::StrAppend(&text, "\n  the server asks to wait ",
                    static_cast<double>(details.retry_delay.count()) / 1000.0, " s");
  }
  if (!request_id.empty()) absl::StrAppend(&text, "\nrequest id: ", PrintableText(request_id));
  return text;
}

std::string RejectionText(const google::rpc::Status& status) {
  const ErrorDetails details = ErrorDetailsOf(status);
  std::string text;
  for (const google::rpc::BadRequest::FieldViolation& violation : details.violations) {
    absl::StrAppend(&text, text.empty() ? "" : "; ", violation.field(), ": ",
                    violation.description());
    if (!violation.reason().empty()) absl::StrAppend(&text, " (", violation.reason(), ")");
  }
  if (text.empty()) {
    text = status.message();
    if (!details.reason.empty()) absl::StrAppend(&text, " (", details.reason, ")");
  }
  return PrintableText(text);
}

std::string RetryNotice(const grpc::Status& status, int tries, int tries_max,
                        std::chrono::milliseconds delay) {
  const std::string why = status.ok() ? "ended by the server" : ErrorText(status, std::string());
  return absl::StrFormat("kpid: stream broken off: %s; try %d of %d in %.1f s", why, tries,
                         tries_max, static_cast<double>(delay.count()) / 1000.0);
}

}  // namespace kpid::client
