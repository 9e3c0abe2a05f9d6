// What tests of validators share: messages that are wrong in one way each, and what is said of it.
#pragma once

#include <gmock/gmock.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <string>
#include <type_traits>
#include <vector>

#include "server/field_path.h"
#include "violation_matchers.h"

namespace kpid::server {

// What fields are spoiled with: an id that is too long, a text with U+0000, the first second after
// all times, numbers that are none.
inline const std::string kLong(129, 'x');
inline const std::string kNul("a\0b", 3);
inline constexpr int64_t kYear2200 = 7'258'118'400;
inline constexpr double kNotANumber = std::numeric_limits<double>::quiet_NaN();
inline constexpr double kInfinity = std::numeric_limits<double>::infinity();

template <typename Message>
struct WrongFieldCase {
  const char* name;
  std::function<void(Message*)> spoil;
  std::vector<std::string> expected;  // "path REASON".
};

// What validate(message, &violations), or validate(message, root, &violations), finds.
template <typename Validate, typename Message>
std::vector<std::string> LinesOf(const Validate& validate, const Message& message) {
  ViolationList violations;
  if constexpr (std::is_invocable_v<Validate, const Message&, const FieldPath&, ViolationList*>) {
    validate(message, FieldPath::Root(), &violations);
  } else {
    validate(message, &violations);
  }
  return Lines(violations);
}

// Expects of each spoiled copy of `valid` that just the expected lines are found, in that order.
// `prefix` comes before their paths.
template <typename Message, size_t kCases, typename Validate>
void ExpectNamed(const WrongFieldCase<Message> (&cases)[kCases], const Message& valid,
                 const Validate& validate, const std::string& prefix = "") {
  for (const WrongFieldCase<Message>& wrong : cases) {
    Message message = valid;
    wrong.spoil(&message);
    std::vector<std::string> expected;
    for (const std::string& line : wrong.expected) expected.push_back(prefix + line);
    EXPECT_THAT(LinesOf(validate, message), testing::ElementsAreArray(expected)) << wrong.name;
  }
}

}  // namespace kpid::server
