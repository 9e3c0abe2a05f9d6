// Random writers against the feed: after each step its facts are those of the very snapshot that
// the step read, and the resident store that it drives answers every KPI as facts packed from
// nothing do.
//
// KPID_FEED_SECONDS: how long, 20 by default. KPID_FEED_SEED: the seed, else a new one.
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <thread>

#include "absl/strings/str_cat.h"
#include "metrics/calendar.h"
#include "metrics/catalogue.h"
#include "metrics/evaluate.h"
#include "storage/feed_check.h"
#include "storage/feed_follower.h"
#include "storage/feed_upkeep.h"
#include "tests/storage/feed_fixture.h"
#include "tests/storage/held_session.h"
#include "tests/support/difference.h"

namespace kpid::storage {
namespace {

using std::chrono::steady_clock;
using test_support::TestDatabase;

constexpr int kIds = 400;

// Less proves nothing. A slow machine gets more time for it.
constexpr int64_t kChangesMin = 11;
constexpr int64_t kActionsMin = 101;
constexpr std::chrono::seconds kPatience{120};

int64_t SettingOr(const char* name, int64_t otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : std::atoll(text);
}

// Writes through the store and by hand, commits or rolls back, now and then slowly.
class RandomWriter {
 public:
  RandomWriter(const TestDatabase& database, Database* open, uint64_t seed, int number)
      : database_(database), store_(open), random_(seed + static_cast<uint64_t>(number)) {
    session_ = OpenSession(database_);
  }

  void Run(const std::atomic<bool>& stopping) {
    Try("SET deadlock_timeout = '10ms'");
    while (!stopping.load()) {
      // The store's transactions could wait for its own, which nobody would notice.
      switch (open_ ? 0 : Pick(10)) {
        case 0:
        case 1:
          Transact(1 + Pick(8));
          break;
        case 2:
          Meddle();
          break;
        default:
          Ingest();
      }
      ++actions_;
    }
    if (open_) Try(Pick(2) == 0 ? "COMMIT" : "ROLLBACK");
  }

  int64_t actions() const { return actions_.load(); }

