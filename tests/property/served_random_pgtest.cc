// Servers over one database that is written, changed by hand, killed and restarted, and asked all
// the time: each answer is the slow reference's for a state that was committed, as new as it must
// be; and again and again what is held is what a server that just loaded holds, and what plain SQL
// reads.
//
// KPID_SERVED_SECONDS: how long, 60 by default. KPID_SERVED_SEED: the seed, else a new one; what
// threads do is decided by it, when they do it is not.
#include <gtest/gtest.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <random>
#include <span>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "metrics/error_reason.h"
#include "metrics/question.h"
#include "tests/property/random_query.h"
#include "tests/property/served_scene.h"
#include "tests/property/served_writers.h"
#include "tests/support/difference.h"

namespace kpid::proof {
namespace {

using metrics::Instant;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr int kQuestioners = 3;
constexpr int kHands = 2;
constexpr int kQuestionsPerStep = 4;

// Of each questioner, unless no state comes: what changes is worth more than the same again.
constexpr int kQuestionsPerState = 4;
constexpr milliseconds kStatePatience{50};

// Between two steps, unless that takes too long.
constexpr int kQuestionsBetweenSteps = 30;
constexpr milliseconds kStepPatience{3'000};

// Longest that verifying and asking at rest may fail because a connection is lost, or PostgreSQL
// slow.
constexpr std::chrono::seconds kVerifyPatience{180};

// A slow machine gets so much more time until all has happened that the test is about.
constexpr std::chrono::seconds kEnoughPatience{180};

// At least so many are answered for each that is refused.
constexpr int64_t kQuestionsPerRefusal = 20;

// A wrong answer is told by its differences from so many states: one may differ from all of them
// because it is of a state between two, which was never read.
constexpr size_t kStatesTold = 8;

// As ResidentFactsOptions::stale_max, the longest that another server's commit may be unseen.
constexpr std::chrono::seconds kStaleMax{5};

int64_t SettingOr(const char* name, int64_t otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : std::atoll(text);
}

Instant WallNow() {
  return std::chrono::floor<metrics::Duration>(std::chrono::system_clock::now());
}

server::Configuration RandomConfiguration(Choices& choices) {
  server::Configuration configuration;
  configuration.verify_interval = milliseconds(0);
  configuration.feed_poll_interval = milliseconds(1 + choices.Below(50));
  if (choices.Percent(25)) {
    configuration.resident_memory_max.value = static_cast<int64_t>(1 + choices.Below(400'000));
  }
  return configuration;
}

Question AnyQuestion(Choices& choices, uint64_t world_seed) {
  std::vector<uint64_t> kpis(1 + choices.Below(2));
  for (uint64_t& kpi : kpis) kpi = choices.Seed();
  return MakeQuestion(kpis, choices.Seed(), world_seed);
}

// The facts of a side, and whether those of one question were all of one state.
class OneStateFacts final : public metrics::FactSource {
 public:
  explicit OneStateFacts(metrics::FactSource* facts) : facts_(facts) {}

  absl::StatusOr<std::shared_ptr<const metrics::FactSnapshot>> Snapshot(
      const metrics::FactDemand& demand, const metrics::CallLimits& limits) override {
    return facts_->Snapshot(demand, limits);
  }
  absl::StatusOr<std::vector<std::shared_ptr<const metrics::FactSnapshot>>> Snapshots(
      std::span<const metrics::FactDemand> demands, const metrics::CallLimits& limits) override {
    auto snapshots = facts_->Snapshots(demands, limits);
    one = snapshots.ok() && snapshots->front() == snapshots->back();
    return snapshots;
  }

  bool one = false;

 private:
  metrics::FactSource* const facts_;
};

absl::StatusOr<metrics::Answer> Asked(const metrics::Question& question, Instant now, int threads,
                                      metrics::FactSource* facts) {
  metrics::EvaluateOptions options;
  options.threads_max = threads;
  options.now = now;
  options.limits = Patience();
  return metrics::Ask(question, facts, options);
}

std::string KpisOf(const metrics::Query& query) {
  std::string text;
  for (const metrics::ResolvedKpi& kpi : query.kpis) absl::StrAppend(&text, kpi.name, " ");
  return text;
}

// "" when the answer is the reference's for these records.
std::string DifferenceFrom(const Records& stored, const metrics::Query& query, Instant now,
                           const metrics::Result& result) {
  Records records = stored;
  records.data_watermark = result.data_watermark;
  return Difference(query, result, ReferenceEvaluate(query, records, now)).value_or("");
}

// As DifferenceFrom, of the totals of the earlier span.
std::string DifferenceBefore(const Records& stored, const metrics::Query& query, Instant now,
                             const metrics::Answer& answer) {
  Records records = stored;
  records.data_watermark = answer.before->data_watermark;
  metrics::Query before = query;
  before.range = answer.compared.range;
  before.granularity = metrics::Granularity::kRange;
  before.buckets = {before.range};
  const ReferenceResult reference = ReferenceEvaluate(before, records, now);
  for (size_t kpi = 0; kpi < query.kpis.size(); ++kpi) {
    const auto difference = ValueDifference(query.kpis[kpi], query.value_detail, *answer.before,
                                            answer.before->total[kpi], reference.total[kpi]);
    if (difference) return absl::StrCat("before, ", query.kpis[kpi].name, ": ", *difference);
  }
  return "";
}

// Asks one side after the other, and holds each answer against the committed states.
class Questioner {
 public:
  Questioner(Scene* scene, uint64_t seed) : scene_(scene), choices_(seed) {}

  void Run() {
    while (!scene_->stopping.load()) {
      const int64_t count = scene_->states.count();
      for (int i = 0; i < kQuestionsPerState && !scene_->stopping.load(); ++i) {
        AskOnce(choices_.Below(kSides));
        scene_->tokens.Give();
      }
      scene_->states.AwaitMoreThan(count, kStatePatience);
    }
  }

 private:
  void AskOnce(size_t side_number) {
    const Question question = AnyQuestion(choices_, scene_->world_seed);
    metrics::Question asked;
    asked.query = question.query;
    if (choices_.Percent(30)) {
      asked.compare_to = static_cast<metrics::ComparisonPeriod>(1 + choices_.Below(4));
      asked.query.value_detail = metrics::ValueDetail::kInterval;  // As Ask gives it.
    }
    const auto start = steady_clock::now();
    int64_t oldest = std::max(scene_->acknowledged[side_number].load(),
                              scene_->states.NewestBefore(start - kStaleMax));
    absl::StatusOr<metrics::Answer> answer = absl::UnknownError("not asked");
    bool one_state = false;
    bool loaded = false;
    {
      std::shared_lock<std::shared_mutex> lock;
      ServedSide& side = scene_->sides[side_number].Use(&lock);
      const int64_t loaded_before = side.resident().loaded_answers();
      OneStateFacts facts(side.facts());
      answer = Asked(asked, question.now, static_cast<int>(1 + choices_.Below(3)), &facts);
      one_state = facts.one;
      // Others ask the side, too: it is only likely.
      loaded = side.resident().loaded_answers() > loaded_before;
    }
    if (!answer.ok()) return NoteFailure(answer.status(), asked);
    ++scene_->counts.questions;
    const Instant watermark = answer->result.data_watermark;
    if (watermark > WallNow()) scene_->Fail("a watermark is in the future");
    oldest = std::max(oldest, scene_->states.NewestBefore(watermark));
    const bool with_before = answer->before.has_value() && one_state;
    const std::string about = absl::StrCat(loaded ? "loaded" : "held", " facts of side ",
                                           side_number, ", KPIs ", KpisOf(asked.query), ": ");
    Check(oldest, scene_->states.NewestBefore(start), about, [&](const Records& records) {
      std::string found = DifferenceFrom(records, asked.query, question.now, answer->result);
      if (found.empty() && with_before) {
        found = DifferenceBefore(records, asked.query, question.now, *answer);
      }
      return found;
    });
  }

  void NoteFailure(const absl::Status& status, const metrics::Question& asked) {
    // The earlier span may lie before all times.
    const bool no_span = asked.compare_to != metrics::ComparisonPeriod::kNone &&
                         (absl::IsInvalidArgument(status) || absl::IsOutOfRange(status));
    if (no_span) return;
    ++scene_->counts.unanswered;
    if (absl::IsUnavailable(status) || absl::IsDeadlineExceeded(status)) return;
    // Others were in its way again and again, or had all connections for seconds: a server may say
    // so on a slow machine, as long as it does so seldom.
    const auto reason = metrics::ReasonOf(status);
    if (reason && (reason->reason == "CONFLICT" || reason->reason == "OVERLOADED")) {
      ++scene_->counts.refused;
      return;
    }
    scene_->Fail(absl::StrCat("no answer: ", status.ToString()));
  }

  // Most answers are of the state that was the newest when they were asked for.
  void Check(int64_t oldest, int64_t newest, const std::string& about,
             const std::function<std::string(const Records&)>& difference_from) {
    std::vector<CommittedState> states = scene_->states.From(oldest);
    std::stable_sort(states.begin(), states.end(),
                     [&](const CommittedState& a, const CommittedState& b) {
                       return std::abs(a.number - newest) < std::abs(b.number - newest);
                     });
    std::string differences;
    for (size_t i = 0; i < states.size(); ++i) {
      ++scene_->counts.candidates;
      const std::string found = difference_from(*states[i].records);
      if (found.empty()) return;
      if (i < kStatesTold) {
        absl::StrAppend(&differences, "\nfrom ", states[i].number, " it differs in: ", found);
      }
    }
    scene_->Fail(absl::StrCat(about, "an answer is of none of ", states.size(), " states from ",
                              oldest, " on", OlderThan(oldest, difference_from), "; ", newest,
                              " was the newest when it was asked for:", differences));
  }

  // Tells an answer that is too old from a wrong one.
  std::string OlderThan(int64_t oldest,
                        const std::function<std::string(const Records&)>& difference_from) {
    for (const CommittedState& state : scene_->states.From(0)) {
      if (state.number >= oldest || !difference_from(*state.records).empty()) continue;
      return absl::StrCat(", but of the earlier ", state.number);
    }
    return ", and of no earlier one that is known";
  }

  Scene* const scene_;
  Choices choices_;
};

// What befalls servers and database, and the comparison after each step.
class Stage {
 public:
  Stage(Scene* scene, uint64_t seed) : scene_(scene), choices_(seed) {}

  void Restart(size_t side) {
    const server::Configuration configuration = RandomConfiguration(choices_);
    scene_->sides[side].Replace(scene_->cluster.url(), configuration);
  }

  void Step() {
    ++scene_->counts.steps;
    Befall();
    scene_->tokens.AwaitGiven(kQuestionsBetweenSteps, kStepPatience);
    scene_->states.AtRest([this](const CommittedState& state) { Compare(state); });
    const std::string failure = scene_->states.failure();
    if (!failure.empty()) scene_->Fail("the database cannot be read: " + failure);
  }

 private:
  void Befall() {
    Counts& counts = scene_->counts;
    switch (choices_.Below(24)) {
      case 0:
      case 1:
      case 2:
        counts.kills += scene_->cluster.Run(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
            " WHERE application_name = 'kpid_feed'");
        break;
      case 3:
        counts.kills += scene_->cluster.Run(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
            " WHERE application_name LIKE 'kpid%' AND pid <> pg_backend_pid()");
        break;
      case 4:
      case 5:
        ++counts.server_restarts;
        Restart(choices_.Below(kSides));
        break;
      case 6:
        ++counts.fast_restarts;
        scene_->cluster.Restart("fast");
        break;
      case 7:
        ++counts.crashes;
        scene_->cluster.Restart("immediate");
        break;
      default:
        break;
    }
  }

  // Everything that is held, everything that is loaded, and the reference over what SQL reads.
  void Compare(const CommittedState& state) {
    server::Configuration configuration;
    configuration.verify_interval = milliseconds(0);
    ServedSide fresh(scene_->cluster.url(), configuration);
    if (!fresh.AwaitLoaded()) return scene_->Fail("a fresh server does not load");
    for (size_t i = 0; i < kSides && !scene_->stopping.load(); ++i) {
      std::shared_lock<std::shared_mutex> lock;
      ServedSide& side = scene_->sides[i].Use(&lock);
      if (!side.AwaitLoaded()) return scene_->Fail("a server does not load");
      if (!Verified(side.resident())) return;
      for (int q = 0; q < kQuestionsPerStep; ++q) {
        const std::string difference = DifferenceOf(side, fresh, *state.records);
        if (!difference.empty()) {
          return scene_->Fail(absl::StrCat("server ", i, " at rest: ", difference));
        }
      }
    }
  }

  // Moves the feed to the newest state, and finds nothing that differs from SQL's counts and sums.
  bool Verified(server::ResidentStore& resident) {
    const auto give_up = steady_clock::now() + kVerifyPatience;
    while (true) {
      const auto differences = resident.Verify(Patience());
      if (differences.ok()) {
        if (differences->empty()) return true;
        const storage::FeedDifference& first = differences->front().difference;
        scene_->Fail(absl::StrCat("verifying found ", differences->size(), " differences: ",
                                  first.table, ": ", first.found, ", not ", first.expected));
        return false;
      }
      if (!MayPass(differences.status()) || steady_clock::now() > give_up) {
        scene_->Fail(absl::StrCat("cannot verify: ", differences.status().ToString()));
        return false;
      }
    }
  }

  std::string DifferenceOf(ServedSide& side, ServedSide& fresh, const Records& records) {
    const Question question = AnyQuestion(choices_, scene_->world_seed);
    const auto held = AskedAgain(question, side);
    const auto loaded = AskedAgain(question, fresh);
    if (!held.ok()) return absl::StrCat("no answer: ", held.status().ToString());
    if (!loaded.ok()) return absl::StrCat("no fresh answer: ", loaded.status().ToString());
    if (const auto difference = Difference(question.query, held->result, loaded->result)) {
      return absl::StrCat("not as a fresh load: ", *difference);
    }
    return DifferenceFrom(records, question.query, question.now, held->result);
  }

  absl::StatusOr<metrics::Answer> AskedAgain(const Question& question, ServedSide& side) {
    metrics::Question asked;
    asked.query = question.query;
    const auto give_up = steady_clock::now() + kVerifyPatience;
    while (true) {
      auto answer = Asked(asked, question.now, 2, side.facts());
      if (!MayPass(answer.status()) || steady_clock::now() > give_up) return answer;
    }
  }

  // A connection that was killed shows when it is used; a lock may not come free in time.
  static bool MayPass(const absl::Status& status) {
    return absl::IsUnavailable(status) || absl::IsDeadlineExceeded(status) ||
           absl::IsAborted(status);
  }

  Scene* const scene_;
  Choices choices_;
};

int64_t AnswersOfHeldFacts(Scene& scene) {
  int64_t answers = 0;
  for (ReplaceableSide& side : scene.sides) answers += side.resident_answers();
  return answers;
}

// Whether all happened that the test is about.
bool HasSeenEnough(Scene& scene) {
  return scene.counts.questions.load() > 0 && scene.counts.ingests.load() > 0 &&
         scene.counts.hand_made.load() > 0 && AnswersOfHeldFacts(scene) > 0;
}

void Print(Scene& scene) {
  const Counts& counts = scene.counts;
  const int64_t resident = AnswersOfHeldFacts(scene);
  int64_t loaded = 0;
  for (ReplaceableSide& side : scene.sides) loaded += side.loaded_answers();
  const std::string text = absl::StrCat(
      counts.steps, " steps, ", counts.questions.load(), " questions meanwhile (",
      counts.unanswered.load(), " unanswered, ", counts.refused.load(), " of them refused), ",
      counts.candidates.load(), " comparisons with states; ", resident, " answers of held facts, ",
      loaded, " of loaded ones\n", scene.states.count(), " states, ", counts.ingests.load(),
      " writes of servers (", counts.failed_writes.load(), " failed), ", counts.hand_made.load(),
      " by hand (", counts.rolled_back.load(), " rolled back)\n", counts.kills,
      " connections killed, ", counts.server_restarts, " servers made anew, ", counts.fast_restarts,
      " restarts of PostgreSQL, ", counts.crashes, " crashes of it\n");
  std::fputs(text.c_str(), stdout);
}

TEST(ServedRandom, EveryAnswerIsOfACommittedState) {
  const auto seed = static_cast<uint64_t>(
      SettingOr("KPID_SERVED_SEED", static_cast<int64_t>(std::random_device()())));
  std::printf("KPID_SERVED_SEED=%llu\n", static_cast<unsigned long long>(seed));
  std::fflush(stdout);
  spdlog::set_level(spdlog::level::off);  // Of what the test breaks on purpose.
  Choices choices(seed);
  Scene scene(choices.Seed());
  Stage stage(&scene, choices.Seed());
  for (size_t side = 0; side < kSides; ++side) stage.Restart(side);
  Ingester(&scene, 0, choices.Seed()).Fill();
  std::vector<std::thread> threads;
  const auto start = [&](auto actor) {
    threads.emplace_back([actor = std::move(actor)]() mutable { actor.Run(); });
  };
  for (size_t side = 0; side < kSides; ++side) start(Ingester(&scene, side, choices.Seed()));
  for (int i = 0; i < kHands; ++i) start(Hand(&scene, choices.Seed()));
  for (int i = 0; i < kQuestioners; ++i) start(Questioner(&scene, choices.Seed()));
  const auto end = steady_clock::now() + std::chrono::seconds(SettingOr("KPID_SERVED_SECONDS", 60));
  while (!scene.stopping.load() &&
         steady_clock::now() < (HasSeenEnough(scene) ? end : end + kEnoughPatience)) {
    stage.Step();
  }
  scene.stopping.store(true);
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(scene.failure, "");
  Print(scene);
  EXPECT_TRUE(HasSeenEnough(scene)) << "the test proves nothing";
  EXPECT_LE(scene.counts.refused.load() * kQuestionsPerRefusal, scene.counts.questions.load());
}

}  // namespace
}  // namespace kpid::proof
