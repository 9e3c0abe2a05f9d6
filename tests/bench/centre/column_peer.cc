#include "tests/bench/centre/column_peer.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <utility>

#include "absl/strings/str_cat.h"

namespace kpid::bench {

using nlohmann::json;

struct ColumnPeer::Process {
  pid_t pid = 0;
  FILE* requests = nullptr;
  FILE* replies = nullptr;

  absl::StatusOr<json> Receive() {
    char* line = nullptr;
    size_t capacity = 0;
    const ssize_t length = getline(&line, &capacity, replies);
    const std::string text(line == nullptr || length < 0 ? "" : line);
    std::free(line);
    const json reply = json::parse(text, nullptr, false);
    if (reply.is_discarded()) return absl::UnavailableError("the process of the peer ended");
    if (reply.contains("error")) return absl::InternalError(reply["error"].get<std::string>());
    return reply;
  }

  absl::StatusOr<json> Call(const json& request) {
    const std::string line = request.dump() + "\n";
    std::fwrite(line.data(), 1, line.size(), requests);
    std::fflush(requests);
    return Receive();
  }
};

ColumnPeer::ColumnPeer(std::unique_ptr<Process> process) : process_(std::move(process)) {}

absl::StatusOr<std::unique_ptr<ColumnPeer>> ColumnPeer::Start(SqlDialect system,
                                                              const std::string& script,
                                                              const std::string& packages) {
  signal(SIGPIPE, SIG_IGN);  // A peer that ended shows as an answer that does not come.
  std::array<int, 2> to{}, from{};
  if (pipe(to.data()) != 0 || pipe(from.data()) != 0) return absl::InternalError("no pipe");
  const char* const name = system == SqlDialect::kDuckDb ? "duckdb" : "clickhouse";
  const pid_t pid = fork();
  if (pid < 0) return absl::InternalError("fork failed");
  if (pid == 0) {
    dup2(to[0], STDIN_FILENO);
    dup2(from[1], STDOUT_FILENO);
    for (const int end : {to[0], to[1], from[0], from[1]}) close(end);
    execlp("node", "node", script.c_str(), name, packages.c_str(), nullptr);
    _exit(127);
  }
  close(to[0]);
  close(from[1]);
  auto process = std::make_unique<Process>();
  process->pid = pid;
  process->requests = fdopen(to[1], "w");
  process->replies = fdopen(from[0], "r");
  std::unique_ptr<ColumnPeer> peer(new ColumnPeer(std::move(process)));
  if (const auto ready = peer->process_->Receive(); !ready.ok()) {
    return absl::UnavailableError(absl::StrCat(name, " does not start"));
  }
  return peer;
}

ColumnPeer::~ColumnPeer() {
  std::fclose(process_->requests);  // The end of its input ends it.
  std::fclose(process_->replies);
  waitpid(process_->pid, nullptr, 0);
}

absl::StatusOr<double> ColumnPeer::Load(const ExportedTable& table, const std::string& path) {
  const auto reply = process_->Call({{"load",
                                      {{"name", std::string(table.name)},
                                       {"columns", std::string(table.columns)},
                                       {"path", path}}}});
  if (!reply.ok()) return reply.status();
  return (*reply)["milliseconds"][0].get<double>();
}

absl::StatusOr<TimedAnswer> ColumnPeer::Ask(const std::string& sql, int runs) {
  const auto reply = process_->Call({{"ask", sql}, {"runs", runs}});
  if (!reply.ok()) return reply.status();
  TimedAnswer timed;
  timed.timing.milliseconds = (*reply)["milliseconds"].get<std::vector<double>>();
  for (const json& row : (*reply)["rows"]) {
    auto& values = timed.answer[{row[0].get<int64_t>(), row[1].get<int64_t>()}];
    for (size_t column = 2; column < row.size(); ++column) {
      values.push_back(row[column].is_null() ? std::nullopt
                                             : std::optional(row[column].get<double>()));
    }
  }
  return timed;
}

}  // namespace kpid::bench
