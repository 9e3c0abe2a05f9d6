// Where a command writes to and what is around it: injected, so that tests can look at it.
#pragma once

#include <functional>
#include <iosfwd>
#include <limits>

#include "metrics/time.h"

namespace kpid::client {

// Of a terminal, in characters.
struct ScreenSize {
  int width = 80;
  int height = 24;
};

struct Console {
  std::ostream* out;  // Answers.
  std::ostream* err;  // Progress, notices, errors.

  bool err_is_terminal = false;                 // Progress bars go there only when it is.
  bool colour = false;                          // Whether `out` takes colours.
  int width = std::numeric_limits<int>::max();  // Columns of `out`; no limit when no terminal.

  // Of the terminal that `out` is, as it is when asked; null: it is none that can be drawn on.
  std::function<ScreenSize()> screen_size;

  std::function<metrics::Instant()> now;
};

// That of the process. Colours only on a terminal and without NO_COLOR or TERM=dumb.
Console SystemConsole();

}  // namespace kpid::client
