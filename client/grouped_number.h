// Numbers with their thousands parted by commas.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace kpid::client {

// "-1234567.50" -> "-1,234,567.50". REQUIRES: a decimal number.
std::string GroupThousands(std::string_view number);

// 1234567 -> "1,234,567".
std::string GroupedNumber(int64_t number);

}  // namespace kpid::client