 private:
  int64_t Pick(int64_t bound) { return static_cast<int64_t>(random_() % bound); }
  std::string Id() { return absl::StrCat("r", Pick(kIds)); }
  int64_t Time() { return Pick(40 * 86'400); }

  // What is refused (deadlocks, duplicates) is rolled back and forgotten.
  bool Try(const std::string& sql) {
    const auto rows = session_->ExecuteScript({"random_writer", sql}, {});
    if (rows.ok()) return true;
    const auto rolled_back = session_->ExecuteScript({"random_rollback", "ROLLBACK"}, {});
    EXPECT_TRUE(rolled_back.ok()) << rolled_back.status();
    open_ = false;
    return false;
  }

  void Ingest() {
    RecordBatch batch;
    const int64_t revision = Pick(1'000);
    for (int64_t i = Pick(12); i >= 0; --i) {
      InteractionRecord record = MakeInteraction(Id(), Time());
      record.revision = revision;
      record.customer_id = absl::StrCat("c", Pick(60));
      record.agent_id = absl::StrCat("agent", Pick(1'000));
      record.queue_id = absl::StrCat("queue", Pick(200));
      if (Pick(4) == 0) record.conversation_id = Id();
      if (Pick(3) == 0) record.attributes = {{absl::StrCat("k", Pick(3)), Id()}};
      if (Pick(3) == 0) record.revenue = MoneyAmount{Pick(2) == 0 ? "EUR" : "USD", Pick(1'000)};
      batch.interactions.push_back(record);
    }
    for (int64_t i = Pick(4); i > 0; --i) {
      batch.surveys.push_back(MakeSurvey("s" + Id(), Id(), Time()));
      batch.surveys.back().revision = revision;
      batch.quality_evaluations.push_back(MakeEvaluation("q" + Id(), Id(), Time()));
      batch.quality_evaluations.back().items[0].category = absl::StrCat("category", Pick(500));
      batch.quality_evaluations.back().revision = revision;
    }
    for (int64_t i = Pick(4); i > 0; --i) {
      const int64_t start = Time();
      batch.agent_activities.push_back(MakeActivity("a" + Id(), start, start + Pick(9'000)));
      if (Pick(4) == 0) batch.agent_activities.back().end = std::nullopt;
      batch.scheduled_activities.push_back(MakeSchedule("p" + Id(), start, start + Pick(9'000)));
      batch.tickets.push_back(MakeTicket("t" + Id(), start));
      batch.tickets.back().priority = absl::StrCat("priority", Pick(300));
      batch.costs.push_back(MakeCost("o" + Id(), start, start + Pick(9'000)));
    }
    const auto outcome = store_.Ingest(batch, {});
    EXPECT_TRUE(outcome.ok()) << outcome.status();
  }

  // Several statements in a transaction of its own, which stays open for a while.
  void Transact(int64_t statements) {
    if (!open_) {
      if (!Try("BEGIN")) return;
      open_ = true;
    }
    for (; statements > 0 && open_; --statements) Try(Statement());
    if (open_ && Pick(3) != 0) {
      Try(Pick(4) == 0 ? "ROLLBACK" : "COMMIT");
      open_ = false;
    }
  }

  std::string Statement() {
    const std::string table = FeedTables()[static_cast<size_t>(Pick(7))].name;
    switch (Pick(7)) {
      case 0:
        return absl::StrCat("DELETE FROM kpid.", table, " WHERE row_key % 37 = ", Pick(37));
      case 1:
        return absl::StrCat("UPDATE kpid.", table,
                            " SET revision = revision WHERE row_key % 7 = ", Pick(7));
      case 2:
        return absl::StrCat("UPDATE kpid.interactions SET arrive_time = arrive_time + interval '",
                            Pick(100'000), " seconds' WHERE row_key % 11 = ", Pick(11));
      case 3:
        return absl::StrCat("SAVEPOINT one; UPDATE kpid.tickets SET reopen_count = ", Pick(100),
                            "; ROLLBACK TO one; UPDATE kpid.costs SET amount_micros = ", Pick(100));
      case 4:
        return absl::StrCat("UPDATE kpid.agents SET name = 'n", Pick(100),
                            "' WHERE agent_key = ", Pick(100));
      case 5:
        // Deleted and put back. With its old changed_xid only the check could find it.
        return absl::StrCat(
            "WITH gone AS (DELETE FROM kpid.tickets WHERE row_key % 13 = ", Pick(13),
            " RETURNING *) INSERT INTO kpid.tickets (row_key, revision, open_time,"
            " reopen_count, reassignment_count, channel, ticket_id)"
            " OVERRIDING SYSTEM VALUE SELECT row_key, revision, open_time,"
            " reopen_count, reassignment_count, channel, ticket_id FROM gone"
            " ON CONFLICT DO NOTHING");
      default:
        return absl::StrCat("UPDATE kpid.agent_activities SET end_time = NULL WHERE row_key % 5 =",
                            Pick(5));
    }
  }

  // Seldom: what replaces whole tables, or the list of deletions.
  void Meddle() {
    if (open_ || Pick(10) != 0) return;
    switch (Pick(4)) {
      case 0:
        Try(absl::StrCat("TRUNCATE kpid.", FeedTables()[static_cast<size_t>(Pick(7))].name));
        break;
      case 1:
        Try("TRUNCATE kpid.costs RESTART IDENTITY");
        break;
      case 2: {
        const absl::Status pruned =
            PruneDeletions(session_.get(), std::chrono::seconds(Pick(3)), 50, {});
        EXPECT_TRUE(pruned.ok()) << pruned;
        break;
      }
      default:
        Try("UPDATE kpid.attributes SET value = value WHERE attribute_key % 17 = 0");
    }
  }

  const TestDatabase& database_;
  RecordStore store_;
  std::mt19937_64 random_;
  std::unique_ptr<Session> session_;
  bool open_ = false;
  std::atomic<int64_t> actions_{0};
};

// Gives both the same, and the feed the resident store's state.
class BothSinks : public FactSink {
 public:
  void Apply(metrics::FactChanges changes) override {
    plain.Apply(changes);
    store.Apply(std::move(changes));
  }
  void Forget(Instant before) override {
    plain.Forget(before);
    store.Forget(before);
  }
  std::shared_ptr<const metrics::FactSnapshot> Current() const override { return store.Current(); }
  int64_t memory_bytes() const override { return store.size().memory_bytes; }

  PlainSink plain;
  metrics::FactStore store{{.chunk_rows_max = 64, .rows_per_changed_link = 8}};
};

// Every KPI by day over a random range, cut by a random dimension.
metrics::Query RandomQuery(std::mt19937_64* random) {
  metrics::Query query;
  for (const metrics::KpiDefinition& kpi : metrics::Catalogue()) {
    metrics::ResolvedKpi resolved;
    if (metrics::ResolveKpi(kpi.id, "", {}, "", &resolved).empty()) query.kpis.push_back(resolved);
  }
  const int64_t start = static_cast<int64_t>((*random)() % (40 * 86'400));
  query.range = {At(start), At(start + 1 + static_cast<int64_t>((*random)() % (30 * 86'400)))};
  query.granularity = metrics::Granularity::kDay;
  query.buckets = *metrics::Calendar::Create("UTC")->Buckets(query.range, query.granularity,
                                                             query.week_start, 100);
  using metrics::DimensionKind;
  constexpr DimensionKind kKinds[] = {DimensionKind::kAgent, DimensionKind::kQueue,
                                      DimensionKind::kChannel, DimensionKind::kAttribute};
  const DimensionKind kind = kKinds[(*random)() % 4];
  query.group_by = {{kind, kind == DimensionKind::kAttribute ? "k1" : ""}};
  return query;
}

std::string DifferenceOfAnswers(const BothSinks& sinks, std::mt19937_64* random) {
  const metrics::Query query = RandomQuery(random);
  metrics::EvaluateOptions options;
  options.now = At(90 * 86'400);
  const auto plain = metrics::Evaluate(query, *sinks.plain.Current(), options);
  const auto store = metrics::Evaluate(query, *sinks.store.Current(), options);
  if (!plain.ok() || !store.ok()) return absl::StrCat("no answer: ", plain.status().ToString());
  return proof::Difference(query, *plain, *store).value_or("");
}

// What the feed's own check finds at rest.
int64_t CountDifferences(const TestDatabase& database, const metrics::FactSnapshot& facts) {
  const auto session = OpenSession(database);
  int64_t count = 0;
  for (size_t table = 0; table < FeedTables().size(); ++table) {
    const auto found =
        CheckTable(session.get(), facts, table, Instant::min(), {}, {.spans_per_read_max = 7});
    EXPECT_TRUE(found.ok()) << found.status();
    count += found.ok() ? static_cast<int64_t>(found->size()) : 1;
  }
  return count;
}

// Its connection is lost, before or in the middle of a step. Returns how many there were.
int64_t KillFeed(const TestDatabase& database) {
  return std::atoll(
      database
          .Value("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
                 " WHERE application_name = 'kpid_feed' AND datname = current_database()")
          .c_str());
}

// The connection may be a killed one, and vacuum may have a table for a moment.
absl::Status AdvanceAtRest(FeedFollower* follower) {
  absl::Status status = absl::UnknownError("not tried");
  for (const auto give_up = steady_clock::now() + kPatience;
       !status.ok() && steady_clock::now() < give_up;) {
    status = follower->Advance({}).status();
  }
  return status;
}

struct Tally {
  void Print(int64_t actions) const {
    const std::string text =
        absl::StrCat(steps, " steps, ", changes, " with changes, ", loads, " loads, ", failures,
                     " failures, ", kills, " kills, ", actions, " actions\n");
    std::fputs(text.c_str(), stdout);
  }

  int64_t steps = 0;
  int64_t loads = 0;
  int64_t changes = 0;
  int64_t failures = 0;
  int64_t kills = 0;
};

TEST(FeedRandom, EveryStepIsACommittedState) {
  const auto seed = static_cast<uint64_t>(
      SettingOr("KPID_FEED_SEED", static_cast<int64_t>(std::random_device()())));
  std::printf("KPID_FEED_SEED=%llu\n", static_cast<unsigned long long>(seed));
  const auto end = steady_clock::now() + std::chrono::seconds(SettingOr("KPID_FEED_SECONDS", 20));
  const TestDatabase database;
  const auto open = database.Open();
  BothSinks sinks;
  const PlainSink& sink = sinks.plain;
  FeedOptions options;
  options.facts_per_piece_max = 100;  // So that steps come in pieces.
  FeedFollower follower(open.get(), &sinks, options, RealFeedEnvironment().wall_now, {});
  std::mt19937_64 random(seed);
  std::vector<std::unique_ptr<RandomWriter>> writers;
  std::vector<std::thread> threads;
  std::atomic<bool> stopping{false};
  for (int i = 0; i < 4; ++i) {
    writers.push_back(std::make_unique<RandomWriter>(database, open.get(), seed, i));
    threads.emplace_back([&, writer = writers.back().get()] { writer->Run(stopping); });
  }
  Tally tally;
  std::string difference;
  const auto actions = [&] {
    int64_t sum = 0;
    for (const auto& writer : writers) sum += writer->actions();
    return sum;
  };
  const auto goes_on = [&] {
    const bool enough = tally.changes >= kChangesMin && actions() >= kActionsMin;
    return steady_clock::now() < (enough ? end : end + kPatience);
  };
  while (goes_on() && difference.empty() && !::testing::Test::HasFailure()) {
    if (random() % 20 == 0) tally.kills += KillFeed(database);
    FactTexts stored;
    bool looked = false;
    const auto outcome = follower.AdvanceHolding(
        [&](const std::string& exported) -> absl::Status {
          const auto texts = StoredTextsAt(database.url(), exported);
          if (!texts) return absl::UnavailableError("a table is locked");
          stored = *texts;
          looked = true;
          return random() % 10 == 0 ? absl::UnavailableError("the test says so") : absl::OkStatus();
        },
        {});
    if (!outcome.ok()) {
      EXPECT_TRUE(absl::IsUnavailable(outcome.status()) || absl::IsAborted(outcome.status()))
          << outcome.status();
      ++tally.failures;
      continue;
    }
    ++tally.steps;
    tally.loads += outcome->loaded ? 1 : 0;
    tally.changes += outcome->changed ? 1 : 0;
    if (looked) difference = DifferenceOf(sink.Texts(), stored);
    if (difference.empty()) difference = DifferenceOfAnswers(sinks, &random);
  }
  EXPECT_EQ(difference, "");
  stopping.store(true);
  for (std::thread& thread : threads) thread.join();
  tally.Print(actions());
  EXPECT_GE(tally.changes, kChangesMin);
  EXPECT_GE(actions(), kActionsMin);
  // At rest it is what a plain read finds.
  const absl::Status status = AdvanceAtRest(&follower);
  ASSERT_TRUE(status.ok()) << status;
  EXPECT_EQ(DifferenceOf(sink.Texts(), StoredTexts(database.url())), "");
  EXPECT_EQ(DifferenceOfAnswers(sinks, &random), "");
  EXPECT_EQ(CountDifferences(database, *sinks.store.Current()), 0);
}

}  // namespace
}  // namespace kpid::storage
