// A second session for tests that need two things to happen in a certain order.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <string>

#include "storage/session.h"
#include "tests/support/test_database.h"

namespace kpid::storage {

inline std::unique_ptr<Session> OpenSession(const test_support::TestDatabase& database) {
  SessionOptions options;
  options.url = database.url();
  options.connect_timeout = std::chrono::seconds(60);
  auto session = Session::Open(options, {});
  EXPECT_TRUE(session.ok()) << session.status();
  return *std::move(session);
}

inline void RunScript(Session* session, const std::string& sql) {
  const auto rows = session->ExecuteScript({"test_script", sql}, {});
  EXPECT_TRUE(rows.ok()) << sql << ": " << rows.status();
}

// Waits until a statement of another session that contains `text` waits for a lock; returns its
// process. Gives up after a time that is enough on any machine.
inline std::string WaitUntilBlocked(const test_support::TestDatabase& database,
                                    const std::string& text) {
  const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (std::chrono::steady_clock::now() < give_up) {
    const auto rows = database.Run(
        "SELECT pid FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = "
        "current_database() AND pid <> pg_backend_pid() AND query LIKE '%" +
        text + "%'");
    if (!rows.empty()) return rows[0][0];
  }
  ADD_FAILURE() << "nothing that contains " << text << " came to wait";
  return "0";
}

}  // namespace kpid::storage
