#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "client/generator/centre.h"
#include "client/generator/contact_generator.h"
#include "client/generator/csv_lines.h"
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
  v1::StreamRecord* Add() override {
    Keep();
    return &record_;
  }
  bool IsOpen() const override { return true; }

  // Takes the last record, too.
  void Keep() {
    if (record_.record_case() == v1::StreamRecord::RECORD_NOT_SET) return;
    AppendRecordLines(record_, &text);
    switch (record_.record_case()) {
      case v1::StreamRecord::kInteraction:
        interactions.push_back(record_.interaction());
        break;
      case v1::StreamRecord::kSurveyResponse:
        surveys.push_back(record_.survey_response());
        break;
      case v1::StreamRecord::kQualityEvaluation:
        evaluations.push_back(record_.quality_evaluation());
        break;
      case v1::StreamRecord::kAgentActivity:
        activities.push_back(record_.agent_activity());
        break;
      case v1::StreamRecord::kScheduledActivity:
        schedules.push_back(record_.scheduled_activity());
        break;
      case v1::StreamRecord::kTicket:
        tickets.push_back(record_.ticket());
        break;
      case v1::StreamRecord::kTarget:
        targets.push_back(record_.target());
        break;
      default:
        costs.push_back(record_.cost());
        break;
    }
    record_.Clear();
  }

  std::vector<v1::Interaction> interactions;
  std::vector<v1::SurveyResponse> surveys;
  std::vector<v1::QualityEvaluation> evaluations;
  std::vector<v1::AgentActivity> activities;
  std::vector<v1::ScheduledActivity> schedules;
  std::vector<v1::Ticket> tickets;
  std::vector<v1::Cost> costs;
  std::vector<v1::Target> targets;
  std::string text;  // All of them.

 private:
  v1::StreamRecord record_;
};

void Generate(const GeneratorOptions& options, MemorySink* sink) {
  const Centre centre = MakeCentre(options);
  ContactGenerator generator(options, &centre);
  generator.Generate(sink);
  sink->Keep();
  const RecordCounts counts = generator.counts();
  EXPECT_EQ(counts.interactions, static_cast<int64_t>(sink->interactions.size()));
  EXPECT_EQ(counts.surveys, static_cast<int64_t>(sink->surveys.size()));
  EXPECT_EQ(counts.quality_evaluations, static_cast<int64_t>(sink->evaluations.size()));
  EXPECT_EQ(counts.agent_activities, static_cast<int64_t>(sink->activities.size()));
  EXPECT_EQ(counts.scheduled_activities, static_cast<int64_t>(sink->schedules.size()));
  EXPECT_EQ(counts.tickets, static_cast<int64_t>(sink->tickets.size()));
  EXPECT_EQ(counts.costs, static_cast<int64_t>(sink->costs.size()));
  EXPECT_EQ(counts.targets, static_cast<int64_t>(sink->targets.size()));
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
  EXPECT_EQ(first.text, second.text);
  EXPECT_NE(first.text, other.text);
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
    ASSERT_TRUE(survey.kind() == v1::SURVEY_KIND_ESAT ? !survey.agent_id().empty()
                                                      : ids.contains(survey.interaction_id()));
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
  EXPECT_EQ(kinds.size(), 5U);
  EXPECT_GT(kinds[v1::SURVEY_KIND_ESAT], 500) << "the employees are asked each month";
}

int64_t Milliseconds(const google::protobuf::Timestamp& time) {
  return time.seconds() * 1000 + time.nanos() / 1'000'000;
}

// End of an activity, or far away.
int64_t EndOf(const v1::AgentActivity& activity) {
  return activity.has_end_time() ? Milliseconds(activity.end_time()) : int64_t{1} << 60;
}

using Activities = std::map<std::string, std::vector<v1::AgentActivity>>;  // By agent.

const Activities& YearByAgent() {
  static const Activities* agents = [] {
    auto* sorted = new Activities;
    for (const v1::AgentActivity& activity : Year().activities) {
      (*sorted)[activity.agent_id()].push_back(activity);
    }
    return sorted;
  }();
  return *agents;
}

