#include "client/live_screen.h"

#include <algorithm>
#include <ostream>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "client/grouped_number.h"

namespace kpid::client {
namespace {

// The other screen, no cursor, no line breaks by the terminal; and back.
constexpr char kEnter[] = "\x1b[?1049h\x1b[?25l\x1b[?7l\x1b[2J";
constexpr char kLeave[] = "\x1b[0m\x1b[?7h\x1b[?25h\x1b[?1049l";
constexpr char kHome[] = "\x1b[H";
constexpr char kEraseRestOfLine[] = "\x1b[K";
constexpr char kEraseBelow[] = "\x1b[J";

std::vector<std::string_view> LinesOf(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    lines.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

}  // namespace

LiveScreen::LiveScreen(std::ostream* out, std::function<ScreenSize()> size)
    : out_(out), size_(std::move(size)) {
  *out_ << kEnter << std::flush;
}

LiveScreen::~LiveScreen() { *out_ << kLeave << std::flush; }

void LiveScreen::Draw(const std::string& lines) {
  std::vector<std::string_view> shown = LinesOf(lines);
  const size_t rows = static_cast<size_t>(std::max(1, size_().height));
  std::string rest;
  if (shown.size() > rows) {
    rest = absl::StrCat("... ", GroupedNumber(static_cast<int64_t>(shown.size() - (rows - 1))),
                        " more lines");
    shown.resize(rows - 1);
    shown.push_back(rest);
  }
  std::string drawn = kHome;
  for (size_t i = 0; i < shown.size(); ++i) {
    if (i > 0) drawn += "\r\n";
    drawn.append(shown[i]);
    drawn += kEraseRestOfLine;
  }
  drawn += kEraseBelow;
  *out_ << drawn << std::flush;  // At once: a half-drawn page flickers.
}

}  // namespace kpid::client
