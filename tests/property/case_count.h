// How many cases rapidcheck draws for each property of a program that includes this.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <string>

namespace kpid::proof {

// KPID_PROPERTY_CASES is rapidcheck's max_success, 10,000 by default, unless RC_PARAMS says
// otherwise.
class CaseCount : public testing::Environment {
 public:
  CaseCount() {
    const char* cases = std::getenv("KPID_PROPERTY_CASES");
    const char* parameters = std::getenv("RC_PARAMS");
    const std::string own = std::string("max_success=") + (cases != nullptr ? cases : "10000");
    setenv("RC_PARAMS", (own + " " + (parameters != nullptr ? parameters : "")).c_str(), 1);
  }
};

inline const testing::Environment* const kCaseCount =
    testing::AddGlobalTestEnvironment(new CaseCount);

}  // namespace kpid::proof
