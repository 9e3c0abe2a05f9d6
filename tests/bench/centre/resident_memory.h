// What the facts of a database take in the memory of a server.
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "kpid/v1/query_service.pb.h"

namespace kpid::bench {

struct ResidentMemory {
  int64_t interactions = 0;   // That are held.
  int64_t process_bytes = 0;  // By which a server with facts is greater than one without.
  int64_t counted_bytes = 0;  // By the server's own count, of interactions and their links.
  double start_seconds = 0;   // From the start of the program until all are held.
  double load_seconds = 0;    // Of that, loading, as the server's log says.
};

// Starts a server that holds no facts and, after it, one that does, on the database, and asks both
// `question`, so that what it needs to be derived is there and so are the pools of a call. Of the
// second one's memory everything is counted: dictionaries, customers' links, what malloc keeps.
absl::StatusOr<ResidentMemory> MeasureResidentMemory(const std::string& program,
                                                     const std::string& database_url,
                                                     const std::string& log_path,
                                                     const v1::QueryKpisRequest& question);

}  // namespace kpid::bench
