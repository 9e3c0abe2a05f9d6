#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "storage/record_store.h"
#include "storage/roster_store.h"
#include "tests/storage/held_session.h"
#include "tests/storage/record_builders.h"
#include "tests/support/test_database.h"

namespace kpid::storage {
namespace {

using test_support::TestDatabase;
using ::testing::ElementsAre;

class RosterStoreTest : public ::testing::Test {
 protected:
  UpsertResult Agents(const std::vector<AgentRecord>& records) {
    return Checked(store_.UpsertAgents(records, {}));
  }
  UpsertResult Groups(const std::vector<AgentGroupRecord>& records) {
    return Checked(store_.UpsertAgentGroups(records, {}));
  }
  UpsertResult Memberships(const std::vector<MembershipRecord>& records) {
    return Checked(store_.UpsertMemberships(records, {}));
  }
  UpsertResult Queues(const std::vector<QueueRecord>& records) {
    return Checked(store_.UpsertQueues(records, {}));
  }
  static UpsertResult Checked(const absl::StatusOr<UpsertResult>& result) {
    EXPECT_TRUE(result.ok()) << result.status();
    return result.value_or(UpsertResult());
  }

  TestDatabase database_;
  std::unique_ptr<Database> open_ = database_.Open();
  RosterStore store_{open_.get()};
};

void ExpectStored(const UpsertResult& result, int64_t inserted, int64_t updated,
                  int64_t unchanged) {
  EXPECT_TRUE(result.problems.empty()) << result.problems[0].description;
  EXPECT_EQ(result.outcome.inserted, inserted);
  EXPECT_EQ(result.outcome.updated, updated);
  EXPECT_EQ(result.outcome.unchanged, unchanged);
}

void ExpectProblem(const UpsertResult& result, int index, const std::string& reason) {
  ASSERT_EQ(result.problems.size(), 1u);
  EXPECT_EQ(result.problems[0].index, index);
  EXPECT_EQ(result.problems[0].reason, reason);
  EXPECT_EQ(result.outcome.inserted + result.outcome.updated, 0);
}

MembershipRecord Membership(const std::string& agent, const std::string& group, int64_t start,
                            std::optional<int64_t> end = std::nullopt) {
  MembershipRecord record{agent, group, At(start), std::nullopt};
  if (end) record.end = At(*end);
  return record;
}

TEST_F(RosterStoreTest, AgentsAreInsertedUpdatedUnchanged) {
  AgentRecord ann{"ann", "Ann \"A\" \\", metrics::CivilDay{2020, 2, 29}, std::nullopt, ""};
  AgentRecord bob{"bob", "", std::nullopt, std::nullopt, ""};
  ExpectStored(Agents({ann, bob}), 2, 0, 0);
  ExpectStored(Agents({ann, bob}), 0, 0, 2);
  ann.leave_date = metrics::CivilDay{2025, 12, 31};
  ann.leave_reason = "moved";
  AgentRecord carl{"carl", "Carl", std::nullopt, std::nullopt, ""};
  ExpectStored(Agents({carl, ann, bob}), 1, 1, 1);
  const auto page = store_.ListAgents("", 10, {});
  ASSERT_TRUE(page.ok()) << page.status();
  ASSERT_EQ(page->records.size(), 3u);
  const AgentRecord& stored = page->records[0];
  EXPECT_EQ(stored.agent_id, "ann");
  EXPECT_EQ(stored.name, "Ann \"A\" \\");
  ASSERT_TRUE(stored.hire_date.has_value());
  EXPECT_EQ(stored.hire_date->day, 29);
  ASSERT_TRUE(stored.leave_date.has_value());
  EXPECT_EQ(stored.leave_date->year, 2025);
  EXPECT_EQ(stored.leave_reason, "moved");
  EXPECT_FALSE(page->records[1].hire_date.has_value());
}

TEST_F(RosterStoreTest, AgentsOfRecordsAreKnown) {
  RecordStore records(open_.get());
  InteractionRecord interaction = MakeInteraction("i");
  interaction.agent_id = "ann";
  interaction.queue_id = "sales";
  ASSERT_TRUE(records.Ingest({{interaction}, {}}, {}).ok());
  const auto agents = store_.ListAgents("", 10, {});
  ASSERT_TRUE(agents.ok());
  ASSERT_EQ(agents->records.size(), 1u);
  ExpectStored(Agents({{"ann", "Ann", std::nullopt, std::nullopt, ""}}), 0, 1, 0);
  ExpectStored(Queues({{"sales", "Sales", metrics::Channel::kVoice}}), 0, 1, 0);
  EXPECT_EQ(
      database_.Value("SELECT name FROM kpid.interactions JOIN kpid.agents USING (agent_key)"),
      "Ann");
}

TEST_F(RosterStoreTest, RepeatedUpsertsBurnNoKeys) {
  for (int i = 0; i < 5; ++i) {
    Agents({{"ann", std::to_string(i), std::nullopt, std::nullopt, ""}});
    Queues({{"q", std::to_string(i), metrics::Channel::kNone}});
    Groups({{"g", std::to_string(i), "team", ""}});
  }
  Agents({{"bob", "", std::nullopt, std::nullopt, ""}});
  Queues({{"r", "", metrics::Channel::kNone}});
  Groups({{"h", "", "team", ""}});
  EXPECT_EQ(database_.Value("SELECT max(agent_key) FROM kpid.agents"), "2");
  EXPECT_EQ(database_.Value("SELECT max(queue_key) FROM kpid.queues"), "2");
  EXPECT_EQ(database_.Value("SELECT max(group_key) FROM kpid.agent_groups"), "2");
}

TEST_F(RosterStoreTest, QueuesArePaged) {
  std::vector<QueueRecord> records;
  for (const char* id : {"b", "a", "Z", "\xC3\xBC", "c"}) {
    records.push_back({id, std::string("name ") + id, metrics::Channel::kChat});
  }
  ExpectStored(Queues(records), 5, 0, 0);
  std::vector<std::string> ids;
  std::string after;
  for (bool more = true; more;) {
    const auto page = store_.ListQueues(after, 2, {});
    ASSERT_TRUE(page.ok()) << page.status();
    ASSERT_LE(page->records.size(), 2u);
    for (const QueueRecord& record : page->records) ids.push_back(record.queue_id);
    EXPECT_EQ(page->records.back().channel, metrics::Channel::kChat);
    after = ids.back();
    more = page->more;
  }
  EXPECT_THAT(ids, ElementsAre("Z", "a", "b", "c", "\xC3\xBC"));  // Bytewise.
}

TEST_F(RosterStoreTest, GroupsHaveTypesAndParents) {
  ExpectStored(Groups({{"red", "Red", "team", "north"}, {"north", "", "site", ""}}), 2, 0, 0);
  ExpectStored(Groups({{"red", "Red", "team", "north"}}), 0, 0, 1);
  ExpectStored(Groups({{"red", "Red!", "team", ""}}), 0, 1, 0);
  ExpectStored(Groups({{"red", "Red!", "team", "north"}}), 0, 1, 0);
  const auto all = store_.ListAgentGroups("", 10, "", {});
  ASSERT_TRUE(all.ok());
  ASSERT_EQ(all->records.size(), 2u);
  const auto teams = store_.ListAgentGroups("", 10, "team", {});
  ASSERT_TRUE(teams.ok());
  ASSERT_EQ(teams->records.size(), 1u);
  EXPECT_EQ(teams->records[0].parent_group_id, "north");
  EXPECT_EQ(teams->records[0].name, "Red!");
}

TEST_F(RosterStoreTest, ProblemsOfGroupsStoreNothing) {
  Groups({{"a", "", "team", ""}, {"b", "", "team", "a"}});
  ExpectProblem(Groups({{"c", "", "team", ""}, {"d", "", "team", "nowhere"}}), 1, "GROUP_UNKNOWN");
  ExpectProblem(Groups({{"c", "", "team", ""}, {"a", "", "team", "b"}}), 1, "GROUP_CIRCLE");
  ExpectProblem(Groups({{"c", "", "team", ""}, {"a", "", "site", ""}}), 1, "GROUP_TYPE_CHANGED");
  EXPECT_EQ(database_.Value("SELECT count(*) FROM kpid.agent_groups"), "2");
}

TEST_F(RosterStoreTest, MembershipsAreMovedInOneBatch) {
  Groups({{"red", "", "team", ""}, {"blue", "", "team", ""}});
  ExpectStored(Memberships({Membership("ann", "red", 0)}), 1, 0, 0);
  ExpectStored(Memberships({Membership("ann", "red", 0)}), 0, 0, 1);
  ExpectProblem(Memberships({Membership("ann", "blue", 100)}), 0, "MEMBERSHIP_OVERLAP");
  ExpectStored(Memberships({Membership("ann", "red", 0, 100), Membership("ann", "blue", 100)}), 1,
               1, 0);
  ExpectProblem(Memberships({Membership("bob", "green", 0)}), 0, "GROUP_UNKNOWN");
  EXPECT_EQ(database_.Value("SELECT count(*) FROM kpid.agents"), "1");
  // Void it, and let the first one go on.
  ExpectStored(Memberships({Membership("ann", "blue", 100, 100), Membership("ann", "red", 0)}), 0,
               2, 0);
}

TEST_F(RosterStoreTest, MembershipTimesKeepMicroseconds) {
  Groups({{"red", "", "team", ""}});
  MembershipRecord record{"ann", "red", metrics::kInstantMin + Duration(1),
                          metrics::kInstantEnd - Duration(1)};
  Memberships({record});
  const auto page = store_.ListMemberships(std::nullopt, 10, "", "", {});
  ASSERT_TRUE(page.ok()) << page.status();
  ASSERT_EQ(page->records.size(), 1u);
  EXPECT_EQ(page->records[0].start, record.start);
  EXPECT_EQ(page->records[0].end, record.end);
  ExpectStored(Memberships({record}), 0, 0, 1);
}

TEST_F(RosterStoreTest, MembershipsArePagedAndFiltered) {
  Groups({{"red", "", "team", ""}, {"blue", "", "team", ""}, {"es", "", "skill", ""}});
  std::vector<MembershipRecord> records;
  for (const char* agent : {"bob", "ann"}) {
    records.push_back(Membership(agent, "red", 0, 10));
    records.push_back(Membership(agent, "blue", 10, 20));
    records.push_back(Membership(agent, "red", 20));
    records.push_back(Membership(agent, "es", 0));
  }
  ExpectStored(Memberships(records), 8, 0, 0);
  std::vector<std::string> seen;
  std::optional<MembershipRecord> after;
  for (bool more = true; more;) {
    const auto page = store_.ListMemberships(after, 3, "", "", {});
    ASSERT_TRUE(page.ok()) << page.status();
    for (const MembershipRecord& record : page->records) {
      seen.push_back(record.agent_id + " " + record.group_id + (record.end ? "" : " ..."));
    }
    after = page->records.back();
    more = page->more;
  }
  EXPECT_THAT(seen, ElementsAre("ann blue", "ann es ...", "ann red", "ann red ...", "bob blue",
                                "bob es ...", "bob red", "bob red ..."));
  const auto of_bob = store_.ListMemberships(std::nullopt, 10, "bob", "red", {});
  ASSERT_TRUE(of_bob.ok());
  EXPECT_EQ(of_bob->records.size(), 2u);
  EXPECT_FALSE(of_bob->more);
}

TEST_F(RosterStoreTest, ConcurrentUpsertsNeverOverlap) {
  constexpr int kGroups = 6;
  std::vector<AgentGroupRecord> groups;
  for (int i = 0; i < kGroups; ++i) groups.push_back({"g" + std::to_string(i), "", "team", ""});
  Groups(groups);
  std::atomic<int> stored{0};
  std::atomic<int> refused{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < kGroups; ++i) {
    threads.emplace_back([&, i] {
      for (int agent = 0; agent < 10; ++agent) {
        const std::vector<MembershipRecord> batch = {
            Membership("a" + std::to_string(agent), "g" + std::to_string(i), i)};
        const auto result = store_.UpsertMemberships(batch, {});
        ASSERT_TRUE(result.ok()) << result.status();
        ++(result->problems.empty() ? stored : refused);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(stored, 10);  // One group for each agent.
  EXPECT_EQ(refused, 10 * (kGroups - 1));
  EXPECT_EQ(database_.Value("SELECT count(*) FROM kpid.memberships"), "10");
}

TEST_F(RosterStoreTest, ConcurrentUpsertsNeverMakeACircle) {
  Groups({{"a", "", "team", ""}, {"b", "", "team", ""}});
  std::atomic<int> refused{0};
  std::thread first([&] {
    refused += static_cast<int>(Groups({{"a", "", "team", "b"}}).problems.size());
  });
  refused += static_cast<int>(Groups({{"b", "", "team", "a"}}).problems.size());
  first.join();
  EXPECT_EQ(refused, 1);
}

TEST_F(RosterStoreTest, LargeBatches) {
  std::vector<AgentRecord> agents;
  std::vector<AgentGroupRecord> groups;
  std::vector<MembershipRecord> memberships;
  for (int i = 0; i < 10'000; ++i) {
    const std::string id = std::to_string(i);
    agents.push_back({id, "name", std::nullopt, std::nullopt, ""});
    groups.push_back({id, "name", "team", i == 0 ? "" : std::to_string(i - 1)});
    memberships.push_back(Membership(id, id, i));
  }
  ExpectStored(Agents(agents), 10'000, 0, 0);
  ExpectStored(Groups(groups), 10'000, 0, 0);
  ExpectStored(Memberships(memberships), 10'000, 0, 0);
  ExpectStored(Memberships(memberships), 0, 0, 10'000);
}

TEST_F(RosterStoreTest, DeadlineEndsABlockedUpsert) {
  const auto blocker = OpenSession(database_);
  RunScript(blocker.get(), "BEGIN; UPDATE kpid.roster_state SET version = version");
  metrics::CallLimits limits;
  limits.deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(200);
  const std::vector<QueueRecord> records = {{"q", "", metrics::Channel::kNone}};
  const absl::Status status = store_.UpsertQueues(records, limits).status();
  EXPECT_TRUE(absl::IsDeadlineExceeded(status)) << status;
  RunScript(blocker.get(), "COMMIT");
  EXPECT_EQ(database_.Value("SELECT count(*) FROM kpid.queues"), "0");
}

TEST_F(RosterStoreTest, TerminatedConnectionIsRetried) {
  const auto blocker = OpenSession(database_);
  RunScript(blocker.get(), "BEGIN; UPDATE kpid.roster_state SET version = version");
  UpsertResult result;
  std::thread upsert([&] { result = Queues({{"q", "", metrics::Channel::kNone}}); });
  const std::string process = WaitUntilBlocked(database_, "UPDATE kpid.roster_state");
  database_.Run("SELECT pg_terminate_backend(" + process + ", 60000)");
  RunScript(blocker.get(), "COMMIT");
  upsert.join();
  ExpectStored(result, 1, 0, 0);
}

}  // namespace
}  // namespace kpid::storage
