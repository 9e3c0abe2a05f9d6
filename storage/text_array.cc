#include "storage/text_array.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace kpid::storage {

void TextArray::Separate() { text_.push_back(text_.empty() ? '{' : ','); }

void TextArray::Append(std::string_view value) {
  Separate();
  text_.push_back('"');
  for (const char c : value) {
    if (c == '"' || c == '\\') text_.push_back('\\');
    text_.push_back(c);
  }
  text_.push_back('"');
}

void TextArray::AppendNull() {
  Separate();
  text_.append("NULL");
}

std::string TextArray::Finish() {
  if (text_.empty()) text_.push_back('{');
  text_.push_back('}');
  return std::exchange(text_, {});
}

std::string IntArrayText(std::span<const int64_t> values) {
  return absl::StrCat("{", absl::StrJoin(values, ","), "}");
}

}  // namespace kpid::storage
