// Checks of text from requests. Pure functions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace kpid::server {

enum class TextProblem : uint8_t { kNone, kInvalidUtf8, kControlCharacter };

// Whether tab, line feed and carriage return pass.
enum class LineBreaks : uint8_t { kRefused, kAllowed };

// What is wrong with a text: not UTF-8 (over-long forms, surrogates and values above U+10FFFF
// are not), or a control character (U+0000 to U+001F, U+007F to U+009F).
TextProblem FindTextProblem(std::string_view text, LineBreaks line_breaks);

// At most bytes_max bytes of a text, cut before a character rather than inside one.
std::string_view CutText(std::string_view text, size_t bytes_max);

// Whether a text is 1 to 64 bytes of [a-z0-9_-], and of '.' where allowed, starting with a
// letter: group types, and keys of attributes.
bool IsName(std::string_view text, bool dot_allowed);

inline constexpr size_t kNameBytesMax = 64;

}  // namespace kpid::server
