// A private PostgreSQL server in a directory: unix socket only, durable, stopped with its owner.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace kpid::storage {

struct EmbeddedClusterOptions {
  // Made when missing; kept. Holds the cluster in DIR/postgresql and the server's log in
  // DIR/postgresql.log.
  std::string data_dir;

  // Directory of initdb, pg_ctl and postgres. Empty: the newest under /usr/lib/postgresql/*/bin,
  // else PATH.
  std::string binary_dir;

  // Started as root, PostgreSQL runs as this user (it refuses root). Empty: postgres if there is
  // such a user, else nobody.
  std::string user;

  std::chrono::seconds start_timeout{60};
  std::chrono::seconds stop_timeout{60};
};

// Thread-compatible.
class EmbeddedCluster {
 public:
  // Makes the cluster when there is none, and starts it. A cluster left running by a killed
  // server of the same directory is taken over. FAILED_PRECONDITION (reason DATA_DIR_IN_USE)
  // when a living kpid serves the directory; NOT_FOUND (reason POSTGRESQL_NOT_FOUND) says what
  // to install.
  static absl::StatusOr<std::unique_ptr<EmbeddedCluster>> Start(EmbeddedClusterOptions options);

  // Stops it (fast shutdown: running statements are cancelled, everything committed is kept).
  ~EmbeddedCluster();

  absl::Status Stop();

  // Connection string of its database `kpid`.
  const std::string& url() const { return url_; }

  // Connection string of another database of it, which is made when missing.
  absl::StatusOr<std::string> UrlOfDatabase(const std::string& name);

 private:
  EmbeddedCluster() = default;

  EmbeddedClusterOptions options_;
  std::string binary_dir_;
  std::string socket_dir_;
  std::string user_;
  std::string url_;
  int lock_fd_ = -1;
  bool running_ = false;
};

}  // namespace kpid::storage
