// std::string_view for functions of Abseil, whose absl::string_view is a type of its own where
// Abseil was built for C++14 (as Debian's is).
#pragma once

#include <string_view>

#include "absl/strings/string_view.h"

namespace kpid::metrics {

inline absl::string_view AbslView(std::string_view text) { return {text.data(), text.size()}; }

}  // namespace kpid::metrics
