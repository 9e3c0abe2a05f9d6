// The feed by its own thread, and what goes wrong: connections, backends and clusters that go,
// databases that are restored.
#include <sys/types.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <thread>

#include "absl/strings/str_cat.h"
#include "metrics/interaction_chunk.h"
#include "storage/child_process.h"
#include "storage/embedded_cluster.h"
#include "storage/fact_loader.h"
#include "storage/migrations.h"
#include "storage/resident_facts.h"
#include "tests/storage/feed_fixture.h"
#include "tests/storage/held_session.h"

namespace kpid::storage {
namespace {

using metrics::FactDemand;
using metrics::TimeRange;
using std::chrono::milliseconds;
using std::chrono::steady_clock;
using test_support::TemporaryDirectory;

// No test waits that long for anything unless it fails.
constexpr std::chrono::seconds kPatience{60};
// pg_ctl's own limit is a minute, too little for a slow disk.
constexpr std::chrono::seconds kRestartPatience{180};
constexpr const char* kRestartSeconds = "150";

constexpr int kCrashesMax = 20;
constexpr int kKills = 20;

FactDemand InteractionsOf(Instant start, Instant end) {
  FactDemand demand;
  demand.interactions = TimeRange{start, end};
  return demand;
}

int64_t CountInteractions(const metrics::FactSnapshot& facts) {
  int64_t count = 0;
  for (const auto& chunk : facts.interactions()) count += static_cast<int64_t>(chunk->size());
  return count;
}

// A loader that only counts.
class CountingLoader : public metrics::FactSource {
 public:
  absl::StatusOr<std::shared_ptr<const metrics::FactSnapshot>> Snapshot(
      const FactDemand&, const metrics::CallLimits&) override {
    ++calls;
    return metrics::FactSnapshot::Builder().Build();
  }
  int64_t EstimateFacts(const FactDemand&) const override { return estimate; }
  std::atomic<int> calls{0};
  int64_t estimate = 0;
};

class FeedFaultTest : public FeedTest {
 protected:
  // A state of the feed's that has all commits of this process.
  std::shared_ptr<const ResidentState> Newest() {
    for (const auto end = steady_clock::now() + kPatience; steady_clock::now() < end;) {
      const auto state = feed_->WaitFor(open_->commits().commits(), kPatience, {});
      EXPECT_TRUE(state.ok()) << state.status();
      if (!state.ok()) return nullptr;
      if (*state != nullptr) return *state;
      std::this_thread::yield();
    }
    ADD_FAILURE() << "the feed did not come: " << feed_->status().error;
    return nullptr;
  }

