#include "tests/property/served_scene.h"

#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <stdexcept>
#include <utility>

#include "storage/child_process.h"
#include "storage/migrations.h"

namespace kpid::proof {
namespace {

// Longest that a call may wait for PostgreSQL to come back.
constexpr std::chrono::seconds kCallPatience{60};

// Longest that a restart may take; pg_ctl's own limit is a minute, too little for a slow disk.
constexpr std::chrono::seconds kRestartPatience{180};
constexpr const char* kRestartSeconds = "150";

std::string Program(const std::string& name) {
  for (const auto& entry : std::filesystem::directory_iterator("/usr/lib/postgresql")) {
    const auto path = entry.path() / "bin" / name;
    if (std::filesystem::exists(path)) return path.string();
  }
  return name;
}

[[noreturn]] void Throw(const absl::Status& status) {
  throw std::runtime_error(std::string(status.message()));
}

}  // namespace

metrics::CallLimits Patience() {
  metrics::CallLimits limits;
  limits.deadline = std::chrono::steady_clock::now() + kCallPatience;
  return limits;
}

void Tokens::Give() {
  const std::lock_guard lock(mutex_);
  tokens_ = std::min(tokens_ + 1, kTokensMax);
  ++given_;
  changed_.notify_all();
}

bool Tokens::Take(std::chrono::milliseconds patience) {
  std::unique_lock lock(mutex_);
  if (!changed_.wait_for(lock, patience, [this] { return tokens_ > 0; })) return false;
  --tokens_;
  return true;
}

void Tokens::AwaitGiven(int64_t count, std::chrono::milliseconds patience) {
  std::unique_lock lock(mutex_);
  const int64_t enough = given_ + count;
  changed_.wait_for(lock, patience, [&] { return given_ >= enough; });
}

RestartedCluster::RestartedCluster() {
  storage::EmbeddedClusterOptions options;
  options.data_dir = directory_.path() + "/data";
  auto cluster = storage::EmbeddedCluster::Start(options);
  if (!cluster.ok()) Throw(cluster.status());
  cluster_ = *std::move(cluster);
  const auto report = storage::Migrate(url());
  if (!report.ok()) Throw(report.status());
  Run("ALTER SYSTEM SET deadlock_timeout = '10ms'");
  Run("SELECT pg_reload_conf()");
}

void RestartedCluster::Restart(const std::string& mode) {
  const auto user = geteuid() == 0 ? storage::FindUser("postgres") : storage::CurrentUser();
  if (!user.ok()) Throw(user.status());
  const auto restarted =
      storage::RunProgram(*user,
                          {Program("pg_ctl"), "-D", directory_.path() + "/data/postgresql", "-w",
                           "-t", kRestartSeconds, "-m", mode, "-l", "/dev/null", "restart"},
                          kRestartPatience);
  if (!restarted.ok()) Throw(restarted.status());
  if (restarted->exit_code != 0) throw std::runtime_error(restarted->output);
}

int64_t RestartedCluster::Run(const std::string& sql) {
  storage::SessionOptions options;
  options.url = url();
  const auto session = storage::Session::Open(options, {});
  if (!session.ok()) return 0;
  const auto rows = (*session)->ExecuteScript({"test_run", sql}, {});
  if (!rows.ok() || rows->size() == 0) return 0;
  return std::atoll(std::string(rows->At(0, 0).Text()).c_str());
}

void Scene::Fail(const std::string& text) {
  const std::lock_guard lock(mutex);
  if (failure.empty()) failure = text;
  stopping.store(true);
}

}  // namespace kpid::proof
