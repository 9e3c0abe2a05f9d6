// Text from parts. absl::StrCat with std::string_view, which Abseil does not take where its own
// absl::string_view is another type (Debian 12).
#pragma once

#include <string>
#include <string_view>
#include <type_traits>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace kpid::server {

inline absl::string_view AbslView(std::string_view text) { return {text.data(), text.size()}; }
inline std::string_view StdView(absl::string_view text) { return {text.data(), text.size()}; }

template <typename Part>
decltype(auto) AbslPart(const Part& part) {
  if constexpr (std::is_same_v<Part, std::string_view>) {
    return AbslView(part);
  } else {
    return (part);
  }
}

// The parts (text, numbers) one after the other.
template <typename... Parts>
std::string JoinText(const Parts&... parts) {
  return absl::StrCat(AbslPart(parts)...);
}

// Adds the parts to *text.
template <typename... Parts>
void AppendText(std::string* text, const Parts&... parts) {
  absl::StrAppend(text, AbslPart(parts)...);
}

}  // namespace kpid::server
