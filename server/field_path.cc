#include "server/field_path.h"

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "server/text.h"

namespace kpid::server {

std::string FieldPath::Text() const {
  if (kind_ == Kind::kRoot) return {};
  std::string text = parent_->Text();
  if (!text.empty()) text += '.';
  absl::StrAppend(&text, name_);
  if (kind_ == Kind::kElement) absl::StrAppend(&text, "[", index_, "]");
  if (kind_ == Kind::kEntry) {
    const std::string_view key = CutText(key_, kKeyBytesMax);
    const bool readable = FindTextProblem(key, LineBreaks::kRefused) == TextProblem::kNone;
    absl::StrAppend(&text, "[\"", readable ? absl::Utf8SafeCEscape(key) : absl::CEscape(key),
                    "\"]");
  }
  return text;
}

}  // namespace kpid::server
