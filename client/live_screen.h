// A page of text on a terminal that is drawn anew in place.
#pragma once

#include <functional>
#include <iosfwd>
#include <string>

#include "client/console.h"

namespace kpid::client {

// Uses the terminal's other screen while it lives, so that what was on it before comes back; hides
// the cursor; cuts lines that are too long, and says how many do not fit. For one thread at a
// time.
class LiveScreen {
 public:
  // `size` is asked each time. `out` must outlive the screen.
  LiveScreen(std::ostream* out, std::function<ScreenSize()> size);

  // Leaves the terminal as it was.
  ~LiveScreen();
  LiveScreen(const LiveScreen&) = delete;
  LiveScreen& operator=(const LiveScreen&) = delete;

  ScreenSize size() const { return size_(); }

  // Draws lines, which may have colours.
  void Draw(const std::string& lines);

 private:
  std::ostream* const out_;
  const std::function<ScreenSize()> size_;
};

}  // namespace kpid::client
