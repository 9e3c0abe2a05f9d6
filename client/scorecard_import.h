// kpid import --kind scorecards.
#pragma once

#include "client/import_command.h"

namespace kpid::client {

// What --kind says of them.
inline constexpr char kScorecardsKind[] = "scorecards";

// Sends a file of scorecards (client/scorecard_file.h), all or nothing. Exit code as
// RunImportCommand.
int RunScorecardImport(const ImportOptions& options, const Console& console);

}  // namespace kpid::client
