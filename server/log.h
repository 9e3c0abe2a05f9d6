// Structured log lines over spdlog: an event and named fields, as text or as JSON. Lines of
// other parts (plain spdlog messages) come out in the same form.
//
// Never logged: names, comments, ids of records, addresses of databases with passwords.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "spdlog/common.h"
#include "spdlog/formatter.h"

namespace kpid::server {

enum class LogFormat : uint8_t { kText, kJson };

// One line. Example: LogLine(spdlog::level::info, "serving").Field("address", a).Write();
class LogLine {
 public:
  LogLine(spdlog::level::level_enum level, std::string_view event);

  LogLine& Field(std::string_view name, std::string_view value);
  LogLine& Field(std::string_view name, const char* value) {
    return Field(name, std::string_view(value));
  }
  LogLine& Field(std::string_view name, int64_t value);
  LogLine& Field(std::string_view name, int value) {
    return Field(name, static_cast<int64_t>(value));
  }
  LogLine& Field(std::string_view name, double value);

  void Write();

 private:
  spdlog::level::level_enum level_;
  std::string payload_;
};

// Formats lines: "2026-01-31T12:00:00.000Z info serving address=127.0.0.1:50051", or one JSON
// object per line. Control characters are escaped, so that one message is one line.
std::unique_ptr<spdlog::formatter> MakeLogFormatter(LogFormat format);

// Sends all logging of the process (gRPC's too) to standard error through a bounded queue that
// drops its oldest lines when standard error is stuck. INVALID_ARGUMENT for an unknown level;
// levels: trace, debug, info, warn, error, critical, off.
absl::Status StartLogging(std::string_view level, LogFormat format);

// Writes out what is queued. Logging goes on to standard error, unqueued.
void StopLogging();

}  // namespace kpid::server
