#include "server/log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <sstream>

#include "spdlog/sinks/ostream_sink.h"
#include "spdlog/spdlog.h"

namespace kpid::server {
namespace {

using testing::MatchesRegex;

// What the default logger writes while this lives.
class CapturedLog {
 public:
  explicit CapturedLog(LogFormat format) : before_(spdlog::default_logger()) {
    auto logger = std::make_shared<spdlog::logger>(
        "captured", std::make_shared<spdlog::sinks::ostream_sink_mt>(text_));
    logger->set_formatter(MakeLogFormatter(format));
    spdlog::set_default_logger(logger);
  }
  ~CapturedLog() { spdlog::set_default_logger(before_); }

  std::string text() const { return text_.str(); }

 private:
  std::ostringstream text_;
  std::shared_ptr<spdlog::logger> before_;
};

LogLine Example() {
  LogLine line(spdlog::level::info, "call");
  line.Field("method", "a.B/C")
      .Field("reason", "")
      .Field("text", "say \"hi\"\nand\x1d go")
      .Field("rows", int64_t{-7})
      .Field("duration_ms", 1.5);
  return line;
}

TEST(LogTest, TextIsOneReadableLine) {
  const CapturedLog log(LogFormat::kText);
  Example().Write();
  EXPECT_THAT(log.text(),
              MatchesRegex("[0-9T:.-]+Z info call method=a.B/C reason=\"\" "
                           "text=\"say ..hi..\\\\nand\\? go\" rows=-7 duration_ms=1.500\n"));
}

TEST(LogTest, JsonIsOneObject) {
  const CapturedLog log(LogFormat::kJson);
  Example().Write();
  EXPECT_THAT(log.text(), MatchesRegex(".\"time\":\"[0-9T:.-]+Z\",\"level\":\"info\","
                                       "\"event\":\"call\",\"method\":\"a.B/C\",\"reason\":\"\","
                                       "\"text\":\"say \\\\\"hi\\\\\"\\\\nand\\? go\","
                                       "\"rows\":-7,\"duration_ms\":1.500.\n"));
}

TEST(LogTest, PlainMessagesComeOutInTheSameForm) {
  const CapturedLog log(LogFormat::kJson);
  spdlog::warn("fsync is off\nreally");
  EXPECT_THAT(log.text(), MatchesRegex(".\"time\":\"[0-9T:.-]+Z\",\"level\":\"warning\","
                                       "\"event\":\"fsync is off\\\\nreally\".\n"));
}

TEST(LogTest, RefusesUnknownLevels) { EXPECT_FALSE(StartLogging("loud", LogFormat::kText).ok()); }

}  // namespace
}  // namespace kpid::server
