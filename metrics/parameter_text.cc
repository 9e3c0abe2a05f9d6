// Text of durations, statistics, parameters and of the catalogue's names.
#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <string>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "metrics/absl_view.h"
#include "metrics/catalogue.h"
#include "metrics/exact_sum.h"

namespace kpid::metrics {
namespace {

constexpr Duration kDurationMax = std::chrono::days(366);
constexpr int kPercentileMax = 99;
constexpr int kMedian = 50;

struct DurationUnit {
  std::string_view name;
  int64_t microseconds;
};

// Smallest last.
constexpr std::array<DurationUnit, 6> kDurationUnits = {{{"d", 86'400'000'000},
                                                         {"h", 3'600'000'000},
                                                         {"m", 60'000'000},
                                                         {"s", 1'000'000},
                                                         {"ms", 1'000},
                                                         {"us", 1}}};

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// Reads digits from the front of *text. More digits than any duration in range needs: -1.
int64_t TakeDigits(std::string_view* text, int* count) {
  constexpr int kDigitsMax = 18;
  int64_t value = 0;
  *count = 0;
  while (!text->empty() && IsDigit(text->front())) {
    if (++*count > kDigitsMax) return -1;
    value = value * 10 + (text->front() - '0');
    text->remove_prefix(1);
  }
  return value;
}

}  // namespace

std::string_view TimeBasisName(TimeBasis basis) {
  switch (basis) {
    case TimeBasis::kArrive:
      return "arrive_time";
    case TimeBasis::kRespond:
      return "respond_time";
    case TimeBasis::kInvite:
      return "invite_time";
    case TimeBasis::kEvaluate:
      return "evaluate_time";
    case TimeBasis::kOpen:
      return "open_time";
    case TimeBasis::kFirstResolve:
      return "first_resolve_time";
    case TimeBasis::kResolve:
      return "last_resolve_time";
    case TimeBasis::kLeave:
      return "leave_date";
    case TimeBasis::kOverlap:
      return "overlap";
    case TimeBasis::kInstant:
      return "bucket_end";
    case TimeBasis::kBucketStart:
      return "bucket_start";
  }
  return "";
}

std::string_view DimensionKindName(DimensionKind kind) {
  switch (kind) {
    case DimensionKind::kNone:
      return "";
    case DimensionKind::kAgent:
      return "agent";
    case DimensionKind::kAgentGroup:
      return "agent_group";
    case DimensionKind::kQueue:
      return "queue";
    case DimensionKind::kChannel:
      return "channel";
    case DimensionKind::kDirection:
      return "direction";
    case DimensionKind::kAttribute:
      return "attribute";
    case DimensionKind::kPriority:
      return "priority";
  }
  return "";
}

std::string_view ParameterKindName(ParameterKind kind) {
  switch (kind) {
    case ParameterKind::kDuration:
      return "duration";
    case ParameterKind::kNumber:
      return "number";
    case ParameterKind::kBoolean:
      return "boolean";
    case ParameterKind::kChoice:
      return "choice";
    case ParameterKind::kText:
      return "text";
  }
  return "";
}

std::string StatisticText(const Statistic& statistic) {
  switch (statistic.kind) {
    case Statistic::Kind::kNone:
      return "";
    case Statistic::Kind::kMean:
      return "mean";
    case Statistic::Kind::kPercentile:
      return statistic.percentile == kMedian ? "median" : absl::StrCat("p", statistic.percentile);
    case Statistic::Kind::kMinimum:
      return "minimum";
    case Statistic::Kind::kMaximum:
      return "maximum";
    case Statistic::Kind::kStandardDeviation:
      return "standard_deviation";
  }
  return "";
}

std::optional<Statistic> ParseStatistic(std::string_view text) {
  using Kind = Statistic::Kind;
  if (text == "mean") return Statistic{Kind::kMean};
  if (text == "median") return Statistic{Kind::kPercentile, kMedian};
  if (text == "minimum") return Statistic{Kind::kMinimum};
  if (text == "maximum") return Statistic{Kind::kMaximum};
  if (text == "standard_deviation") return Statistic{Kind::kStandardDeviation};
  if (text.size() < 2 || text.size() > 3 || text.front() != 'p') return std::nullopt;
  int percentile = 0;
  for (const char c : text.substr(1)) {
    if (!IsDigit(c)) return std::nullopt;
    percentile = percentile * 10 + (c - '0');
  }
  if (text[1] == '0' || percentile > kPercentileMax) return std::nullopt;
  return Statistic{Kind::kPercentile, percentile};
}

std::optional<Duration> ParseDuration(std::string_view text) {
  int whole_digits = 0;
  const int64_t whole = TakeDigits(&text, &whole_digits);
  int64_t fraction = 0;
  int64_t fraction_scale = 1;
  if (!text.empty() && text.front() == '.') {
    text.remove_prefix(1);
    int fraction_digits = 0;
    fraction = TakeDigits(&text, &fraction_digits);
    if (fraction_digits == 0) return std::nullopt;
    for (int i = 0; i < fraction_digits && fraction >= 0; ++i) fraction_scale *= 10;
  }
  if (whole_digits == 0 || whole < 0 || fraction < 0) return std::nullopt;
  int64_t unit = 0;
  for (const DurationUnit& candidate : kDurationUnits) {
    if (candidate.name == (text.empty() ? "s" : text)) unit = candidate.microseconds;
  }
  if (unit == 0) return std::nullopt;
  const Int128 scaled = static_cast<Int128>(fraction) * unit;
  if (scaled % fraction_scale != 0) return std::nullopt;
  const Int128 total = static_cast<Int128>(whole) * unit + scaled / fraction_scale;
  if (total > kDurationMax.count()) return std::nullopt;
  return Duration(static_cast<int64_t>(total));
}

std::string DurationText(Duration duration) {
  const int64_t microseconds = duration.count();
  if (microseconds == 0) return "0s";
  for (const DurationUnit& unit : kDurationUnits) {
    if (unit.name == "d" || microseconds % unit.microseconds != 0) continue;
    return absl::StrCat(microseconds / unit.microseconds, AbslView(unit.name));
  }
  return "";
}

std::string ParameterText(const ParameterValue& value) {
  struct Visitor {
    std::string operator()(std::monostate) const { return ""; }
    std::string operator()(Duration v) const { return DurationText(v); }
    std::string operator()(bool v) const { return v ? "true" : "false"; }
    std::string operator()(const std::string& v) const { return v; }
    std::string operator()(double v) const {
      char buffer[32];
      const auto end = std::to_chars(buffer, buffer + sizeof(buffer), v).ptr;
      return std::string(buffer, end);
    }
  };
  return std::visit(Visitor{}, value);
}

std::vector<std::string_view> SplitNames(std::string_view text) {
  constexpr size_t kNamesMax = 20;  // More categories than any form of quality monitoring has.
  std::vector<std::string_view> names;
  while (true) {
    const size_t comma = std::min(text.find(','), text.size());
    std::string_view name = text.substr(0, comma);
    while (!name.empty() && name.front() == ' ') name.remove_prefix(1);
    while (!name.empty() && name.back() == ' ') name.remove_suffix(1);
    if (name.empty() || names.size() == kNamesMax) return {};
    names.push_back(name);
    if (comma == text.size()) return names;
    text.remove_prefix(comma + 1);
  }
}

}  // namespace kpid::metrics
