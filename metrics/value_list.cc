#include "metrics/value_list.h"

#include <algorithm>

namespace kpid::metrics {

ValueList::ValueList(std::span<const Value> values) {
  for (const Value& value : values) Append(value);
}

void ValueList::Assign(size_t size, NoValueReason reason) {
  with_basis_.clear();
  BareValue value;
  value.no_value_reason = reason;
  bare_.assign(size, value);
}

void ValueList::Set(size_t i, const Value& value) {
  if (with_basis_.empty()) {
    if (IsBare(value)) {
      bare_[i] = BareValue(value);
      return;
    }
    GiveBasis();
  }
  with_basis_[i] = value;
}

void ValueList::Append(const Value& value) {
  if (with_basis_.empty()) {
    bare_.emplace_back();
  } else {
    with_basis_.emplace_back();
  }
  Set(size() - 1, value);
}

std::vector<Value> ValueList::Part(size_t first, size_t size) const {
  std::vector<Value> part;
  part.reserve(size);
  for (size_t i = first; i < first + size; ++i) part.push_back((*this)[i]);
  return part;
}

bool ValueList::IsBare(const Value& value) {
  return !value.numerator.has_value() && !value.denominator.has_value() &&
         !value.lower.has_value() && !value.upper.has_value() && value.sample_count == 0 &&
         std::all_of(value.counts.begin(), value.counts.end(),
                     [](int64_t count) { return count == 0; });
}

void ValueList::GiveBasis() {
  with_basis_ = Part(0, bare_.size());
  bare_ = std::vector<BareValue>();
}

}  // namespace kpid::metrics
