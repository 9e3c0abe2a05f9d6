// Runs programs of PostgreSQL, as another user where needed.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace kpid::storage {

// Whom programs run as.
struct UserIdentity {
  std::string name;
  uid_t uid = 0;
  gid_t gid = 0;
  std::vector<gid_t> groups;
};

// The identity of this process.
UserIdentity CurrentUser();

// NOT_FOUND when there is no such user.
absl::StatusOr<UserIdentity> FindUser(const std::string& name);

struct ProgramResult {
  int exit_code = 0;   // 128 + signal when a signal ended it.
  std::string output;  // Of both streams, the first 16 KiB.
};

// Runs a program (by path) in a session of its own, with the directory "/", no signals blocked
// and no descriptors of this process, and waits for it. When this process is root, it runs as
// `user`. DEADLINE_EXCEEDED: it was killed after the timeout.
absl::StatusOr<ProgramResult> RunProgram(const UserIdentity& user,
                                         const std::vector<std::string>& arguments,
                                         std::chrono::seconds timeout);

// Whether `user` may enter a directory; else PERMISSION_DENIED naming the first directory on the
// way that keeps it out. When this process is not root, `user` must be its own.
absl::Status CheckMayEnter(const UserIdentity& user, const std::string& directory);

}  // namespace kpid::storage