  void ExpectAllThere() {
    const auto state = Newest();
    ASSERT_NE(state, nullptr);
    EXPECT_EQ(absl::StrCat(CountInteractions(*state->facts)),
              database_.Value("SELECT count(*) FROM kpid.interactions"));
  }
};

TEST_F(FeedFaultTest, ReadsYourOwnWrites) {
  MakeFeed();
  FactLoader loader(open_.get(), {}, [this] { return now_; });
  // However slow the machine is, facts are taken from memory.
  const ResidentFactsOptions facts_options{.patience = kPatience, .stale_max = kPatience};
  ResidentFacts facts(feed_.get(), &open_->commits(), &loader, facts_options, steady_clock::now);
  feed_->Start();
  ASSERT_NE(Newest(), nullptr);
  constexpr int kThreads = 3;
  constexpr int kWrites = 60;
  std::vector<std::thread> threads;
  for (int thread = 0; thread < kThreads; ++thread) {
    threads.emplace_back([&, thread] {
      // Each on a day of its own, so that it finds its own only.
      const Instant day = At(thread * 86'400);
      for (int i = 0; i < kWrites; ++i) {
        const auto outcome = store_.Ingest(BatchOf<InteractionRecord>({MakeInteraction(
                                               absl::StrCat(thread, "-", i), thread * 86'400 + i)}),
                                           {});
        ASSERT_TRUE(outcome.ok()) << outcome.status();
        const auto snapshot = facts.Snapshot(InteractionsOf(day, day + std::chrono::hours(24)), {});
        ASSERT_TRUE(snapshot.ok()) << snapshot.status();
        int64_t own = 0;
        for (const auto& chunk : (*snapshot)->interactions()) {
          if (chunk->day() == metrics::DayOf(day)) own += static_cast<int64_t>(chunk->size());
        }
        ASSERT_EQ(own, i + 1);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(facts.resident(), kThreads * kWrites);
  EXPECT_EQ(facts.loaded(), 0);
  // What is demanded at once is of one state.
  const FactDemand demands[] = {InteractionsOf(At(0), At(10)), InteractionsOf(At(10), At(20))};
  const auto both = facts.Snapshots(demands, {});
  ASSERT_TRUE(both.ok()) << both.status();
  ASSERT_EQ(both->size(), 2u);
  EXPECT_EQ((*both)[0], (*both)[1]);
  // The roster, too.
  const AgentRecord agent{"agent", "Ann", {}, {}, ""};
  ASSERT_TRUE(roster_.UpsertAgents({&agent, 1}, {}).ok());
  const auto snapshot = facts.Snapshot(InteractionsOf(At(0), At(10)), {});
  ASSERT_TRUE(snapshot.ok());
  EXPECT_NE((*snapshot)->dictionaries().agents.Find("agent"), metrics::kNoCode);
}

TEST_F(FeedFaultTest, SeesOthersCommitsByPolling) {
  MakeFeed();
  feed_->Start();
  const auto before = Newest();
  ASSERT_NE(before, nullptr);
  const auto other = database_.Open();
  ASSERT_TRUE(
      RecordStore(other.get()).Ingest(BatchOf<InteractionRecord>({MakeInteraction("1")}), {}).ok());
  const auto end = steady_clock::now() + kPatience;
  while (feed_->Current()->version == before->version && steady_clock::now() < end) {
    std::this_thread::yield();
  }
  EXPECT_EQ(CountInteractions(*feed_->Current()->facts), 1);
}

TEST_F(FeedFaultTest, KilledBackends) {
  MakeFeed();
  feed_->Start();
  ASSERT_NE(Newest(), nullptr);
  // Now and then the feed has no connection just then: a kill before came after its step.
  int killed = 0;
  const auto give_up = steady_clock::now() + kPatience;
  for (int i = 0; killed < kKills && steady_clock::now() < give_up; ++i) {
    Ingest(BatchOf<InteractionRecord>({MakeInteraction(absl::StrCat(i))}));
    killed += std::atoi(
        database_
            .Value("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
                   " WHERE application_name = 'kpid_feed' AND datname = current_database()")
            .c_str());
    ExpectAllThere();
  }
  EXPECT_GE(killed, kKills);
  EXPECT_EQ(reloads_.size(), 1u);
  // The last kill may come after the step that saw the last row: the feed fails once more.
  Ingest(BatchOf<InteractionRecord>({MakeInteraction("last")}));
  ExpectAllThere();
  auto phase = feed_->status().phase;
  for (const auto end = steady_clock::now() + kPatience;
       phase != FeedStatus::Phase::kFollowing && steady_clock::now() < end;) {
    phase = feed_->status().phase;
  }
  EXPECT_EQ(phase, FeedStatus::Phase::kFollowing);
}

TEST_F(FeedFaultTest, OneLargeTransaction) {
  const char* rows = std::getenv("KPID_FEED_ROWS");  // 1,000,000 takes a minute.
  const std::string count = rows == nullptr ? "150000" : rows;
  MakeFeed();
  feed_->Start();
  ASSERT_NE(Newest(), nullptr);
  database_.Run(
      "INSERT INTO kpid.interactions (revision, arrive_time, channel, direction, outcome,"
      " resolution, flags, interaction_id) SELECT 0, timestamptz '2025-03-01Z' + i * interval"
      " '1 second', 1, 1, 1, 0, 0, 'i' || i FROM generate_series(1, " +
      count + ") AS i");
  Ingest(BatchOf<InteractionRecord>({MakeInteraction("last")}));
  ExpectAllThere();
  EXPECT_EQ(reloads_.size(), 1u);
  database_.Run("UPDATE kpid.interactions SET outcome = 2");
  Ingest(BatchOf<InteractionRecord>({MakeInteraction("later")}));
  ExpectAllThere();
  database_.Run("TRUNCATE kpid.interactions");
  Ingest(BatchOf<InteractionRecord>({MakeInteraction("alone")}));
  ExpectAllThere();
}

// A table of many pages is cut by its statistics, or without them by its ends.
TEST_F(FeedFaultTest, LoadsInParts) {
  database_.Run(
      "INSERT INTO kpid.interactions (revision, arrive_time, end_time, channel, direction, outcome,"
      " resolution, flags, interaction_id) SELECT 0, timestamptz '2025-03-01Z' + i * interval"
      " '1 minute', timestamptz '2025-03-01Z' + (i + i % 3000) * interval '1 minute',"
      " 1, 1, 1, 0, 0, 'i' || i FROM generate_series(0, 99999) AS i");
  ASSERT_EQ(database_.Value("SELECT pg_relation_size('kpid.interactions') > 1100 * 8192"), "t");
  for (const char* statement : {"SELECT 1", "ANALYZE kpid.interactions"}) {
    database_.Run(statement);
    metrics::FactStore store({});
    FactStoreSink sink(&store);
    FactFeed feed(open_.get(), &sink, {}, RealFeedEnvironment(), {});
    ASSERT_TRUE(feed.Step().ok());
    EXPECT_EQ(store.size().interactions, 100'000);
    const auto differences = feed.Verify({});
    ASSERT_TRUE(differences.ok()) << differences.status();
    EXPECT_TRUE(differences->empty());
  }
  // Less memory than that: the newest are there, and what reaches into their time.
  FeedOptions options;
  options.memory_bytes_max = 100 * 40'000;
  MakeFeed(options);
  ASSERT_TRUE(feed_->Step().ok());
  const Instant start = feed_->Current()->start;
  EXPECT_GT(start, At(20 * 86'400));
  EXPECT_LT(start, At(68 * 86'400));
  const std::string from = absl::StrCat("timestamptz 'epoch' + ", start.time_since_epoch().count(),
                                        " * interval '1 microsecond'");
  EXPECT_EQ(absl::StrCat(sink_->interactions().size()),
            database_.Value("SELECT count(*) FROM kpid.interactions WHERE arrive_time >= " + from +
                            " OR end_time >= " + from));
}

TEST_F(FeedFaultTest, ResidentOnlyWhereItReaches) {
  FeedOptions options;
  options.resident_days = 10;
  now_ = At(20 * 86'400);
  MakeFeed(options);
  CountingLoader loader;
  auto steady_now = steady_clock::now();
  ResidentFactsOptions facts_options;
  facts_options.patience = milliseconds(1);
  ResidentFacts facts(feed_.get(), &open_->commits(), &loader, facts_options,
                      [&] { return steady_now; });
  const auto ask = [&](const FactDemand& demand) {
    const int before = loader.calls;
    const auto snapshot = facts.Snapshot(demand, {});
    EXPECT_TRUE(snapshot.ok()) << snapshot.status();
    return loader.calls == before ? "resident" : "loaded";
  };
  const FactDemand inside = InteractionsOf(At(10 * 86'400), At(11 * 86'400));
  EXPECT_STREQ(ask(inside), "loaded");  // Nothing is there yet.
  loader.estimate = metrics::kFactsToLoad;
  EXPECT_EQ(facts.EstimateFacts(inside), metrics::kFactsToLoad);
  ASSERT_TRUE(feed_->Step().ok());
  EXPECT_STREQ(ask(inside), "resident");
  EXPECT_EQ(facts.EstimateFacts(inside), 0);
  EXPECT_STREQ(ask(InteractionsOf(At(10 * 86'400 - 1), At(11 * 86'400))), "loaded");
  FactDemand firsts = InteractionsOf(At(12 * 86'400), At(13 * 86'400));
  firsts.first_contact_window = std::chrono::hours(48);
  EXPECT_STREQ(ask(firsts), "resident");
  firsts.first_contact_window += metrics::Duration(1);
  EXPECT_STREQ(ask(firsts), "loaded");
  FactDemand cases = inside;
  cases.whole_cases = true;
  EXPECT_STREQ(ask(cases), "loaded");
  FactDemand tickets;
  tickets.tickets = TimeRange{At(0), At(12 * 86'400)};
  EXPECT_STREQ(ask(tickets), "loaded");
  // Nobody steps: commits are waited for, then it is loaded.
  Ingest(BatchOf<InteractionRecord>({MakeInteraction("1")}));
  EXPECT_STREQ(ask(inside), "loaded");
  ASSERT_TRUE(feed_->Step().ok());
  EXPECT_STREQ(ask(inside), "resident");
  steady_now += std::chrono::minutes(1);
  EXPECT_STREQ(ask(inside), "loaded");
}

// Who has loaded facts must not be given a state that may be older.
TEST_F(FeedFaultTest, AStateIsNotOlderThanWhatWasReadBefore) {
  MakeFeed();
  ASSERT_TRUE(feed_->Step().ok());
  CountingLoader loader;
  ResidentFactsOptions options;
  options.patience = milliseconds(1);
  ResidentFacts facts(feed_.get(), &open_->commits(), &loader, options, steady_clock::now);
  const auto never = steady_clock::time_point::min();
  const auto since = steady_clock::now();
  EXPECT_NE(facts.State(false, never, {}).value(), nullptr);
  EXPECT_EQ(facts.State(false, since, {}).value(), nullptr) << "nobody steps";
  ASSERT_TRUE(feed_->Step().ok());
  const auto state = facts.State(false, since, {}).value();
  ASSERT_NE(state, nullptr);
  EXPECT_GE(state->confirmed, since);
  // Who waits is not left to the poll interval.
  FeedOptions lazy;
  lazy.poll_interval = std::chrono::hours(1);
  MakeFeed(lazy);
  feed_->Start();
  ASSERT_NE(Newest(), nullptr);
  options.patience = options.stale_max = kPatience;
  ResidentFacts waiting(feed_.get(), &open_->commits(), &loader, options, steady_clock::now);
  EXPECT_NE(waiting.State(false, steady_clock::now(), {}).value(), nullptr);
}

TEST_F(FeedFaultTest, WaitingEndsWithTheCaller) {
  MakeFeed();
  EXPECT_EQ(feed_->WaitFor(1, kPatience, {}).value(), nullptr);  // Not loaded: at once.
  ASSERT_TRUE(feed_->Step().ok());
  metrics::CallLimits limits;
  limits.cancelled = [] { return true; };
  EXPECT_TRUE(absl::IsCancelled(feed_->WaitFor(1, kPatience, limits).status()));
  limits.cancelled = nullptr;
  limits.deadline = steady_clock::now();
  EXPECT_TRUE(absl::IsDeadlineExceeded(feed_->WaitFor(1, kPatience, limits).status()));
  EXPECT_NE(feed_->WaitFor(0, kPatience, limits).value(), nullptr);
}

TEST_F(FeedFaultTest, StopsWhileAStepWaits) {
  MakeFeed();
  feed_->Start();
  ASSERT_NE(Newest(), nullptr);
  const auto holder = OpenSession(database_);
  RunScript(holder.get(), "BEGIN; LOCK TABLE kpid.tickets IN ACCESS EXCLUSIVE MODE");
  WaitUntilBlocked(database_, "LOCK TABLE");
  feed_.reset();
  RunScript(holder.get(), "ROLLBACK");
}

// A program of PostgreSQL's, as a shell command.
std::string Program(const std::string& name) {
  for (const auto& entry : std::filesystem::directory_iterator("/usr/lib/postgresql")) {
    const auto path = entry.path() / "bin" / name;
    if (std::filesystem::exists(path)) return path.string();
  }
  return name;
}

class OtherClusterTest : public ::testing::Test {
 protected:
  void Start() {
    EmbeddedClusterOptions options;
    options.data_dir = directory_.path() + "/data";
    auto cluster = EmbeddedCluster::Start(options);
    ASSERT_TRUE(cluster.ok()) << cluster.status();
    cluster_ = *std::move(cluster);
  }

  void OpenDatabase() {
    DatabaseOptions options;
    options.url = cluster_->url();
    auto database = Database::Open(options);
    ASSERT_TRUE(database.ok()) << database.status();
    open_ = *std::move(database);
    store_ = std::make_unique<RecordStore>(open_.get());
  }

  void Restart(const std::string& mode) {
    const auto user = geteuid() == 0 ? FindUser("postgres") : CurrentUser();
    ASSERT_TRUE(user.ok()) << user.status();
    const auto restarted =
        RunProgram(*user,
                   {Program("pg_ctl"), "-D", directory_.path() + "/data/postgresql", "-w", "-t",
                    kRestartSeconds, "-m", mode, "-l", "/dev/null", "restart"},
                   kRestartPatience);
    ASSERT_TRUE(restarted.ok()) << restarted.status();
    ASSERT_EQ(restarted->exit_code, 0) << restarted->output;
  }

  std::string Ask(const std::string& sql) {
    SessionOptions options;
    options.url = cluster_->url();
    const auto session = Session::Open(options, {});
    EXPECT_TRUE(session.ok()) << session.status();
    const auto rows = (*session)->ExecuteScript({"ask", sql}, {});
    EXPECT_TRUE(rows.ok()) << rows.status();
    return rows.ok() && rows->size() > 0 ? std::string(rows->At(0, 0).Text()) : "";
  }

  TemporaryDirectory directory_;
  std::unique_ptr<EmbeddedCluster> cluster_;
  std::unique_ptr<Database> open_;
  std::unique_ptr<RecordStore> store_;
};

TEST_F(OtherClusterTest, RestartsOfPostgreSql) {
  Start();
  ASSERT_TRUE(Migrate(cluster_->url()).ok());
  OpenDatabase();
  PlainSink sink;
  FactFeed feed(open_.get(), &sink, {}, RealFeedEnvironment(), {});
  ASSERT_TRUE(feed.Step().ok());
  feed.Start();
  for (const char* mode : {"fast", "immediate"}) {
    // That its connection was lost is certain; that a step fails is not: it may rest meanwhile.
    const std::string started = "SELECT pg_postmaster_start_time()";
    const std::string before = Ask(started);
    ASSERT_NO_FATAL_FAILURE(Restart(mode));
    ASSERT_NE(Ask(started), before) << "the test proves nothing";
    const auto outcome = store_->Ingest(BatchOf<InteractionRecord>({MakeInteraction(mode)}), {});
    ASSERT_TRUE(outcome.ok()) << outcome.status();
    std::shared_ptr<const ResidentState> state;
    for (const auto end = steady_clock::now() + kPatience;
         state == nullptr && steady_clock::now() < end;) {
      state = feed.WaitFor(open_->commits().commits(), kPatience, {}).value();
    }
    ASSERT_NE(state, nullptr);
    EXPECT_EQ(DifferenceOf(sink.Texts(), StoredTexts(cluster_->url())), "");
  }
  EXPECT_EQ(feed.status().loads, 1);  // The same cluster on the same timeline.
}

// Transactions that were rolled back, or wrote nothing, are forgotten by a crash.
TEST_F(OtherClusterTest, CrashGivesTransactionNumbersAgain) {
  Start();
  ASSERT_TRUE(Migrate(cluster_->url()).ok());
  OpenDatabase();
  ASSERT_TRUE(store_->Ingest(BatchOf<InteractionRecord>({MakeInteraction("1")}), {}).ok());
  PlainSink sink;
  FactFeed feed(open_.get(), &sink, {}, RealFeedEnvironment(), {});
  ASSERT_TRUE(feed.Step().ok());
  Ask("ALTER SYSTEM SET wal_writer_delay = '10s'");
  const std::string next = "SELECT pg_snapshot_xmax(pg_current_snapshot())";
  // PostgreSQL may write the end of a transaction at any time, for example for its vacuum; then
  // the crash forgets nothing, and there is another one.
  int64_t before = 0;
  int64_t after = 0;
  for (int crash = 0; after >= before && crash < kCrashesMax; ++crash) {
    ASSERT_NO_FATAL_FAILURE(Restart("fast"));  // Takes the setting, and the writer sleeps anew.
    Ask("CHECKPOINT");
    SessionOptions options;
    options.url = cluster_->url();
    const auto session = *Session::Open(options, {});
    for (int i = 0; i < 60; ++i) RunScript(session.get(), "SELECT pg_current_xact_id()");
    before = std::atoll(Ask(next).c_str());
    absl::Status status = feed.Step();
    if (!status.ok()) status = feed.Step();  // The old connection is gone.
    ASSERT_TRUE(status.ok()) << status;
    ASSERT_NO_FATAL_FAILURE(Restart("immediate"));
    after = std::atoll(Ask(next).c_str());
  }
  ASSERT_LT(after, before) << "the test proves nothing";
  for (int i = 0; i < 100; ++i) {
    Ask(absl::StrCat(
        "INSERT INTO kpid.tickets (revision, open_time, reopen_count, reassignment_count, channel,"
        " ticket_id) VALUES (0, now(), 0, 0, 1, 't",
        i, "')"));
    absl::Status status = feed.Step();
    if (!status.ok()) status = feed.Step();  // The old connection is gone.
    ASSERT_TRUE(status.ok()) << status;
    ASSERT_EQ(sink.size(), static_cast<size_t>(i) + 2);
  }
  EXPECT_EQ(feed.status().loads, 1);
}

// A dump carries the numbers of another cluster's transactions, here of later ones.
TEST_F(OtherClusterTest, RestoredDump) {
  test_support::TestDatabase source;
  {
    const auto open = source.Open();
    RecordStore store(open.get());
    source.Run(
        "DO $$ BEGIN FOR i IN 1..20000 LOOP PERFORM pg_current_xact_id(); COMMIT; END LOOP;"
        " END $$");
    for (int i = 0; i < 40; ++i) {
      RecordBatch batch = BatchOf<InteractionRecord>({MakeInteraction(absl::StrCat("i", i))});
      batch.tickets = {MakeTicket(absl::StrCat("t", i))};
      ASSERT_TRUE(store.Ingest(batch, {}).ok());
    }
    PlainSink sink;
    FactFeed feed(open.get(), &sink, {}, RealFeedEnvironment(), {});
    ASSERT_TRUE(feed.Step().ok());
    source.Run("DELETE FROM kpid.tickets WHERE ticket_id = 't7'");
  }
  Start();
  const std::string restore = Program("pg_dump") + " '" + source.url() + "' | " + Program("psql") +
                              " -q -v ON_ERROR_STOP=1 -o /dev/null '" + cluster_->url() + "'";
  ASSERT_EQ(std::system(restore.c_str()), 0);
  const std::string yet_to_come =
      "SELECT count(*) FROM kpid.interactions"
      " WHERE changed_xid >= pg_snapshot_xmax(pg_current_snapshot())";
  ASSERT_EQ(Ask(yet_to_come), "40") << "the test proves nothing";
  OpenDatabase();
  PlainSink sink;
  FactFeed feed(open_.get(), &sink, {}, RealFeedEnvironment(), {});
  ASSERT_TRUE(feed.Step().ok());
  EXPECT_EQ(Ask(yet_to_come), "0");
  EXPECT_EQ(Ask("SELECT count(*) FROM kpid.deleted_rows"), "0");
  for (int i = 100; i < 110; ++i) {
    ASSERT_TRUE(
        store_->Ingest(BatchOf<InteractionRecord>({MakeInteraction(absl::StrCat("i", i))}), {})
            .ok());
    Ask("DELETE FROM kpid.tickets WHERE row_key IN (SELECT row_key FROM kpid.tickets LIMIT 1)");
    ASSERT_TRUE(feed.Step().ok());
    EXPECT_EQ(DifferenceOf(sink.Texts(), StoredTexts(cluster_->url())), "");
  }
  EXPECT_EQ(feed.status().loads, 1);
  EXPECT_EQ(feed.status().facts_applied, 10);
}

// The feed has its facts of a database that is dropped and made anew under it.
TEST_F(OtherClusterTest, DatabaseMadeAnew) {
  Start();
  ASSERT_TRUE(Migrate(cluster_->url()).ok());
  OpenDatabase();
  ASSERT_TRUE(store_->Ingest(BatchOf<InteractionRecord>({MakeInteraction("1")}), {}).ok());
  PlainSink sink;
  FactFeed feed(open_.get(), &sink, {}, RealFeedEnvironment(), {});
  ASSERT_TRUE(feed.Step().ok());
  EXPECT_EQ(sink.size(), 1u);
  Ask("DROP SCHEMA kpid CASCADE");
  EXPECT_FALSE(feed.Step().ok());
  EXPECT_EQ(feed.status().phase, FeedStatus::Phase::kFailing);
  ASSERT_TRUE(Migrate(cluster_->url()).ok());
  ASSERT_TRUE(feed.Step().ok());
  EXPECT_EQ(sink.size(), 0u);
  EXPECT_EQ(feed.status().loads, 2);
}

}  // namespace
}  // namespace kpid::storage
