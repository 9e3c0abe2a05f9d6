// Collects everything that is wrong with a request.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "server/field_path.h"

namespace kpid::server {

// One wrong field.
struct Violation {
  std::string field;        // Path.
  std::string reason;       // Of server/reasons.h, or as storage or the engine say.
  std::string description;  // English; what would be right.
};

// Used by all validators. Keeps the first kViolationsMax and counts the others.
class ViolationList {
 public:
  // Answers travel in HTTP/2 trailers, of which clients take 8 KiB: hence these three.
  static constexpr size_t kViolationsMax = 32;
  static constexpr size_t kDescriptionBytesMax = 160;
  static constexpr size_t kFieldBytesMax = 160;

  void Add(const FieldPath& path, std::string_view reason, std::string_view description);

  bool empty() const { return found_ == 0; }
  int64_t found() const { return found_; }  // Also those not kept.
  const std::vector<Violation>& violations() const { return violations_; }
  void clear();

  // How much a status tells: all violations kept, or (for long lists of refused records) a short
  // message and where and why the first one is.
  enum class Detail : uint8_t { kFull, kBrief };
  static constexpr size_t kBriefMessageBytesMax = 120;

  // INVALID_ARGUMENT with reason REQUEST_INVALID and the violations (server/error_model.h).
  // REQUIRES: !empty().
  absl::Status ToStatus(Detail detail = Detail::kFull) const;

 private:
  std::vector<Violation> violations_;
  int64_t found_ = 0;
};

}  // namespace kpid::server
