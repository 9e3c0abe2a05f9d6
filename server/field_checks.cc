#include "server/field_checks.h"

#include "server/join_text.h"
#include "server/reasons.h"
#include "server/time_conversion.h"

namespace kpid::server {
namespace {

constexpr int32_t kNanosEnd = 1'000'000'000;

}  // namespace

void FieldChecks::Id(std::string_view field, const std::string& value, Presence presence) const {
  if (value.empty()) {
    if (presence == Presence::kRequired) {
      Add(field, reason::kFieldRequired, "is required: 1 to 128 bytes");
    }
    return;
  }
  Text(field, value, kIdBytesMax);
}

void FieldChecks::Text(std::string_view field, const std::string& value, size_t bytes_max,
                       LineBreaks line_breaks) const {
  if (value.size() > bytes_max) {
    Add(field, reason::kFieldTooLong,
        JoinText("has ", value.size(), " bytes; at most ", bytes_max, " are allowed"));
    return;  // Not read further: it may be of any length.
  }
  switch (FindTextProblem(value, line_breaks)) {
    case TextProblem::kNone:
      return;
    case TextProblem::kInvalidUtf8:
      Add(field, reason::kFieldInvalidText, "is not valid UTF-8");
      return;
    case TextProblem::kControlCharacter:
      Add(field, reason::kFieldInvalidText, "contains a control character");
      return;
  }
}

std::optional<metrics::Instant> FieldChecks::Time(std::string_view field, bool has,
                                                  const google::protobuf::Timestamp& value,
                                                  Presence presence,
                                                  metrics::Instant latest) const {
  if (!has) {
    if (presence == Presence::kRequired) Add(field, reason::kFieldRequired, "is required");
    return std::nullopt;
  }
  if (value.nanos() < 0 || value.nanos() >= kNanosEnd) {
    Add(field, reason::kFieldMalformed, "nanos must be 0 to 999,999,999");
    return std::nullopt;
  }
  // Seconds first: a hostile value would overflow as an Instant.
  constexpr int64_t kSecondsEnd = metrics::kInstantEnd.time_since_epoch() / std::chrono::seconds(1);
  if (value.seconds() < 0 || value.seconds() > kSecondsEnd || ToInstant(value) > latest) {
    Add(field, reason::kTimeOutOfRange, "must be between 1970-01-01 and 2200-01-01 UTC");
    return std::nullopt;
  }
  return ToInstant(value);
}

void FieldChecks::Duration(std::string_view field, bool has,
                           const google::protobuf::Duration& value) const {
  if (!has) return;
  if (value.nanos() <= -kNanosEnd || value.nanos() >= kNanosEnd ||
      (value.seconds() > 0 && value.nanos() < 0) || (value.seconds() < 0 && value.nanos() > 0)) {
    Add(field, reason::kFieldMalformed,
        "nanos must be within 999,999,999 and have the sign of seconds");
    return;
  }
  constexpr int64_t kSecondsMax =
      std::chrono::duration_cast<std::chrono::seconds>(kRecordDurationMax).count();
  if (value.seconds() < 0 || value.nanos() < 0 || value.seconds() > kSecondsMax ||
      (value.seconds() == kSecondsMax && value.nanos() > 0)) {
    Add(field, reason::kDurationOutOfRange, "must be 0 to 366 days");
  }
}

void FieldChecks::Order(std::string_view earlier_field, std::optional<metrics::Instant> earlier,
                        std::string_view later_field, std::optional<metrics::Instant> later) const {
  if (!earlier || !later || *earlier <= *later) return;
  Add(later_field, reason::kTimeOrder, JoinText("must not be before ", earlier_field));
}

void FieldChecks::Revision(std::string_view field, int64_t value) const {
  if (value < 0) Add(field, reason::kNumberOutOfRange, "must be 0 or greater");
}

void FieldChecks::Enum(std::string_view field, int value, bool known, Presence presence) const {
  if (!known) {
    Add(field, reason::kEnumUnknown, JoinText("has the unknown value ", value));
  } else if (value == 0 && presence == Presence::kRequired) {
    Add(field, reason::kFieldRequired, "is required");
  }
}

bool CheckCount(const FieldPath& items, int64_t count, int64_t minimum, int64_t maximum,
                ViolationList* violations) {
  if (count < minimum) {
    violations->Add(items, reason::kTooFewItems, JoinText("needs at least ", minimum));
  } else if (count > maximum) {
    violations->Add(items, reason::kTooManyItems,
                    JoinText("has ", count, " items; at most ", maximum, " are allowed"));
  } else {
    return true;
  }
  return false;
}

bool CheckBatchSize(const FieldPath& items, int size, ViolationList* violations) {
  if (size == 0) {
    violations->Add(items, reason::kTooFewItems, "needs at least one item");
    return false;
  }
  if (size > kBatchItemsMax) {
    violations->Add(items, reason::kTooManyItems,
                    JoinText("has ", size, " items; at most ", kBatchItemsMax, " are allowed"));
    return false;
  }
  return true;
}

}  // namespace kpid::server
