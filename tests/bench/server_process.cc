#include "tests/bench/server_process.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <grpcpp/grpcpp.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <fstream>
#include <utility>

#include "absl/strings/str_cat.h"

namespace kpid::bench {
namespace {

constexpr std::chrono::seconds kStartTimeout{60};
constexpr std::chrono::seconds kConnectTry{1};  // Between looks at whether the child still lives.

// A port that was free a moment ago; 0 on failure.
int FreePort() {
  const int listener = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof(address);
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  int port = 0;
  if (bind(listener, generic, length) == 0 && getsockname(listener, generic, &length) == 0) {
    port = ntohs(address.sin_port);
  }
  close(listener);
  return port;
}

// A size in /proc/PID/status.
int64_t StatusBytes(pid_t pid, const std::string& name) {
  std::ifstream file(absl::StrCat("/proc/", pid, "/status"));
  std::string word;
  int64_t kibibytes = 0;
  while (file >> word) {
    if (word == name && file >> kibibytes) return kibibytes * 1024;
  }
  return 0;
}

// Child: replaces itself by the program. Only async-signal-safe calls.
[[noreturn]] void Become(const char* const* arguments, const char* log_path) {
  const int log = open(log_path, O_WRONLY | O_CREAT | O_APPEND, 0644);
  if (log >= 0) {
    dup2(log, STDOUT_FILENO);
    dup2(log, STDERR_FILENO);
  }
  execv(arguments[0], const_cast<char* const*>(arguments));
  _exit(127);
}

}  // namespace

absl::StatusOr<std::unique_ptr<ServerProcess>> ServerProcess::Start(
    const std::string& program, const std::string& database_url, const std::string& log_path,
    const std::vector<std::string>& options) {
  const std::string address = absl::StrCat("127.0.0.1:", FreePort());
  std::vector<const char*> arguments = {program.c_str(),      "serve",    "--database-url",
                                        database_url.c_str(), "--listen", address.c_str()};
  for (const std::string& option : options) arguments.push_back(option.c_str());
  arguments.push_back(nullptr);
  const pid_t pid = fork();
  if (pid < 0) return absl::InternalError("fork failed");
  if (pid == 0) Become(arguments.data(), log_path.c_str());

  std::unique_ptr<ServerProcess> server(new ServerProcess(pid, address));
  const auto channel = grpc::CreateChannel(address, grpc::InsecureChannelCredentials());
  const auto deadline = std::chrono::system_clock::now() + kStartTimeout;
  while (!channel->WaitForConnected(std::chrono::system_clock::now() + kConnectTry)) {
    if (waitpid(pid, nullptr, WNOHANG) == pid) {
      server->pid_ = 0;
      return absl::InternalError(absl::StrCat("kpid serve ended; see ", log_path));
    }
    if (std::chrono::system_clock::now() > deadline) {
      return absl::DeadlineExceededError(
          absl::StrCat("kpid serve does not answer; see ", log_path));
    }
  }
  return server;
}

int64_t ServerProcess::ResidentBytes() const { return StatusBytes(pid_, "VmRSS:"); }

int64_t ServerProcess::PeakBytes() const { return StatusBytes(pid_, "VmHWM:"); }

ServerProcess::~ServerProcess() {
  if (pid_ == 0) return;
  kill(pid_, SIGTERM);
  waitpid(pid_, nullptr, 0);
}

}  // namespace kpid::bench
