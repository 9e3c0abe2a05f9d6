// What the resident store costs: bytes per interaction by the process's memory, time to load, time
// to apply changes of today and of any day, time to answer afterwards.
//
// At the end the store's answers and links are held against a snapshot built from nothing from the
// same facts; the program fails when they differ.
//
// usage: kpid_fact_store_bench [--rows 10000000] [--days 365] [--batches 200]
//        [--growth-seconds 0] [--growth-rate 0]
#include <malloc.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <numbers>
#include <string>
#include <vector>

#include "metrics/catalogue.h"
#include "metrics/contact_links.h"
#include "metrics/evaluate.h"
#include "metrics/fact_store.h"
#include "metrics/interaction_chunk.h"
#include "tests/bench/centre/pace.h"

namespace kpid::bench {
namespace {

using metrics::Code;
using metrics::Column;
using metrics::FactChanges;
using metrics::FactSnapshot;
using metrics::FactStore;
using metrics::Instant;
using metrics::InteractionFact;
using std::chrono::days;
using std::chrono::seconds;

struct Options {
  int64_t rows = 10'000'000;
  int64_t days = 365;
  int batches = 200;
  int growth_seconds = 0;
  int growth_rate = 0;
};

constexpr Instant kStart{seconds(1'735'689'600)};  // 2025-01-01.
constexpr Code kAgents = 1000;
constexpr Code kTeams = 50;
constexpr Code kQueues = 20;

// Facts that are made from numbers, so that none needs to be kept.
class Facts {
 public:
  explicit Facts(const Options& options) : options_(options) {}

  // Contact `number`, as changed for the version-th time.
  InteractionFact Make(int64_t number, uint32_t version) const {
    Stream random(static_cast<uint64_t>(number) * 256 + version);
    InteractionFact fact;
    fact.row_key = number + 1;
    fact.arrive = ArriveOf(number);
    if (version > 0 && random.Below(10) == 0) fact.arrive += seconds(random.Below(600));
    fact.customer = version > 0 && random.Below(10) == 0
                        ? static_cast<Code>(1 + random.Below(Customers()))
                        : CustomerOf(number);
    fact.agent = static_cast<Code>(1 + random.Below(kAgents));
    const uint64_t skill = random.Below(10);
    fact.queue = 1 + (fact.agent + (skill < 6 ? 0U : skill < 9 ? 7U : 13U)) % kQueues;
    const uint64_t channel = random.Below(20);
    fact.channel = static_cast<metrics::Channel>(channel < 13   ? 1
                                                 : channel < 17 ? 2
                                                 : channel < 19 ? 3
                                                                : 4);
    const seconds wait = random.LogNormal(2.5, 1.0);
    if (random.Below(100) < 6) {
      fact.outcome = metrics::Outcome::kAbandoned;
      fact.end = fact.arrive + wait;
      return fact;
    }
    fact.outcome = metrics::Outcome::kHandled;
    fact.answer = fact.arrive + wait;
    fact.talk = random.LogNormal(5.4, 0.6);
    fact.hold = random.Below(4) == 0 ? random.LogNormal(3.2, 0.8) : seconds(0);
    fact.wrap_up = random.LogNormal(3.5, 0.6);
    fact.end = *fact.answer + *fact.talk + *fact.hold;
    fact.transferred = random.Below(10) == 0;
    return fact;
  }

 private:
  // Cheap random numbers of a seed (splitmix64).
  class Stream {
   public:
    explicit Stream(uint64_t seed) : state_(seed * 0x9E3779B97F4A7C15) {}
    uint64_t Next() {
      uint64_t z = state_ += 0x9E3779B97F4A7C15;
      z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
      z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
      return z ^ (z >> 31);
    }
    uint64_t Below(uint64_t count) { return Next() % count; }
    seconds LogNormal(double mean, double deviation) {
      const double u = static_cast<double>(Next() >> 11) / 9007199254740992.0;
      const double v = static_cast<double>(Next() >> 11) / 9007199254740992.0;
      const double normal = std::sqrt(-2 * std::log(1 - u)) * std::cos(2 * std::numbers::pi * v);
      return seconds(static_cast<int64_t>(std::min(7'000.0, std::exp(mean + deviation * normal))));
    }

   private:
    uint64_t state_;
  };

  uint64_t Customers() const {
    return static_cast<uint64_t>(std::max<int64_t>(1, options_.rows / 5));
  }

  // Even over the year but for the weekdays' hours.
  Instant ArriveOf(int64_t number) const {
    const int64_t per_day = options_.rows / options_.days + 1;
    const int64_t day = number / per_day;
    const double part = static_cast<double>(number % per_day) / static_cast<double>(per_day);
    return kStart + days(day) + seconds(static_cast<int64_t>(25'000 + part * 45'000));
  }

  // One in seven comes back within two days.
  Code CustomerOf(int64_t number) const {
    Stream random(static_cast<uint64_t>(number) + 0x5EED);
    const int64_t near = 2 * (options_.rows / options_.days + 1);
    if (number > near && random.Below(100) < 15) {
      return CustomerOf(number - 1 -
                        static_cast<int64_t>(random.Below(static_cast<uint64_t>(near))));
    }
    return static_cast<Code>(1 + random.Below(Customers()));
  }

  Options options_;
};

double MillisecondsSince(std::chrono::steady_clock::time_point begin) {
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin)
      .count();
}

// Bytes of memory that the process has.
int64_t Resident() {
  malloc_trim(0);
  std::ifstream statm("/proc/self/statm");
  int64_t size = 0;
  int64_t resident = 0;
  statm >> size >> resident;
  return resident * sysconf(_SC_PAGESIZE);
}

void PrintTimes(const char* what, std::vector<double> times) {
  if (times.empty()) return;
  std::sort(times.begin(), times.end());
  const auto at = [&](double part) {
    return times[static_cast<size_t>(part * static_cast<double>(times.size() - 1))];
  };
  std::printf("%-52s median %8.3f ms  p99 %8.3f ms  most %8.3f ms\n", what, at(0.5), at(0.99),
              times.back());
}

metrics::Roster Teams() {
  std::vector<metrics::GroupFact> groups;
  std::vector<metrics::MembershipFact> members;
  for (Code team = 1; team <= kTeams; ++team) groups.push_back({team, "team", metrics::kNoCode});
  for (Code agent = 1; agent <= kAgents; ++agent) {
    members.push_back({agent, 1 + agent % kTeams, {metrics::kInstantMin, metrics::kInstantEnd}});
  }
  return {std::move(groups), std::move(members)};
}

metrics::Dictionaries Names() {
  metrics::Dictionaries names;
  for (Code agent = 1; agent <= kAgents; ++agent) {
    names.agents.Add(agent, "agent-" + std::to_string(agent));
  }
  for (Code team = 1; team <= kTeams; ++team)
    names.groups.Add(team, "team-" + std::to_string(team));
  for (Code queue = 1; queue <= kQueues; ++queue) {
    names.queues.Add(queue, "queue-" + std::to_string(queue));
  }
  return names;
}

// KPIs by team and day over the last `length` days.
metrics::Query Question(const Options& options, int64_t length) {
  metrics::Query query;
  for (const char* id : {"contacts_offered", "service_level", "average_handle_time",
                         "abandonment_rate", "fcr", "transfer_rate"}) {
    metrics::ResolvedKpi kpi;
    if (!metrics::ResolveKpi(id, "", {}, "", &kpi).empty()) std::abort();
    query.kpis.push_back(kpi);
  }
  const Instant end = kStart + days(options.days);
  query.range = {end - days(length), end};
  for (int64_t day = 0; day < length; ++day) {
    query.buckets.push_back({query.range.start + days(day), query.range.start + days(day + 1)});
  }
  query.group_by = {{metrics::DimensionKind::kAgentGroup, "team"}};
  return query;
}

// Everything that an answer says.
std::string TextOf(const metrics::Result& result) {
  std::string text;
  for (const metrics::Slice& slice : result.slices) {
    text += slice.dimensions[0].value;
    for (const metrics::Value& value : slice.series) {
      char number[96];
      std::snprintf(number, sizeof number, " %a/%a/%a/%lld", value.value.value_or(-1),
                    value.numerator.value_or(-1), value.denominator.value_or(-1),
                    static_cast<long long>(value.sample_count));
      text += number;
    }
  }
  return text;
}

metrics::Result Ask(const metrics::Query& query, const FactSnapshot& snapshot) {
  metrics::EvaluateOptions options;
  options.now = metrics::kInstantEnd;
  options.threads_max = 1;
  auto result = metrics::Evaluate(query, snapshot, options);
  if (!result.ok()) std::abort();
  return *std::move(result);
}

class Bench {
 public:
  explicit Bench(const Options& options) : options_(options), facts_(options) {
    versions_.resize(static_cast<size_t>(options.rows * 11 / 10), kGone);
  }

  int Run() {
    Load();
    AskAll("fresh");
    ApplyAll();
    AskAll("after changes");
    Grow();
    return Check();
  }

 private:
  static constexpr uint8_t kGone = 255;
  static constexpr int64_t kPiece = 100'000;
  static constexpr int kGrowthRows = 100;  // Of one change.

  InteractionFact Current(int64_t number) const {
    return facts_.Make(number, versions_[static_cast<size_t>(number)]);
  }

  double Apply(FactChanges changes) {
    changes.data_watermark = kStart + days(options_.days) + seconds(++applied_);
    const auto begin = std::chrono::steady_clock::now();
    store_.Apply(std::move(changes));
    return MillisecondsSince(begin);
  }

  void PrintMemory(const char* what) {
    const int64_t bytes = Resident() - resident_before_;
    const metrics::FactStoreSize size = store_.size();
    std::printf(
        "%-52s %7.2f bytes an interaction by the process, %6.2f by its own count; %zu chunks\n",
        what, static_cast<double>(bytes) / static_cast<double>(size.interactions),
        static_cast<double>(size.memory_bytes) / static_cast<double>(size.interactions),
        store_.Current()->interactions().size());
    std::fflush(stdout);
  }

  void Load() {
    resident_before_ = Resident();
    FactChanges names;
    names.dictionaries = Names();
    names.roster = Teams();
    Apply(std::move(names));
    double milliseconds = 0;
    for (; next_ < options_.rows;) {
      FactChanges changes;
      for (int64_t n = 0; n < kPiece && next_ < options_.rows; ++n) Insert(&changes);
      milliseconds += Apply(std::move(changes));
    }
    std::printf("loaded %lld interactions in pieces of %lld: %.2f s, %.2f M/s on one thread\n",
                static_cast<long long>(next_), static_cast<long long>(kPiece), milliseconds / 1000,
                static_cast<double>(next_) / milliseconds / 1000);
    PrintMemory("memory without links");
    const auto begin = std::chrono::steady_clock::now();
    store_.Current()->links().column(Column::kRepeatGap);
    std::printf("deriving repeat gaps, first question: %.2f s\n", MillisecondsSince(begin) / 1000);
    std::printf("keeping them, next change: %.2f s\n", Apply({}) / 1000);
    PrintMemory("memory with links for FCR");
  }

  void Insert(FactChanges* changes) {
    versions_[static_cast<size_t>(next_)] = 0;
    changes->interactions.upserted.push_back(Current(next_++));
  }

  // Changes or deletes one of [first, next_).
  void Correct(int64_t first, FactChanges* changes) {
    random_ = random_ * 6364136223846793005 + 1442695040888963407;
    const int64_t number =
        first + static_cast<int64_t>((random_ >> 20) % static_cast<uint64_t>(next_ - first));
    uint8_t& version = versions_[static_cast<size_t>(number)];
    if ((random_ >> 50) % 50 == 0 && version != kGone) {
      version = kGone;
      std::erase_if(changes->interactions.upserted, [&](const InteractionFact& fact) {
        return fact.row_key == number + 1;  // It was to be changed just now.
      });
      changes->interactions.deleted.push_back(number + 1);
      return;
    }
    version = version == kGone ? 1 : static_cast<uint8_t>((version + 1) % kGone);
    changes->interactions.upserted.push_back(Current(number));
  }

  void ApplyBatches(const char* what, int batches, int64_t rows, int64_t first, bool insert) {
    std::vector<double> times;
    for (int batch = 0; batch < batches; ++batch) {
      FactChanges changes;
      for (int64_t n = 0; n < rows; ++n) {
        if (!insert) {
          Correct(first, &changes);
        } else if (next_ < static_cast<int64_t>(versions_.size())) {
          Insert(&changes);
        }
      }
      times.push_back(Apply(std::move(changes)));
    }
    PrintTimes(what, std::move(times));
    std::fflush(stdout);
  }

  void ApplyAll() {
    const int64_t today = options_.rows - options_.rows / options_.days;
    const int few = std::max(2, options_.batches / 5);
    ApplyBatches("100 new rows of today", options_.batches, 100, 0, true);
    ApplyBatches("100 corrected rows of today", options_.batches, 100, today, false);
    ApplyBatches("100 corrected rows of any day", options_.batches, 100, 0, false);
    ApplyBatches("5,000 new rows of today", few, 5000, 0, true);
    ApplyBatches("5,000 corrected rows of today", few, 5000, today, false);
    ApplyBatches("5,000 corrected rows of any day", few, 5000, 0, false);
    PrintMemory("memory after changes");
  }

  void AskAll(const char* when) {
    for (const int64_t length : {std::min<int64_t>(30, options_.days), options_.days}) {
      const metrics::Query query = Question(options_, length);
      std::vector<double> times;
      for (int n = 0; n < 5; ++n) {
        const auto begin = std::chrono::steady_clock::now();
        Ask(query, *store_.Current());
        times.push_back(MillisecondsSince(begin));
      }
      PrintTimes(("6 KPIs by team and day, " + std::to_string(length) + " days, 1 thread, " + when)
                     .c_str(),
                 std::move(times));
    }
  }

  // Memory must not grow with time: old versions go when nobody reads them. Changes come at a
  // steady rate, half of them to the last day, readers keep a state for some seconds.
  void Grow() {
    if (options_.growth_seconds == 0) return;
    const int looks = std::max(10, options_.growth_seconds / 30);
    const double look_milliseconds = options_.growth_seconds * 1000.0 / looks;
    Pace pace(std::chrono::nanoseconds(std::chrono::seconds(1)) * kGrowthRows /
              std::max(1, options_.growth_rate));
    const auto begin = std::chrono::steady_clock::now();
    for (int look = 1; look <= looks; ++look) {
      std::shared_ptr<const FactSnapshot> reader = store_.Current();
      int64_t changed = 0;
      while (MillisecondsSince(begin) < look_milliseconds * look) {
        FactChanges changes;
        for (int n = 0; n < kGrowthRows; ++n) {
          Correct(n % 2 == 0 ? 0 : next_ * 99 / 100, &changes);
        }
        Apply(std::move(changes));
        changed += kGrowthRows;
        if (changed % (kGrowthRows * 50) == 0) reader = store_.Current();
        if (options_.growth_rate > 0) pace.AwaitNext();
      }
      reader.reset();
      std::printf("after %4.0f s, %9lld rows changed; ", MillisecondsSince(begin) / 1000,
                  static_cast<long long>(changed));
      PrintMemory("memory while rows change");
    }
  }

  std::shared_ptr<const FactSnapshot> Built() {
    FactSnapshot::Builder builder;
    std::vector<InteractionFact> facts;
    for (int64_t number = 0; number < next_; ++number) {
      if (versions_[static_cast<size_t>(number)] != kGone) facts.push_back(Current(number));
      if (static_cast<int64_t>(facts.size()) == kPiece) {
        builder.AddInteractions(std::exchange(facts, {}));
      }
    }
    builder.AddInteractions(std::move(facts));
    builder.SetDictionaries(Names());
    builder.SetRoster(Teams());
    return builder.Build();
  }

  // Sum over all rows alive of something that a wrong row or link changes.
  static uint64_t Digest(const FactSnapshot& snapshot) {
    uint64_t sum = 0;
    for (size_t c = 0; c < snapshot.interactions().size(); ++c) {
      const auto& chunk = *snapshot.interactions()[c];
      const auto& gaps = snapshot.links().column(Column::kRepeatGap)[c];
      for (size_t row = 0; row < chunk.size(); ++row) {
        if (!chunk.Alive(row)) continue;
        const auto value = [&](Column column) {
          return static_cast<uint64_t>(chunk.column(column).At(row));
        };
        uint64_t hash = value(Column::kRowKey) * 0x9E3779B97F4A7C15;
        for (const uint64_t part :
             {value(Column::kArrive), value(Column::kCustomer), value(Column::kHandle),
              value(Column::kAgent), static_cast<uint64_t>(gaps.At(row))}) {
          hash = (hash ^ part) * 0xBF58476D1CE4E5B9;
          hash ^= hash >> 31;
        }
        sum += hash;
      }
    }
    return sum;
  }

  int Check() {
    const auto built = Built();
    const auto resident = store_.Current();
    bool same = Digest(*built) == Digest(*resident);
    for (const int64_t length : {std::min<int64_t>(7, options_.days), options_.days}) {
      const metrics::Query query = Question(options_, length);
      same &= TextOf(Ask(query, *built)) == TextOf(Ask(query, *resident));
    }
    std::printf(same ? "answers and links are those of a snapshot built from nothing\n"
                     : "FAIL: answers or links differ from those built from nothing\n");
    return same ? 0 : 1;
  }

  Options options_;
  Facts facts_;
  FactStore store_{{}};
  std::vector<uint8_t> versions_;  // By number.
  int64_t next_ = 0;
  int64_t applied_ = 0;
  uint64_t random_ = 1;
  int64_t resident_before_ = 0;
};

}  // namespace
}  // namespace kpid::bench

int main(int argc, char** argv) {
  kpid::bench::Options options;
  CLI::App app("What the resident store costs.");
  app.add_option("--rows", options.rows, "interactions")->check(CLI::Range(1000, 200'000'000));
  app.add_option("--days", options.days, "that they are spread over")->check(CLI::Range(1, 3650));
  app.add_option("--batches", options.batches, "of each kind of change")
      ->check(CLI::Range(1, 100'000));
  app.add_option("--growth-rate", options.growth_rate, "changes a second; 0: as many as can be")
      ->check(CLI::Range(0, 10'000'000));
  app.add_option("--growth-seconds", options.growth_seconds, "how long to watch memory")
      ->check(CLI::Range(0, 3600));
  CLI11_PARSE(app, argc, argv);
  return kpid::bench::Bench(options).Run();
}
