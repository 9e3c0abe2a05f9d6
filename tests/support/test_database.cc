#include "tests/support/test_database.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <libpq-fe.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <mutex>
#include <stdexcept>
#include <utility>

#include "storage/embedded_cluster.h"
#include "storage/migrations.h"

namespace kpid::test_support {
namespace {

constexpr const char* kTemplateName = "kpid_template";

// Ends the test, not the process, which has a cluster to stop.
[[noreturn]] void Fail(const std::string& what, const std::string& why) {
  throw std::runtime_error(what + ": " + why);
}

SqlRows RunOn(const std::string& url, const std::string& sql) {
  const std::unique_ptr<PGconn, decltype(&PQfinish)> connection(PQconnectdb(url.c_str()),
                                                                &PQfinish);
  if (PQstatus(connection.get()) != CONNECTION_OK) {
    Fail("cannot connect to the test database", PQerrorMessage(connection.get()));
  }
  PQsetNoticeProcessor(
      connection.get(), [](void*, const char*) {}, nullptr);
  const std::unique_ptr<PGresult, decltype(&PQclear)> result(PQexec(connection.get(), sql.c_str()),
                                                             &PQclear);
  const ExecStatusType status = PQresultStatus(result.get());
  if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK) {
    Fail(sql, PQerrorMessage(connection.get()));
  }
  SqlRows rows(static_cast<size_t>(PQntuples(result.get())));
  for (int i = 0; i < PQntuples(result.get()); ++i) {
    for (int j = 0; j < PQnfields(result.get()); ++j) {
      rows[static_cast<size_t>(i)].emplace_back(
          PQgetisnull(result.get(), i, j) != 0 ? "NULL" : PQgetvalue(result.get(), i, j));
    }
  }
  return rows;
}

// The cluster of this process, and the directory that it lives in.
class ClusterEnvironment : public ::testing::Environment {
 public:
  void SetUp() override {
    directory_ = std::make_unique<TemporaryDirectory>();
    storage::EmbeddedClusterOptions options;
    options.data_dir = directory_->path();
    auto cluster = storage::EmbeddedCluster::Start(options);
    if (!cluster.ok()) Fail("cannot start PostgreSQL", std::string(cluster.status().message()));
    cluster_ = *std::move(cluster);
  }

  void TearDown() override {
    cluster_.reset();
    directory_.reset();
  }

  const std::string& url() const { return cluster_->url(); }

  std::string UrlOf(const std::string& database) {
    auto url = cluster_->UrlOfDatabase(database);
    if (!url.ok()) Fail("cannot make a database", std::string(url.status().message()));
    return *url;
  }

  void MakeTemplate() {
    std::call_once(template_made_, [this] {
      const auto report = storage::Migrate(UrlOf(kTemplateName));
      if (!report.ok()) Fail("cannot migrate", std::string(report.status().message()));
    });
  }

 private:
  std::unique_ptr<TemporaryDirectory> directory_;
  std::unique_ptr<storage::EmbeddedCluster> cluster_;
  std::once_flag template_made_;
};

ClusterEnvironment* environment = nullptr;

}  // namespace

TestDatabase::TestDatabase(Schema schema) {
  static std::atomic<int> count{0};
  name_ = "test_" + std::to_string(++count);
  std::string sql = "CREATE DATABASE " + name_;
  if (schema == Schema::kMigrated) {
    environment->MakeTemplate();
    sql += std::string(" TEMPLATE ") + kTemplateName;
  }
  RunOn(environment->url(), sql);
  url_ = environment->UrlOf(name_);
}

TestDatabase::~TestDatabase() {
  try {
    RunOn(environment->url(), "DROP DATABASE " + name_ + " WITH (FORCE)");
  } catch (const std::exception& error) {
    ADD_FAILURE() << error.what();
  }
}

std::unique_ptr<storage::Database> TestDatabase::Open() const {
  storage::DatabaseOptions options;
  options.url = url_;
  auto database = storage::Database::Open(std::move(options));
  if (!database.ok()) {
    Fail("cannot open the test database", std::string(database.status().message()));
  }
  return *std::move(database);
}

SqlRows TestDatabase::Run(const std::string& sql) const { return RunOn(url_, sql); }

std::string TestDatabase::Value(const std::string& sql) const {
  const SqlRows rows = Run(sql);
  if (rows.size() != 1 || rows[0].size() != 1) Fail(sql, "did not return one value");
  return rows[0][0];
}

TemporaryDirectory::TemporaryDirectory() {
  std::string path = (std::filesystem::temp_directory_path() / "kpid_test_XXXXXX").string();
  if (mkdtemp(path.data()) == nullptr || chmod(path.c_str(), 0755) != 0) {
    Fail("cannot make a temporary directory", path);
  }
  path_ = path;
}

TemporaryDirectory::~TemporaryDirectory() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace kpid::test_support

// libpqxx 6.4 forgets a result when the connection is lost, which some tests do on purpose.
extern "C" const char* __lsan_default_suppressions();
extern "C" const char* __lsan_default_suppressions() {
  return "leak:libpqxx\n";  // The module: Debian's library has no names for its inner functions.
}

int main(int argc, char** argv) {
  ::testing::InitGoogleMock(&argc, argv);
  kpid::test_support::environment = new kpid::test_support::ClusterEnvironment();
  ::testing::AddGlobalTestEnvironment(kpid::test_support::environment);
  return RUN_ALL_TESTS();
}
