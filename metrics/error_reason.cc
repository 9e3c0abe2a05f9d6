#include "metrics/error_reason.h"

#include <utility>

#include "absl/strings/cord.h"
#include "absl/strings/str_cat.h"
#include "metrics/absl_view.h"

namespace kpid::metrics {
namespace {

constexpr char kPayloadUrl[] = "kpid/error_reason";

// Texts go into the payload as "<length>:<bytes>", so that they may hold any byte.
void AppendText(std::string_view text, std::string* out) {
  absl::StrAppend(out, text.size(), ":", AbslView(text));
}

bool TakeText(std::string_view* in, std::string* text) {
  size_t length = 0;
  size_t digits = 0;
  while (digits < in->size() && (*in)[digits] >= '0' && (*in)[digits] <= '9') {
    length = length * 10 + static_cast<size_t>((*in)[digits++] - '0');
    if (length > in->size()) return false;
  }
  if (digits == 0 || digits >= in->size() || (*in)[digits] != ':') return false;
  in->remove_prefix(digits + 1);
  if (length > in->size()) return false;
  text->assign(in->substr(0, length));
  in->remove_prefix(length);
  return true;
}

}  // namespace

absl::Status ErrorWithReason(absl::StatusCode code, std::string_view message,
                             const ErrorReason& reason) {
  absl::Status status(code, AbslView(message));
  std::string payload;
  AppendText(reason.reason, &payload);
  for (const auto& [key, value] : reason.metadata) {
    AppendText(key, &payload);
    AppendText(value, &payload);
  }
  status.SetPayload(kPayloadUrl, absl::Cord(payload));
  return status;
}

std::optional<ErrorReason> ReasonOf(const absl::Status& status) {
  const auto payload = status.GetPayload(kPayloadUrl);
  if (!payload.has_value()) return std::nullopt;
  const std::string flat(*payload);
  std::string_view in = flat;
  ErrorReason reason;
  if (!TakeText(&in, &reason.reason)) return std::nullopt;
  while (!in.empty()) {
    std::string key, value;
    if (!TakeText(&in, &key) || !TakeText(&in, &value)) return std::nullopt;
    reason.metadata.emplace(std::move(key), std::move(value));
  }
  return reason;
}

}  // namespace kpid::metrics
