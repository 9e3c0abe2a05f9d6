#include "client/watch_view.h"

#include <ostream>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "client/grouped_number.h"
#include "client/json_text.h"
#include "client/live_screen.h"
#include "client/query_table.h"
#include "client/text_width.h"
#include "client/value_text.h"

namespace kpid::client {
namespace {

constexpr char kBold[] = "\x1b[1m";
constexpr char kPlain[] = "\x1b[0m";

std::string ClockText(absl::Time time, absl::TimeZone zone) {
  return absl::FormatTime("%Y-%m-%d %H:%M:%S", time, zone);
}

std::string_view ReasonText(v1::WatchReason reason) {
  switch (reason) {
    case v1::WATCH_REASON_FACTS:
      return "facts changed";
    case v1::WATCH_REASON_CLOCK:
      return "time moved on";
    default:
      return "first answer";
  }
}

// "update 17 at 2026-11-22 09:30:00, facts changed; all committed before 2026-11-22 09:29:59 is
// in".
std::string UpdateText(const v1::WatchKpisResponse& response, int64_t number, absl::Time at) {
  const absl::TimeZone zone = ZoneOf(response.answer());
  return absl::StrCat("update ", GroupedNumber(number), " at ", ClockText(at, zone), ", ",
                      std::string(ReasonText(response.reason())), "; all committed before ",
                      ClockText(ToTime(response.answer().data_watermark()), zone), " is in");
}

absl::Time NowOf(const Console& console) {
  return absl::FromUnixMicros(console.now().time_since_epoch().count());
}

// One answer after the other.
class PrintedView final : public WatchView {
 public:
  PrintedView(WatchViewOptions options, const v1::QueryKpisRequest& request, const Console& console)
      : options_(std::move(options)), request_(request), console_(console) {}

  void Show(const v1::WatchKpisResponse& response, int64_t number) override {
    if (options_.format == "json") {
      *console_.out << JsonLine(response);
    } else if (options_.format == "csv") {
      ShowRows(QueryCsv(request_, response.answer(), options_.details, number));
    } else {
      if (number > 1) *console_.out << '\n';
      *console_.out << UpdateText(response, number, NowOf(console_)) << "\n"
                    << QueryTable(request_, response.answer(), {console_.width, console_.colour});
    }
    console_.out->flush();
  }

  void Say(const std::string& notice) override {
    if (!notice.empty()) *console_.err << notice << '\n' << std::flush;
  }

 private:
  // The header only where it is another one.
  void ShowRows(const std::string& csv) {
    const size_t end = csv.find("\r\n") + 2;
    std::string header = csv.substr(0, end);
    if (header != header_) *console_.out << header;
    header_ = std::move(header);
    *console_.out << csv.substr(end);
  }

  const WatchViewOptions options_;
  const v1::QueryKpisRequest& request_;
  const Console& console_;
  std::string header_;
};

// A table that is drawn anew in place.
class LiveView final : public WatchView {
 public:
  LiveView(WatchViewOptions options, const v1::QueryKpisRequest& request, const Console& console)
      : options_(std::move(options)),
        request_(request),
        console_(console),
        screen_(std::make_unique<LiveScreen>(console.out, console.screen_size)) {
    Draw();
  }

  // What was shown last stays.
  ~LiveView() override {
    screen_.reset();
    if (number_ > 0) *console_.out << Page(nullptr, console_.screen_size().width) << std::flush;
    if (!notice_.empty()) *console_.err << notice_ << '\n' << std::flush;
  }

  void Show(const v1::WatchKpisResponse& response, int64_t number) override {
    before_ = std::move(last_);
    last_ = response;
    number_ = number;
    shown_ = NowOf(console_);
    Draw();
  }

  void Say(const std::string& notice) override {
    notice_ = notice;
    Draw();
  }

  void Resize() override { Draw(); }

 private:
  std::string Page(const v1::QueryKpisResponse* before, int width) const {
    std::string text = UpdateText(last_, number_, shown_) + "\n";
    TableOptions table = {width, console_.colour};
    table.before = before;
    return text + QueryTable(request_, last_.answer(), table);
  }

  void Draw() {
    std::string text = absl::StrCat("kpid watch, ", PrintableText(options_.server),
                                    ", at most every ", options_.every, "; Ctrl-C ends it");
    if (!notice_.empty()) {
      const std::string line = notice_.substr(0, notice_.find('\n'));
      text = console_.colour ? kBold + line + kPlain : line;
    }
    text += "\n";
    if (number_ > 0) {
      text += Page(number_ > 1 ? &before_.answer() : nullptr, screen_->size().width);
    } else {
      text += "waiting for the first answer\n";
    }
    screen_->Draw(text);
  }

  const WatchViewOptions options_;
  const v1::QueryKpisRequest& request_;
  const Console& console_;
  std::unique_ptr<LiveScreen> screen_;
  v1::WatchKpisResponse last_;
  v1::WatchKpisResponse before_;
  int64_t number_ = 0;
  absl::Time shown_;
  std::string notice_;
};

}  // namespace

std::unique_ptr<WatchView> MakeWatchView(const WatchViewOptions& options,
                                         const v1::QueryKpisRequest& request,
                                         const Console& console) {
  if (options.format == "table" && console.screen_size) {
    return std::make_unique<LiveView>(options, request, console);
  }
  return std::make_unique<PrintedView>(options, request, console);
}

}  // namespace kpid::client
