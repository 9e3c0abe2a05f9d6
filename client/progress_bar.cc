#include "client/progress_bar.h"

#include <algorithm>
#include <chrono>
#include <ostream>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "client/grouped_number.h"

namespace kpid::client {
namespace {

constexpr std::chrono::milliseconds kRedrawInterval{200};
constexpr int kBarCells = 30;
constexpr char kEraseLine[] = "\r\x1b[K";

}  // namespace

std::string ProgressText(std::optional<double> fraction, int64_t rows, double rows_per_second) {
  const std::string figures =
      absl::StrCat(GroupedNumber(rows), " rows  ",
                   GroupedNumber(static_cast<int64_t>(rows_per_second)), " rows/s");
  if (!fraction.has_value()) return figures;
  const double share = std::clamp(*fraction, 0.0, 1.0);
  const int cells = static_cast<int>(share * kBarCells);
  std::string bar(static_cast<size_t>(cells), '=');
  if (cells < kBarCells) bar.push_back('>');
  bar.resize(kBarCells, ' ');
  return absl::StrFormat("[%s] %3d %%  %s", bar, static_cast<int>(share * 100), figures);
}

ProgressBar::ProgressBar(const Console& console, const IngestTotals& totals,
                         std::function<std::optional<double>()> fraction)
    : console_(console), totals_(totals), fraction_(std::move(fraction)) {
  if (console_.err_is_terminal) thread_ = std::thread([this] { Run(); });
}

ProgressBar::~ProgressBar() { Stop(); }

void ProgressBar::Notice(const std::string& text) {
  const std::lock_guard lock(mutex_);
  if (drawn_) *console_.err << kEraseLine;
  *console_.err << text << '\n';
  if (drawn_) Draw();
}

void ProgressBar::Stop() {
  {
    const std::lock_guard lock(mutex_);
    if (stopped_) return;
    stopped_ = true;
    changed_.notify_all();
  }
  if (thread_.joinable()) thread_.join();
  if (drawn_) *console_.err << kEraseLine << std::flush;
}

void ProgressBar::Run() {
  // Weight of the newest interval in the rate shown: it follows within some seconds.
  constexpr double kNewestWeight = 0.1;
  auto last = std::chrono::steady_clock::now();
  std::unique_lock lock(mutex_);
  while (!changed_.wait_for(lock, kRedrawInterval, [&] { return stopped_; })) {
    const auto now = std::chrono::steady_clock::now();
    const int64_t rows = totals_.settled;
    const double seconds = std::chrono::duration<double>(now - last).count();
    const double rate = static_cast<double>(rows - last_rows_) / std::max(seconds, 1e-3);
    shown_rate_ += (shown_rate_ == 0 ? 1.0 : kNewestWeight) * (rate - shown_rate_);
    last_rows_ = rows;
    last = now;
    Draw();
  }
}

void ProgressBar::Draw() {
  drawn_ = true;
  *console_.err << kEraseLine << ProgressText(fraction_(), last_rows_, shown_rate_) << std::flush;
}

}  // namespace kpid::client
