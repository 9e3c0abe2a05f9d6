#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "storage/session.h"
#include "storage/session_pool.h"
#include "storage/text_session.h"
#include "tests/storage/held_session.h"
#include "tests/storage/status_matchers.h"

namespace kpid::storage {
namespace {

using metrics::CallLimits;
using std::chrono::milliseconds;
using std::chrono::steady_clock;
using test_support::TestDatabase;

// Far longer than a test waits on the slowest machine.
constexpr Statement kSleep{"sleep", "SELECT pg_sleep(600)"};

// What ends because it is told to has ended by then; by itself it would not have.
constexpr std::chrono::seconds kPatience{60};

class SessionTest : public ::testing::Test {
 protected:
  // Statements of other clients that still run.
  std::string Running() {
    return database_.Value(
        "SELECT count(*) FROM pg_stat_activity WHERE state = 'active'"
        " AND backend_type = 'client backend'"
        " AND datname = current_database() AND pid <> pg_backend_pid()");
  }
  void ExpectNothingRuns() {
    const auto give_up = steady_clock::now() + kPatience;
    std::string running = Running();
    while (running != "0" && steady_clock::now() < give_up) running = Running();
    EXPECT_EQ(running, "0");
  }

  TestDatabase database_{TestDatabase::Schema::kEmpty};
};

TEST_F(SessionTest, DeadlineEndsTheStatementAtTheServerToo) {
  const auto session = OpenSession(database_);
  CallLimits limits;
  const auto start = steady_clock::now();
  limits.deadline = start + milliseconds(100);
  EXPECT_TRUE(absl::IsDeadlineExceeded(session->Execute(kSleep, {}, limits).status()));
  EXPECT_LT(steady_clock::now() - start, kPatience);
  EXPECT_FALSE(session->Reusable());
  EXPECT_FALSE(session->server_lost());
  ExpectNothingRuns();
}

TEST_F(SessionTest, CancelledCallerEndsTheStatement) {
  const auto session = OpenSession(database_);
  CallLimits limits;
  const auto leave = steady_clock::now() + milliseconds(50);
  limits.cancelled = [&] { return steady_clock::now() > leave; };
  EXPECT_TRUE(absl::IsCancelled(session->Execute(kSleep, {}, limits).status()));
  EXPECT_LT(steady_clock::now() - leave, kPatience);
  ExpectNothingRuns();
}

TEST_F(SessionTest, CopyEndsWithTheLimits) {
  const auto session = OpenSession(database_);
  CallLimits limits;
  limits.deadline = steady_clock::now() + milliseconds(100);
  const absl::Status status =
      session->CopyOut({"endless", "COPY (SELECT generate_series(1, 1000000000000)) TO STDOUT"},
                       limits, [](std::string_view) { return absl::OkStatus(); });
  EXPECT_TRUE(absl::IsDeadlineExceeded(status));
  ExpectNothingRuns();
}

TEST_F(SessionTest, CopyEndsWithTheSink) {
  const auto session = OpenSession(database_);
  int rows = 0;
  const absl::Status status = session->CopyOut(
      {"endless", "COPY (SELECT generate_series(1, 1000000000000)) TO STDOUT"}, {},
      [&](std::string_view) {
        return ++rows < 10 ? absl::OkStatus() : absl::ResourceExhaustedError("enough");
      });
  EXPECT_TRUE(absl::IsResourceExhausted(status));
  ExpectNothingRuns();
}

TEST_F(SessionTest, StatementTimeoutIsTheBackstop) {
  SessionOptions options;
  options.url = database_.url();
  options.statement_timeout = milliseconds(50);
  const auto session = Session::Open(options, {});
  ASSERT_TRUE(session.ok());
  EXPECT_TRUE(absl::IsDeadlineExceeded((*session)->Execute(kSleep, {}, {}).status()));
  EXPECT_TRUE((*session)->Reusable());
}

TEST_F(SessionTest, TerminatedSessionIsUnavailable) {
  const auto session = OpenSession(database_);
  database_.Run("SELECT pg_terminate_backend(" + std::to_string(session->backend_pid()) + ")");
  EXPECT_TRUE(absl::IsUnavailable(session->Execute(kSleep, {}, {}).status()));
  EXPECT_FALSE(session->Reusable());
  EXPECT_TRUE(session->server_lost());
}

TEST_F(SessionTest, IdleSessionNoticesThatItsServerWentAway) {
  const auto session = OpenSession(database_);
  EXPECT_TRUE(session->Reusable());
  database_.Run("SELECT pg_terminate_backend(" + std::to_string(session->backend_pid()) +
                ", 60000)");
  EXPECT_FALSE(session->Reusable());
}

TEST_F(SessionTest, TransactionIsRolledBackUnlessCommitted) {
  const auto session = OpenSession(database_);
  RunScript(session.get(), "CREATE TABLE t (x int)");
  {
    const auto transaction = Transaction::Begin(session.get(), {"begin", "BEGIN"}, {});
    ASSERT_TRUE(transaction.ok());
    RunScript(session.get(), "INSERT INTO t VALUES (1)");
  }
  EXPECT_EQ(database_.Value("SELECT count(*) FROM t"), "0");
  EXPECT_TRUE(session->Reusable());
  {
    auto transaction = Transaction::Begin(session.get(), {"begin", "BEGIN"}, {});
    ASSERT_TRUE(transaction.ok());
    RunScript(session.get(), "INSERT INTO t VALUES (2)");
    EXPECT_TRUE(transaction->Commit({}).ok());
  }
  EXPECT_EQ(database_.Value("SELECT x FROM t"), "2");
}

TEST_F(SessionTest, BeginThatFailsHalfwayLeavesNoTransaction) {
  const auto session = OpenSession(database_);
  EXPECT_FALSE(Transaction::Begin(session.get(), {"begin", "BEGIN; SELECT 1 / 0"}, {}).ok());
  EXPECT_TRUE(session->Reusable());
}

TEST_F(SessionTest, ConnectingEndsInTime) {
  SessionOptions options;
  options.url = "host=192.0.2.1 port=5432 dbname=x";  // TEST-NET: nobody answers.
  options.connect_timeout = milliseconds(100);
  const auto start = steady_clock::now();
  EXPECT_TRUE(absl::IsUnavailable(Session::Open(options, {}).status()));
  EXPECT_LT(steady_clock::now() - start, kPatience);  // The system's own limit is two minutes.
}

TEST_F(SessionTest, IdentityNamesTheDatabase) {
  TestDatabase other{TestDatabase::Schema::kEmpty};
  EXPECT_EQ(OpenSession(database_)->identity(), OpenSession(database_)->identity());
  EXPECT_NE(OpenSession(database_)->identity(), OpenSession(other)->identity());
}

TEST_F(SessionTest, SynchronousCommitIsTurnedOn) {
  database_.Run("ALTER DATABASE " + database_.name() + " SET synchronous_commit = off");
  const auto session = OpenSession(database_);
  const auto rows = session->Execute({"show", "SHOW synchronous_commit"}, {}, {});
  ASSERT_TRUE(rows.ok());
  EXPECT_EQ(rows->At(0, 0).Text(), "on");
}

class TextSessionTest : public SessionTest {
 protected:
  std::unique_ptr<TextSession> Open() {
    SessionOptions options;
    options.url = database_.url();
    auto session = TextSession::Open(options);
    EXPECT_TRUE(session.ok()) << session.status();
    return *std::move(session);
  }
};

TEST_F(TextSessionTest, PassesParametersAndNulls) {
  const auto session = Open();
  TextRows rows;
  const absl::Status status = session->InTransaction({}, [&](TextTransaction& transaction) {
    auto result = transaction.Execute(
        {"echo",
         "SELECT $1::text, $2::int + 1, $3::text, $4::text, $5::text, $6::text, $7::text,"
         " $8::text"},
        {"a'b", "41", std::nullopt, "", "e", "f", "g", "ü"});
    rows = result.value_or(TextRows());
    return result.status();
  });
  ASSERT_TRUE(status.ok()) << status;
  EXPECT_EQ(rows, (TextRows{{"a'b", "42", std::nullopt, "", "e", "f", "g", "ü"}}));
}

TEST_F(TextSessionTest, ErrorRollsBackAndKeepsTheSession) {
  const auto session = Open();
  const absl::Status status = session->InTransaction({}, [&](TextTransaction& transaction) {
    EXPECT_TRUE(transaction.ExecuteScript({"make", "CREATE TABLE t (x int)"}).ok());
    return transaction.Execute({"fail", "SELECT 1 / 0"}, {}).status();
  });
  EXPECT_TRUE(absl::IsInternal(status)) << status;
  EXPECT_TRUE(session->Reusable());
  EXPECT_EQ(database_.Value("SELECT to_regclass('t')"), "NULL");
}

TEST_F(TextSessionTest, DeadlineEndsTheStatement) {
  const auto session = Open();
  CallLimits limits;
  limits.deadline = steady_clock::now() + milliseconds(100);
  const absl::Status status = session->InTransaction(limits, [&](TextTransaction& transaction) {
    return transaction.Execute(kSleep, {}).status();
  });
  EXPECT_TRUE(absl::IsDeadlineExceeded(status)) << status;
  EXPECT_FALSE(session->Reusable());
  ExpectNothingRuns();
}

TEST_F(TextSessionTest, LostConnectionIsUnavailable) {
  const auto session = Open();
  const absl::Status status = session->InTransaction({}, [&](TextTransaction& transaction) {
    return transaction.Execute({"die", "SELECT pg_terminate_backend(pg_backend_pid())"}, {})
        .status();
  });
  EXPECT_TRUE(absl::IsUnavailable(status)) << status;
  EXPECT_FALSE(session->Reusable());
  EXPECT_TRUE(session->server_lost());
}

TEST_F(TextSessionTest, ConflictIsAborted) {
  database_.Run("CREATE TABLE t (x int); INSERT INTO t VALUES (1)");
  const auto session = Open();
  const absl::Status status =
      session->InTransaction({}, [&](TextTransaction& transaction) -> absl::Status {
        EXPECT_TRUE(transaction
                        .ExecuteScript({"isolate",
                                        "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ;"
                                        "SELECT * FROM t"})
                        .ok());
        database_.Run("UPDATE t SET x = 2");
        return transaction.Execute({"update", "UPDATE t SET x = 3"}, {}).status();
      });
  EXPECT_TRUE(absl::IsAborted(status)) << status;
}

}  // namespace
}  // namespace kpid::storage