TEST(Generator, ActivitiesOfAnAgentFollowOneAnother) {
  const int64_t data_end = (kFirstDaySeconds + 365 * kDaySeconds) * 1000;
  std::set<std::string> ids;
  std::map<v1::AgentState, int64_t> seconds;
  int open = 0;
  EXPECT_EQ(YearByAgent().size(), 60U);
  for (const auto& [agent, activities] : YearByAgent()) {
    int64_t last = Milliseconds(activities.front().start_time());
    for (const v1::AgentActivity& activity : activities) {
      SCOPED_TRACE(activity.ShortDebugString());
      ASSERT_TRUE(ids.insert(activity.activity_id()).second);
      ASSERT_EQ(Milliseconds(activity.start_time()), last) << "without gap or overlap";
      last = EndOf(activity);
      ASSERT_LT(Milliseconds(activity.start_time()), last);
      if (activity.has_end_time()) {
        ASSERT_LT(last, data_end);
        seconds[activity.state()] += (last - Milliseconds(activity.start_time())) / 1000;
      } else {
        ++open;
        ASSERT_EQ(&activity, &activities.back()) << "only the last lasts";
      }
    }
  }
  EXPECT_GT(open, 40);
  for (int state = 1; state <= v1::AGENT_STATE_TRAINING; ++state) {
    EXPECT_GT(seconds[static_cast<v1::AgentState>(state)], 100'000) << state;
  }
  EXPECT_GT(seconds[v1::AGENT_STATE_OFFLINE], seconds[v1::AGENT_STATE_AVAILABLE]);
  EXPECT_GT(seconds[v1::AGENT_STATE_MEAL], seconds[v1::AGENT_STATE_TRAINING]);
}

TEST(Generator, HandlingIsTheContactsHandleTime) {
  int64_t handled = 0;
  int64_t covered = 0;
  int64_t contact_milliseconds = 0;
  for (const v1::Interaction& contact : Year().interactions) {
    if (contact.outcome() != v1::OUTCOME_HANDLED) continue;
    const auto& activities = YearByAgent().at(contact.agent_id());
    const int64_t answer = Milliseconds(contact.answer_time());
    const int64_t end = Milliseconds(contact.end_time());
    contact_milliseconds += end - answer;
    auto found = std::upper_bound(activities.begin(), activities.end(), answer,
                                  [](int64_t moment, const v1::AgentActivity& activity) {
                                    return moment < Milliseconds(activity.start_time());
                                  });
    ++handled;
    if (found == activities.begin()) continue;
    --found;
    covered += found->state() == v1::AGENT_STATE_HANDLING && EndOf(*found) >= end ? 1 : 0;
  }
  EXPECT_GT(Share(covered, handled), 0.999) << "but for what goes on past midnight";
  int64_t handling_milliseconds = 0;
  for (const v1::AgentActivity& activity : Year().activities) {
    if (activity.state() != v1::AGENT_STATE_HANDLING || !activity.has_end_time()) continue;
    handling_milliseconds += EndOf(activity) - Milliseconds(activity.start_time());
  }
  // Less where an agent has two contacts at once.
  EXPECT_GT(Share(handling_milliseconds, contact_milliseconds), 0.9);
  EXPECT_LE(Share(handling_milliseconds, contact_milliseconds), 1.0);
}

TEST(Generator, AgentsComeNearTheirPlans) {
  // Breaks and meals as planned and as taken, by agent and day.
  std::map<std::pair<std::string, int64_t>, std::vector<int64_t>> planned;
  int64_t shifts = 0;
  int64_t late = 0;
  int64_t absent = 0;
  for (const v1::ScheduledActivity& schedule : Year().schedules) {
    ASSERT_LT(schedule.start_time().seconds(), schedule.end_time().seconds());
    const int64_t start = schedule.start_time().seconds();
    if (schedule.state() == v1::PLANNED_STATE_MEAL) {
      planned[{schedule.agent_id(), start / kDaySeconds}].push_back(start);
    }
    if (schedule.state() != v1::PLANNED_STATE_WORK) continue;
    ++shifts;
    const auto& activities = YearByAgent().at(schedule.agent_id());
    // The state three minutes into the shift.
    auto found = std::upper_bound(activities.begin(), activities.end(), (start + 180) * 1000,
                                  [](int64_t moment, const v1::AgentActivity& activity) {
                                    return moment < Milliseconds(activity.start_time());
                                  });
    if (found == activities.begin()) {
      ++absent;
    } else if ((found - 1)->state() == v1::AGENT_STATE_OFFLINE) {
      (EndOf(*(found - 1)) > (start + 4 * 3600) * 1000 ? absent : late) += 1;
    }
  }
  EXPECT_GT(shifts, 10'000);
  EXPECT_GT(Share(late, shifts), 0.05);
  EXPECT_LT(Share(late, shifts), 0.25);
  EXPECT_GT(Share(absent, shifts), 0.02);
  EXPECT_LT(Share(absent, shifts), 0.07);
  int64_t meals = 0;
  int64_t near_plan = 0;
  for (const v1::AgentActivity& activity : Year().activities) {
    if (activity.state() != v1::AGENT_STATE_MEAL) continue;
    ++meals;
    const int64_t start = activity.start_time().seconds();
    for (const int64_t plan : planned[{activity.agent_id(), start / kDaySeconds}]) {
      near_plan += std::abs(start - plan) <= 10 * 60 ? 1 : 0;
    }
  }
  EXPECT_GT(meals, 9'000);
  EXPECT_GT(Share(near_plan, meals), 0.8);
}

TEST(Generator, SchedulesAndActivitiesCanBeLeftOut) {
  GeneratorOptions options = MakeOptions(7, 2'000, 40);
  MemorySink with;
  Generate(options, &with);
  options.activities = false;
  MemorySink without;
  Generate(options, &without);
  EXPECT_GT(with.schedules.size(), 1'000U);
  EXPECT_GT(with.activities.size(), 5'000U);
  EXPECT_EQ(without.schedules.size() + without.activities.size(), 0U);
  ASSERT_EQ(with.interactions.size(), without.interactions.size());
  for (size_t i = 0; i < with.interactions.size(); ++i) {
    ASSERT_EQ(with.interactions[i].ShortDebugString(), without.interactions[i].ShortDebugString())
        << "the rest stays as it is";
  }
}

TEST(Generator, TicketsFollowTheirCases) {
  const int64_t data_end = (kFirstDaySeconds + 365 * kDaySeconds) * 1000;
  std::set<std::string> cases;
  for (const v1::Interaction& contact : Year().interactions) cases.insert(contact.case_id());
  std::set<std::string> ids;
  std::map<std::string, int64_t> priorities;
  int64_t open = 0;
  int64_t reopened = 0;
  for (const v1::Ticket& ticket : Year().tickets) {
    SCOPED_TRACE(ticket.ShortDebugString());
    ASSERT_TRUE(ids.insert(ticket.ticket_id()).second);
    ASSERT_TRUE(cases.contains(ticket.ticket_id()));
    ASSERT_FALSE(ticket.agent_id().empty() || ticket.queue_id().empty());
    int64_t last = Milliseconds(ticket.open_time());
    for (const auto& [present, time] :
         {std::pair(ticket.has_first_resolve_time(), ticket.first_resolve_time()),
          std::pair(ticket.has_last_resolve_time(), ticket.last_resolve_time()),
          std::pair(ticket.has_close_time(), ticket.close_time())}) {
      if (!present) continue;
      ASSERT_LE(last, Milliseconds(time));
      last = Milliseconds(time);
      ASSERT_LT(last, data_end);
    }
    ASSERT_TRUE(ticket.has_first_response_time());
    ASSERT_LE(Milliseconds(ticket.open_time()), Milliseconds(ticket.first_response_time()));
    ++priorities[ticket.priority()];
    open += ticket.has_last_resolve_time() ? 0 : 1;
    reopened += ticket.reopen_count() > 0 ? 1 : 0;
  }
  const auto count = static_cast<int64_t>(Year().tickets.size());
  EXPECT_GT(count, 4'000);
  EXPECT_EQ(priorities.size(), 4U);
  EXPECT_GT(priorities["normal"], priorities["urgent"]);
  EXPECT_GT(open, 20);
  EXPECT_LT(Share(open, count), 0.05);
  EXPECT_GT(Share(reopened, count), 0.03);
}

TEST(Generator, EvaluationsAreOfHandledContacts) {
  std::map<std::string, const v1::Interaction*> contacts;
  for (const v1::Interaction& contact : Year().interactions) {
    contacts[contact.interaction_id()] = &contact;
  }
  int64_t left_out = 0;
  int64_t failed = 0;
  for (const v1::QualityEvaluation& evaluation : Year().evaluations) {
    SCOPED_TRACE(evaluation.ShortDebugString());
    const v1::Interaction* contact = contacts.at(evaluation.interaction_id());
    ASSERT_EQ(contact->agent_id(), evaluation.agent_id());
    ASSERT_GT(Milliseconds(evaluation.evaluate_time()), Milliseconds(contact->end_time()));
    ASSERT_GE(evaluation.items_size(), 3);
    for (const v1::QualityItem& item : evaluation.items()) {
      ASSERT_TRUE(item.score() >= 0 && item.score() <= item.maximum_score());
      left_out += item.not_applicable() ? 1 : 0;
      failed += item.auto_fail() ? 1 : 0;
    }
  }
  EXPECT_GT(Year().evaluations.size(), 600U);
  EXPECT_GT(left_out, 100);
  EXPECT_GT(failed, 0);
}

TEST(Generator, CostsCoverTheRange) {
  std::set<std::string> groups;
  const Centre centre = MakeCentre(MakeOptions(7, 60'000, 365));
  for (const v1::AgentGroup& group : centre.roster_groups) groups.insert(group.group_id());
  std::map<std::string, int64_t> seconds;  // By category and what the cost names.
  for (const v1::Cost& cost : Year().costs) {
    ASSERT_TRUE(cost.group_id().empty() || groups.contains(cost.group_id()));
    ASSERT_GT(cost.amount().units(), 0);
    seconds[cost.category() + cost.group_id() + v1::Channel_Name(cost.channel())] +=
        cost.interval().end_time().seconds() - cost.interval().start_time().seconds();
  }
  EXPECT_GE(seconds.size(), 6U + 2 + 5 + 1);
  for (const auto& [what, sum] : seconds) EXPECT_EQ(sum, 365 * kDaySeconds) << what;
}

TEST(Generator, NothingIsHeldBackForLong) {
  // What a day leaves behind is given out with it: in the order of time, but for a few days.
  int64_t latest = 0;
  for (const v1::AgentActivity& activity : Year().activities) {
    const int64_t start = Milliseconds(activity.start_time());
    if (activity.state() != v1::AGENT_STATE_OFFLINE) {
      ASSERT_GT(start, latest - 3 * kDaySeconds * 1000);
    }
    latest = std::max(latest, start);
  }
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
