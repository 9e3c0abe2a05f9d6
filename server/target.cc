#include "server/target.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <string>
#include <variant>

#include "metrics/achievement.h"
#include "server/join_text.h"
#include "server/kpi_request.h"
#include "server/money.h"
#include "server/reasons.h"
#include "server/thousandths.h"
#include "server/time_conversion.h"

namespace kpid::server {
namespace {

using metrics::BetterDirection;

static_assert(static_cast<int>(metrics::TargetScope::kQueue) == v1::TARGET_SCOPE_QUEUE);
static_assert(v1::TargetScope_MAX == v1::TARGET_SCOPE_QUEUE);

// Whether the KPI is better within a band, or not better either way.
bool HasBand(const metrics::ResolvedKpi& kpi) {
  return kpi.definition->better == BetterDirection::kBand ||
         kpi.definition->better == BetterDirection::kNone;
}

void ValidateScope(const v1::Target& message, const FieldChecks& checks) {
  const bool known = v1::TargetScope_IsValid(message.scope());
  checks.Enum("scope", message.scope(), known, Presence::kRequired);
  checks.Id("scope_id", message.scope_id(), Presence::kOptional);
  if (!known || message.scope() == v1::TARGET_SCOPE_UNSPECIFIED) return;
  const bool all = message.scope() == v1::TARGET_SCOPE_ALL;
  if (all && !message.scope_id().empty()) {
    checks.Add("scope_id", reason::kFieldContradicts, "must be empty: the target is for all");
  } else if (!all && message.scope_id().empty()) {
    checks.Add("scope_id", reason::kFieldRequired,
               "is required: the id of the group, agent or queue");
  }
}

// A number that is given, finite or refused; absent otherwise.
std::optional<double> ReadNumber(std::string_view field, bool has, double value,
                                 const FieldChecks& checks) {
  if (!has) return std::nullopt;
  if (std::isfinite(value)) return value;
  checks.Add(field, reason::kNumberOutOfRange, "must be a finite number");
  return std::nullopt;
}

// The numbers of a target; absent also when they are wrong by themselves.
struct Numbers {
  std::optional<double> target;
  std::optional<double> worst;
  std::optional<double> best;
  std::optional<double> band_end;
};

Numbers ReadNumbers(const v1::Target& message, const FieldChecks& checks) {
  if (!message.has_target_value()) {
    checks.Add("target_value", reason::kFieldRequired, "is required");
  }
  return {
      ReadNumber("target_value", message.has_target_value(), message.target_value(), checks),
      ReadNumber("worst_value", message.has_worst_value(), message.worst_value(), checks),
      ReadNumber("best_value", message.has_best_value(), message.best_value(), checks),
      ReadNumber("band_end_value", message.has_band_end_value(), message.band_end_value(), checks)};
}

// The rules of a target that is met from target_value to band_end_value.
void ValidateBand(const v1::Target& message, const Numbers& numbers, const FieldChecks& checks) {
  if (message.has_best_value()) {
    checks.Add("best_value", reason::kFieldContradicts,
               "must be absent: the KPI is best within the band");
  }
  if (!message.has_band_end_value()) {
    checks.Add("band_end_value", reason::kFieldRequired,
               "is required: the KPI is not better up or down, but from target_value to it");
  }
  if (!numbers.target || !numbers.band_end) return;
  if (*numbers.band_end < *numbers.target) {
    checks.Add("band_end_value", reason::kNumberOutOfRange, "must be at least target_value");
  } else if (numbers.worst && *numbers.worst >= *numbers.target &&
             *numbers.worst <= *numbers.band_end) {
    checks.Add("worst_value", reason::kNumberOutOfRange,
               "must be outside of the band from target_value to band_end_value");
  }
}

// The rules of a target of a KPI that is better up or down.
void ValidateDirected(const v1::Target& message, const Numbers& numbers, bool up,
                      const FieldChecks& checks) {
  if (message.has_band_end_value()) {
    checks.Add("band_end_value", reason::kFieldContradicts,
               up ? "must be absent: the KPI is better the higher"
                  : "must be absent: the KPI is better the lower");
  }
  if (message.has_worst_value() != message.has_best_value()) {
    checks.Add(message.has_worst_value() ? "best_value" : "worst_value", reason::kFieldRequired,
               "worst_value and best_value are given together or not at all");
  }
  if (!numbers.worst || !numbers.best) return;
  if (up ? *numbers.worst >= *numbers.best : *numbers.worst <= *numbers.best) {
    checks.Add("worst_value", reason::kNumberOutOfRange,
               up ? "must be below best_value: the KPI is better the higher"
                  : "must be above best_value: the KPI is better the lower");
  } else if (numbers.target && (*numbers.target < std::min(*numbers.worst, *numbers.best) ||
                                *numbers.target > std::max(*numbers.worst, *numbers.best))) {
    checks.Add("target_value", reason::kNumberOutOfRange,
               "must lie between worst_value and best_value");
  }
}

void ValidateCurrency(const v1::Target& message, const metrics::ResolvedKpi& kpi,
                      const FieldChecks& checks) {
  const std::string& code = message.currency_code();
  if (kpi.unit != metrics::Unit::kMoney) {
    if (!code.empty()) {
      checks.Add("currency_code", reason::kFieldContradicts,
                 "must be empty: the KPI is not in money");
    }
    return;
  }
  if (code.empty()) {
    checks.Add("currency_code", reason::kFieldRequired,
               "is required for a KPI in money, for example EUR");
    return;
  }
  if (!IsCurrencyCode(code)) {
    checks.Add("currency_code", reason::kFieldMalformed, "must be three capital letters");
    return;
  }
  const auto parameter = kpi.parameters.find("currency");
  if (parameter == kpi.parameters.end()) return;
  const auto* asked = std::get_if<std::string>(&parameter->second);
  if (asked != nullptr && !asked->empty() && *asked != code) {
    checks.Add("currency_code", reason::kFieldContradicts,
               JoinText("must be ", *asked, ", as the parameter currency says"));
  }
}

}  // namespace

void ValidateWeight(double weight, const FieldChecks& checks) {
  ReadThousandths("weight", weight, {0, kWeightMax, /*above_minimum=*/true}, checks);
}

void ValidateTarget(const v1::Target& message, const FieldPath& path, ViolationList* violations) {
  const FieldChecks checks(path, violations);
  checks.Id("target_id", message.target_id(), Presence::kRequired);
  const std::optional<metrics::ResolvedKpi> kpi = ReadKpi(
      {"kpi_id", message.kpi_id(), message.parameters(), message.statistic()}, path, violations);
  const bool achievement = kpi && kpi->definition->id == metrics::kAchievementId;
  if (achievement) {
    checks.Add("kpi_id", reason::kKpiNotAllowed,
               "must not be kpi_achievement, which is made of targets");
  }
  ValidateScope(message, checks);
  const Numbers numbers = ReadNumbers(message, checks);
  if (kpi && !achievement) {
    if (HasBand(*kpi)) {
      ValidateBand(message, numbers, checks);
    } else {
      ValidateDirected(message, numbers, kpi->definition->better == BetterDirection::kUp, checks);
    }
    ValidateCurrency(message, *kpi, checks);
  }
  if (message.has_weight()) ValidateWeight(message.weight(), checks);
  const auto start = checks.Time("start_time", message.has_start_time(), message.start_time(),
                                 Presence::kOptional);
  const auto end =
      checks.Time("end_time", message.has_end_time(), message.end_time(), Presence::kOptional);
  checks.Order("start_time", start, "end_time", end);
  checks.Revision("revision", message.revision());
}

storage::TargetRecord ToTargetRecord(const v1::Target& message) {
  storage::TargetRecord record;
  record.target_id = message.target_id();
  record.kpi = ToKpiText(message.kpi_id(), message.parameters(), message.statistic());
  record.scope = static_cast<metrics::TargetScope>(message.scope());
  record.scope_id = message.scope_id();
  record.target_value = message.target_value();
  if (message.has_worst_value()) record.worst_value = message.worst_value();
  if (message.has_best_value()) record.best_value = message.best_value();
  if (message.has_band_end_value()) record.band_end_value = message.band_end_value();
  record.currency_code = message.currency_code();
  if (message.has_weight()) record.weight_thousandths = ToThousandths(message.weight());
  if (message.has_start_time()) record.start = ToInstant(message.start_time());
  if (message.has_end_time()) record.end = ToInstant(message.end_time());
  record.revision = message.revision();
  return record;
}

void SetTarget(const storage::TargetRecord& record, v1::Target* message) {
  message->set_target_id(record.target_id);
  message->set_kpi_id(record.kpi.kpi_id);
  message->mutable_parameters()->insert(record.kpi.parameters.begin(), record.kpi.parameters.end());
  message->set_statistic(record.kpi.statistic);
  message->set_scope(static_cast<v1::TargetScope>(record.scope));
  message->set_scope_id(record.scope_id);
  message->set_target_value(record.target_value);
  if (record.worst_value) message->set_worst_value(*record.worst_value);
  if (record.best_value) message->set_best_value(*record.best_value);
  if (record.band_end_value) message->set_band_end_value(*record.band_end_value);
  message->set_currency_code(record.currency_code);
  message->set_weight(static_cast<double>(record.weight_thousandths) / 1'000);
  if (record.start) SetTimestamp(*record.start, message->mutable_start_time());
  if (record.end) SetTimestamp(*record.end, message->mutable_end_time());
  message->set_revision(record.revision);
}

}  // namespace kpid::server
