#include "storage/connection_parameters.h"

#include <libpq-fe.h>

#include <algorithm>
#include <memory>

#include "absl/strings/str_cat.h"

namespace kpid::storage {
namespace {

// A transaction whose client hangs between statements is ended: it holds locks and old rows.
constexpr std::chrono::milliseconds kIdleInTransactionTimeout{60'000};

// A link that drops packets silently is noticed after 30 s without answer to sent data, or
// 30 + 3 * 10 s when idle.
constexpr const char* kDefaults[][2] = {
    {"client_encoding", "UTF8"},   {"fallback_application_name", "kpid"}, {"keepalives", "1"},
    {"keepalives_idle", "30"},     {"keepalives_interval", "10"},         {"keepalives_count", "3"},
    {"tcp_user_timeout", "30000"},
};

// Settings of the session; an `options` of the URL comes after and wins. JIT and parallel
// workers cost more than they bring for statements that are many, short and run side by side.
std::string SettingsOf(const SessionOptions& options) {
  return absl::StrCat("-c statement_timeout=", options.statement_timeout.count(),
                      " -c idle_in_transaction_session_timeout=", kIdleInTransactionTimeout.count(),
                      " -c TimeZone=UTC -c DateStyle=ISO -c jit=off"
                      " -c max_parallel_workers_per_gather=0 -c client_min_messages=warning ",
                      options.settings);
}

}  // namespace

absl::StatusOr<ConnectionParameters> ParametersOf(const SessionOptions& options) {
  char* error = nullptr;
  const std::unique_ptr<PQconninfoOption, decltype(&PQconninfoFree)> parsed(
      PQconninfoParse(options.url.c_str(), &error), &PQconninfoFree);
  if (parsed == nullptr) {
    PQfreemem(error);  // Not shown: it may quote the password.
    return absl::InvalidArgumentError(
        "the database URL is malformed: a libpq connection string or postgresql:// URI is needed");
  }
  ConnectionParameters parameters;
  std::string settings = SettingsOf(options);
  for (const PQconninfoOption* option = parsed.get(); option->keyword != nullptr; ++option) {
    if (option->val == nullptr) continue;
    if (std::string_view(option->keyword) == "options") {
      absl::StrAppend(&settings, " ", option->val);
    } else {
      parameters.emplace_back(option->keyword, option->val);
    }
  }
  for (const auto& [keyword, value] : kDefaults) {
    if (std::none_of(parameters.begin(), parameters.end(),
                     [&](const auto& given) { return given.first == keyword; })) {
      parameters.emplace_back(keyword, value);
    }
  }
  parameters.emplace_back("options", settings);
  return parameters;
}

std::string ConnectionString(const ConnectionParameters& parameters) {
  std::string text;
  for (const auto& [keyword, value] : parameters) {
    if (!text.empty()) text.push_back(' ');
    absl::StrAppend(&text, keyword, "='");
    for (const char c : value) {
      if (c == '\'' || c == '\\') text.push_back('\\');
      text.push_back(c);
    }
    text.push_back('\'');
  }
  return text;
}

}  // namespace kpid::storage
