// kpid watch: shows an answer as it changes.
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "client/console.h"
#include "client/query_command.h"
#include "client/record_stream.h"
#include "kpid/v1/query_service.pb.h"

namespace kpid::client {

// Shortest and longest --every: those of WatchKpis.
inline constexpr std::chrono::milliseconds kWatchEveryMin{20};
inline constexpr std::chrono::milliseconds kWatchEveryMax{3'600'000};

struct WatchOptions {
  // Pages, a token and validate_only are not used; `limit` is the size of the one page.
  QueryOptions query;
  std::string every = "1s";  // As metrics::ParseDuration takes it.
  int64_t count = 0;         // Answers after which it ends; 0: none.
};

// The request that the options mean: --today, --this-month and --last up to now move with the
// clock, other ranges do not. INVALID_ARGUMENT says which text is wrong.
absl::StatusOr<v1::WatchKpisRequest> MakeWatchRequest(const WatchOptions& options,
                                                      metrics::Instant now);

// Watches until `count` answers were shown, Ctrl-C, or an error that another try would not mend;
// a server that goes away is waited for. Nothing was shown yet: every error ends it.
int RunWatchCommand(const WatchOptions& options, const Console& console);

// As above; `policy` is how a lost server is tried again (its limits of tries and silence are not
// used: a watch waits as long as it takes).
int RunWatchCommand(const WatchOptions& options, const Console& console, const RetryPolicy& policy);

}  // namespace kpid::client
