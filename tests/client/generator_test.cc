#include <gtest/gtest.h>

#include <deque>
#include <map>
#include <set>

#include "client/generator/centre.h"
#include "client/generator/contact_generator.h"
#include "client/generator/csv_sink.h"
#include "client/generator/random.h"

namespace kpid::client {
namespace {

constexpr int64_t kDaySeconds = 86'400;
constexpr int64_t kFirstDaySeconds = 1'735'689'600;  // 2025-01-01, a Wednesday.

GeneratorOptions MakeOptions(uint64_t seed, int64_t interactions, int days) {
  GeneratorOptions options;
  options.seed = seed;
  options.interactions = interactions;
  options.first_day = {2025, 1, 1};
  for (int i = 0; i <= days; ++i) {
    options.day_starts.emplace_back(std::chrono::seconds(kFirstDaySeconds + i * kDaySeconds));
  }
  return options;
}

// Keeps all records.
class MemorySink : public RecordSink {
 public:
  v1::Interaction* AddInteraction() override { return &interactions.emplace_back(); }
  v1::SurveyResponse* AddSurvey() override { return &surveys.emplace_back(); }
  bool IsOpen() const override { return true; }

  std::string Text() const {
    std::string text;
    for (const v1::Interaction& interaction : interactions) {
      AppendInteractionLine(interaction, &text);
    }
    for (const v1::SurveyResponse& survey : surveys) AppendSurveyLine(survey, &text);
    return text;
  }

