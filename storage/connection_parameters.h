// How connections to PostgreSQL are opened.
#pragma once

#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"

namespace kpid::storage {

struct SessionOptions {
  // libpq connection string or URI.
  std::string url;

  std::chrono::milliseconds connect_timeout{5'000};

  // PostgreSQL ends a statement after this; 0: never.
  std::chrono::milliseconds statement_timeout{120'000};

  // Further settings of the session, as "-c name=value -c ...".
  std::string settings;
};

// Keywords of libpq and their values.
using ConnectionParameters = std::vector<std::pair<std::string, std::string>>;

// The parameters of the URL and, where it is silent, ours: UTF-8, TCP keepalives that notice a
// dead link in a minute, timeouts of statements and idle transactions. INVALID_ARGUMENT when the
// URL is malformed.
absl::StatusOr<ConnectionParameters> ParametersOf(const SessionOptions& options);

// As a connection string.
std::string ConnectionString(const ConnectionParameters& parameters);

}  // namespace kpid::storage
