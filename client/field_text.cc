#include "client/field_text.h"

#include <charconv>
#include <chrono>
#include <cmath>
#include <cstring>
#include <map>
#include <optional>
#include <string>

#include "absl/strings/ascii.h"
#include "metrics/catalogue.h"

namespace kpid::client {
namespace {

constexpr int kNanosPerSecond = 1'000'000'000;

// Two digits at text[at]; -1 when they are not digits.
int TwoDigits(std::string_view text, size_t at) {
  const unsigned tens = static_cast<unsigned char>(text[at]) - '0';
  const unsigned ones = static_cast<unsigned char>(text[at + 1]) - '0';
  if (tens > 9 || ones > 9) return -1;
  return static_cast<int>(tens * 10 + ones);
}

// Takes digits from the front as a fraction of one in billionths; digits after the ninth are
// dropped. False without any digit.
bool TakeFraction(std::string_view* text, int32_t* nanos) {
  int32_t value = 0;
  int32_t place = kNanosPerSecond / 10;
  size_t count = 0;
  while (count < text->size() && absl::ascii_isdigit(static_cast<unsigned char>((*text)[count]))) {
    value += place * ((*text)[count] - '0');
    place /= 10;
    ++count;
  }
  *nanos = value;
  text->remove_prefix(count);
  return count > 0;
}

// "Z" or "+01:00" as seconds east of UTC.
bool ParseOffset(std::string_view text, int* seconds) {
  *seconds = 0;
  if (text == "Z" || text == "z") return true;
  if (text.size() != 6 || (text[0] != '+' && text[0] != '-') || text[3] != ':') return false;
  const int hours = TwoDigits(text, 1);
  const int minutes = TwoDigits(text, 4);
  if (hours < 0 || hours > 23 || minutes < 0 || minutes > 59) return false;
  *seconds = (text[0] == '-' ? -1 : 1) * (hours * 3600 + minutes * 60);
  return true;
}

// [-]digits[.digits] with at most 18 digits before the point; sign applies to both parts.
bool ParseDecimal(std::string_view text, int64_t* units, int32_t* nanos) {
  const bool negative = text.starts_with('-');
  if (negative) text.remove_prefix(1);
  const size_t digits = std::min(text.find('.'), text.size());
  if (digits > 18 || (digits == 0 && text.size() < 2)) return false;
  *units = 0;
  for (const char byte : text.substr(0, digits)) {
    if (!absl::ascii_isdigit(static_cast<unsigned char>(byte))) return false;
    *units = *units * 10 + (byte - '0');
  }
  *nanos = 0;
  text.remove_prefix(digits);
  if (!text.empty()) {
    text.remove_prefix(1);
    if (!TakeFraction(&text, nanos) || !text.empty()) return false;
  }
  if (negative) {
    *units = -*units;
    *nanos = -*nanos;
  }
  return true;
}

// Length of the UTF-8 sequence at the front of bytes; 0 when it is not valid.
size_t SequenceLength(std::string_view bytes) {
  const auto at = [&](size_t i) { return static_cast<unsigned char>(bytes[i]); };
  const auto continues = [&](size_t i) { return i < bytes.size() && (at(i) & 0xC0) == 0x80; };
  const unsigned char lead = at(0);
  if (lead < 0x80) return 1;
  if (lead >= 0xC2 && lead <= 0xDF) return continues(1) ? 2 : 0;
  if (lead >= 0xE0 && lead <= 0xEF) {
    if (!continues(1) || !continues(2)) return 0;
    if (lead == 0xE0 && at(1) < 0xA0) return 0;  // Over-long.
    if (lead == 0xED && at(1) > 0x9F) return 0;  // Surrogates.
    return 3;
  }
  if (lead >= 0xF0 && lead <= 0xF4) {
    if (!continues(1) || !continues(2) || !continues(3)) return 0;
    if (lead == 0xF0 && at(1) < 0x90) return 0;  // Over-long.
    if (lead == 0xF4 && at(1) > 0x8F) return 0;  // Above U+10FFFF.
    return 4;
  }
  return 0;
}

// Whether eight bytes are all in 0x01..0x7F.
bool IsPlainAscii(const char* bytes) {
  uint64_t word;
  std::memcpy(&word, bytes, sizeof(word));
  constexpr uint64_t kHigh = 0x8080808080808080;
  constexpr uint64_t kLow = 0x0101010101010101;
  return ((word | (word - kLow)) & kHigh) == 0;
}

}  // namespace

bool ParseTime(std::string_view text, google::protobuf::Timestamp* time) {
  constexpr size_t kMinutesEnd = 16;  // "2026-01-31T09:30"
  if (text.size() <= kMinutesEnd) return false;
  if (text[4] != '-' || text[7] != '-' || text[13] != ':') return false;
  if (text[10] != 'T' && text[10] != ' ' && text[10] != 't') return false;
  const int century = TwoDigits(text, 0);
  const int year_of_century = TwoDigits(text, 2);
  const int month = TwoDigits(text, 5);
  const int day = TwoDigits(text, 8);
  const int hour = TwoDigits(text, 11);
  const int minute = TwoDigits(text, 14);
  if ((century | year_of_century | month | day | hour | minute) < 0) return false;
  const std::chrono::year_month_day date(std::chrono::year(century * 100 + year_of_century),
                                         std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day)));
  if (!date.ok() || hour > 23 || minute > 59) return false;
  text.remove_prefix(kMinutesEnd);
  int second = 0;
  int32_t nanos = 0;
  if (text.size() >= 3 && text[0] == ':') {
    second = TwoDigits(text, 1);
    if (second < 0 || second > 59) return false;
    text.remove_prefix(3);
    if (text.starts_with('.')) {
      text.remove_prefix(1);
      if (!TakeFraction(&text, &nanos)) return false;
    }
  }
  int offset_seconds = 0;
  if (!ParseOffset(text, &offset_seconds)) return false;
  const int64_t days = std::chrono::sys_days(date).time_since_epoch().count();
  time->set_seconds(days * 86'400 + hour * 3600 + minute * 60 + second - offset_seconds);
  time->set_nanos(nanos);
  return true;
}

