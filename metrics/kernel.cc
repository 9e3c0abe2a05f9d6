#include "metrics/kernel.h"

#include <cmath>
#include <stdexcept>

namespace kpid::metrics {

const ParameterValue& KernelContext::Find(std::string_view name) const {
  const auto found = kpi_.parameters.find(name);
  if (found == kpi_.parameters.end()) {
    throw std::out_of_range("no parameter " + std::string(name));
  }
  return found->second;
}

std::optional<int64_t> KernelContext::thousandths(std::string_view name) const {
  const ParameterValue& value = Find(name);
  if (std::holds_alternative<std::monostate>(value)) return std::nullopt;
  return std::llround(std::get<double>(value) * 1000);
}

int64_t KernelContext::whole_number(std::string_view name) const {
  return std::llround(Get<double>(name));
}

std::vector<uint8_t> KernelContext::categories(std::string_view name) const {
  std::vector<uint8_t> chosen(categories_->CodeEnd());
  for (const std::string_view category : SplitNames(Get<std::string>(name))) {
    if (const Code code = categories_->Find(category); code != kNoCode) chosen[code] = 1;
  }
  return chosen;
}

// Cells that have a reading override these.
uint8_t KpiCells::KindOf(const FactBlock&) const { return 0; }
void KpiCells::AddClasses(const ClassCounts&) {}
void KpiCells::AddAmounts(const FactBlock&, const ClassedRows&) {}

std::optional<Code> KernelContext::currency(std::string_view name) const {
  const ParameterValue& value = Find(name);
  if (std::holds_alternative<std::monostate>(value)) return std::nullopt;
  return currencies_->FindOrAdd(std::get<std::string>(value));
}

}  // namespace kpid::metrics
