#include "client/generator/centre.h"

#include <algorithm>
#include <chrono>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "client/generator/civil_date.h"
#include "client/generator/random.h"
#include "client/generator/target_maker.h"

namespace kpid::client {
namespace {

constexpr std::string_view kServiceTopics[] = {"address_change", "order_status", "complaint",
                                               "cancellation", "general_question"};
constexpr std::string_view kBillingTopics[] = {"invoice_question", "payment_plan", "refund",
                                               "direct_debit"};
constexpr std::string_view kTechnicalTopics[] = {"no_connection", "slow_connection", "device_setup",
                                                 "password_reset", "outage"};
constexpr std::string_view kSalesTopics[] = {"new_contract", "upgrade", "renewal", "price_offer"};

constexpr QueueProfile kProfiles[] = {
    {"service-voice", "Customer service", v1::CHANNEL_VOICE, false, 0.27, 210, 0.65, 35, 45, 170,
     0.80, 0.07, 0.05, 0.06, kServiceTopics},
    {"billing-voice", "Billing", v1::CHANNEL_VOICE, false, 0.14, 250, 0.60, 45, 55, 190, 0.78, 0.06,
     0.20, 0.03, kBillingTopics},
    {"technical-voice", "Technical support", v1::CHANNEL_VOICE, false, 0.15, 390, 0.70, 60, 75, 220,
     0.66, 0.11, 0.45, 0.02, kTechnicalTopics},
    {"sales-voice", "Sales", v1::CHANNEL_VOICE, false, 0.10, 320, 0.60, 70, 30, 120, 0.86, 0.04, 0,
     0.75, kSalesTopics},
    {"service-chat", "Service chat", v1::CHANNEL_CHAT, false, 0.11, 480, 0.50, 20, 35, 150, 0.77,
     0.06, 0.04, 0.05, kServiceTopics},
    {"service-email", "Service mail", v1::CHANNEL_EMAIL, false, 0.10, 280, 0.60, 15, 9'000, 0, 0.70,
     0.05, 0.25, 0.02, kServiceTopics},
    {"technical-chat", "Technical chat", v1::CHANNEL_CHAT, false, 0.05, 620, 0.55, 30, 50, 160,
     0.64, 0.08, 0.35, 0.01, kTechnicalTopics},
    {"service-messaging", "Messaging", v1::CHANNEL_MESSAGING, false, 0.05, 420, 0.60, 15, 120, 900,
     0.74, 0.04, 0.06, 0.05, kServiceTopics},
    {"social-media", "Social media", v1::CHANNEL_SOCIAL, false, 0.01, 240, 0.50, 20, 3'600, 0, 0.60,
     0.05, 0.05, 0.01, kServiceTopics},
    {"sales-outbound", "Sales outbound", v1::CHANNEL_VOICE, true, 0.02, 230, 0.70, 50, 0, 0, 0.95,
     0.01, 0, 0.95, kSalesTopics},
};

constexpr std::string_view kFirstNames[] = {"Ada",  "Ben",  "Carla", "Daan", "Eva",   "Finn",
                                            "Gita", "Hugo", "Iris",  "Jan",  "Kaya",  "Luc",
                                            "Mila", "Noor", "Omar",  "Pia",  "Quinn", "Rosa",
                                            "Sem",  "Tess", "Udo",   "Vera", "Wout",  "Yara"};
constexpr std::string_view kLastNames[] = {"Adams",   "Bakker", "Costa", "Dekker",  "Evers",
                                           "Fischer", "Garcia", "Haas",  "Ivanova", "Jansen",
                                           "Kok",     "Lopez",  "Meyer", "Novak",   "Okafor",
                                           "Peters",  "Rossi",  "Smit",  "Tanaka",  "Visser"};
constexpr std::string_view kTeamNames[] = {"Amber", "Blue",  "Coral",  "Dune", "Ember", "Fern",
                                           "Gold",  "Hazel", "Indigo", "Jade", "Koral", "Lime"};
constexpr std::string_view kSiteNames[] = {"Utrecht", "Porto", "Gdansk", "Cork"};

// A site for so many teams.
constexpr int kTeamsPerSite = 3;

constexpr int kEmployedForever = 1'000'000;

struct Shift {
  int start_hour;
  int end_hour;
};
constexpr Shift kShifts[] = {{7, 16}, {8, 17}, {9, 18}, {12, 21}};

v1::Date ToDate(const GeneratorOptions& options, int day) {
  const std::chrono::year_month_day date(DateOf(options, day));
  v1::Date message;
  message.set_year(static_cast<int>(date.year()));
  message.set_month(static_cast<int>(static_cast<unsigned>(date.month())));
  message.set_day(static_cast<int>(static_cast<unsigned>(date.day())));
  return message;
}

// Start of a day, also of one before the first (then to the day only).
void SetDayStart(const GeneratorOptions& options, int day, google::protobuf::Timestamp* time) {
  metrics::Instant instant = options.day_starts[static_cast<size_t>(std::max(day, 0))];
  if (day < 0) instant += std::chrono::days(day);
  time->set_seconds(instant.time_since_epoch().count() / 1'000'000);
}

std::string TeamId(int team) { return absl::StrFormat("team-%02d", team + 1); }

void AddGroups(const GeneratorOptions& options, Centre* centre) {
  const int sites = (options.teams + kTeamsPerSite - 1) / kTeamsPerSite;
  const auto name = [](auto names, int index, const char* fallback) {
    const auto count = static_cast<int>(names.size());
    return index < count ? std::string(names[static_cast<size_t>(index)])
                         : absl::StrCat(fallback, index + 1);
  };
  for (int i = 0; i < sites; ++i) {
    v1::AgentGroup site;
    site.set_group_id(absl::StrFormat("site-%02d", i + 1));
    site.set_name(name(std::span(kSiteNames), i, "Site "));
    site.set_type("site");
    centre->roster_groups.push_back(site);
  }
  for (int i = 0; i < options.teams; ++i) {
    v1::AgentGroup team;
    team.set_group_id(TeamId(i));
    team.set_name(absl::StrCat("Team ", name(std::span(kTeamNames), i, "")));
    team.set_type("team");
    team.set_parent_group_id(absl::StrFormat("site-%02d", i / kTeamsPerSite + 1));
    centre->roster_groups.push_back(team);
  }
}

// Weak and strong ones stand out at both ends; the others are spread about the middle.
void SetSkill(int team, Random* random, AgentSetup* agent) {
  const double team_quality = 0.25 * static_cast<double>(team % 3 - 1);
  agent->pace = random->LogNormal(1.0, 0.12);
  agent->quality = 0.6 * random->Normal() + team_quality;
  agent->sales = random->Normal();
  const double kind = random->Uniform();
  if (kind < 0.10) {
    agent->pace *= 1.35;
    agent->quality -= 1.4;
  } else if (kind > 0.88) {
    agent->pace *= 0.80;
    agent->quality += 1.2;
    agent->sales += 0.8;
  }
}

void SetEmployment(int days, Random* random, AgentSetup* agent) {
  agent->first_day = -static_cast<int>(random->Between(30, 2'500));
  agent->last_day = kEmployedForever;
  if (days < 30) return;  // Too short for anybody to come or go.
  if (random->Chance(0.12)) agent->first_day = static_cast<int>(random->Between(0.1, 0.8) * days);
  if (random->Chance(0.08)) {
    const double after = std::max(0.15 * days, agent->first_day + 20.0);
    agent->last_day = static_cast<int>(random->Between(after, days + 10.0));
    if (agent->last_day >= days) agent->last_day = kEmployedForever;
  }
}

void AddMemberships(const GeneratorOptions& options, const AgentSetup& agent, int team,
                    Random* random, Centre* centre) {
  const bool leaves = agent.last_day != kEmployedForever;
  const int end = leaves ? agent.last_day : options.days();
  const int start = std::max(agent.first_day, 0);
  v1::Membership membership;
  membership.set_agent_id(agent.id);
  membership.set_group_id(TeamId(team));
  SetDayStart(options, agent.first_day, membership.mutable_start_time());
  if (options.teams > 1 && end - start > 60 && random->Chance(0.12)) {
    const int move = start + static_cast<int>(random->Between(0.2, 0.8) * (end - start));
    SetDayStart(options, move, membership.mutable_end_time());
    centre->roster_memberships.push_back(membership);
    *membership.mutable_start_time() = membership.end_time();
    membership.clear_end_time();
    const auto others = static_cast<uint32_t>(options.teams - 1);
    membership.set_group_id(
        TeamId((team + 1 + static_cast<int>(random->Below(others))) % options.teams));
  }
  if (leaves) SetDayStart(options, agent.last_day, membership.mutable_end_time());
  centre->roster_memberships.push_back(membership);
}

void AddAgents(const GeneratorOptions& options, Random* random, Centre* centre) {
  constexpr std::string_view kReasons[] = {"resigned", "contract_ended", "retired", "transfer"};
  for (int i = 0; i < options.agents; ++i) {
    AgentSetup agent;
    agent.id = absl::StrFormat("agent-%03d", i + 1);
    const int team = i % options.teams;
    SetSkill(team, random, &agent);
    SetEmployment(options.days(), random, &agent);
    const Shift& shift = kShifts[random->Below(std::size(kShifts))];
    agent.shift_start_hour = shift.start_hour;
    agent.shift_end_hour = shift.end_hour;
    // Two days off: the weekend for most, other days for those who work it.
    const uint32_t first_off = random->Chance(0.55) ? 5 : random->Below(5);
    agent.days_off = 1 << first_off | 1 << (first_off + 1) % 7;

    v1::Agent entry;
    entry.set_agent_id(agent.id);
    entry.set_name(absl::StrCat(std::string(kFirstNames[random->Below(std::size(kFirstNames))]),
                                " ",
                                std::string(kLastNames[random->Below(std::size(kLastNames))])));
    *entry.mutable_hire_date() = ToDate(options, agent.first_day);
    if (agent.last_day != kEmployedForever) {
      *entry.mutable_leave_date() = ToDate(options, agent.last_day);
      entry.set_leave_reason(std::string(kReasons[random->Below(std::size(kReasons))]));
    }
    centre->roster_agents.push_back(std::move(entry));
    AddMemberships(options, agent, team, random, centre);
    centre->agents.push_back(std::move(agent));
  }
}

// Each queue is served by the agents of some teams.
void AddQueues(const GeneratorOptions& options, Random* random, Centre* centre) {
  constexpr int kCount = static_cast<int>(std::size(kProfiles));
  for (int i = 0; i < options.queues; ++i) {
    QueueSetup queue;
    queue.profile = kProfiles[i % kCount];
    const std::string suffix = i < kCount ? "" : absl::StrCat("-", i / kCount + 1);
    queue.id = absl::StrCat(std::string(queue.profile.id), suffix);
    for (int a = 0; a < options.agents; ++a) {
      const int distance = (a % options.teams - i % options.teams + options.teams) % options.teams;
      const bool serves = distance == 0 || distance == 2 || distance == 3;
      if (serves && random->Chance(0.9)) queue.agents.push_back(static_cast<uint32_t>(a));
    }
    if (queue.agents.empty()) {
      for (int a = 0; a < options.agents; ++a) queue.agents.push_back(static_cast<uint32_t>(a));
    }
    v1::Queue entry;
    entry.set_queue_id(queue.id);
    entry.set_name(absl::StrCat(std::string(queue.profile.name),
                                i < kCount ? "" : absl::StrCat(" ", i / kCount + 1)));
    entry.set_channel(queue.profile.channel);
    centre->roster_queues.push_back(std::move(entry));
    centre->queues.push_back(std::move(queue));
  }
}

}  // namespace

Centre MakeCentre(const GeneratorOptions& options) {
  // A stream of its own: more interactions do not change who works here.
  Random random(options.seed ^ 0xC0FFEE);
  Centre centre;
  AddGroups(options, &centre);
  AddAgents(options, &random, &centre);
  AddQueues(options, &random, &centre);
  centre.scorecards.push_back(MakeScorecard());
  return centre;
}

}  // namespace kpid::client
