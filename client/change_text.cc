#include "client/change_text.h"

#include <cmath>

#include "absl/strings/str_cat.h"
#include "metrics/catalogue.h"

namespace kpid::client {
namespace {

// With a plus in front of what is above 0 and does not look like 0.
std::string Signed(double number, std::string text) {
  const bool looks_like_zero = text.find_first_of("123456789") == std::string::npos;
  return number > 0 && !looks_like_zero ? "+" + text : text;
}

std::string AmountText(const ValueStyle& style, const v1::Comparison& comparison) {
  const double absolute = comparison.absolute_change();
  const std::string text = Signed(absolute, NumberText(style, absolute));
  switch (style.unit) {
    case v1::UNIT_PERCENT:
      return text + "pp";
    case v1::UNIT_POINTS:
    case v1::UNIT_SCORE:
      return text;
    default:
      break;
  }
  if (!comparison.has_relative_change_percent()) return text;
  const double relative = comparison.relative_change_percent();
  ValueStyle percent;
  percent.unit = v1::UNIT_PERCENT;
  return Signed(relative, NumberText(percent, relative)) + "%";
}

std::string AttainmentText(const v1::TargetAssessment& target) {
  return absl::StrCat(std::lround(target.attainment() * 100), "%");
}

}  // namespace

std::string ChangeText(const ValueStyle& style, const v1::KpiValue& value) {
  const v1::Comparison& comparison = value.comparison();
  if (!value.has_value()) return "";
  if (!comparison.has_absolute_change()) return "- ";
  const bool significant = comparison.significance() == v1::CHANGE_SIGNIFICANCE_SIGNIFICANT;
  return AmountText(style, comparison) + (significant ? "*" : " ");
}

std::string TargetMark(const v1::KpiValue& value) {
  const v1::TargetAssessment& target = value.target();
  const bool met = target.status() == v1::TARGET_STATUS_MET;
  if (!met && target.status() != v1::TARGET_STATUS_MISSED) return "";
  std::string text = met ? "\u2713" : "\u2717";
  if (target.has_attainment()) absl::StrAppend(&text, " ", AttainmentText(target));
  return text;
}

std::string TargetText(const ValueStyle& style, const v1::KpiValue& value) {
  if (!value.has_target()) return "";
  const v1::TargetAssessment& target = value.target();
  std::string text = NumberText(style, target.target_value());
  if (target.has_band_end_value()) {
    absl::StrAppend(&text, " to ", NumberText(style, target.band_end_value()));
  }
  if (target.status() == v1::TARGET_STATUS_MET) text += " met";
  if (target.status() == v1::TARGET_STATUS_MISSED) text += " missed";
  if (target.has_attainment()) absl::StrAppend(&text, ", ", AttainmentText(target));
  return text;
}

Tint ChangeTint(const std::string& kpi_id, const v1::KpiValue& value) {
  const v1::Comparison& comparison = value.comparison();
  const double change = comparison.absolute_change();
  const metrics::KpiDefinition* kpi = metrics::FindKpi(kpi_id);
  if (kpi == nullptr || change == 0 ||
      comparison.significance() == v1::CHANGE_SIGNIFICANCE_NOT_SIGNIFICANT) {
    return Tint::kPlain;
  }
  switch (kpi->better) {
    case metrics::BetterDirection::kUp:
      return change > 0 ? Tint::kGood : Tint::kBad;
    case metrics::BetterDirection::kDown:
      return change < 0 ? Tint::kGood : Tint::kBad;
    default:
      return Tint::kPlain;
  }
}

Tint TargetTint(const v1::KpiValue& value) {
  switch (value.target().status()) {
    case v1::TARGET_STATUS_MET:
      return Tint::kGood;
    case v1::TARGET_STATUS_MISSED:
      return Tint::kBad;
    default:
      return Tint::kPlain;
  }
}

}  // namespace kpid::client
