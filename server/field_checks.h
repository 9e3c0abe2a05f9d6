// The rules that fields of many messages share. A check adds a violation for its field, or none;
// it allocates nothing when there is none.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "google/protobuf/duration.pb.h"
#include "google/protobuf/timestamp.pb.h"
#include "metrics/time.h"
#include "server/field_path.h"
#include "server/text.h"
#include "server/violation_list.h"

namespace kpid::server {

// Limits of the .proto files.
inline constexpr size_t kIdBytesMax = 128;
inline constexpr size_t kDisplayNameBytesMax = 256;
inline constexpr int kBatchItemsMax = 10'000;

enum class Presence : uint8_t { kOptional, kRequired };

// Checks fields of one message. Refers to the path and the list, which must outlive it.
class FieldChecks {
 public:
  FieldChecks(const FieldPath& message, ViolationList* violations)
      : message_(message), violations_(violations) {}

  void Add(std::string_view field, std::string_view reason, std::string_view description) const {
    violations_->Add(message_.Field(field), reason, description);
  }

  // An id: at most 128 bytes of clean UTF-8.
  void Id(std::string_view field, const std::string& value, Presence presence) const;

  // Text of at most bytes_max bytes.
  void Text(std::string_view field, const std::string& value, size_t bytes_max,
            LineBreaks line_breaks = LineBreaks::kRefused) const;

  // A time from 1970 on, not later than `latest`; absent when the field is, or when it is wrong.
  std::optional<metrics::Instant> Time(std::string_view field, bool has,
                                       const google::protobuf::Timestamp& value, Presence presence,
                                       metrics::Instant latest = metrics::kInstantEnd -
                                                                 metrics::Duration(1)) const;

  // A duration of 0 to 366 days.
  void Duration(std::string_view field, bool has, const google::protobuf::Duration& value) const;

  // That `later` is not before `earlier`, when both are known.
  void Order(std::string_view earlier_field, std::optional<metrics::Instant> earlier,
             std::string_view later_field, std::optional<metrics::Instant> later) const;

  // 0 or greater.
  void Revision(std::string_view field, int64_t value) const;

  // An enum: `known` is whether the value is in this program's contract.
  void Enum(std::string_view field, int value, bool known, Presence presence) const;

  const FieldPath& message() const { return message_; }
  ViolationList* violations() const { return violations_; }

 private:
  const FieldPath& message_;
  ViolationList* violations_;
};

// That a list has `minimum` to `maximum` items. Returns whether it has.
bool CheckCount(const FieldPath& items, int64_t count, int64_t minimum, int64_t maximum,
                ViolationList* violations);

// Number of items in a batch: 1 to kBatchItemsMax. Returns whether the items are worth checking.
bool CheckBatchSize(const FieldPath& items, int size, ViolationList* violations);

}  // namespace kpid::server