bool ParseDurationField(std::string_view text, google::protobuf::Duration* duration) {
  if (text.empty()) return false;
  if (absl::ascii_isalpha(static_cast<unsigned char>(text.back()))) {
    const std::optional<metrics::Duration> parsed = metrics::ParseDuration(text);
    if (!parsed.has_value()) return false;
    duration->set_seconds(parsed->count() / 1'000'000);
    duration->set_nanos(static_cast<int32_t>(parsed->count() % 1'000'000) * 1000);
    return true;
  }
  int64_t units = 0;
  int32_t nanos = 0;
  if (!ParseDecimal(text, &units, &nanos)) return false;
  duration->set_seconds(units);
  duration->set_nanos(nanos);
  return true;
}

bool ParseMoney(std::string_view text, v1::Money* money) {
  const size_t space = text.find(' ');
  if (space == std::string_view::npos) return false;
  const std::string_view amount = text.substr(0, space);
  const std::string_view currency = text.substr(space + 1);
  if (currency.size() != 3) return false;
  const size_t point = amount.find('.');
  if (point != std::string_view::npos && amount.size() - point - 1 > 9) return false;
  int64_t units = 0;
  int32_t nanos = 0;
  if (!ParseDecimal(amount, &units, &nanos)) return false;
  money->set_units(units);
  money->set_nanos(nanos);
  money->set_currency_code(currency.data(), currency.size());
  return true;
}

bool ParseTruth(std::string_view text, bool* value) {
  constexpr size_t kLongest = 5;
  if (text.size() > kLongest) return false;
  std::string lower(text);
  absl::AsciiStrToLower(&lower);
  *value = lower == "true" || lower == "yes" || lower == "1";
  return *value || lower == "false" || lower == "no" || lower == "0";
}

bool ParseNumber(std::string_view text, double* value) {
  const char* end = text.data() + text.size();
  const std::from_chars_result result = std::from_chars(text.data(), end, *value);
  return result.ec == std::errc() && result.ptr == end && std::isfinite(*value);
}

bool ParseInteger(std::string_view text, int64_t* value) {
  const char* end = text.data() + text.size();
  const std::from_chars_result result = std::from_chars(text.data(), end, *value);
  return result.ec == std::errc() && result.ptr == end;
}

bool ParseParameters(std::string_view text,
                     google::protobuf::Map<std::string, std::string>* parameters) {
  parameters->clear();
  std::string name;
  std::string value;
  bool in_value = false;
  for (size_t i = 0; i <= text.size(); ++i) {
    if (i < text.size() && text[i] != ';') {
      if (!in_value && text[i] == '=') {
        in_value = true;
        continue;
      }
      if (text[i] == '\\' && i + 1 < text.size()) ++i;
      (in_value ? value : name).push_back(text[i]);
      continue;
    }
    if (name.empty() || !in_value || !parameters->insert({name, value}).second) return false;
    name.clear();
    value.clear();
    in_value = false;
  }
  return true;
}

std::string ParametersText(const google::protobuf::Map<std::string, std::string>& parameters) {
  const std::map<std::string, std::string> sorted(parameters.begin(), parameters.end());
  std::string text;
  const auto append = [&](const std::string& part) {
    for (const char c : part) {
      if (c == ';' || c == '\\') text.push_back('\\');
      text.push_back(c);
    }
  };
  for (const auto& [name, value] : sorted) {
    if (!text.empty()) text.push_back(';');
    append(name);
    text.push_back('=');
    append(value);
  }
  return text;
}

bool IsText(std::string_view bytes) {
  while (!bytes.empty()) {
    if (bytes.size() >= 8 && IsPlainAscii(bytes.data())) {
      bytes.remove_prefix(8);
      continue;
    }
    if (bytes.front() == '\0') return false;
    const size_t length = SequenceLength(bytes);
    if (length == 0) return false;
    bytes.remove_prefix(length);
  }
  return true;
}

}  // namespace kpid::client
