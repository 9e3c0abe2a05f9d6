// The catalogue: what every KPI means (kpis.md, section 3), and how a request for one is
// resolved. A KPI is one row of catalogue.cc; engine, listing and documents follow from it.
//
// All functions are safe for concurrent use.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "metrics/time.h"

namespace kpid::metrics {

enum class Unit : uint8_t { kNone, kCount, kPercent, kSeconds, kPoints, kScore, kMoney, kPerHour };
enum class BetterDirection : uint8_t { kNone, kUp, kDown, kBand };

// The instant by which a record is counted.
enum class TimeBasis : uint8_t {
  kArrive,
  kRespond,
  kInvite,
  kEvaluate,
  kOpen,
  kFirstResolve,
  kResolve,
  kLeave,
  kOverlap,  // By the part of a span that lies in the bucket.
  kInstant,  // As of the bucket's end.
  kBucketStart,
};
std::string_view TimeBasisName(TimeBasis basis);  // "arrive_time", ...

enum class DimensionKind : uint8_t {
  kNone,
  kAgent,
  kAgentGroup,
  kQueue,
  kChannel,
  kDirection,
  kAttribute,
  kPriority
};
std::string_view DimensionKindName(DimensionKind kind);  // "agent", "agent_group", ...

enum class ParameterKind : uint8_t { kDuration, kNumber, kBoolean, kChoice, kText };
std::string_view ParameterKindName(ParameterKind kind);  // "duration", ...

// What a text parameter holds.
enum class TextForm : uint8_t {
  kCurrency,  // An ISO 4217 code.
  kNames,     // Names with commas between them: at least one, none empty.
};

// A parameter of a KPI.
struct ParameterDefinition {
  std::string_view name;
  ParameterKind kind;
  std::string_view default_text = {};  // Empty: none; the description says what holds then.
  std::vector<std::string_view> choices = {};
  std::string_view minimum_text = {};  // Inclusive; empty: none.
  std::string_view maximum_text = {};
  std::string_view description = {};
  TextForm text_form = TextForm::kCurrency;  // Of kText.
};

// The value of a parameter, by its kind: duration, number, boolean, choice or text. monostate:
// not given and without default.
using ParameterValue = std::variant<std::monostate, Duration, double, bool, std::string>;

// How an average over durations is drawn from them.
struct Statistic {
  enum class Kind : uint8_t {
    kNone,  // The KPI has no choice.
    kMean,
    kPercentile,
    kMinimum,
    kMaximum,
    kStandardDeviation
  };
  Kind kind = Kind::kNone;
  int percentile = 0;  // kPercentile: 1 to 99, nearest rank. Median is 50.

  friend bool operator==(const Statistic&, const Statistic&) = default;
};

// "mean", "median" (percentile 50), "p90", "minimum", "maximum", "standard_deviation"; "" for
// kNone. Parse also takes "p50". nullopt: not a statistic.
std::string StatisticText(const Statistic& statistic);
std::optional<Statistic> ParseStatistic(std::string_view text);

// "20s", "1.5m", "48h", "7d", "500ms", "0s"; a bare number is seconds. Text has one unit, the
// largest that keeps it whole up to hours ("48h", "90s"). nullopt: not a duration, or finer than
// a microsecond, or longer than 366 days.
std::optional<Duration> ParseDuration(std::string_view text);
std::string DurationText(Duration duration);

// The names of a TextForm::kNames, without the spaces around them. Empty: not of this form.
std::vector<std::string_view> SplitNames(std::string_view text);

class KpiKernel;  // How the engine computes it: metrics/kernel.h, private to metrics.

// One KPI of the catalogue.
struct KpiDefinition {
  std::string_view id;
  std::vector<std::string_view> aliases = {};
  std::string_view title = {};
  std::string_view area = {};
  std::string_view formula = {};
  Unit unit = Unit::kNone;
  BetterDirection better = BetterDirection::kNone;
  TimeBasis time_basis = TimeBasis::kArrive;
  std::vector<ParameterDefinition> parameters = {};
  bool has_statistics = false;
  std::vector<DimensionKind> dimensions = {};
  std::vector<std::string_view> counts = {};  // Names of Value::counts, in order.
  int definition_version = 1;
  const KpiKernel* kernel = nullptr;  // Null: made from values of other KPIs.
};

// A KPI as asked for, with every parameter resolved. A copyable value.
struct ResolvedKpi {
  std::string name;  // In the answer.
  const KpiDefinition* definition = nullptr;
  std::map<std::string, ParameterValue, std::less<>> parameters;  // All of the definition's.
  Statistic statistic;
  TimeBasis time_basis = TimeBasis::kArrive;  // first_contact_resolution's depends on method.
  Unit unit = Unit::kNone;                    // customer_effort_score's depends on method.
};

// Text of a value as a request would give it; "" for monostate.
std::string ParameterText(const ParameterValue& value);

// What is wrong with a request for a KPI.
struct KpiProblem {
  enum class Where : uint8_t { kId, kParameter, kStatistic };
  Where where;
  std::string parameter;    // kParameter: its name.
  std::string reason;       // UPPER_SNAKE: KPI_UNKNOWN, PARAMETER_UNKNOWN, PARAMETER_INVALID,
                            // STATISTIC_UNKNOWN, STATISTIC_NOT_APPLICABLE.
  std::string description;  // English; says what would be right.
};

// All KPIs, in the order of kpis.md. Lives as long as the process.
std::span<const KpiDefinition> Catalogue();

// By id or alias; null when there is none.
const KpiDefinition* FindKpi(std::string_view id_or_alias);

// Resolves a request for one KPI: parameters and statistic as text. Fills *resolved and returns
// no problems, or returns all of them. An empty `name` becomes the id, or with parameters
// "id:key=value,key=value" as given, keys ascending, a given statistic last.
std::vector<KpiProblem> ResolveKpi(std::string_view id, std::string_view name,
                                   const std::map<std::string, std::string>& parameters,
                                   std::string_view statistic, ResolvedKpi* resolved);

}  // namespace kpid::metrics
