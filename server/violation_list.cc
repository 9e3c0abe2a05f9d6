#include "server/violation_list.h"

#include <algorithm>

#include "absl/strings/cord.h"
#include "google/rpc/error_details.pb.h"
#include "metrics/error_reason.h"
#include "server/error_model.h"
#include "server/join_text.h"
#include "server/reasons.h"
#include "server/text.h"

namespace kpid::server {
namespace {

// Bytes of fields, reasons and descriptions together: with encoding, the rest of the details and
// the message this stays below the 8 KiB of trailers.
constexpr size_t kViolationBytesMax = 4'000;

}  // namespace

void ViolationList::Add(const FieldPath& path, std::string_view reason,
                        std::string_view description) {
  ++found_;
  if (violations_.size() >= kViolationsMax) return;
  violations_.push_back({std::string(CutText(path.Text(), kFieldBytesMax)), std::string(reason),
                         std::string(CutText(description, kDescriptionBytesMax))});
}

void ViolationList::clear() {
  violations_.clear();
  found_ = 0;
}

absl::Status ViolationList::ToStatus(Detail detail) const {
  const bool full = detail == Detail::kFull;
  google::rpc::BadRequest bad_request;
  size_t bytes = 0;
  for (const Violation& violation : violations_) {
    bytes += violation.field.size() + violation.reason.size() + violation.description.size();
    const bool first = bad_request.field_violations_size() == 0;
    if (!first && (!full || bytes > kViolationBytesMax)) break;
    auto* added = bad_request.add_field_violations();
    added->set_field(violation.field);
    added->set_reason(violation.reason);
    if (full) added->set_description(violation.description);
  }
  const int64_t listed = bad_request.field_violations_size();
  const Violation& first = violations_.front();
  std::string message = JoinText(first.field, first.field.empty() ? "" : ": ", first.description,
                                 " (", first.reason, ")");
  metrics::ErrorReason reason{reason::kRequestInvalid, {}};
  if (full) {
    if (found_ > 1) AppendText(&message, "; ", found_, " violations in all");
    if (found_ > listed) AppendText(&message, ", the first ", listed, " listed");
    reason.metadata["violations"] = JoinText(found_);
  } else {
    message = std::string(CutText(message, kBriefMessageBytesMax));
  }
  absl::Status status =
      metrics::ErrorWithReason(absl::StatusCode::kInvalidArgument, message, reason);
  status.SetPayload(kBadRequestUrl, absl::Cord(bad_request.SerializeAsString()));
  return status;
}

}  // namespace kpid::server
