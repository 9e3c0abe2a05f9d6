#include "tests/golden/golden_file.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "tests/golden/golden_text.h"

namespace kpid::proof {
namespace {

constexpr std::array<std::string_view, 12> kTables = {
    "interactions", "surveys", "evaluations", "items",  "activities",  "plans",
    "tickets",      "costs",   "agents",      "groups", "memberships", "targets"};
// Settings of an ask; given before the first one, they hold for the whole scene.
constexpr std::array<std::string_view, 8> kSettings = {
    "range", "zone", "granularity", "week_start", "by", "where", "confidence", "now"};

template <size_t size>
bool IsOneOf(const std::array<std::string_view, size>& words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

std::vector<std::string> WordsOf(const std::string& line) {
  return absl::StrSplit(line, absl::ByAnyChar(" \t"), absl::SkipEmpty());
}

class Parser {
 public:
  explicit Parser(const std::string& path) { file_.path = path; }

  absl::StatusOr<GoldenFile> Parse() {
    std::ifstream in(file_.path);
    if (!in) return absl::NotFoundError(absl::StrCat(file_.path, ": cannot be read"));
    std::string line;
    while (std::getline(in, line)) {
      ++line_;
      const absl::Status status = TakeLine(line);
      if (!status.ok()) return AtLine(status);
    }
    const absl::Status status = FinishAsk();
    if (!status.ok()) return AtLine(status);
    if (file_.kpi.empty() || file_.scenes.empty()) {
      return absl::InvalidArgumentError(absl::StrCat(file_.path, ": needs 'kpi' and 'scene'"));
    }
    return std::move(file_);
  }

 private:
  using Settings = std::map<std::string, std::vector<std::string>, std::less<>>;

  absl::Status AtLine(const absl::Status& status) const {
    return absl::Status(status.code(),
                        absl::StrCat(file_.path, ":", line_, ": ", status.message()));
  }

  absl::Status TakeLine(const std::string& line) {
    const size_t comment = line.find('#');
    const std::vector<std::string> words = WordsOf(line.substr(0, comment));
    if (words.empty()) return absl::OkStatus();
    if (line[0] != ' ') table_.clear();  // Rows are indented.
    if (!table_.empty()) return TakeRow(words);
    if (words[0] == "kpi" && words.size() == 2) {
      file_.kpi = words[1];
      return absl::OkStatus();
    }
    if (words[0] == "scene") return StartScene(line);
    if (file_.scenes.empty()) return absl::InvalidArgumentError("expected 'scene'");
    return TakeLineOfScene(words);
  }

  absl::Status TakeLineOfScene(const std::vector<std::string>& words) {
    if (std::find(words.begin(), words.end(), "=") != words.end()) return TakeExpectation(words);
    if (words.size() == 1 && IsOneOf(kTables, words[0])) {
      if (in_ask_) return absl::InvalidArgumentError("tables go before the first 'ask'");
      table_ = words[0];
      columns_.clear();
      return absl::OkStatus();
    }
    if (words[0] == "ask") return StartAsk(words);
    if (words.size() < 2) return absl::InvalidArgumentError("not understood");
    if (IsOneOf(kSettings, words[0])) {
      (in_ask_ ? ask_settings_ : scene_settings_)[words[0]] = {words.begin() + 1, words.end()};
      return absl::OkStatus();
    }
    if (words[0] == "day") {
      const absl::StatusOr<metrics::CivilDay> day = ParseDay(words[1]);
      if (!day.ok()) return day.status();
      context_.day = *day;
      if (!scene_settings_.contains("range")) {
        scene_settings_["range"] = {"00:00:00", "+24h"};
      }
      return absl::OkStatus();
    }
    if (words[0] == "latest_arrive" || words[0] == "watermark") {
      const absl::StatusOr<metrics::Instant> time = ParseTime(words[1], context_);
      if (!time.ok()) return time.status();
      if (words[0] == "watermark") {
        Current().records.data_watermark = *time;
      } else {
        Current().records.latest_arrive = *time;
      }
      return absl::OkStatus();
    }
    return absl::InvalidArgumentError(absl::StrCat("unknown word '", words[0], "'"));
  }

  absl::Status StartScene(const std::string& line) {
    const absl::Status status = FinishAsk();
    if (!status.ok()) return status;
    Scene& scene = file_.scenes.emplace_back();
    scene.line = line_;
    scene.title = line.substr(line.find("scene") + 5);
    absl::StripAsciiWhitespace(&scene.title);
    scene_settings_.clear();
    context_ = {};
    return absl::OkStatus();
  }

  absl::Status TakeRow(const std::vector<std::string>& words) {
    if (columns_.empty()) {
      columns_ = words;
      return absl::OkStatus();
    }
    if (words.size() != columns_.size()) {
      return absl::InvalidArgumentError(
          absl::StrCat(words.size(), " cells, but ", columns_.size(), " columns"));
    }
    std::map<std::string, std::string> cells;
    for (size_t i = 0; i < words.size(); ++i) {
      if (words[i] != "-") cells[columns_[i]] = words[i];
    }
    return AddRow(table_, cells, context_, Current().records);
  }

  absl::Status StartAsk(const std::vector<std::string>& words) {
    const absl::Status status = FinishAsk();
    if (!status.ok()) return status;
    Ask& ask = Current().asks.emplace_back();
    ask.line = line_;
    in_ask_ = true;
    for (size_t i = 1; i < words.size(); ++i) {
      const std::pair<std::string, std::string> parts =
          absl::StrSplit(words[i], absl::MaxSplits('=', 1));
      if (parts.first == "statistic") {
        ask.statistic = parts.second;
      } else {
        ask.parameters[parts.first] = parts.second;
      }
    }
    return absl::OkStatus();
  }

  // Settles the ask that has ended, with its settings or else the scene's.
  absl::Status FinishAsk() {
    if (!in_ask_) return absl::OkStatus();
    in_ask_ = false;
    Ask& ask = Current().asks.back();
    Settings settings = std::move(ask_settings_);
    ask_settings_.clear();
    settings.insert(scene_settings_.begin(), scene_settings_.end());
    const absl::Status status = Settle(settings, ask);
    if (status.ok() && ask.expectations.empty() && !ask.slices.has_value()) {
      return absl::InvalidArgumentError("the ask before expects nothing");
    }
    return status;
  }

  absl::Status Settle(const Settings& settings, Ask& ask) {
    for (const auto& [name, words] : settings) {
      const std::string& word = words[0];
      absl::Status status;
      if (name == "zone") ask.zone = word;
      if (name == "granularity") status = Set(ParseGranularity(word), ask.granularity);
      if (name == "week_start") status = Set(ParseWeekday(word), ask.week_start);
      if (name == "now") status = Set(ParseTime(word, context_), ask.now);
      if (name == "confidence" && !absl::SimpleAtod(word, &ask.confidence_level)) {
        status = absl::InvalidArgumentError("confidence is not a number");
      }
      for (const std::string& each : words) {
        if (name == "by") status.Update(Append(ParseDimension(each), ask.group_by));
        if (name == "where") status.Update(Append(ParseFilter(each), ask.filters));
      }
      if (!status.ok()) return status;
    }
    return SettleTimes(settings, ask);
  }

  // What depends on the zone.
  absl::Status SettleTimes(const Settings& settings, Ask& ask) {
    const absl::StatusOr<metrics::Calendar> calendar = metrics::Calendar::Create(ask.zone);
    if (!calendar.ok()) return calendar.status();
    const auto range = settings.find("range");
    if (range == settings.end() || range->second.size() != 2) {
      return absl::InvalidArgumentError("needs 'range START END' or 'day DATE'");
    }
    TimeContext context = context_;
    absl::Status status =
        Set(ParseTimeInZone(range->second[0], context, *calendar), ask.range.start);
    context.relative = ask.range.start;
    status.Update(Set(ParseTimeInZone(range->second[1], context, *calendar), ask.range.end));
    for (size_t i = 0; i < ask.expectations.size(); ++i) {
      if (bucket_texts_[i].empty()) continue;
      metrics::Instant bucket;
      status.Update(Set(ParseTimeInZone(bucket_texts_[i], context, *calendar), bucket));
      ask.expectations[i].bucket = bucket;
    }
    bucket_texts_.clear();
    return status;
  }

  // "SLICE [@ BUCKET] = VALUE [NAME VALUE]...", "slices = ...", "buckets = N".
  absl::Status TakeExpectation(const std::vector<std::string>& words) {
    if (!in_ask_) return absl::InvalidArgumentError("expected 'ask' before");
    const auto equals = std::find(words.begin(), words.end(), "=");
    const std::vector<std::string> right(equals + 1, words.end());
    std::vector<std::string> left(words.begin(), equals);
    if (right.empty() || left.empty()) return absl::InvalidArgumentError("nothing is expected");
    Ask& ask = Current().asks.back();
    if (left[0] == "buckets") {
      int count = 0;
      if (!absl::SimpleAtoi(right[0], &count)) return absl::InvalidArgumentError("not a number");
      ask.bucket_count = count;
      return absl::OkStatus();
    }
    if (left[0] == "slices") {
      ask.slices.emplace();
      for (const std::string& slice : right) {
        if (slice != "none") ask.slices->push_back(SliceOf(slice));
      }
      return absl::OkStatus();
    }
    Expectation expectation;
    expectation.line = line_;
    const auto at = std::find(left.begin(), left.end(), "@");
    bucket_texts_.push_back(at == left.end() ? "" : left.back());
    if (left[0] != "total") expectation.slice = SliceOf(left[0]);
    const absl::Status status = ParseRight(right, expectation);
    ask.expectations.push_back(std::move(expectation));
    return status;
  }

  // "a/(none)/b".
  static std::vector<ReferenceDimension> SliceOf(const std::string& text) {
    std::vector<ReferenceDimension> slice;
    for (const std::string& value : std::vector<std::string>(absl::StrSplit(text, '/'))) {
      slice.push_back(ParseDimensionValue(value));
    }
    return slice;
  }

  static absl::Status ParseRight(const std::vector<std::string>& words, Expectation& expectation) {
    size_t next = 1;
    if (words[0] == "none") {
      if (words.size() < 2) return absl::InvalidArgumentError("'none' needs a reason");
      expectation.no_value_reason = words[1];
      next = 2;
    } else {
      const absl::Status status = SetNumber(words[0], expectation.value);
      if (!status.ok()) return status;
    }
    for (; next + 1 < words.size(); next += 2) {
      const absl::Status status = ParsePair(words[next], words[next + 1], expectation);
      if (!status.ok()) return status;
    }
    if (next != words.size()) return absl::InvalidArgumentError("names and values go in pairs");
    return absl::OkStatus();
  }

  static absl::Status ParsePair(const std::string& name, const std::string& text,
                                Expectation& expectation) {
    if (name == "numerator") return SetNumber(text, expectation.numerator);
    if (name == "denominator") return SetNumber(text, expectation.denominator);
    if (name == "of") {  // "of 3/4": numerator and denominator.
      const std::pair<std::string, std::string> parts = absl::StrSplit(text, '/');
      absl::Status status = SetNumber(parts.first, expectation.numerator);
      status.Update(SetNumber(parts.second, expectation.denominator));
      return status;
    }
    if (name == "currency") {
      expectation.currency = text == "-" ? "" : text;
      return absl::OkStatus();
    }
    if (name == "interval") {
      expectation.no_interval = text == "none";
      if (expectation.no_interval) return absl::OkStatus();
      const std::pair<std::string, std::string> ends = absl::StrSplit(text, "..");
      absl::Status status = SetNumber(ends.first, expectation.lower);
      status.Update(SetNumber(ends.second, expectation.upper));
      return status;
    }
    int64_t count = 0;
    if (!absl::SimpleAtoi(text, &count)) {
      return absl::InvalidArgumentError(absl::StrCat("count of '", name, "' is not a number"));
    }
    expectation.counts[name] = count;
    return absl::OkStatus();
  }

  static absl::Status SetNumber(const std::string& text, std::optional<ExpectedNumber>& target) {
    const absl::StatusOr<ExpectedNumber> number = ParseExpectedNumber(text);
    if (!number.ok()) return number.status();
    target = *number;
    return absl::OkStatus();
  }

  template <typename T>
  static absl::Status Set(const absl::StatusOr<T>& parsed, T& target) {
    if (!parsed.ok()) return parsed.status();
    target = *parsed;
    return absl::OkStatus();
  }

  template <typename T>
  static absl::Status Append(const absl::StatusOr<T>& parsed, std::vector<T>& target) {
    if (!parsed.ok()) return parsed.status();
    target.push_back(*parsed);
    return absl::OkStatus();
  }

  Scene& Current() { return file_.scenes.back(); }

  GoldenFile file_;
  int line_ = 0;
  TimeContext context_;
  std::string table_;  // The table whose rows are read; empty: none.
  std::vector<std::string> columns_;
  bool in_ask_ = false;
  Settings scene_settings_;
  Settings ask_settings_;
  std::vector<std::string> bucket_texts_;  // Of the ask's expectations.
};

}  // namespace

absl::StatusOr<GoldenFile> ReadGoldenFile(const std::string& path) { return Parser(path).Parse(); }

}  // namespace kpid::proof
