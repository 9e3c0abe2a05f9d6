// Reads the text of single fields: times, durations, amounts, truth values, numbers, parameters.
//
// All functions return false when the text is not of the form that they document, and then leave
// the result undefined. Safe for concurrent use.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "google/protobuf/duration.pb.h"
#include "google/protobuf/map.h"
#include "google/protobuf/timestamp.pb.h"
#include "kpid/v1/types.pb.h"

namespace kpid::client {

// RFC 3339 with an offset: 2026-01-31T09:30:00Z, 2026-01-31 09:30:00.25+01:00 (T or a space,
// Z or an offset of at most 23:59; seconds may be left out). Digits after the ninth of a fraction
// are dropped. A leap second (:60) is not accepted.
bool ParseTime(std::string_view text, google::protobuf::Timestamp* time);

// Seconds (90, 12.5) or a number with a unit (500ms, 90s, 1.5m, 48h, 7d); may be negative, which
// the server refuses by name. Digits of a plain number after the ninth are dropped.
bool ParseDurationField(std::string_view text, google::protobuf::Duration* duration);

// An amount and an ISO 4217 code: "12.50 EUR". At most nine decimals.
bool ParseMoney(std::string_view text, v1::Money* money);

// true, yes, 1, false, no, 0, in any case.
bool ParseTruth(std::string_view text, bool* value);

// A decimal number without surroundings; not a NaN or an infinity.
bool ParseNumber(std::string_view text, double* value);
bool ParseInteger(std::string_view text, int64_t* value);

// Parameters of a KPI: "threshold=60s;abandoned_as=ignore". A semicolon or backslash in a value is
// written with a backslash in front. Replaces what is in the map. Also false when one is given
// twice.
bool ParseParameters(std::string_view text,
                     google::protobuf::Map<std::string, std::string>* parameters);

// The text that ParseParameters reads; keys ascending.
std::string ParametersText(const google::protobuf::Map<std::string, std::string>& parameters);

// Whether bytes are UTF-8 without U+0000.
bool IsText(std::string_view bytes);

}  // namespace kpid::client
