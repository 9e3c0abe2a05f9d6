// The line on a terminal that says how far a long command is.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "client/console.h"
#include "client/ingest_totals.h"

namespace kpid::client {

// The line: "[=====>    ]  42 %  1,234,567 rows  171,234 rows/s". Without a fraction (the size of
// the source is not known) only the figures.
std::string ProgressText(std::optional<double> fraction, int64_t rows, double rows_per_second);

// Draws the line anew a few times a second on a terminal, and nothing anywhere else.
class ProgressBar {
 public:
  // `fraction` (0 to 1, or nullopt) is asked from another thread.
  // REQUIRES: totals and console outlive the bar.
  ProgressBar(const Console& console, const IngestTotals& totals,
              std::function<std::optional<double>()> fraction);
  ~ProgressBar();

  // Writes a notice above the line. Safe for concurrent use.
  void Notice(const std::string& text);

  // Takes the line away. No notices afterwards.
  void Stop();

 private:
  void Run();
  void Draw();

  const Console& console_;
  const IngestTotals& totals_;
  std::function<std::optional<double>()> fraction_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool stopped_ = false;
  bool drawn_ = false;
  double shown_rate_ = 0;
  int64_t last_rows_ = 0;
  std::thread thread_;
};

}  // namespace kpid::client
