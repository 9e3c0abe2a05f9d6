#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "storage/embedded_cluster.h"
#include "storage/session.h"
#include "tests/storage/status_matchers.h"
#include "tests/support/test_database.h"

namespace kpid::storage {
namespace {

using test_support::TemporaryDirectory;

absl::StatusOr<std::unique_ptr<EmbeddedCluster>> StartIn(const std::string& data_dir) {
  EmbeddedClusterOptions options;
  options.data_dir = data_dir;
  return EmbeddedCluster::Start(options);
}

std::string Ask(const std::string& url, const std::string& sql) {
  SessionOptions options;
  options.url = url;
  const auto session = Session::Open(options, {});
  if (!session.ok()) return std::string(session.status().message());
  const auto rows = (*session)->ExecuteScript({"ask", sql}, {});
  if (!rows.ok()) return std::string(rows.status().message());
  return rows->size() == 0 ? "" : std::string(rows->At(0, 0).Text());
}

// The postmaster's process; 0: none is running.
pid_t Postmaster(const std::string& data_dir) {
  pid_t process = 0;
  std::ifstream(data_dir + "/postgresql/postmaster.pid") >> process;
  return process > 0 && kill(process, 0) == 0 ? process : 0;
}

class EmbeddedClusterTest : public ::testing::Test {
 protected:
  TemporaryDirectory directory_;
  const std::string data_dir_ = directory_.path() + "/data";
};

TEST_F(EmbeddedClusterTest, KeepsDataOverRestarts) {
  auto cluster = StartIn(data_dir_);
  ASSERT_TRUE(cluster.ok()) << cluster.status();
  Ask((*cluster)->url(), "CREATE TABLE t (x int); INSERT INTO t VALUES (42)");
  EXPECT_EQ(Ask((*cluster)->url(), "SHOW listen_addresses"), "");
  EXPECT_EQ(Ask((*cluster)->url(), "SHOW fsync"), "on");
  EXPECT_EQ(Ask((*cluster)->url(), "SHOW synchronous_commit"), "on");
  EXPECT_EQ(Ask((*cluster)->url(), "SHOW server_encoding"), "UTF8");
  const pid_t process = Postmaster(data_dir_);
  EXPECT_NE(process, 0);
  EXPECT_NE(getsid(process), getsid(0)) << "Ctrl-C would reach PostgreSQL";
  ASSERT_TRUE((*cluster)->Stop().ok());
  EXPECT_EQ(Postmaster(data_dir_), 0);
  EXPECT_TRUE((*cluster)->Stop().ok());  // Twice does no harm.
  EXPECT_EQ(waitpid(-1, nullptr, WNOHANG), -1) << "a child is left";

  cluster = StartIn(data_dir_);
  ASSERT_TRUE(cluster.ok()) << cluster.status();
  EXPECT_EQ(Ask((*cluster)->url(), "SELECT x FROM t"), "42");
}

TEST_F(EmbeddedClusterTest, OnlyItsUserMayEnter) {
  auto cluster = StartIn(data_dir_);
  ASSERT_TRUE(cluster.ok()) << cluster.status();
  struct stat found;
  ASSERT_EQ(stat((data_dir_ + "/postgresql").c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 0777, 0700u);
  if (geteuid() == 0) {
    EXPECT_NE(found.st_uid, 0u);
  }
}

TEST_F(EmbeddedClusterTest, DirectoryServesOneOwner) {
  auto cluster = StartIn(data_dir_);
  ASSERT_TRUE(cluster.ok()) << cluster.status();
  const absl::Status second = StartIn(data_dir_ + "/../data/").status();
  EXPECT_TRUE(absl::IsFailedPrecondition(second)) << second;
  EXPECT_EQ(ReasonOf(second), "DATA_DIR_IN_USE");
  EXPECT_EQ(Ask((*cluster)->url(), "SELECT 1"), "1");
}

TEST_F(EmbeddedClusterTest, TakesOverAfterItsOwnerWasKilled) {
  const pid_t owner = fork();
  if (owner == 0) {
    auto cluster = StartIn(data_dir_);
    if (!cluster.ok()) _exit(1);
    Ask((*cluster)->url(), "CREATE TABLE t (x int); INSERT INTO t VALUES (42)");
    kill(getpid(), SIGKILL);
  }
  int status = 0;
  ASSERT_EQ(waitpid(owner, &status, 0), owner);
  ASSERT_TRUE(WIFSIGNALED(status));
  const pid_t process = Postmaster(data_dir_);
  ASSERT_NE(process, 0) << "PostgreSQL was to outlive its owner";

  auto cluster = StartIn(data_dir_);
  ASSERT_TRUE(cluster.ok()) << cluster.status();
  EXPECT_EQ(Postmaster(data_dir_), process);
  EXPECT_EQ(Ask((*cluster)->url(), "SELECT x FROM t"), "42");
  ASSERT_TRUE((*cluster)->Stop().ok());
  EXPECT_EQ(Postmaster(data_dir_), 0);
}

TEST_F(EmbeddedClusterTest, RecoversAfterPostgresqlWasKilled) {
  auto cluster = StartIn(data_dir_);
  ASSERT_TRUE(cluster.ok()) << cluster.status();
  Ask((*cluster)->url(), "CREATE TABLE t (x int); INSERT INTO t VALUES (42)");
  ASSERT_EQ(kill(Postmaster(data_dir_), SIGKILL), 0);
  EXPECT_TRUE((*cluster)->Stop().ok());
  cluster = StartIn(data_dir_);
  ASSERT_TRUE(cluster.ok()) << cluster.status();
  EXPECT_EQ(Ask((*cluster)->url(), "SELECT x FROM t"), "42");
}

TEST_F(EmbeddedClusterTest, InterruptedInitializationIsDoneAgain) {
  std::filesystem::create_directories(data_dir_ + "/postgresql.new/base");
  std::ofstream(data_dir_ + "/postgresql.new/PG_VERSION") << "15\n";
  auto cluster = StartIn(data_dir_);
  ASSERT_TRUE(cluster.ok()) << cluster.status();
  EXPECT_FALSE(std::filesystem::exists(data_dir_ + "/postgresql.new"));
}

TEST_F(EmbeddedClusterTest, LongAndOddPathsWork) {
  const std::string odd =
      directory_.path() + "/it's, a long path with \xC3\xBC " + std::string(100, 'x');
  auto cluster = StartIn(odd);
  ASSERT_TRUE(cluster.ok()) << cluster.status();
  EXPECT_EQ(Ask((*cluster)->url(), "SELECT 1"), "1");
  const std::string socket_dir = Ask((*cluster)->url(), "SHOW unix_socket_directories");
  EXPECT_LE(socket_dir.size() + 14, 107u);
  struct stat found;
  ASSERT_EQ(stat(socket_dir.c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 0777, 0700u);
  ASSERT_TRUE((*cluster)->Stop().ok());
  EXPECT_FALSE(std::filesystem::exists(socket_dir));
}

TEST_F(EmbeddedClusterTest, NamesThatAShellWouldReadAreRefused) {
  for (const char* name : {"", "/tmp/$(id)", "/tmp/`id`", "/tmp/a\"b", "/tmp/a\\b"}) {
    EXPECT_TRUE(absl::IsInvalidArgument(StartIn(name).status())) << name;
  }
}

TEST_F(EmbeddedClusterTest, MakesDatabases) {
  auto cluster = StartIn(data_dir_);
  ASSERT_TRUE(cluster.ok()) << cluster.status();
  const auto first = (*cluster)->UrlOfDatabase("odd \"name'");
  ASSERT_TRUE(first.ok()) << first.status();
  EXPECT_EQ(Ask(*first, "SELECT current_database()"), "odd \"name'");
  EXPECT_TRUE((*cluster)->UrlOfDatabase("odd \"name'").ok());
}

TEST_F(EmbeddedClusterTest, MissingProgramsAreNamed) {
  EmbeddedClusterOptions options;
  options.data_dir = data_dir_;
  options.binary_dir = "/nonexistent";
  const absl::Status status = EmbeddedCluster::Start(options).status();
  EXPECT_TRUE(absl::IsNotFound(status));
  EXPECT_EQ(ReasonOf(status), "POSTGRESQL_NOT_FOUND");
}

TEST_F(EmbeddedClusterTest, DirectoryThatItsUserMayNotEnterIsNamed) {
  if (geteuid() != 0) GTEST_SKIP() << "only root starts PostgreSQL as another user";
  const std::string closed = directory_.path() + "/closed";
  ASSERT_EQ(mkdir(closed.c_str(), 0700), 0);
  const absl::Status status = StartIn(closed + "/data").status();
  EXPECT_TRUE(absl::IsPermissionDenied(status)) << status;
  EXPECT_NE(std::string(status.message()).find(closed), std::string::npos) << status;
}

}  // namespace
}  // namespace kpid::storage
