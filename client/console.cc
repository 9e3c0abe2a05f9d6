#include "client/console.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdlib>
#include <iostream>
#include <string_view>

namespace kpid::client {
namespace {

ScreenSize SizeOfOutput() {
  winsize size{};
  ScreenSize screen;
  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0) return screen;
  if (size.ws_col > 0) screen.width = size.ws_col;
  if (size.ws_row > 0) screen.height = size.ws_row;
  return screen;
}

}  // namespace

Console SystemConsole() {
  Console console;
  console.out = &std::cout;
  console.err = &std::cerr;
  console.err_is_terminal = isatty(STDERR_FILENO) != 0;
  if (isatty(STDOUT_FILENO) != 0) {
    const char* no_colour = std::getenv("NO_COLOR");
    const char* terminal = std::getenv("TERM");
    const bool drawable = terminal != nullptr && std::string_view(terminal) != "dumb";
    console.colour = (no_colour == nullptr || *no_colour == '\0') && drawable;
    if (drawable) console.screen_size = SizeOfOutput;
    winsize size{};
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) {
      console.width = size.ws_col;
    }
  }
  console.now = [] {
    return std::chrono::time_point_cast<metrics::Duration>(std::chrono::system_clock::now());
  };
  return console;
}

}  // namespace kpid::client
