#include "metrics/fact_store.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <map>
#include <thread>
#include <tuple>

#include "metrics/agent_timelines.h"
#include "metrics/contact_links.h"
#include "metrics/interaction_chunk.h"
#include "metrics/link_rules.h"
#include "metrics/quality_columns.h"
#include "metrics/survey_columns.h"
#include "metrics/ticket_columns.h"
#include "tests/metrics/fact_set.h"

namespace kpid::metrics {
namespace {

InteractionFact Contact(int64_t row_key, Duration arrive, Code customer = kNoCode) {
  InteractionFact fact;
  fact.row_key = row_key;
  fact.arrive = kStart + arrive;
  fact.answer = fact.end = fact.arrive;
  fact.outcome = Outcome::kHandled;
  fact.customer = customer;
  return fact;
}

FactChanges Upserted(std::vector<InteractionFact> facts) {
  FactChanges changes;
  changes.interactions.upserted = std::move(facts);
  return changes;
}

FactChanges Deleted(std::vector<int64_t> keys) {
  FactChanges changes;
  changes.interactions.deleted = std::move(keys);
  return changes;
}

// Row keys of the rows alive, in the order of chunks.
std::vector<int64_t> Keys(const FactSnapshot& snapshot) {
  std::vector<int64_t> keys;
  for (const auto& chunk : snapshot.interactions()) {
    for (size_t row = 0; row < chunk->size(); ++row) {
      if (chunk->Alive(row)) keys.push_back(chunk->column(Column::kRowKey).At(row));
    }
  }
  return keys;
}

double Offered(const FactSnapshot& snapshot) {
  return *Answers(Ask({"contacts_offered"}), snapshot).total[0].value;
}

TEST(FactStore, HasNothingBeforeTheFirstState) {
  FactStore store({});
  EXPECT_EQ(store.Current(), nullptr);
  EXPECT_EQ(store.size().memory_bytes, 0);
  store.Apply({});
  EXPECT_EQ(store.Current()->latest_arrive(), std::nullopt);
  EXPECT_EQ(Offered(*store.Current()), 0);
}

TEST(FactStore, InsertsCorrectsAndDeletes) {
  FactStore store({});
  store.Apply(Upserted({Contact(1, hours(1)), Contact(2, hours(30)), Contact(3, hours(2))}));
  EXPECT_EQ(Keys(*store.Current()), (std::vector<int64_t>{1, 3, 2}));
  EXPECT_EQ(store.Current()->latest_arrive(), kStart + hours(30));
  // The second one moves to the first day; one that is not there is deleted.
  FactChanges changes =
      Upserted({Contact(2, hours(3)), Contact(9, hours(4)), Contact(9, hours(5))});
  changes.interactions.deleted = {1, 77};
  store.Apply(std::move(changes));
  EXPECT_EQ(Keys(*store.Current()), (std::vector<int64_t>{3, 2, 9}));
  EXPECT_EQ(store.Current()->latest_arrive(), kStart + hours(5));
  EXPECT_EQ(Offered(*store.Current()), 3);
  EXPECT_EQ(store.size().interactions, 3);
  store.Apply(Deleted({2, 3, 9}));
  EXPECT_TRUE(Keys(*store.Current()).empty());
  EXPECT_EQ(store.Current()->latest_arrive(), std::nullopt);
}

TEST(FactStore, KeyThatIsDeletedAndUpsertedIsThere) {
  FactStore store({});
  store.Apply(Upserted({Contact(1, hours(1))}));
  FactChanges changes = Upserted({Contact(1, hours(2))});
  changes.interactions.deleted = {1};
  store.Apply(std::move(changes));
  EXPECT_EQ(store.Current()->latest_arrive(), kStart + hours(2));
}

TEST(FactStore, ReplacedKindsKeepNothing) {
  FactStore store({});
  store.Apply(Upserted({Contact(1, hours(1)), Contact(2, hours(2))}));
  FactChanges changes = Upserted({Contact(2, hours(3))});
  changes.interactions.replaced = true;
  store.Apply(std::move(changes));
  EXPECT_EQ(Keys(*store.Current()), (std::vector<int64_t>{2}));
}

TEST(FactStore, SnapshotsDoNotChange) {
  FactStore store({});
  store.Apply(Upserted({Contact(1, hours(1), 7), Contact(2, hours(2), 7)}));
  const auto before = store.Current();
  before->links().column(Column::kRepeatGap);  // Kept from here on.
  store.Apply(Deleted({2}));
  const auto between = store.Current();
  store.Apply(Upserted({Contact(3, hours(4), 7)}));
  const auto gap = [](const FactSnapshot& snapshot) {
    return snapshot.links().column(Column::kRepeatGap)[0].At(0);
  };
  EXPECT_EQ(gap(*before), Duration(hours(1)).count());
  EXPECT_EQ(gap(*between), kAbsent);
  EXPECT_EQ(Keys(*before), (std::vector<int64_t>{1, 2}));
  EXPECT_EQ(Keys(*between), (std::vector<int64_t>{1}));
  EXPECT_EQ(Keys(*store.Current()), (std::vector<int64_t>{1, 3}));
}

// Links by row key, of all columns.
std::map<int64_t, std::vector<int64_t>> LinksOf(const FactSnapshot& snapshot) {
  std::map<int64_t, std::vector<int64_t>> links;
  for (const Column column : kLinkColumnList) {
    for (size_t c = 0; c < snapshot.interactions().size(); ++c) {
      const InteractionChunk& chunk = *snapshot.interactions()[c];
      for (size_t row = 0; row < chunk.size(); ++row) {
        links[chunk.column(Column::kRowKey).At(row)].push_back(
            snapshot.links().column(column)[c].At(row));
      }
    }
  }
  return links;
}

TEST(FactStore, LinksOfALoadWhateverTheCodes) {
  // Most codes are dense, some are far away: they are in all slices of all parts.
  constexpr int64_t kContacts = 3'000;
  std::vector<InteractionFact> facts;
  for (int64_t n = 0; n < kContacts; ++n) {
    const int64_t customer = n * 7'919 % 700;
    const auto code = static_cast<Code>(1 + customer * (customer < 690 ? 16 : 4'999));
    InteractionFact fact = Contact(kContacts - n, minutes(n * 31 % kContacts), code);
    fact.end = fact.arrive + minutes(n % 40);
    fact.queue = static_cast<Code>(1 + n % 3);
    if (n % 5 == 0) fact.case_code = static_cast<Code>(1 + n % 120 * 128);
    if (n % 7 == 0) fact.outcome = Outcome::kAbandoned;
    facts.push_back(fact);
  }
  FactSnapshot::Builder builder;
  std::map<int64_t, std::vector<InteractionFact>> days;
  for (const InteractionFact& fact : facts) days[DayOf(fact.arrive)].push_back(fact);
  for (auto& [day, of_day] : days) builder.AddInteractions(of_day);
  const auto expected = LinksOf(*builder.Build());

  FactStore store({});
  store.BeginLoad({});
  const auto loading = store.NewLoading();
  FactChanges changes = Upserted(std::move(facts));
  loading->Take(&changes);
  loading->Finish();
  ASSERT_TRUE(store.EndLoad(kStart, {}).ok());
  EXPECT_EQ(LinksOf(*store.Current()), expected);  // Asks for the others, too.
  store.Apply({});
  EXPECT_EQ(LinksOf(*store.Current()), expected);
}

TEST(FactStore, LoadsMoreThanAThreadHolds) {
  // Three writers a week apart, each of whom came to the end of some days before.
  constexpr int64_t kContacts = 300'000;
  FactStore store({});
  store.BeginLoad({});
  const auto loading = store.NewLoading();
  FactChanges changes;
  for (int64_t n = 0; n < kContacts; ++n) {
    changes.interactions.upserted.push_back(
        Contact(kContacts - n, seconds(n * 12) + days(7 * (n % 3))));
    if (n % 500 == 0) loading->Take(&changes);
  }
  loading->Take(&changes);
  loading->Finish();
  ASSERT_TRUE(store.EndLoad(kStart, {}).ok());
  std::vector<int64_t> keys = Keys(*store.Current());
  std::sort(keys.begin(), keys.end());
  ASSERT_EQ(keys.size(), static_cast<size_t>(kContacts));
  for (int64_t n = 0; n < kContacts; ++n) ASSERT_EQ(keys[static_cast<size_t>(n)], n + 1);
  // Days were whole when they were packed.
  EXPECT_EQ(store.Current()->interactions().size(), 56u);
}

TEST(FactStore, ManySmallChangesLeaveFewChunks) {
  FactStore store({});
  int64_t key = 0;
  size_t chunks_max = 0;
  for (int n = 0; n < 3000; ++n) {
    std::vector<InteractionFact> facts;
    for (int i = 0; i < 5; ++i) facts.push_back(Contact(++key, seconds(key)));
    store.Apply(Upserted(std::move(facts)));
    chunks_max = std::max(chunks_max, store.Current()->interactions().size());
  }
  EXPECT_LE(chunks_max, 10U);
  EXPECT_EQ(Offered(*store.Current()), 15'000);
}

TEST(FactStore, ASmallChunkDoesNotKeepGreaterOnesApart) {
  FactStore store({});
  int64_t key = 0;
  size_t chunks_max = 0;
  for (int n = 0; n < 400; ++n) {
    std::vector<InteractionFact> facts;
    for (int i = n % 2 == 0 ? 1 : 40 + n % 30; i > 0; --i) {
      facts.push_back(Contact(++key, seconds(key)));
    }
    store.Apply(Upserted(std::move(facts)));
    chunks_max = std::max(chunks_max, store.Current()->interactions().size());
  }
  EXPECT_LE(chunks_max, 10U);
}

TEST(FactStore, CorrectionsDoNotPileUp) {
  FactStore store({});
  std::vector<InteractionFact> facts;
  for (int64_t key = 1; key <= 5000; ++key)
    facts.push_back(Contact(key, seconds(key), 1 + key % 99));
  store.Apply(Upserted(facts));
  store.Current()->links().column(Column::kRepeatGap);
  int64_t least = 0;
  int64_t greatest = 0;
  for (int n = 0; n < 400; ++n) {
    std::vector<InteractionFact> some;
    for (size_t i = static_cast<size_t>(n) % 7; i < facts.size(); i += 70) some.push_back(facts[i]);
    store.Apply(Upserted(some));
    const int64_t bytes = store.size().memory_bytes;
    if (n == 99) least = greatest = bytes;
    least = std::min(least, bytes);
    greatest = std::max(greatest, bytes);
  }
  EXPECT_LT(greatest, least * 2);
  EXPECT_EQ(Offered(*store.Current()), 5000);
}

TEST(FactStore, AddingNamesSharesTheOthers) {
  FactStore store({});
  FactChanges changes;
  changes.dictionaries.emplace();
  for (Code code = 1; code <= 10'000; ++code) {
    changes.dictionaries->agents.Add(code, "agent " + std::to_string(code));
  }
  store.Apply(std::move(changes));
  for (Code code = 10'001; code <= 10'500; ++code) {
    FactChanges more;
    more.names.push_back(
        {&Dictionaries::agents, code, "agent " + std::to_string(code), "Agent anew"});
    store.Apply(std::move(more));
    EXPECT_LE(store.Current()->dictionaries().agents.unsealed(), 65U);
  }
  const Dictionary& agents = store.Current()->dictionaries().agents;
  EXPECT_EQ(agents.Find("agent 77"), 77U);
  EXPECT_EQ(agents.Find("agent 10499"), 10'499U);
  EXPECT_EQ(agents.DisplayName(10'001), "Agent anew");
  EXPECT_EQ(agents.CodeEnd(), 10'501U);
}

AgentActivityFact Activity(int64_t row_key, AgentState state, Duration start,
                           std::optional<Duration> end) {
  AgentActivityFact fact;
  fact.row_key = row_key;
  fact.agent = 1;
  fact.state = state;
  fact.start = kStart + start;
  if (end.has_value()) fact.end = kStart + *end;
  return fact;
}

Duration TimeIn(const FactSnapshot& snapshot, AgentState state) {
  Duration time{0};
  for (const AgentSpan& span : snapshot.activities().Of(1)) {
    if (span.state == static_cast<uint8_t>(state)) time += span.range.Length();
  }
  return time;
}

TEST(FactStore, OngoingActivitiesLastUpToTheWatermark) {
  FactStore store({});
  FactChanges changes;
  changes.agent_activities.upserted = {Activity(1, AgentState::kMeeting, hours(0), hours(2)),
                                       Activity(2, AgentState::kAvailable, hours(1), {})};
  // Before its own start; while a meeting goes on below it; weeks later.
  changes.data_watermark = kStart + minutes(30);
  store.Apply(std::move(changes));
  EXPECT_EQ(TimeIn(*store.Current(), AgentState::kAvailable), Duration(0));
  EXPECT_EQ(TimeIn(*store.Current(), AgentState::kMeeting), hours(2));
  const auto at = [&](Instant watermark) {
    FactChanges later;
    later.data_watermark = watermark;
    store.Apply(std::move(later));
    return store.Current();
  };
  EXPECT_EQ(TimeIn(*at(kStart + minutes(90)), AgentState::kAvailable), minutes(30));
  EXPECT_EQ(TimeIn(*store.Current(), AgentState::kMeeting), minutes(90));
  EXPECT_EQ(TimeIn(*at(kStart + days(20)), AgentState::kAvailable), days(20) - hours(1));
  EXPECT_EQ(TimeIn(*store.Current(), AgentState::kMeeting), hours(1));
  EXPECT_EQ(TimeIn(*at(kStart + minutes(90)), AgentState::kMeeting), minutes(90));
}

// Records of agents with near and far codes, in no order: some void, some over others, some open.
std::vector<AgentActivityFact> ManyActivities() {
  std::vector<AgentActivityFact> facts;
  for (int64_t n = 0; n < 4'000; ++n) {
    const auto state = static_cast<AgentState>(1 + n % 5);
    const Duration start = minutes(n * 7'919 % 60'000);
    const Duration length =
        n % 11 == 0 ? Duration(0) : minutes(1 + n % 97 * (n % 50 == 0 ? 300 : 1));
    const bool open = n % 401 == 0;
    facts.push_back(Activity(n * 1'237 % 4'001, state, start,
                             open ? std::nullopt : std::optional(start + length)));
    facts.back().agent = static_cast<Code>(n % 150 < 140 ? 1 + n % 150 : n % 150 * 900);
  }
  return facts;
}

// Of each agent: from, to, state, row key.
std::vector<std::tuple<size_t, Instant, Instant, int, int64_t>> SpansOf(
    const AgentTimelines& timelines) {
  std::vector<std::tuple<size_t, Instant, Instant, int, int64_t>> spans;
  for (size_t agent = 0; agent < timelines.agents(); ++agent) {
    for (const AgentSpan& span : timelines.Of(static_cast<Code>(agent))) {
      spans.push_back(
          {agent, span.range.start, span.range.end, span.state, timelines.row_key(span.source)});
    }
  }
  return spans;
}

TEST(FactStore, TimelinesOfALoadAreThoseOfChanges) {
  const Instant watermark = kStart + days(30);
  const std::vector<AgentActivityFact> facts = ManyActivities();
  FactStore loaded({});
  loaded.BeginLoad({});
  for (size_t part = 0; part < 3; ++part) {  // As of three threads.
    const auto loading = loaded.NewLoading();
    FactChanges changes;
    for (size_t i = part; i < facts.size(); i += 3) {
      changes.agent_activities.upserted.push_back(facts[i]);
    }
    loading->Take(&changes);
    loading->Finish();
  }
  ASSERT_TRUE(loaded.EndLoad(watermark, {}).ok());
  FactStore changed({});
  const auto apply = [](FactStore* store, std::vector<AgentActivityFact> upserted,
                        std::vector<int64_t> deleted, Instant at) {
    FactChanges changes;
    changes.agent_activities.upserted = std::move(upserted);
    changes.agent_activities.deleted = std::move(deleted);
    changes.data_watermark = at;
    store->Apply(std::move(changes));
    return SpansOf(store->Current()->activities());
  };
  const auto expected = apply(&changed, facts, {}, watermark);
  ASSERT_GT(expected.size(), 3'000u);
  EXPECT_EQ(SpansOf(loaded.Current()->activities()), expected);
  EXPECT_EQ(loaded.size().facts, changed.size().facts);

  // The load left what changes need: open records that end later, or are gone.
  const auto kept = loaded.Current();
  EXPECT_EQ(apply(&loaded, {}, {}, watermark + hours(5)),
            apply(&changed, {}, {}, watermark + hours(5)));
  std::vector<int64_t> gone;
  std::vector<AgentActivityFact> moved;
  for (size_t i = 0; i < facts.size(); i += 3) {
    if (i % 2 == 0) {
      gone.push_back(facts[i].row_key);
    } else {
      moved.push_back(facts[i]);
      moved.back().agent = 7;
    }
  }
  EXPECT_EQ(apply(&loaded, moved, gone, watermark + hours(6)),
            apply(&changed, moved, gone, watermark + hours(6)));
  EXPECT_EQ(SpansOf(kept->activities()), expected);
}

TEST(FactStore, ForgetsWhatLiesBefore) {
  FactStore store({});
  FactChanges changes = Upserted({Contact(1, hours(1), 5), Contact(2, days(3), 5)});
  SurveyFact survey;
  survey.row_key = 1;
  survey.invite = kStart;
  changes.surveys.upserted = {survey};
  survey.row_key = 2;
  survey.respond = kStart + days(3);
  changes.surveys.upserted.push_back(survey);
  TicketFact ticket;
  ticket.row_key = 1;
  ticket.open = kStart;
  changes.tickets.upserted = {ticket};
  ticket.row_key = 2;
  ticket.last_resolve = kStart + hours(1);
  changes.tickets.upserted.push_back(ticket);
  ticket.row_key = 3;
  ticket.close = ticket.last_resolve;  // And never resolved again.
  ticket.first_resolve = kStart + days(3);
  ticket.last_resolve.reset();
  changes.tickets.upserted.push_back(ticket);
  QualityFact evaluation;
  evaluation.evaluate = kStart;
  changes.quality_evaluations.upserted = {evaluation};
  CostFact cost;
  cost.start = kStart;
  cost.end = kStart + days(1);
  cost.row_key = 1;
  changes.costs.upserted = {cost};
  cost.end = kStart + days(9);
  cost.row_key = 2;
  changes.costs.upserted.push_back(cost);
  changes.agent_activities.upserted = {Activity(1, AgentState::kMeeting, hours(0), hours(2)),
                                       Activity(2, AgentState::kAvailable, hours(1), {})};
  store.Apply(std::move(changes));
  EXPECT_EQ(store.size().facts, 12);
  store.Forget(kStart + days(2));
  const auto snapshot = store.Current();
  EXPECT_EQ(Keys(*snapshot), (std::vector<int64_t>{2}));
  EXPECT_EQ(store.size().facts, 6);
  // The open one, and the one that was resolved later.
  EXPECT_EQ(snapshot->tickets().chunks()[0]->size(), 2U);
  EXPECT_EQ(snapshot->costs().size(), 1U);
  EXPECT_TRUE(snapshot->quality_evaluations().chunks().empty());
  store.Forget(kStart + days(9));
  EXPECT_EQ(store.Current()->latest_arrive(), kStart + days(3));
}

// What version n of the facts holds: contacts 1 .. 200, of which those up to n % 100 are
// corrected to the day after, and 1000 + n alone.
FactChanges VersionChanges(int n) {
  FactChanges changes;
  const int64_t key = 1 + n % 100;
  changes.interactions.upserted = {
      Contact(key, (n / 100 % 2 == 0 ? days(1) : days(0)) + seconds(key), 1 + key % 10),
      Contact(1000 + n, hours(5), 3)};
  changes.interactions.deleted = {999 + n};
  changes.agent_activities.upserted = {Activity(n, AgentState::kAvailable, seconds(n), {})};
  NameChange name{&Dictionaries::queues, static_cast<Code>(1 + n), "queue " + std::to_string(n),
                  ""};
  changes.names = {name};
  changes.data_watermark = kStart + days(2) + seconds(n);
  return changes;
}

void ExpectVersion(const FactSnapshot& snapshot) {
  const auto n = (snapshot.data_watermark() - kStart - days(2)) / seconds(1);
  const Result result = Answers(Ask({"contacts_offered", "fcr", "occupancy"}, days(4)), snapshot);
  ASSERT_EQ(result.total[0].value, 201);
  ASSERT_EQ(TimeIn(snapshot, AgentState::kAvailable), days(2) + seconds(n));
  ASSERT_EQ(snapshot.dictionaries().queues.CodeEnd(), static_cast<size_t>(n) + 2);
  std::vector<int64_t> keys = Keys(snapshot);
  std::sort(keys.begin(), keys.end());
  ASSERT_EQ(keys.back(), 1000 + n);
  ASSERT_EQ(std::unique(keys.begin(), keys.end()) - keys.begin(), 201);
}

TEST(FactStore, ReadersSeeWholeStatesWhileItChanges) {
  FactStore store({.chunk_rows_max = 64, .rows_per_changed_link = 4});
  FactChanges first;
  for (int64_t key = 1; key <= 200; ++key) {
    first.interactions.upserted.push_back(Contact(key, seconds(key), 1 + key % 10));
  }
  store.Apply(std::move(first));
  store.Apply(VersionChanges(0));
  std::atomic<bool> done = false;
  std::atomic<int> reads = 0;
  std::vector<std::thread> readers;
  for (int r = 0; r < 3; ++r) {
    readers.emplace_back([&] {
      std::shared_ptr<const FactSnapshot> old = store.Current();
      while (!done || reads < 30) {
        const auto snapshot = store.Current();
        ExpectVersion(*snapshot);
        if (++reads % 5 == 0) old = snapshot;
        ExpectVersion(*old);
        EXPECT_GT(store.size().memory_bytes, 0);
      }
    });
  }
  for (int n = 1; n < 600; ++n) store.Apply(VersionChanges(n));
  done = true;
  for (std::thread& reader : readers) reader.join();
  ExpectVersion(*store.Current());
}

}  // namespace
}  // namespace kpid::metrics
