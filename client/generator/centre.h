// The contact centre that records are generated for: its queues, agents and teams.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "client/generator/generator_options.h"
#include "kpid/v1/roster_service.pb.h"
#include "kpid/v1/scorecard.pb.h"

namespace kpid::client {

// What contacts of a queue are like. Times are seconds.
struct QueueProfile {
  std::string_view id;
  std::string_view name;
  v1::Channel channel;
  bool outbound;
  double share;        // Of all new contacts.
  double talk_median;  // Of an average agent.
  double talk_sigma;   // Of the logarithm.
  double wrap_up_median;
  double wait_mean;      // Of those who wait, at normal load.
  double patience_mean;  // 0: nobody gives up.
  double resolved_rate;  // Of the matters, by an average agent.
  double transfer_rate;
  double case_rate;  // Matters that get a case.
  double sale_rate;  // Contacts in which something can be sold.
  std::span<const std::string_view> topics;
};

struct QueueSetup {
  QueueProfile profile;
  std::string id;
  std::vector<uint32_t> agents;  // Who can serve it.
};

struct AgentSetup {
  std::string id;
  double pace = 1;     // Factor on handling times; weak agents are above 1.
  double quality = 0;  // About normal; moves resolution and satisfaction.
  double sales = 0;    // About normal; moves conversion.
  int first_day = 0;   // Day of hire, counted from the first day; negative: before it.
  int last_day = 0;    // First day no longer employed.
  int shift_start_hour = 0;
  int shift_end_hour = 0;
  int days_off = 0;  // Bit for each weekday, Monday the lowest.
};

// All of it, and the same as messages of the roster; scorecards are sent with it.
struct Centre {
  std::vector<QueueSetup> queues;
  std::vector<AgentSetup> agents;

  std::vector<v1::Agent> roster_agents;
  std::vector<v1::AgentGroup> roster_groups;  // Sites first, then teams, whose parents they are.
  std::vector<v1::Membership> roster_memberships;  // Some agents move to another team.
  std::vector<v1::Queue> roster_queues;
  std::vector<v1::Scorecard> scorecards;
};

Centre MakeCentre(const GeneratorOptions& options);

}  // namespace kpid::client
