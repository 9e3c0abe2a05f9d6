// Databases for tests that need PostgreSQL.
//
// Linking kpid_test_database brings a main() that starts one embedded cluster for the process,
// in a temporary directory that goes when the tests end. Works as root and as any other user.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "storage/database.h"

namespace kpid::test_support {

// Rows as text; null is "NULL".
using SqlRows = std::vector<std::vector<std::string>>;

// A database of its own, dropped with this object. Failures throw, which GoogleTest reports: a
// test cannot go on without its database.
class TestDatabase {
 public:
  enum class Schema { kMigrated, kEmpty };

  // kMigrated is a copy of a template that was migrated once.
  explicit TestDatabase(Schema schema = Schema::kMigrated);
  ~TestDatabase();
  TestDatabase(const TestDatabase&) = delete;
  TestDatabase& operator=(const TestDatabase&) = delete;

  const std::string& name() const { return name_; }
  const std::string& url() const { return url_; }

  // Opened with the defaults, except for the URL.
  std::unique_ptr<storage::Database> Open() const;

  // Runs SQL, several statements too; returns the rows of the last.
  SqlRows Run(const std::string& sql) const;

  // The one value that a query returns.
  std::string Value(const std::string& sql) const;

 private:
  std::string name_;
  std::string url_;
};

// A directory that goes with this object, open to all users, so that a PostgreSQL started from
// a test run by root can work in it.
class TemporaryDirectory {
 public:
  TemporaryDirectory();
  ~TemporaryDirectory();
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;

  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

}  // namespace kpid::test_support
