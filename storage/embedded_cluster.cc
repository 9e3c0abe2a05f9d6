#include "storage/embedded_cluster.h"

#include <fcntl.h>
#include <spdlog/spdlog.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "metrics/error_reason.h"
#include "storage/child_process.h"
#include "storage/cluster_settings.h"
#include "storage/connection_parameters.h"
#include "storage/session.h"

namespace kpid::storage {
namespace {

namespace fs = std::filesystem;
using metrics::ErrorWithReason;

// The cluster's superuser and first database.
constexpr const char* kDatabaseUser = "kpid";
constexpr const char* kDatabaseName = "kpid";

// Port is part of the socket's name only.
constexpr const char* kPort = "5432";
constexpr std::string_view kSocketName = "/.s.PGSQL.5432";

// Longest path of a unix socket (sun_path without its NUL).
constexpr size_t kSocketPathMax = 107;

constexpr std::chrono::seconds kInitializeTimeout{120};
// pg_ctl ends by itself after the timeout it is given; this much later it is killed.
constexpr std::chrono::seconds kProgramGrace{15};

constexpr Statement kListDatabase{"list_database",
                                  "SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)"};

std::string ClusterDirectory(const EmbeddedClusterOptions& options) {
  return options.data_dir + "/postgresql";
}
std::string LogFile(const EmbeddedClusterOptions& options) {
  return options.data_dir + "/postgresql.log";
}

absl::Status FileError(const char* what, const std::string& path, int error) {
  return absl::FailedPreconditionError(absl::StrCat(what, " ", path, ": ", std::strerror(error)));
}

bool HasPrograms(const fs::path& directory) {
  return std::ranges::all_of(std::array{"initdb", "pg_ctl", "postgres"}, [&](const char* name) {
    return access((directory / name).c_str(), X_OK) == 0;
  });
}

// The directory of PostgreSQL's programs: as given, or the newest of Debian's, or of PATH.
absl::StatusOr<std::string> FindPrograms(const std::string& given) {
  if (!given.empty()) {
    if (HasPrograms(given)) return given;
    return ErrorWithReason(absl::StatusCode::kNotFound,
                           absl::StrCat("no initdb, pg_ctl and postgres in ", given),
                           {"POSTGRESQL_NOT_FOUND", {{"directory", given}}});
  }
  std::string newest;
  int newest_version = 0;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator("/usr/lib/postgresql", ignored)) {
    int version = 0;
    const fs::path programs = entry.path() / "bin";
    if (!absl::SimpleAtoi(entry.path().filename().string(), &version)) continue;
    if (version > newest_version && HasPrograms(programs)) {
      newest = programs.string();
      newest_version = version;
    }
  }
  if (!newest.empty()) return newest;
  const char* path = std::getenv("PATH");
  const std::vector<std::string> directories = absl::StrSplit(path == nullptr ? "" : path, ':');
  for (const std::string& directory : directories) {
    if (!directory.empty() && HasPrograms(directory)) return directory;
  }
  return ErrorWithReason(absl::StatusCode::kNotFound,
                         "PostgreSQL is not installed here: install it (Debian, Ubuntu: apt-get "
                         "install postgresql), name its programs' directory, or give a database "
                         "URL",
                         {"POSTGRESQL_NOT_FOUND", {}});
}

// PostgreSQL refuses to run as root.
absl::StatusOr<UserIdentity> ChooseUser(const std::string& given) {
  if (geteuid() != 0) return CurrentUser();
  if (!given.empty()) return FindUser(given);
  absl::StatusOr<UserIdentity> user = FindUser("postgres");
  return user.ok() ? user : FindUser("nobody");
}

absl::Status MakeDataDirectory(const std::string& path) {
  std::error_code error;
  fs::create_directories(path, error);
  if (error) return FileError("cannot make", path, error.value());
  return absl::OkStatus();
}

// Holds the directory for this process; the lock goes with the process, however it ends.
absl::StatusOr<int> LockDataDirectory(const std::string& data_dir) {
  const std::string path = data_dir + "/kpid.lock";
  const int fd = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0) return FileError("cannot open", path, errno);
  if (flock(fd, LOCK_EX | LOCK_NB) == 0) return fd;
  const int error = errno;
  close(fd);
  if (error != EWOULDBLOCK) return FileError("cannot lock", path, error);
  return ErrorWithReason(absl::StatusCode::kFailedPrecondition,
                         absl::StrCat("another kpid serves the data directory ", data_dir),
                         {"DATA_DIR_IN_USE", {{"data_dir", data_dir}}});
}

absl::Status GiveTo(const UserIdentity& user, const std::string& path) {
  if (geteuid() != 0) return absl::OkStatus();
  if (chown(path.c_str(), user.uid, user.gid) != 0) return FileError("cannot chown", path, errno);
  return absl::OkStatus();
}

