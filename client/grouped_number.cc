#include "client/grouped_number.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

namespace kpid::client {

std::string GroupThousands(std::string_view number) {
  const size_t sign = number.starts_with('-') ? 1 : 0;
  const size_t digits_end = std::min(number.find('.'), number.size());
  std::string grouped;
  for (size_t i = 0; i < number.size(); ++i) {
    const bool starts_group = i > sign && i < digits_end && (digits_end - i) % 3 == 0;
    if (starts_group) grouped.push_back(',');
    grouped.push_back(number[i]);
  }
  return grouped;
}

std::string GroupedNumber(int64_t number) { return GroupThousands(absl::StrCat(number)); }

}  // namespace kpid::client
