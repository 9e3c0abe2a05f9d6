#include "metrics/contact_links.h"

#include <gtest/gtest.h>

#include <random>

#include "metrics/fact_snapshot.h"

namespace kpid::metrics {
namespace {

using std::chrono::seconds;

// Contacts of few customers, close to each other, with every kind of coincidence; codes up to
// `spread` times as great as needed.
std::vector<InteractionFact> RandomContacts(uint32_t seed, int count, Code spread) {
  std::mt19937 random(seed);
  const auto below = [&](uint32_t n) { return static_cast<uint32_t>(random() % n); };
  std::vector<InteractionFact> facts(static_cast<size_t>(count));
  for (size_t i = 0; i < facts.size(); ++i) {
    InteractionFact& fact = facts[i];
    fact.row_key = static_cast<int64_t>(i);
    fact.arrive = Instant(seconds(below(40) * 5000));
    fact.end = fact.arrive + seconds(below(4) * 5000);
    fact.customer = below(5) * spread;
    fact.conversation = below(4);
    fact.case_code = below(4) * spread;
    fact.queue = below(3);
    fact.outcome = static_cast<Outcome>(1 + below(6));
    fact.direction = static_cast<Direction>(below(3));
  }
  std::sort(facts.begin(), facts.end(), [](const InteractionFact& a, const InteractionFact& b) {
    return std::tie(a.arrive, a.row_key) < std::tie(b.arrive, b.row_key);
  });
  return facts;
}

// The same by comparing every pair. `facts` are in order.
int64_t SlowRepeatGap(const std::vector<InteractionFact>& facts, size_t base, bool same_queue) {
  const InteractionFact& a = facts[base];
  if (a.customer == kNoCode || a.direction == Direction::kOutbound ||
      a.outcome != Outcome::kHandled) {
    return kAbsent;
  }
  for (size_t i = base + 1; i < facts.size(); ++i) {
    const InteractionFact& b = facts[i];
    if (b.customer != a.customer || b.direction == Direction::kOutbound) continue;
    if (b.arrive < *a.end || (same_queue && a.queue != b.queue)) continue;
    if (a.conversation != kNoCode && a.conversation == b.conversation) continue;
    return (b.arrive - *a.end).count();
  }
  return kAbsent;
}

int64_t SlowSincePrevious(const std::vector<InteractionFact>& facts, size_t row) {
  const InteractionFact& a = facts[row];
  int64_t least = kAbsent;
  if (a.outcome != Outcome::kHandled) return least;
  for (size_t i = 0; i < row; ++i) {
    const InteractionFact& b = facts[i];
    const bool same = a.case_code != kNoCode ? a.case_code == b.case_code
                                             : a.customer != kNoCode && a.customer == b.customer;
    if (same && b.outcome == Outcome::kHandled) {
      least = std::min(least, std::max<int64_t>(0, (a.arrive - *b.end).count()));
    }
  }
  return least;
}

int64_t SlowCaseState(const std::vector<InteractionFact>& facts, size_t row) {
  const Code case_code = facts[row].case_code;
  if (case_code == kNoCode) return kCaseNone;
  int size = 0;
  bool pending = false;
  for (size_t i = 0; i < facts.size(); ++i) {
    if (facts[i].case_code != case_code) continue;
    if (size++ == 0 && i != row) return kCaseNone;
    pending |= facts[i].outcome == Outcome::kInProgress;
  }
  return pending ? kCasePending : size == 1 ? kCaseSingle : kCaseMany;
}

TEST(ContactLinks, AgreeWithComparingEveryPair) {
  for (uint32_t seed = 0; seed < 60; ++seed) {
    // Great codes take another way through the arrays.
    const std::vector<InteractionFact> facts =
        RandomContacts(seed, 1 + static_cast<int>(seed * 3), seed % 2 == 0 ? 1 : 100'000'000);
    FactSnapshot::Builder builder;
    builder.AddInteractions(facts);
    const auto snapshot = builder.Build();
    size_t row = 0;
    for (size_t c = 0; c < snapshot->interactions().size(); ++c) {
      for (size_t i = 0; i < snapshot->interactions()[c]->size(); ++i, ++row) {
        const auto link = [&](Column column) { return snapshot->links().column(column)[c].At(i); };
        ASSERT_EQ(link(Column::kRepeatGap), SlowRepeatGap(facts, row, false)) << seed;
        ASSERT_EQ(link(Column::kRepeatGapSameQueue), SlowRepeatGap(facts, row, true)) << seed;
        ASSERT_EQ(link(Column::kSincePrevious), SlowSincePrevious(facts, row)) << seed;
        ASSERT_EQ(link(Column::kCaseState), SlowCaseState(facts, row)) << seed;
      }
    }
    EXPECT_EQ(row, facts.size());
  }
}

TEST(ContactLinks, OneCustomerWithManyContactsIsNoTrap) {
  // Quadratic work would take minutes.
  std::vector<InteractionFact> facts(300'000);
  for (size_t i = 0; i < facts.size(); ++i) {
    facts[i].row_key = static_cast<int64_t>(i);
    facts[i].arrive = Instant(seconds(i));
    facts[i].end = Instant(seconds(400'000));
    facts[i].outcome = Outcome::kHandled;
    facts[i].customer = 1;
    facts[i].conversation = i % 2 == 0 ? 1 : 2 + static_cast<Code>(i / 100'000);
  }
  FactSnapshot::Builder builder;
  builder.AddInteractions(std::move(facts));
  const auto snapshot = builder.Build();
  EXPECT_EQ(snapshot->links().column(Column::kRepeatGap)[0].At(0), kAbsent);
}

}  // namespace
}  // namespace kpid::metrics