// Puts everything written so far on disk: one pass over the file system is far quicker than what
// initdb does by itself, file by file.
absl::Status SyncFileSystem(const std::string& path) {
  const int fd = open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return FileError("cannot open", path, errno);
  const int result = syncfs(fd);
  const int error = errno;
  close(fd);
  if (result != 0) return FileError("cannot sync", path, error);
  return absl::OkStatus();
}

// Runs initdb in a directory beside, so that one that was interrupted is not taken for done.
absl::Status InitializeCluster(const EmbeddedClusterOptions& options, const std::string& binary_dir,
                               const UserIdentity& user) {
  const std::string cluster = ClusterDirectory(options);
  const std::string unfinished = cluster + ".new";
  std::error_code error;
  fs::remove_all(unfinished, error);
  if (error) return FileError("cannot remove", unfinished, error.value());
  if (mkdir(unfinished.c_str(), 0700) != 0) return FileError("cannot make", unfinished, errno);
  absl::Status status = GiveTo(user, unfinished);
  if (!status.ok()) return status;
  status = CheckMayEnter(user, unfinished);
  if (!status.ok()) return status;
  absl::StatusOr<ProgramResult> result =
      RunProgram(user,
                 {binary_dir + "/initdb", "--pgdata=" + unfinished, "--encoding=UTF8", "--locale=C",
                  absl::StrCat("--username=", kDatabaseUser), "--auth-local=trust",
                  "--auth-host=reject", "--data-checksums", "--no-instructions", "--no-sync"},
                 kInitializeTimeout);
  if (!result.ok()) return result.status();
  if (result->exit_code != 0) {
    return absl::InternalError(absl::StrCat("initdb failed: ", result->output));
  }
  std::ofstream settings(unfinished + "/postgresql.conf", std::ios::app);
  const fs::space_info space = fs::space(options.data_dir, error);
  settings << ClusterSettings(MemoryLimitBytes(),
                              error ? 0 : static_cast<int64_t>(space.available));
  settings.close();
  if (!settings) return FileError("cannot write", unfinished + "/postgresql.conf", errno);
  status = SyncFileSystem(unfinished);
  if (!status.ok()) return status;
  fs::rename(unfinished, cluster, error);
  if (error) return FileError("cannot rename", unfinished, error.value());
  return SyncFileSystem(options.data_dir);
}

// Whether libpq and PostgreSQL take the directory as it is: neither quotes nor lists.
bool IsPlainSocketDirectory(const std::string& path) {
  return path.size() + kSocketName.size() <= kSocketPathMax &&
         std::ranges::all_of(path, [](unsigned char c) {
           return std::isalnum(c) != 0 || std::strchr("/._-+", c) != nullptr;
         });
}

// Where the socket goes: the cluster's own directory, which only its user may enter, or where
// that path is too long a private directory of a short name made from it.
absl::StatusOr<std::string> MakeSocketDirectory(const std::string& cluster,
                                                const UserIdentity& user) {
  if (IsPlainSocketDirectory(cluster)) return cluster;
  const char* runtime = std::getenv("XDG_RUNTIME_DIR");
  const bool own_runtime = geteuid() != 0 && runtime != nullptr && runtime[0] == '/' &&
                           access(runtime, W_OK | X_OK) == 0 && std::strlen(runtime) < 60;
  // FNV-1a: the name must be the same in the next process.
  uint64_t hash = 14695981039346656037ULL;
  for (const unsigned char c : cluster) hash = (hash ^ c) * 1099511628211ULL;
  const std::string path = absl::StrCat(own_runtime ? runtime : "/tmp", "/kpid-", user.uid, "-",
                                        absl::Hex(hash, absl::kZeroPad16));
  if (mkdir(path.c_str(), 0700) == 0) {
    const absl::Status status = GiveTo(user, path);
    if (!status.ok()) return status;
    return path;
  }
  if (errno != EEXIST) return FileError("cannot make", path, errno);
  struct stat found;
  if (lstat(path.c_str(), &found) != 0) return FileError("cannot look at", path, errno);
  if (!S_ISDIR(found.st_mode) || found.st_uid != user.uid || (found.st_mode & 0077) != 0) {
    return absl::FailedPreconditionError(
        absl::StrCat(path, " must be a directory of user ", user.name, " alone: remove it"));
  }
  return path;
}

// The postmaster's process and socket directory, from postmaster.pid; process 0: none.
struct Postmaster {
  pid_t process = 0;
  std::string socket_dir;
};

