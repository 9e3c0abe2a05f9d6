#include "client/text_width.h"

#include <cstdint>

namespace kpid::client {
namespace {

// Takes one character from the front; U+FFFFFFFF for a byte that is no UTF-8.
constexpr uint32_t kBroken = 0xFFFFFFFF;
uint32_t TakeCharacter(std::string_view* text) {
  const auto lead = static_cast<unsigned char>(text->front());
  const size_t length = lead < 0x80 ? 1 : lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  const bool valid_lead = lead < 0x80 || (lead >= 0xC2 && lead <= 0xF4);
  if (!valid_lead || length > text->size()) {
    text->remove_prefix(1);
    return kBroken;
  }
  uint32_t character = length == 1 ? lead : lead & (0x7F >> length);
  for (size_t i = 1; i < length; ++i) {
    const auto byte = static_cast<unsigned char>((*text)[i]);
    if ((byte & 0xC0) != 0x80) {
      text->remove_prefix(1);
      return kBroken;
    }
    character = character << 6 | (byte & 0x3F);
  }
  text->remove_prefix(length);
  return character;
}

bool IsBetween(uint32_t character, uint32_t first, uint32_t last) {
  return first <= character && character <= last;
}

bool IsControl(uint32_t character) {
  return character == kBroken || character < 0x20 || IsBetween(character, 0x7F, 0x9F) ||
         IsBetween(character, 0x200E, 0x200F) || IsBetween(character, 0x2028, 0x202E) ||
         IsBetween(character, 0x2066, 0x2069);
}

bool IsCombining(uint32_t character) {
  return IsBetween(character, 0x0300, 0x036F) || IsBetween(character, 0x200B, 0x200D) ||
         IsBetween(character, 0x20D0, 0x20FF) || IsBetween(character, 0xFE00, 0xFE0F);
}

bool IsWide(uint32_t character) {
  return IsBetween(character, 0x1100, 0x115F) || IsBetween(character, 0x2E80, 0xA4CF) ||
         IsBetween(character, 0xAC00, 0xD7A3) || IsBetween(character, 0xF900, 0xFAFF) ||
         IsBetween(character, 0xFE30, 0xFE6F) || IsBetween(character, 0xFF00, 0xFF60) ||
         IsBetween(character, 0xFFE0, 0xFFE6) || IsBetween(character, 0x1F300, 0x1F64F) ||
         IsBetween(character, 0x1F900, 0x1F9FF) || IsBetween(character, 0x20000, 0x3FFFD);
}

}  // namespace

std::string PrintableText(std::string_view text) {
  std::string printable;
  printable.reserve(text.size());
  while (!text.empty()) {
    const char* start = text.data();
    if (IsControl(TakeCharacter(&text))) {
      printable.push_back('?');
    } else {
      printable.append(start, text.data());
    }
  }
  return printable;
}

size_t DisplayWidth(std::string_view text) {
  size_t width = 0;
  while (!text.empty()) {
    const uint32_t character = TakeCharacter(&text);
    if (!IsCombining(character)) width += IsWide(character) ? 2 : 1;
  }
  return width;
}

}  // namespace kpid::client
