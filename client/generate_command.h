// kpid generate: makes the records of a contact centre that does not exist, for demos and tests.
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "client/connection.h"
#include "client/console.h"
#include "client/generator/generator_options.h"

namespace kpid::client {

struct GenerateOptions {
  ServerOptions server;
  std::string output;  // A folder for CSV files; empty: to the server.
  uint64_t seed = 7;
  int agents = 60;
  int teams = 6;
  int queues = 10;
  int days = 365;
  std::string end;  // First day after the data; empty: today.
  int64_t interactions = 200'000;
  bool without_activities = false;  // No schedules and no states of agents.
  std::string zone = "UTC";
  int streams = 4;
  int batch_records = 2000;
};

// The generator's options; INVALID_ARGUMENT when a date or zone is wrong.
absl::StatusOr<GeneratorOptions> MakeGeneratorOptions(const GenerateOptions& options,
                                                      metrics::Instant now);

int RunGenerateCommand(const GenerateOptions& options, const Console& console);

}  // namespace kpid::client
