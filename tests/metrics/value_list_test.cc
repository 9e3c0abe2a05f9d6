#include "metrics/value_list.h"

#include <gtest/gtest.h>

#include <stdexcept>

namespace kpid::metrics {
namespace {

Value Bare(double number) {
  Value value;
  value.value = number;
  value.currency = 3;
  return value;
}

Value Reason(NoValueReason reason) {
  Value value;
  value.no_value_reason = reason;
  return value;
}

Value Counted(double number, int64_t samples) {
  Value value = Bare(number);
  value.sample_count = samples;
  value.lower = 0;  // There, and no different from what is not.
  value.counts[5] = 2;
  return value;
}

void ExpectSame(const Value& a, const Value& b) {
  EXPECT_EQ(a.value, b.value);
  EXPECT_EQ(a.numerator, b.numerator);
  EXPECT_EQ(a.denominator, b.denominator);
  EXPECT_EQ(a.lower, b.lower);
  EXPECT_EQ(a.upper, b.upper);
  EXPECT_EQ(a.sample_count, b.sample_count);
  EXPECT_EQ(a.counts, b.counts);
  EXPECT_EQ(a.currency, b.currency);
  EXPECT_EQ(a.no_value_reason, b.no_value_reason);
}

TEST(ValueList, GivesBackWhatWasSet) {
  const Value bare = Bare(1.5);
  const Value none = Reason(NoValueReason::kImmature);
  const Value counted = Counted(-0.0, 7);
  ValueList values({bare, none});
  ExpectSame(values[0], bare);
  ExpectSame(values[1], none);
  values.Append(counted);  // From here on values have what they rest on.
  ASSERT_EQ(values.size(), 3U);
  ExpectSame(values[0], bare);
  ExpectSame(values[1], none);
  ExpectSame(values.at(2), counted);
  values.Set(1, Counted(4, 1));
  values.SetBare(2, BareValue(bare));
  ExpectSame(values[1], Counted(4, 1));
  ExpectSame(values[2], bare);
  EXPECT_EQ(values.Bare(1).value, 4);
}

TEST(ValueList, EveryPartOfAValueIsKept) {
  for (int field = 0; field < 6; ++field) {
    Value value;
    if (field == 0) value.numerator = 0;
    if (field == 1) value.denominator = 0;
    if (field == 2) value.lower = 0;
    if (field == 3) value.upper = 0;
    if (field == 4) value.sample_count = 1;
    if (field == 5) value.counts[kValueCountsMax - 1] = 1;
    ValueList values({Bare(2), Bare(3)});
    values.Set(1, value);
    ExpectSame(values[0], Bare(2));
    ExpectSame(values[1], value);
  }
}

TEST(ValueList, IsMadeEmptyAnew) {
  ValueList values({Counted(1, 1)});
  values.Assign(2, NoValueReason::kNotApplicable);
  ASSERT_EQ(values.size(), 2U);
  for (const Value& value : values) ExpectSame(value, Reason(NoValueReason::kNotApplicable));
  EXPECT_THROW(values.at(2), std::out_of_range);
  EXPECT_TRUE(ValueList().empty());
}

TEST(ValueList, PartsAreValues) {
  const ValueList values({Bare(1), Bare(2), Bare(3)});
  const std::vector<Value> part = values.Part(1, 2);
  ASSERT_EQ(part.size(), 2U);
  ExpectSame(part[0], Bare(2));
  ExpectSame(part[1], Bare(3));
}

}  // namespace
}  // namespace kpid::metrics
