// Exit codes of the client's commands, for scripts.
#pragma once

namespace kpid::client {

inline constexpr int kExitOk = 0;

// The server refused the request or some records, or answers NOT_SERVING (probe).
inline constexpr int kExitRejected = 1;

// Wrong command line, or a file that cannot be used: nothing was sent.
inline constexpr int kExitUsage = 2;

// The server could not be reached, or was lost and did not come back.
inline constexpr int kExitUnreachable = 3;

}  // namespace kpid::client
