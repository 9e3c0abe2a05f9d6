// Text forms of the roster's values, as they travel to and from PostgreSQL.
#pragma once

#include <optional>
#include <string>

#include "metrics/calendar.h"
#include "metrics/time.h"
#include "storage/text_session.h"

namespace kpid::storage {

// 2025-03-01; null when absent.
TextValue DateText(const std::optional<metrics::CivilDay>& day);
std::optional<metrics::CivilDay> DateOf(const TextValue& text);

// Microseconds since 1970-01-01 UTC, in digits.
std::string MicrosecondsText(metrics::Instant instant);
std::optional<metrics::Instant> InstantOfText(const TextValue& text);

// Digits; 0 when they are none.
int64_t NumberOf(const TextValue& text);

}  // namespace kpid::storage