Postmaster ReadPostmaster(const std::string& cluster) {
  std::ifstream file(cluster + "/postmaster.pid");
  std::vector<std::string> lines;
  for (std::string line; lines.size() < 5 && std::getline(file, line);) lines.push_back(line);
  Postmaster postmaster;
  int process = 0;
  if (!lines.empty() && absl::SimpleAtoi(lines[0], &process)) postmaster.process = process;
  if (lines.size() == 5) postmaster.socket_dir = lines[4];
  return postmaster;
}

// The end of the server's log, for an error.
std::string LogTail(const std::string& path) {
  constexpr std::streamoff kTailBytes = 2'000;
  std::ifstream file(path, std::ios::binary | std::ios::ate);
  const std::streamoff size = file.tellg();
  if (size <= 0) return "";
  file.seekg(std::max<std::streamoff>(0, size - kTailBytes));
  return std::string(std::istreambuf_iterator<char>(file), {});
}

absl::Status MakeLogFile(const std::string& path, const UserIdentity& user) {
  const int fd = open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (fd < 0) return FileError("cannot write", path, errno);
  close(fd);
  return GiveTo(user, path);
}

absl::StatusOr<ProgramResult> RunControl(const std::string& binary_dir, const UserIdentity& user,
                                         const std::string& cluster,
                                         std::vector<std::string> arguments,
                                         std::chrono::seconds timeout) {
  arguments.insert(arguments.begin(), {binary_dir + "/pg_ctl", "--pgdata=" + cluster});
  return RunProgram(user, arguments, timeout + kProgramGrace);
}

absl::StatusOr<bool> IsRunning(const std::string& binary_dir, const UserIdentity& user,
                               const std::string& cluster) {
  absl::StatusOr<ProgramResult> result =
      RunControl(binary_dir, user, cluster, {"status"}, std::chrono::seconds(10));
  if (!result.ok()) return result.status();
  return result->exit_code == 0;
}

absl::Status StopRunning(const std::string& binary_dir, const UserIdentity& user,
                         const std::string& cluster, std::chrono::seconds timeout) {
  const std::string seconds = absl::StrCat("--timeout=", timeout.count());
  for (const char* mode : {"--mode=fast", "--mode=immediate"}) {
    const absl::StatusOr<ProgramResult> result =
        RunControl(binary_dir, user, cluster, {"stop", mode, "--wait", seconds}, timeout);
    if (!result.ok()) return result.status();
    const absl::StatusOr<bool> running = IsRunning(binary_dir, user, cluster);
    if (!running.ok()) return running.status();
    if (!*running) return absl::OkStatus();
    spdlog::warn("PostgreSQL did not stop in time: {}", result->output);
  }
  return absl::InternalError("cannot stop PostgreSQL");
}

absl::Status StopCluster(const std::string& binary_dir, const UserIdentity& user,
                         const std::string& cluster, std::chrono::seconds timeout) {
  const pid_t process = ReadPostmaster(cluster).process;
  const absl::StatusOr<bool> running = IsRunning(binary_dir, user, cluster);
  if (!running.ok()) return running.status();
  const absl::Status status =
      *running ? StopRunning(binary_dir, user, cluster, timeout) : absl::OkStatus();
  // As process 1 of a container kpid inherits the postmaster and must bury it; otherwise this
  // returns at once.
  if (status.ok() && process > 0) waitpid(process, nullptr, 0);
  return status;
}

std::string UrlOf(const std::string& socket_dir, const std::string& database) {
  return ConnectionString(
      {{"host", socket_dir}, {"port", kPort}, {"user", kDatabaseUser}, {"dbname", database}});
}

absl::StatusOr<std::unique_ptr<Session>> OpenMaintenance(const std::string& socket_dir) {
  SessionOptions options;
  options.url = UrlOf(socket_dir, "postgres");
  return Session::Open(options, {});
}

// Starts the server, or takes over the one that a killed kpid left running. One that is not as
// it should be, for example because it was stopping just then, is stopped first.
absl::Status StartCluster(const EmbeddedClusterOptions& options, const std::string& binary_dir,
                          const UserIdentity& user, const std::string& socket_dir) {
  const std::string cluster = ClusterDirectory(options);
  absl::StatusOr<bool> running = IsRunning(binary_dir, user, cluster);
  if (!running.ok()) return running.status();
  if (*running) {
    if (ReadPostmaster(cluster).socket_dir == socket_dir && OpenMaintenance(socket_dir).ok()) {
      spdlog::info("took over the PostgreSQL server left running in {}", cluster);
      return absl::OkStatus();
    }
    const absl::Status status = StopCluster(binary_dir, user, cluster, options.stop_timeout);
    if (!status.ok()) return status;
  }
  const std::string log = LogFile(options);
  const absl::Status status = MakeLogFile(log, user);
  if (!status.ok()) return status;
  absl::StatusOr<ProgramResult> result = RunControl(
      binary_dir, user, cluster,
      {"start", "--wait", absl::StrCat("--timeout=", options.start_timeout.count()), "--log=" + log,
       absl::StrCat("--options=-c listen_addresses='' -c unix_socket_directories='", socket_dir,
                    "' -c unix_socket_permissions=0700 -c port=", kPort)},
      options.start_timeout);
  if (!result.ok()) return result.status();
  if (result->exit_code == 0) return absl::OkStatus();
  return absl::InternalError(absl::StrCat("cannot start PostgreSQL: ", result->output, "\nend of ",
                                          log, ":\n", LogTail(log)));
}

}  // namespace

