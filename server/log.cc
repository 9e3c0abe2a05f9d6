#include "server/log.h"

#include <chrono>
#include <cstring>
#include <memory>

#include "absl/strings/str_format.h"
#include "absl/time/time.h"
#include "grpc/support/log.h"
#include "server/join_text.h"
#include "spdlog/async.h"
#include "spdlog/sinks/stdout_sinks.h"
#include "spdlog/spdlog.h"

namespace kpid::server {
namespace {

// Lines that may wait for standard error: about 2 MiB of call lines.
constexpr size_t kLogQueueLines = 8'192;

// In the payload of a structured line: before each name, before a text value, before a number.
// Other text never holds them unescaped.
constexpr char kNameMark = '\x1d';
constexpr char kTextMark = '\x1e';
constexpr char kNumberMark = '\x1f';

bool IsMark(char c) { return c == kNameMark || c == kTextMark || c == kNumberMark; }

template <typename Buffer>
void Append(std::string_view text, Buffer* buffer) {
  buffer->append(text.data(), text.data() + text.size());
}

// Escapes as in a JSON string, which is readable in text lines too.
template <typename Buffer>
void AppendEscaped(std::string_view text, Buffer* buffer) {
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      buffer->push_back('\\');
      buffer->push_back(c);
    } else if (c == '\n') {
      Append("\\n", buffer);
    } else if (byte < 0x20 || byte == 0x7F) {
      Append(absl::StrFormat("\\u%04x", byte), buffer);
    } else {
      buffer->push_back(c);
    }
  }
}

template <typename Buffer>
void AppendQuoted(std::string_view text, Buffer* buffer) {
  buffer->push_back('"');
  AppendEscaped(text, buffer);
  buffer->push_back('"');
}

bool NeedsQuotes(std::string_view text) {
  if (text.empty()) return true;
  for (const char c : text) {
    if (static_cast<unsigned char>(c) <= 0x20 || c == '"' || c == '\\' || c == '=' || c == 0x7F) {
      return true;
    }
  }
  return false;
}

class LineFormatter final : public spdlog::formatter {
 public:
  explicit LineFormatter(LogFormat format) : format_(format) {}

  std::unique_ptr<spdlog::formatter> clone() const override {
    return std::make_unique<LineFormatter>(format_);
  }

  void format(const spdlog::details::log_msg& message, spdlog::memory_buf_t& out) override {
    const std::string time = absl::FormatTime("%Y-%m-%dT%H:%M:%E3SZ",
                                              absl::FromChrono(message.time), absl::UTCTimeZone());
    const auto level_name = spdlog::level::to_string_view(message.level);
    const std::string_view level(level_name.data(), level_name.size());
    std::string_view rest(message.payload.data(), message.payload.size());
    const std::string_view event = Take(&rest);
    if (format_ == LogFormat::kJson) {
      Append(JoinText("{\"time\":\"", time, "\",\"level\":\"", level, "\",\"event\":"), &out);
      AppendQuoted(event, &out);
    } else {
      Append(JoinText(time, " ", level, " "), &out);
      AppendEscaped(event, &out);
    }
    while (!rest.empty()) AppendField(&rest, &out);
    Append(format_ == LogFormat::kJson ? "}\n" : "\n", &out);
  }

 private:
  // Text up to the next mark, which stays.
  static std::string_view Take(std::string_view* rest) {
    size_t end = 0;
    while (end < rest->size() && !IsMark((*rest)[end])) ++end;
    const std::string_view taken = rest->substr(0, end);
    rest->remove_prefix(end);
    return taken;
  }

  void AppendField(std::string_view* rest, spdlog::memory_buf_t* out) const {
    rest->remove_prefix(1);  // The mark of the name.
    const std::string_view name = Take(rest);
    const bool is_text = rest->empty() || rest->front() != kNumberMark;
    if (!rest->empty()) rest->remove_prefix(1);
    const std::string_view value = Take(rest);
    if (format_ == LogFormat::kJson) {
      out->push_back(',');
      AppendQuoted(name, out);
      out->push_back(':');
    } else {
      out->push_back(' ');
      AppendEscaped(name, out);
      out->push_back('=');
    }
    if (is_text && (format_ == LogFormat::kJson || NeedsQuotes(value))) {
      AppendQuoted(value, out);
    } else {
      Append(value, out);
    }
  }

  const LogFormat format_;
};

// gRPC's own log: its errors matter (a port that cannot be bound), its chatter does not.
void LogOfGrpc(gpr_log_func_args* args) {
  const auto level =
      args->severity == GPR_LOG_SEVERITY_ERROR ? spdlog::level::warn : spdlog::level::debug;
  LogLine(level, "grpc").Field("message", args->message).Write();
}

}  // namespace

LogLine::LogLine(spdlog::level::level_enum level, std::string_view event)
    : level_(level), payload_(event) {}

LogLine& LogLine::Field(std::string_view name, std::string_view value) {
  payload_ += kNameMark;
  payload_ += name;
  payload_ += kTextMark;
  for (const char c : value) payload_ += IsMark(c) ? '?' : c;
  return *this;
}

LogLine& LogLine::Field(std::string_view name, int64_t value) {
  AppendText(&payload_, std::string(1, kNameMark), name, std::string(1, kNumberMark), value);
  return *this;
}

LogLine& LogLine::Field(std::string_view name, double value) {
  AppendText(&payload_, std::string(1, kNameMark), name, std::string(1, kNumberMark),
             absl::StrFormat("%.3f", value));
  return *this;
}

void LogLine::Write() {
  spdlog::log(level_, spdlog::string_view_t(payload_.data(), payload_.size()));
}

std::unique_ptr<spdlog::formatter> MakeLogFormatter(LogFormat format) {
  return std::make_unique<LineFormatter>(format);
}

absl::Status StartLogging(std::string_view level, LogFormat format) {
  const auto spdlog_level = spdlog::level::from_str(std::string(level));
  if (spdlog_level == spdlog::level::off && level != "off") {
    return absl::InvalidArgumentError(
        "log_level must be trace, debug, info, warn, error, critical or off");
  }
  spdlog::init_thread_pool(kLogQueueLines, 1);
  auto logger = std::make_shared<spdlog::async_logger>(
      "kpid", std::make_shared<spdlog::sinks::stderr_sink_mt>(), spdlog::thread_pool(),
      spdlog::async_overflow_policy::overrun_oldest);
  logger->set_formatter(MakeLogFormatter(format));
  logger->set_level(spdlog_level);
  logger->flush_on(spdlog::level::warn);
  spdlog::set_default_logger(std::move(logger));
  gpr_set_log_function(&LogOfGrpc);
  return absl::OkStatus();
}

void StopLogging() {
  const auto level = spdlog::default_logger()->level();
  auto direct =
      std::make_shared<spdlog::logger>("kpid", std::make_shared<spdlog::sinks::stderr_sink_mt>());
  direct->set_level(level);
  spdlog::shutdown();  // Waits until the queue is written.
  spdlog::set_default_logger(std::move(direct));
}

}  // namespace kpid::server
