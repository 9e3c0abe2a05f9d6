#include "storage/child_process.h"

#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"

namespace kpid::storage {
namespace {

constexpr size_t kOutputBytesMax = 16 * 1024;
constexpr int kExitCannotStart = 127;

// Only calls that are safe between fork and exec: other threads may have held any lock.
bool BecomeUser(const UserIdentity& user) {
  if (geteuid() != 0 || user.uid == 0) return true;
  return setgroups(user.groups.size(), user.groups.data()) == 0 && setgid(user.gid) == 0 &&
         setuid(user.uid) == 0;
}

// In the child: never returns.
[[noreturn]] void RunChild(const UserIdentity& user, char* const* arguments, int output) {
  setsid();  // Ctrl-C in the terminal is for kpid, which stops PostgreSQL in order.
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  signal(SIGPIPE, SIG_DFL);
  signal(SIGHUP, SIG_DFL);
  const int null = open("/dev/null", O_RDONLY);
  if (null < 0 || dup2(null, 0) < 0 || dup2(output, 1) < 0 || dup2(output, 2) < 0) {
    _exit(kExitCannotStart);
  }
  if (close_range(3, ~0U, 0) != 0) {
    for (int fd = 3; fd < 1024; ++fd) close(fd);
  }
  if (!BecomeUser(user) || chdir("/") != 0) _exit(kExitCannotStart);
  execv(arguments[0], arguments);
  _exit(kExitCannotStart);
}

absl::Status SystemError(const char* what) {
  return absl::InternalError(absl::StrCat(what, ": ", std::strerror(errno)));
}

// Reads until the child and all that share its output have closed it, or until the deadline.
bool ReadOutput(int fd, std::chrono::steady_clock::time_point deadline, std::string* output) {
  for (;;) {
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    if (left.count() <= 0) return false;
    pollfd ready{fd, POLLIN, 0};
    const int count = poll(&ready, 1, static_cast<int>(left.count()));
    if (count < 0 && errno != EINTR) return false;
    if (count <= 0) continue;
    std::array<char, 4096> buffer;
    const ssize_t bytes = read(fd, buffer.data(), buffer.size());
    if (bytes == 0) return true;
    if (bytes < 0) {
      if (errno == EINTR) continue;
      return false;
    }
    const size_t room = kOutputBytesMax - output->size();
    output->append(buffer.data(), std::min(room, static_cast<size_t>(bytes)));
  }
}

int WaitForExit(pid_t child) {
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace

UserIdentity CurrentUser() {
  UserIdentity user;
  user.uid = geteuid();
  user.gid = getegid();
  const passwd* entry = getpwuid(user.uid);
  user.name = entry == nullptr ? absl::StrCat(user.uid) : entry->pw_name;
  return user;
}

absl::StatusOr<UserIdentity> FindUser(const std::string& name) {
  const passwd* entry = getpwnam(name.c_str());
  if (entry == nullptr) return absl::NotFoundError(absl::StrCat("no user named ", name));
  UserIdentity user;
  user.name = name;
  user.uid = entry->pw_uid;
  user.gid = entry->pw_gid;
  int count = 64;
  user.groups.resize(static_cast<size_t>(count));
  if (getgrouplist(name.c_str(), user.gid, user.groups.data(), &count) < 0) {
    user.groups.resize(static_cast<size_t>(count));
    getgrouplist(name.c_str(), user.gid, user.groups.data(), &count);
  }
  user.groups.resize(static_cast<size_t>(count));
  return user;
}

absl::StatusOr<ProgramResult> RunProgram(const UserIdentity& user,
                                         const std::vector<std::string>& arguments,
                                         std::chrono::seconds timeout) {
  std::vector<char*> pointers;
  for (const std::string& argument : arguments) {
    pointers.push_back(const_cast<char*>(argument.c_str()));
  }
  pointers.push_back(nullptr);
  std::array<int, 2> ends;
  if (pipe2(ends.data(), O_CLOEXEC) != 0) return SystemError("cannot make a pipe");
  const absl::Cleanup close_reader = [&ends] { close(ends[0]); };
  const pid_t child = fork();
  if (child == 0) RunChild(user, pointers.data(), ends[1]);
  close(ends[1]);
  if (child < 0) return SystemError("cannot start a process");

  ProgramResult result;
  const auto deadline = std::chrono::steady_clock::now() + timeout;
  const bool finished = ReadOutput(ends[0], deadline, &result.output);
  if (!finished) kill(-child, SIGKILL);
  result.exit_code = WaitForExit(child);
  if (!finished) {
    return absl::DeadlineExceededError(absl::StrCat(arguments[0], " did not end in time"));
  }
  if (result.exit_code == kExitCannotStart && result.output.empty()) {
    return absl::InternalError(absl::StrCat("cannot run ", arguments[0], " as ", user.name));
  }
  return result;
}

absl::Status CheckMayEnter(const UserIdentity& user, const std::string& directory) {
  std::vector<std::string> path;
  for (std::filesystem::path at = directory;; at = at.parent_path()) {
    path.push_back(at.string());
    if (at == at.root_path() || at.empty()) break;
  }
  // The child reports the index of the directory that refused it.
  const pid_t child = fork();
  if (child == 0) {
    if (!BecomeUser(user)) _exit(kExitCannotStart);
    for (size_t i = path.size(); i-- > 0;) {
      if (chdir(path[i].c_str()) != 0) _exit(static_cast<int>(i) + 1);
    }
    _exit(0);
  }
  if (child < 0) return SystemError("cannot start a process");
  const int code = WaitForExit(child);
  if (code == 0) return absl::OkStatus();
  const std::string& refused =
      code <= static_cast<int>(path.size()) ? path[static_cast<size_t>(code) - 1] : directory;
  return absl::PermissionDeniedError(
      absl::StrCat("PostgreSQL runs as user ", user.name, ", who may not enter ", refused,
                   ": choose another data directory, or allow it with chmod o+x"));
}

}  // namespace kpid::storage
