#include "server/text.h"

namespace kpid::server {
namespace {

bool IsContinuation(unsigned char byte) { return (byte & 0xC0) == 0x80; }

// Length of the well-formed character that starts at `at` with a byte above 0x7F; 0 when there
// is none (table 3-7 of the Unicode standard).
size_t CharacterLength(std::string_view text, size_t at) {
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(text[at + i]); };
  const size_t left = text.size() - at;
  const unsigned char lead = byte(0);
  if (lead >= 0xC2 && lead <= 0xDF) return left >= 2 && IsContinuation(byte(1)) ? 2 : 0;
  if (lead >= 0xE0 && lead <= 0xEF) {
    if (left < 3 || !IsContinuation(byte(1)) || !IsContinuation(byte(2))) return 0;
    if (lead == 0xE0 && byte(1) < 0xA0) return 0;  // Over-long.
    if (lead == 0xED && byte(1) > 0x9F) return 0;  // Surrogate.
    return 3;
  }
  if (lead >= 0xF0 && lead <= 0xF4) {
    if (left < 4 || !IsContinuation(byte(1)) || !IsContinuation(byte(2)) ||
        !IsContinuation(byte(3))) {
      return 0;
    }
    if (lead == 0xF0 && byte(1) < 0x90) return 0;  // Over-long.
    if (lead == 0xF4 && byte(1) > 0x8F) return 0;  // Above U+10FFFF.
    return 4;
  }
  return 0;
}

}  // namespace

TextProblem FindTextProblem(std::string_view text, LineBreaks line_breaks) {
  bool control = false;
  for (size_t at = 0; at < text.size();) {
    const unsigned char byte = static_cast<unsigned char>(text[at]);
    if (byte < 0x80) {
      const bool line_break = byte == '\t' || byte == '\n' || byte == '\r';
      if ((byte < 0x20 && !(line_break && line_breaks == LineBreaks::kAllowed)) || byte == 0x7F) {
        control = true;
      }
      ++at;
      continue;
    }
    const size_t length = CharacterLength(text, at);
    if (length == 0) return TextProblem::kInvalidUtf8;
    if (byte == 0xC2 && static_cast<unsigned char>(text[at + 1]) < 0xA0) control = true;
    at += length;
  }
  return control ? TextProblem::kControlCharacter : TextProblem::kNone;
}

std::string_view CutText(std::string_view text, size_t bytes_max) {
  if (text.size() <= bytes_max) return text;
  size_t end = bytes_max;
  while (end > 0 && IsContinuation(static_cast<unsigned char>(text[end]))) --end;
  return text.substr(0, end);
}

bool IsName(std::string_view text, bool dot_allowed) {
  if (text.empty() || text.size() > kNameBytesMax || text[0] < 'a' || text[0] > 'z') return false;
  for (const char c : text) {
    const bool letter_or_digit = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    if (!letter_or_digit && c != '_' && c != '-' && !(c == '.' && dot_allowed)) return false;
  }
  return true;
}

}  // namespace kpid::server
