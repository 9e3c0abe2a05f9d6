// Text on a terminal.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace kpid::client {

// The text with control characters (also of the C1 block), line and direction marks and bytes that
// are not UTF-8 replaced by `?`: what others wrote must not steer the terminal.
std::string PrintableText(std::string_view text);

// Columns that printable text takes: wide East Asian characters and emoji two, combining marks
// none, others one.
size_t DisplayWidth(std::string_view text);

}  // namespace kpid::client
