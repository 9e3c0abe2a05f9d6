#include "server/field_path.h"

#include "absl/strings/escaping.h"
#include "server/join_text.h"
#include "server/text.h"

namespace kpid::server {

std::string FieldPath::Text() const {
  if (kind_ == Kind::kRoot) return {};
  std::string text = parent_->Text();
  if (!text.empty()) text += '.';
  AppendText(&text, name_);
  if (kind_ == Kind::kElement) AppendText(&text, "[", index_, "]");
  if (kind_ == Kind::kEntry) {
    const std::string_view key = CutText(key_, kKeyBytesMax);
    const bool readable = FindTextProblem(key, LineBreaks::kRefused) == TextProblem::kNone;
    AppendText(&text, "[\"",
               readable ? absl::Utf8SafeCEscape(AbslView(key)) : absl::CEscape(AbslView(key)),
               "\"]");
  }
  return text;
}

}  // namespace kpid::server
