// kpid import: sends the rows of a CSV file to the server.
#pragma once

#include <string>

#include "client/connection.h"
#include "client/console.h"
#include "client/record_columns.h"

namespace kpid::client {

struct ImportOptions {
  ServerOptions server;
  std::string path;  // "-": standard input.
  RecordKind kind = RecordKind::kInteractions;
  bool scorecards = false;  // Instead of records: RunScorecardImport (scorecard_import.h).
  bool ignore_unknown = false;
  bool dry_run = false;       // Parses only; no server is needed.
  int streams = 4;            // 1 to kStreamsMax.
  int batch_rows = 2000;      // 1 to kBatchRowsMax.
  std::string rejected_path;  // Empty: RejectedPath(path).
};

// More streams than a server has connections to its database only queue up.
inline constexpr int kStreamsMax = 64;

// What the service accepts in one message.
inline constexpr int kBatchRowsMax = 10'000;

// Exit code: kExitOk; kExitRejected when a row was rejected or the server refused; kExitUsage when
// the file cannot be used; kExitUnreachable.
int RunImportCommand(const ImportOptions& options, const Console& console);

}  // namespace kpid::client
