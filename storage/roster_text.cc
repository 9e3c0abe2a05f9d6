#include "storage/roster_text.h"

#include <charconv>
#include <cstdio>

#include "absl/strings/str_format.h"

namespace kpid::storage {

TextValue DateText(const std::optional<metrics::CivilDay>& day) {
  if (!day) return std::nullopt;
  return absl::StrFormat("%04d-%02d-%02d", day->year, day->month, day->day);
}

std::optional<metrics::CivilDay> DateOf(const TextValue& text) {
  metrics::CivilDay day;
  if (!text || std::sscanf(text->c_str(), "%d-%d-%d", &day.year, &day.month, &day.day) != 3) {
    return std::nullopt;
  }
  return day;
}

std::string MicrosecondsText(metrics::Instant instant) {
  return std::to_string(instant.time_since_epoch().count());
}

std::optional<metrics::Instant> InstantOfText(const TextValue& text) {
  if (!text) return std::nullopt;
  return metrics::Instant(metrics::Duration(NumberOf(text)));
}

int64_t NumberOf(const TextValue& text) {
  int64_t number = 0;
  if (text) std::from_chars(text->data(), text->data() + text->size(), number);
  return number;
}

}  // namespace kpid::storage
