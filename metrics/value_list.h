// The values of a slice: what all answers give of a value side by side, what only some give beside
// it in a place of its own. Large answers of bare values take a ninth of what values do.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <iterator>
#include <limits>
#include <optional>
#include <span>
#include <vector>

#include "metrics/value.h"

namespace kpid::metrics {

// What an answer without counts gives of a value.
struct BareValue {
  static constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

  BareValue() = default;
  explicit BareValue(const Value& whole)
      : value(whole.value.value_or(kNone)),
        currency(whole.currency),
        no_value_reason(whole.no_value_reason) {}

  Value AsValue() const;

  double value = kNone;  // NaN: there is none.
  Code currency = kNoCode;
  NoValueReason no_value_reason = NoValueReason::kNone;
};

// A sequence of values, read and written whole. Value type; thread-compatible.
class ValueList {
 public:
  class Iterator;

  ValueList() = default;
  ValueList(std::initializer_list<Value> values)
      : ValueList(std::span(values.begin(), values.size())) {}
  explicit ValueList(std::span<const Value> values);

  size_t size() const { return with_basis_.empty() ? bare_.size() : with_basis_.size(); }
  bool empty() const { return size() == 0; }

  // Makes it `size` values, all of them without anything but a reason.
  void Assign(size_t size, NoValueReason reason);

  void Set(size_t i, const Value& value);
  void SetBare(size_t i, const BareValue& value);
  void Append(const Value& value);

  // REQUIRES: i < size(). Const, so that it cannot be taken for a place to write to.
  const Value operator[](size_t i) const {
    return with_basis_.empty() ? bare_[i].AsValue() : with_basis_[i];
  }
  BareValue Bare(size_t i) const {
    return with_basis_.empty() ? bare_[i] : BareValue(with_basis_[i]);
  }

  // As [i]; std::out_of_range.
  Value at(size_t i) const {
    return with_basis_.empty() ? bare_.at(i).AsValue() : with_basis_.at(i);
  }

  // A part of it. REQUIRES: first + size <= size().
  std::vector<Value> Part(size_t first, size_t size) const;

  Iterator begin() const;
  Iterator end() const;

 private:
  static bool IsBare(const Value& value);
  void GiveBasis();

  // One of them is empty.
  std::vector<BareValue> bare_;
  std::vector<Value> with_basis_;
};

// Reads values one after another.
class ValueList::Iterator {
 public:
  using iterator_category = std::input_iterator_tag;
  using value_type = Value;
  using difference_type = ptrdiff_t;
  using pointer = const Value*;
  using reference = Value;

  Iterator(const ValueList* list, size_t i) : list_(list), i_(i) {}

  Value operator*() const { return (*list_)[i_]; }
  Iterator& operator++() {
    ++i_;
    return *this;
  }
  Iterator operator++(int) { return {list_, i_++}; }
  friend bool operator==(const Iterator& a, const Iterator& b) { return a.i_ == b.i_; }

 private:
  const ValueList* list_;
  size_t i_;
};

inline ValueList::Iterator ValueList::begin() const { return {this, 0}; }
inline ValueList::Iterator ValueList::end() const { return {this, size()}; }

inline Value BareValue::AsValue() const {
  Value whole;
  if (!std::isnan(value)) whole.value = value;
  whole.currency = currency;
  whole.no_value_reason = no_value_reason;
  return whole;
}

inline void ValueList::SetBare(size_t i, const BareValue& value) {
  if (with_basis_.empty()) {
    bare_[i] = value;
  } else {
    with_basis_[i] = value.AsValue();
  }
}

}  // namespace kpid::metrics
