#include "client/enum_text.h"

#include <algorithm>

#include "absl/strings/ascii.h"

namespace kpid::client {

std::string EnumText(std::string_view name, std::string_view prefix) {
  if (!name.starts_with(prefix)) return "";
  std::string text(name.substr(prefix.size()));
  if (text == "UNSPECIFIED") return "";
  absl::AsciiStrToLower(&text);
  std::replace(text.begin(), text.end(), '_', ' ');
  return text;
}

}  // namespace kpid::client