absl::StatusOr<std::unique_ptr<EmbeddedCluster>> EmbeddedCluster::Start(
    EmbeddedClusterOptions options) {
  std::error_code error;
  const fs::path absolute = fs::absolute(options.data_dir, error);
  // pg_ctl passes names through a shell, between quotation marks.
  if (options.data_dir.empty() || error ||
      absolute.string().find_first_of("\"$`\\\n\r") != std::string::npos) {
    return absl::InvalidArgumentError(
        "the data directory must have a name, without quotation marks, $, ` and backslashes");
  }
  options.data_dir = std::string(absl::StripSuffix(absolute.lexically_normal().string(), "/"));
  absl::StatusOr<std::string> binary_dir = FindPrograms(options.binary_dir);
  if (!binary_dir.ok()) return binary_dir.status();
  absl::StatusOr<UserIdentity> user = ChooseUser(options.user);
  if (!user.ok()) return user.status();
  absl::Status status = MakeDataDirectory(options.data_dir);
  if (!status.ok()) return status;
  absl::StatusOr<int> lock = LockDataDirectory(options.data_dir);
  if (!lock.ok()) return lock.status();

  std::unique_ptr<EmbeddedCluster> cluster(new EmbeddedCluster());
  cluster->lock_fd_ = *lock;
  cluster->options_ = options;
  cluster->binary_dir_ = *binary_dir;
  cluster->user_ = user->name;
  const std::string directory = ClusterDirectory(options);
  if (!fs::exists(directory + "/PG_VERSION")) {
    status = InitializeCluster(options, *binary_dir, *user);
  } else {
    status = CheckMayEnter(*user, directory);
  }
  if (!status.ok()) return status;
  absl::StatusOr<std::string> socket_dir = MakeSocketDirectory(directory, *user);
  if (!socket_dir.ok()) return socket_dir.status();
  cluster->socket_dir_ = *socket_dir;
  status = StartCluster(options, *binary_dir, *user, *socket_dir);
  if (!status.ok()) return status;
  cluster->running_ = true;
  absl::StatusOr<std::string> url = cluster->UrlOfDatabase(kDatabaseName);
  if (!url.ok()) return url.status();
  cluster->url_ = *url;
  return cluster;
}

EmbeddedCluster::~EmbeddedCluster() {
  const absl::Status status = Stop();
  if (!status.ok()) spdlog::error("{}", std::string(status.message()));
}

absl::Status EmbeddedCluster::Stop() {
  absl::Status status;
  if (running_) {
    running_ = false;
    const UserIdentity self = CurrentUser();
    const absl::StatusOr<UserIdentity> user =
        self.name == user_ ? absl::StatusOr<UserIdentity>(self) : FindUser(user_);
    status = user.ok() ? StopCluster(binary_dir_, *user, ClusterDirectory(options_),
                                     options_.stop_timeout)
                       : user.status();
    if (status.ok() && socket_dir_ != ClusterDirectory(options_)) rmdir(socket_dir_.c_str());
  }
  if (lock_fd_ >= 0) close(std::exchange(lock_fd_, -1));
  return status;
}

absl::StatusOr<std::string> EmbeddedCluster::UrlOfDatabase(const std::string& name) {
  absl::StatusOr<std::unique_ptr<Session>> session = OpenMaintenance(socket_dir_);
  if (!session.ok()) return session.status();
  const std::array parameters{TextParameter(name)};
  absl::StatusOr<Rows> rows = (*session)->Execute(kListDatabase, parameters, {});
  if (!rows.ok()) return rows.status();
  if (!rows->Bool(0, 0)) {
    std::string quoted = "\"";
    for (const char c : name) quoted.append(c == '"' ? 2 : 1, c);
    const std::string sql = absl::StrCat("CREATE DATABASE ", quoted, "\"");
    absl::StatusOr<Rows> created = (*session)->Execute({"create_database", sql}, {}, {});
    if (!created.ok()) return created.status();
  }
  return UrlOf(socket_dir_, name);
}

}  // namespace kpid::storage
