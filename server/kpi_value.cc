#include "server/kpi_value.h"

namespace kpid::server {
namespace {

static_assert(static_cast<int>(metrics::NoValueReason::kMixedScales) ==
              v1::NO_VALUE_REASON_MIXED_SCALES);
static_assert(static_cast<int>(metrics::TargetStatus::kNoValue) == v1::TARGET_STATUS_NO_VALUE);
static_assert(v1::TargetStatus_MAX == v1::TARGET_STATUS_NO_VALUE);
static_assert(static_cast<int>(metrics::Significance::kNotSignificant) ==
              v1::CHANGE_SIGNIFICANCE_NOT_SIGNIFICANT);
static_assert(v1::ChangeSignificance_MAX == v1::CHANGE_SIGNIFICANCE_NOT_SIGNIFICANT);

}  // namespace

std::string_view CurrencyOf(const metrics::Value& value, std::span<const std::string> currencies) {
  if (value.currency == metrics::kNoCode || value.currency >= currencies.size()) return {};
  return currencies[value.currency];
}

void SetKpiValue(const metrics::KpiDefinition& definition, const metrics::Value& value,
                 std::string_view currency, metrics::ValueDetail detail, v1::KpiValue* message) {
  if (value.value) message->set_value(*value.value);
  message->set_no_value_reason(static_cast<v1::NoValueReason>(value.no_value_reason));
  if (!currency.empty()) message->set_currency_code(currency.data(), currency.size());
  if (detail == metrics::ValueDetail::kBare) return;
  if (value.numerator) message->set_numerator(*value.numerator);
  if (value.denominator) message->set_denominator(*value.denominator);
  message->set_sample_count(value.sample_count);
  for (size_t i = 0; i < definition.counts.size() && i < value.counts.size(); ++i) {
    if (value.counts[i] == 0) continue;
    (*message->mutable_counts())[std::string(definition.counts[i])] = value.counts[i];
  }
  if (detail == metrics::ValueDetail::kInterval && value.lower && value.upper) {
    message->mutable_confidence_interval()->set_lower(*value.lower);
    message->mutable_confidence_interval()->set_upper(*value.upper);
  }
}

void SetTarget(const metrics::Assessment& assessment, v1::KpiValue* message) {
  if (assessment.target == nullptr) return;
  v1::TargetAssessment* target = message->mutable_target();
  target->set_target_id(assessment.target->target_id);
  target->set_target_value(assessment.target->target_value);
  if (assessment.target->band_end_value) {
    target->set_band_end_value(*assessment.target->band_end_value);
  }
  target->set_status(static_cast<v1::TargetStatus>(assessment.status));
  if (assessment.attainment) target->set_attainment(*assessment.attainment);
}

void SetComparison(const metrics::Value& before, const metrics::Change& change,
                   metrics::ValueDetail detail, v1::KpiValue* message) {
  v1::Comparison* comparison = message->mutable_comparison();
  if (before.value) comparison->set_previous_value(*before.value);
  comparison->set_previous_no_value_reason(static_cast<v1::NoValueReason>(before.no_value_reason));
  if (change.absolute) comparison->set_absolute_change(*change.absolute);
  if (change.relative_percent) comparison->set_relative_change_percent(*change.relative_percent);
  comparison->set_significance(static_cast<v1::ChangeSignificance>(change.significance));
  if (detail == metrics::ValueDetail::kBare) return;
  comparison->set_previous_sample_count(before.sample_count);
  if (detail == metrics::ValueDetail::kInterval && change.lower && change.upper) {
    comparison->mutable_change_interval()->set_lower(*change.lower);
    comparison->mutable_change_interval()->set_upper(*change.upper);
  }
}

}  // namespace kpid::server