  std::deque<v1::Interaction> interactions;  // A deque: records stay where they are.
  std::deque<v1::SurveyResponse> surveys;
};

void Generate(const GeneratorOptions& options, MemorySink* sink) {
  const Centre centre = MakeCentre(options);
  ContactGenerator generator(options, &centre);
  generator.Generate(sink);
}

// A year that several tests look at.
const MemorySink& Year() {
  static const MemorySink* year = [] {
    auto* sink = new MemorySink;
    Generate(MakeOptions(7, 60'000, 365), sink);
    return sink;
  }();
  return *year;
}

double Share(int64_t part, int64_t whole) {
  return static_cast<double>(part) / static_cast<double>(whole);
}

int DayOf(const v1::Interaction& interaction) {
  return static_cast<int>((interaction.arrive_time().seconds() - kFirstDaySeconds) / kDaySeconds);
}

TEST(Random, IsTheSameEverywhere) {
  Random random(1);
  // Computed apart, from the definitions of SplitMix64 and xoshiro256++.
  EXPECT_EQ(random.Next(), 14971601782005023387ULL);
  EXPECT_EQ(random.Next(), 13781649495232077965ULL);
}

TEST(Generator, SameSeedSameBytes) {
  MemorySink first;
  MemorySink second;
  MemorySink other;
  Generate(MakeOptions(3, 5'000, 60), &first);
  Generate(MakeOptions(3, 5'000, 60), &second);
  Generate(MakeOptions(4, 5'000, 60), &other);
  EXPECT_EQ(first.Text(), second.Text());
  EXPECT_NE(first.Text(), other.Text());
}

TEST(Generator, MakesExactlyAsManyInteractions) {
  for (const int64_t count : {1, 10, 999, 5'000}) {
    for (const int days : {1, 3, 40}) {
      MemorySink sink;
      Generate(MakeOptions(5, count, days), &sink);
      EXPECT_EQ(static_cast<int64_t>(sink.interactions.size()), count) << days << " days";
    }
  }
}

TEST(Generator, RecordsAreValid) {
  const int64_t data_end = kFirstDaySeconds + 365 * kDaySeconds;
  std::set<std::string> ids;
  for (const v1::Interaction& record : Year().interactions) {
    SCOPED_TRACE(record.ShortDebugString());
    ASSERT_TRUE(ids.insert(record.interaction_id()).second);
    const auto milliseconds = [](const google::protobuf::Timestamp& time) {
      return time.seconds() * 1000 + time.nanos() / 1'000'000;
    };
    int64_t last = milliseconds(record.arrive_time());
    ASSERT_GE(last, kFirstDaySeconds * 1000);
    for (const auto& [present, time] : {std::pair(record.has_enqueue_time(), record.enqueue_time()),
                                        std::pair(record.has_answer_time(), record.answer_time()),
                                        std::pair(record.has_end_time(), record.end_time())}) {
      if (!present) continue;
      ASSERT_LE(last, milliseconds(time));
      last = milliseconds(time);
    }
    ASSERT_LT(last, data_end * 1000);
    ASSERT_NE(record.outcome(), v1::OUTCOME_UNSPECIFIED);
    if (record.outcome() == v1::OUTCOME_HANDLED) {
      ASSERT_TRUE(record.has_answer_time() && record.has_end_time() && record.has_talk_duration());
      ASSERT_FALSE(record.agent_id().empty());
    }
    const bool abandoned = record.outcome() == v1::OUTCOME_ABANDONED;
    ASSERT_FALSE(abandoned && record.has_answer_time());
    ASSERT_TRUE(record.upsell_offered() || !record.upsell_accepted());
    const bool open = record.outcome() == v1::OUTCOME_IN_PROGRESS;
    ASSERT_TRUE(!open || DayOf(record) >= 363);
  }
  for (const v1::SurveyResponse& survey : Year().surveys) {
    ASSERT_TRUE(ids.contains(survey.interaction_id()));
    ASSERT_EQ(survey.has_respond_time(), survey.has_score());
    ASSERT_LT(survey.invite_time().seconds(), data_end);
    ASSERT_TRUE(!survey.has_respond_time() || survey.respond_time().seconds() < data_end);
  }
}

TEST(Generator, HasEveryKindOfContact) {
  std::map<v1::Outcome, int64_t> outcomes;
  std::map<v1::Channel, int64_t> channels;
  int64_t transferred = 0;
  int64_t outbound = 0;
  int64_t with_case = 0;
  int64_t unknown = 0;
  int64_t revenue = 0;
  std::map<std::string, int> conversations;
  for (const v1::Interaction& record : Year().interactions) {
    ++outcomes[record.outcome()];
    ++channels[record.channel()];
    transferred += record.transferred() ? 1 : 0;
    outbound += record.direction() == v1::DIRECTION_OUTBOUND ? 1 : 0;
    with_case += record.case_id().empty() ? 0 : 1;
    unknown += record.customer_id().empty() ? 1 : 0;
    revenue += record.has_revenue() ? 1 : 0;
    if (!record.conversation_id().empty()) ++conversations[record.conversation_id()];
  }
  const auto count = static_cast<int64_t>(Year().interactions.size());
  EXPECT_GT(Share(outcomes[v1::OUTCOME_HANDLED], count), 0.75);
  EXPECT_GT(Share(outcomes[v1::OUTCOME_ABANDONED], count), 0.02);
  EXPECT_LT(Share(outcomes[v1::OUTCOME_ABANDONED], count), 0.12);
  EXPECT_GT(outcomes[v1::OUTCOME_ABANDONED_BEFORE_QUEUE], count / 100);
  EXPECT_GT(outcomes[v1::OUTCOME_CALLBACK_REQUESTED], 100);
  EXPECT_GT(outcomes[v1::OUTCOME_FLOWED_OUT], 50);
  EXPECT_GT(outcomes[v1::OUTCOME_IN_PROGRESS], 0);
  EXPECT_LT(outcomes[v1::OUTCOME_IN_PROGRESS], 200);
  EXPECT_GE(channels.size(), 5U);
  EXPECT_GT(Share(transferred, count), 0.02);
  EXPECT_GT(outbound, count / 100);
  EXPECT_GT(with_case, count / 20);
  EXPECT_GT(Share(unknown, count), 0.03);
  EXPECT_LT(Share(unknown, count), 0.10);
  EXPECT_GT(revenue, count / 100);
  int64_t in_parts = 0;
  for (const auto& [id, parts] : conversations) in_parts += parts > 1 ? 1 : 0;
  EXPECT_GT(Share(in_parts, static_cast<int64_t>(conversations.size())), 0.9);
}

TEST(Generator, HasTheShapeOfTheWeekAndTheDay) {
  std::map<int, int64_t> weekdays;
  std::map<int64_t, int64_t> hours;
  for (const v1::Interaction& record : Year().interactions) {
    ++weekdays[(DayOf(record) + 2) % 7];
    if (record.channel() == v1::CHANNEL_VOICE) {
      ++hours[record.arrive_time().seconds() % kDaySeconds / 3600];
    }
  }
  EXPECT_GT(weekdays[0], weekdays[4]);
  EXPECT_GT(weekdays[4], 2 * weekdays[6]);
  EXPECT_GT(hours[10], hours[12]);
  EXPECT_GT(hours[10], 2 * hours[19]);
  EXPECT_EQ(hours[3], 0);
}

TEST(Generator, GrowsOverTheYear) {
  int64_t first = 0;
  int64_t last = 0;
  for (const v1::Interaction& record : Year().interactions) {
    const int day = DayOf(record);
    if (day >= 14 && day < 42) ++first;
    if (day >= 308 && day < 336) ++last;
  }
  EXPECT_GT(last, first);
}

TEST(Generator, AgentsDiffer) {
  struct Sum {
    int64_t contacts = 0;
    double seconds = 0;
  };
  std::map<std::string, Sum> agents;
  for (const v1::Interaction& record : Year().interactions) {
    if (record.queue_id() != "service-voice" || record.outcome() != v1::OUTCOME_HANDLED) continue;
    Sum& sum = agents[record.agent_id()];
    ++sum.contacts;
    sum.seconds += static_cast<double>(record.talk_duration().seconds());
  }
  double fastest = 1e9;
  double slowest = 0;
  for (const auto& [agent, sum] : agents) {
    if (sum.contacts < 100) continue;
    fastest = std::min(fastest, sum.seconds / static_cast<double>(sum.contacts));
    slowest = std::max(slowest, sum.seconds / static_cast<double>(sum.contacts));
  }
  EXPECT_GT(slowest, 1.4 * fastest);
}

TEST(Generator, SomeSurveysAreAnswered) {
  int64_t answered = 0;
  std::map<v1::SurveyKind, int64_t> kinds;
  for (const v1::SurveyResponse& survey : Year().surveys) {
    answered += survey.has_respond_time() ? 1 : 0;
    ++kinds[survey.kind()];
  }
  const auto count = static_cast<int64_t>(Year().surveys.size());
  EXPECT_GT(count, 10'000);
  EXPECT_GT(Share(answered, count), 0.2);
  EXPECT_LT(Share(answered, count), 0.45);
  EXPECT_EQ(kinds.size(), 4U);
}

TEST(Generator, RosterFitsTogether) {
  const GeneratorOptions options = MakeOptions(7, 1, 365);
  const Centre centre = MakeCentre(options);
  EXPECT_EQ(centre.roster_agents.size(), 60U);
  EXPECT_EQ(centre.roster_queues.size(), 10U);
  std::set<std::string> groups;
  int teams = 0;
  for (const v1::AgentGroup& group : centre.roster_groups) {
    if (group.type() == "team") {
      ++teams;
      EXPECT_TRUE(groups.contains(group.parent_group_id()));
    }
    EXPECT_TRUE(groups.insert(group.group_id()).second);
  }
  EXPECT_EQ(teams, 6);
  std::map<std::string, int64_t> member_until;
  int moves = 0;
  for (const v1::Membership& membership : centre.roster_memberships) {
    EXPECT_TRUE(groups.contains(membership.group_id()));
    const auto before = member_until.find(membership.agent_id());
    if (before != member_until.end()) {
      ++moves;
      EXPECT_EQ(before->second, membership.start_time().seconds());
    }
    if (membership.has_end_time()) {
      EXPECT_LT(membership.start_time().seconds(), membership.end_time().seconds());
    }
    member_until[membership.agent_id()] =
        membership.has_end_time() ? membership.end_time().seconds() : -1;
  }
  EXPECT_EQ(member_until.size(), 60U);
  EXPECT_GT(moves, 0);
}

}  // namespace
}  // namespace kpid::client
