// A resident store is always what a snapshot built from nothing would be, whatever changed how.
//
// A failure prints its seed; KPID_STORE_SEED=seed repeats it. KPID_PROPERTY_CASES=10000 asks for
// more cases.

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <tuple>
#include <vector>

#include "metrics/contact_links.h"
#include "metrics/evaluate.h"
#include "metrics/fact_source.h"
#include "metrics/fact_store.h"
#include "metrics/interaction_chunk.h"
#include "tests/property/random_query.h"
#include "tests/property/random_records.h"
#include "tests/support/difference.h"
#include "tests/support/plain_facts.h"

namespace kpid::proof {
namespace {

using metrics::Column;
using metrics::Dictionaries;
using metrics::Dictionary;
using metrics::FactSnapshot;
using metrics::FactStore;
using metrics::Instant;
using metrics::Query;
using metrics::Result;

uint64_t NumberFromEnvironment(const char* name, uint64_t otherwise) {
  const char* const text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

constexpr std::array kDictionaries = {
    &Dictionaries::agents,         &Dictionaries::queues,
    &Dictionaries::groups,         &Dictionaries::currencies,
    &Dictionaries::priorities,     &Dictionaries::quality_categories,
    &Dictionaries::attribute_keys, &Dictionaries::attribute_values};

// Facts of one kind as they should be, and the changes that lead there.
template <class Fact>
class Model {
 public:
  explicit Model(std::vector<Fact> pool) : pool_(std::move(pool)) {}

  metrics::KindChanges<Fact> Change(Choices& choices, const auto& vary) {
    metrics::KindChanges<Fact> changes;
    if (choices.Percent(2)) {
      changes.replaced = true;
      facts_.clear();
    }
    if (choices.Percent(30)) return changes;
    for (size_t n = choices.Below(6); n > 0; --n) {
      changes.deleted.push_back(Key(choices));
      facts_.erase(changes.deleted.back());
    }
    const size_t count = choices.Percent(10) ? pool_.size() : choices.Below(10);
    for (size_t n = pool_.empty() ? 0 : count; n > 0; --n) {
      Fact fact = choices.Of(pool_);
      fact.row_key = Key(choices);
      vary(choices, &fact);
      facts_[fact.row_key] = fact;
      changes.upserted.push_back(std::move(fact));
    }
    return changes;
  }

  std::vector<Fact> Facts() const {
    std::vector<Fact> facts;
    for (const auto& [key, fact] : facts_) facts.push_back(fact);
    return facts;
  }
  std::map<int64_t, Fact>& facts() { return facts_; }

 private:
  // Few, so that they meet; on several pages, with gaps.
  static int64_t Key(Choices& choices) {
    return static_cast<int64_t>(choices.Below(3) * 1500 + choices.Below(25));
  }

  std::vector<Fact> pool_;
  std::map<int64_t, Fact> facts_;
};

class StoreCase {
 public:
  explicit StoreCase(uint64_t seed)
      : choices_(seed),
        seeds_(SeedsOf(choices_)),
        all_(FactsOf(MakeRecords(seeds_))),
        store_({.chunk_rows_max = choices_.Of(std::vector<size_t>{1, 2, 5, 16, 32'768}),
                .rows_per_changed_link = choices_.Of(std::vector<size_t>{1, 3, 64})}) {}

  void Run() {
    for (size_t step = 1 + choices_.Below(8); step > 0; --step) {
      Step();
      if (testing::Test::HasFailure()) return;
      ExpectEqual();
      if (testing::Test::HasFailure()) return;
    }
    ForgetSome();
  }

 private:
  static WorldSeeds SeedsOf(Choices& choices) {
    WorldSeeds seeds;
    const auto fill = [&](std::vector<uint64_t>* kind, size_t count) {
      for (size_t n = choices.Below(count + 1); n > 0; --n) kind->push_back(choices.Seed());
    };
    fill(&seeds.interactions, 80);
    fill(&seeds.surveys, 20);
    fill(&seeds.memberships, 10);
    fill(&seeds.evaluations, 15);
    fill(&seeds.activities, 30);
    fill(&seeds.plans, 20);
    fill(&seeds.tickets, 20);
    fill(&seeds.costs, 8);
    fill(&seeds.agents, 4);
    seeds.world = choices.Seed();
    return seeds;
  }

  void Step() {
    metrics::FactChanges changes;
    changes.interactions = interactions_.Change(choices_, [&](Choices& choices, auto* fact) {
      if (choices.Percent(30)) fact->customer = static_cast<metrics::Code>(choices.Below(4));
      if (choices.Percent(30)) fact->case_code = static_cast<metrics::Code>(choices.Below(4));
      if (choices.Percent(20)) fact->arrive = RandomInstant(choices, WorldStart(seeds_.world));
    });
    const auto as_it_is = [](Choices&, auto*) {};
    changes.surveys = surveys_.Change(choices_, as_it_is);
    changes.quality_evaluations = evaluations_.Change(choices_, as_it_is);
    changes.agent_activities = activities_.Change(choices_, [](Choices& choices, auto* fact) {
      if (choices.Percent(20)) fact->end.reset();
    });
    changes.scheduled_activities = plans_.Change(choices_, as_it_is);
    changes.tickets = tickets_.Change(choices_, as_it_is);
    changes.costs = costs_.Change(choices_, as_it_is);
    ChangeNames(&changes);
    if (choices_.Percent(30)) {
      employments_ = all_.employments;
      std::erase_if(employments_, [&](const auto&) { return choices_.Percent(30); });
      changes.employments = employments_;
    }
    if (choices_.Percent(30)) {
      memberships_ = all_.memberships;
      std::erase_if(memberships_, [&](const auto&) { return choices_.Percent(30); });
      changes.roster = metrics::Roster(all_.groups, memberships_);
      groups_ = all_.groups;
    }
    watermark_ = choices_.Percent(80) ? std::max(watermark_, AnyInstant()) : AnyInstant();
    if (choices_.Percent(5)) watermark_ = metrics::kInstantEnd;
    changes.data_watermark = watermark_;
    if (choices_.Percent(15)) {
      Load(std::move(changes));
    } else {
      store_.Apply(std::move(changes));
    }
  }

  // The same state by a load, after one that was given up at any point.
  void Load(metrics::FactChanges changes) {
    metrics::FactChanges names;
    names.dictionaries = changes.dictionaries;
    names.names = changes.names;
    names.roster = changes.roster;
    names.employments = changes.employments;
    names.data_watermark = watermark_;
    if (choices_.Percent(30)) {
      store_.BeginLoad(names);
      TakeAll();
      metrics::CallLimits limits;
      size_t looks = choices_.Below(20);
      std::mutex mutex;
      limits.cancelled = [&] {
        const std::lock_guard lock(mutex);
        return looks == 0 || --looks == 0;
      };
      if (store_.EndLoad(watermark_, limits).ok()) return;
    }
    store_.BeginLoad(std::move(names));
    TakeAll();
    ASSERT_TRUE(store_.EndLoad(watermark_, {}).ok());
  }

  // Gives all facts to a load, by several threads.
  void TakeAll() {
    std::vector<metrics::FactChanges> shares(1 + choices_.Below(3));
    const auto share = [&](auto kind, const auto& model) {
      for (auto& fact : model.Facts()) {
        (shares[choices_.Below(shares.size())].*kind).upserted.push_back(std::move(fact));
      }
    };
    share(&metrics::FactChanges::interactions, interactions_);
    share(&metrics::FactChanges::surveys, surveys_);
    share(&metrics::FactChanges::quality_evaluations, evaluations_);
    share(&metrics::FactChanges::agent_activities, activities_);
    share(&metrics::FactChanges::scheduled_activities, plans_);
    share(&metrics::FactChanges::tickets, tickets_);
    share(&metrics::FactChanges::costs, costs_);
    std::vector<std::thread> threads;
    for (metrics::FactChanges& own : shares) {
      threads.emplace_back([this, &own] {
        const auto loading = store_.NewLoading();
        loading->Take(&own);
        loading->Finish();
      });
    }
    for (std::thread& thread : threads) thread.join();
  }

  Instant AnyInstant() { return RandomInstant(choices_, WorldStart(seeds_.world)); }

  void ChangeNames(metrics::FactChanges* changes) {
    const bool all = choices_.Percent(10);
    for (Dictionary Dictionaries::*const dictionary : kDictionaries) {
      const Dictionary& source = all_.dictionaries.*dictionary;
      for (metrics::Code code = 1; code < source.CodeEnd(); ++code) {
        if (source.Name(code).empty() || !choices_.Percent(30)) continue;
        std::string display(source.DisplayName(code));
        if (choices_.Percent(20)) display += std::to_string(choices_.Below(9));
        (names_.*dictionary).Set(code, source.Name(code), display);
        changes->names.push_back({dictionary, code, std::string(source.Name(code)), display});
      }
    }
    if (!all) return;
    changes->names.clear();
    changes->dictionaries = names_;
  }

  std::shared_ptr<const FactSnapshot> Built() const {
    PlainFacts facts;
    facts.interactions = interactions_.Facts();
    facts.surveys = surveys_.Facts();
    facts.evaluations = evaluations_.Facts();
    facts.activities = activities_.Facts();
    facts.plans = plans_.Facts();
    facts.tickets = tickets_.Facts();
    facts.costs = costs_.Facts();
    facts.employments = employments_;
    facts.dictionaries = names_;
    facts.groups = groups_;
    facts.memberships = memberships_;
    facts.data_watermark = watermark_;
    for (const auto& fact : facts.interactions) {
      facts.latest_arrive = std::max(facts.latest_arrive.value_or(fact.arrive), fact.arrive);
    }
    return SnapshotOf(std::move(facts));
  }

  void ExpectEqual() {
    const auto resident = store_.Current();
    const auto built = Built();
    ExpectSameLinks(*resident, *built);
    ASSERT_EQ(resident->latest_arrive(), built->latest_arrive());
    for (int n = 0; n < 2; ++n) {
      const Question question = RandomQuestion();
      ExpectSameAnswer(question, *resident, *built);
    }
    // Earlier states stay as they were.
    if (kept_.resident != nullptr) {
      ExpectSameAnswer(RandomQuestion(), *kept_.resident, *kept_.built);
    }
    if (choices_.Percent(40)) kept_ = {resident, built};
    ASSERT_GT(store_.size().memory_bytes, 0);
    ASSERT_EQ(store_.size().interactions, static_cast<int64_t>(interactions_.Facts().size()));
  }

  Question RandomQuestion() {
    std::vector<uint64_t> kpis;
    for (size_t n = 1 + choices_.Below(5); n > 0; --n) kpis.push_back(choices_.Seed());
    return MakeQuestion(kpis, choices_.Seed(), seeds_.world);
  }

  static void ExpectSameAnswer(const Question& question, const FactSnapshot& resident,
                               const FactSnapshot& built) {
    metrics::EvaluateOptions options;
    options.now = question.now;
    const auto a = metrics::Evaluate(question.query, resident, options);
    const auto b = metrics::Evaluate(question.query, built, options);
    ASSERT_TRUE(a.ok()) << a.status();
    ASSERT_TRUE(b.ok()) << b.status();
    const auto difference = Difference(question.query, *a, *b);
    ASSERT_EQ(difference, std::nullopt);
  }

  // Links by row key, some of the columns only, so that they are first asked for at any time.
  using Links = std::map<int64_t, std::vector<int64_t>>;
  static Links LinksOf(const FactSnapshot& snapshot, const std::vector<Column>& columns) {
    Links links;
    const auto chunks = snapshot.interactions();
    for (size_t c = 0; c < chunks.size(); ++c) {
      for (size_t row = 0; row < chunks[c]->size(); ++row) {
        if (!chunks[c]->Alive(row)) continue;
        auto& own = links[chunks[c]->column(Column::kRowKey).At(row)];
        for (const Column column : columns) {
          own.push_back(snapshot.links().column(column)[c].At(row));
        }
      }
    }
    return links;
  }

  void ExpectSameLinks(const FactSnapshot& resident, const FactSnapshot& built) {
    std::vector<Column> columns;
    for (const Column column : {Column::kRepeatGap, Column::kRepeatGapSameQueue,
                                Column::kSincePrevious, Column::kCaseState}) {
      if (choices_.Percent(40)) columns.push_back(column);
    }
    ASSERT_EQ(LinksOf(resident, columns), LinksOf(built, columns));
  }

  // After that, questions that do not reach back behind the limit are answered as before.
  void ForgetSome() {
    const Instant before = AnyInstant();
    store_.Forget(before);
    const auto resident = store_.Current();
    const auto built = Built();
    ASSERT_EQ(resident->latest_arrive(), built->latest_arrive());
    for (int n = 0; n < 5; ++n) {
      const Question question = RandomQuestion();
      const metrics::FactDemand demand = metrics::DemandOf(question.query);
      const Instant start = before + demand.first_contact_window;
      if (demand.whole_cases || question.query.range.start < start) continue;
      if (demand.agent_activities && demand.agent_activities->start < before) continue;
      if (demand.scheduled_activities && demand.scheduled_activities->start < before) continue;
      ExpectSameAnswer(question, *resident, *built);
    }
  }

  Choices choices_;
  WorldSeeds seeds_;
  PlainFacts all_;
  FactStore store_;
  Model<metrics::InteractionFact> interactions_{all_.interactions};
  Model<metrics::SurveyFact> surveys_{all_.surveys};
  Model<metrics::QualityFact> evaluations_{all_.evaluations};
  Model<metrics::AgentActivityFact> activities_{all_.activities};
  Model<metrics::ScheduledActivityFact> plans_{all_.plans};
  Model<metrics::TicketFact> tickets_{all_.tickets};
  Model<metrics::CostFact> costs_{all_.costs};
  Dictionaries names_;
  std::vector<metrics::EmploymentFact> employments_;
  std::vector<metrics::GroupFact> groups_;
  std::vector<metrics::MembershipFact> memberships_;
  Instant watermark_{};
  struct {
    std::shared_ptr<const FactSnapshot> resident;
    std::shared_ptr<const FactSnapshot> built;
  } kept_;
};

TEST(FactStoreProperty, EqualsASnapshotBuiltFromNothing) {
  const uint64_t first = NumberFromEnvironment("KPID_STORE_SEED", 0);
  const uint64_t cases = first != 0 ? 1 : NumberFromEnvironment("KPID_PROPERTY_CASES", 500);
  for (uint64_t n = 0; n < cases; ++n) {
    const uint64_t seed = first != 0 ? first : n + 1;
    SCOPED_TRACE("KPID_STORE_SEED=" + std::to_string(seed));
    StoreCase(seed).Run();
    if (HasFailure()) return;
  }
}

}  // namespace
}  // namespace kpid::proof
