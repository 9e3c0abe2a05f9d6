#include "metrics/slice_order.h"

#include <algorithm>
#include <cmath>
#include <string_view>

namespace kpid::metrics {
namespace {

std::string_view CurrencyOf(const Result& result, const Value& value) {
  return value.currency < result.currencies.size()
             ? std::string_view(result.currencies[value.currency])
             : std::string_view();
}

// Absent when there is none to order by.
std::optional<double> KeyOf(const SlicePosition& position, size_t index) {
  if (index >= position.keys.size()) return std::nullopt;
  const std::optional<double>& key = position.keys[index];
  return key.has_value() && std::isnan(*key) ? std::nullopt : key;
}

// Less than 0: a comes first.
int CompareKeys(const std::optional<double>& a, const std::optional<double>& b, bool descending) {
  if (!a.has_value() || !b.has_value()) return int{b.has_value()} - int{a.has_value()};
  if (*a == *b) return 0;
  return (*a < *b) != descending ? -1 : 1;
}

}  // namespace

bool StandsBefore(const std::vector<SliceOrder>& order_by, const SlicePosition& a,
                  const SlicePosition& b) {
  for (size_t i = 0; i < order_by.size(); ++i) {
    const int order = CompareKeys(KeyOf(a, i), KeyOf(b, i), order_by[i].descending);
    if (order != 0) return order < 0;
  }
  return std::lexicographical_compare(a.dimensions.begin(), a.dimensions.end(),
                                      b.dimensions.begin(), b.dimensions.end(),
                                      [](const DimensionValue& x, const DimensionValue& y) {
                                        if (x.missing != y.missing) return y.missing;
                                        return x.value < y.value;
                                      });
}

SlicePosition PositionOf(const std::vector<SliceOrder>& order_by, const Result& result,
                         const Result* before, size_t slice) {
  SlicePosition position;
  position.dimensions = result.slices[slice].dimensions;
  for (const SliceOrder& order : order_by) {
    const Value value = result.slices[slice].total[order.kpi];
    if (order.by == SliceOrder::By::kValue) {
      position.keys.push_back(value.value);
      continue;
    }
    Change change;
    if (before != nullptr) {
      change = ChangeOfValue(*before, before->slices[slice].total[order.kpi], result, value);
    }
    position.keys.push_back(order.by == SliceOrder::By::kAbsoluteChange ? change.absolute
                                                                        : change.relative_percent);
  }
  return position;
}

Change ChangeOfValue(const Result& before_result, const Value& before, const Result& after_result,
                     const Value& after) {
  const std::string_view currency_before = CurrencyOf(before_result, before);
  const std::string_view currency_after = CurrencyOf(after_result, after);
  // Nothing is nothing in any currency.
  const bool same_currency = currency_before == currency_after ||
                             (currency_before.empty() && before.value == 0) ||
                             (currency_after.empty() && after.value == 0);
  return ChangeBetween(before, after, same_currency);
}

}  // namespace kpid::metrics
