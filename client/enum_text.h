// Values of enums as people read them.
#pragma once

#include <string>
#include <string_view>

namespace kpid::client {

// "RECORD_KIND_AGENT_ACTIVITY" with prefix "RECORD_KIND_" is "agent activity". "" for the
// unspecified value and for values that this program does not know.
std::string EnumText(std::string_view name, std::string_view prefix);

}  // namespace kpid::client
