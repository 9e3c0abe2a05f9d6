// `kpid serve` as a child process, for benchmarks that need the program as it is shipped.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace kpid::bench {

class ServerProcess {
 public:
  // Starts it on a free port of 127.0.0.1 against a database whose schema is there, and returns
  // when it accepts connections. Its output goes to log_path. `options` are further ones.
  static absl::StatusOr<std::unique_ptr<ServerProcess>> Start(
      const std::string& program, const std::string& database_url, const std::string& log_path,
      const std::vector<std::string>& options = {});

  // Ends it with SIGTERM and waits for it.
  ~ServerProcess();

  const std::string& address() const { return address_; }

  // Memory that it holds now, and the most that it ever held; 0 when that is not known.
  int64_t ResidentBytes() const;
  int64_t PeakBytes() const;

 private:
  ServerProcess(pid_t pid, std::string address) : pid_(pid), address_(std::move(address)) {}

  pid_t pid_;
  std::string address_;
};

}  // namespace kpid::bench
