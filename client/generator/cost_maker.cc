#include "client/generator/cost_maker.h"

#include <chrono>
#include <cmath>
#include <set>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "client/generator/civil_date.h"
#include "client/generator/proto_time.h"
#include "client/generator/random.h"

namespace kpid::client {
namespace {

// Euros a month.
constexpr double kWage = 3'350;
constexpr double kRentPerAgent = 180;
constexpr double kLicencePerAgent = 75;
constexpr double kTelephony = 1'900;
constexpr double kChannelTools = 450;

// A month, or the part of one that lies in the data's range.
struct Month {
  int first_day = 0;  // Counted from the data's first day.
  int end_day = 0;
  double part = 1;  // Of the whole month.
};

std::vector<Month> MonthsOf(const GeneratorOptions& options) {
  std::vector<Month> months;
  for (int day = 0; day < options.days();) {
    const std::chrono::year_month_day date(DateOf(options, day));
    const std::chrono::year_month_day_last last(date.year(), date.month() / std::chrono::last);
    const auto left =
        static_cast<int>((std::chrono::sys_days(last) - std::chrono::sys_days(date)).count());
    const int end = std::min(day + left + 1, options.days());
    months.push_back({day, end, (end - day) / static_cast<double>(unsigned{last.day()})});
    day = end;
  }
  return months;
}

class CostWriter {
 public:
  CostWriter(const GeneratorOptions& options, std::string id_prefix, RecordSink* sink)
      : options_(options), id_prefix_(std::move(id_prefix)), sink_(sink) {}

  v1::Cost* Add(const char* category, double euros_a_month, const Month& month) {
    v1::Cost* cost = sink_->Add()->mutable_cost();
    absl::StrAppend(cost->mutable_cost_id(), id_prefix_, "k", ++costs_);
    cost->set_category(category);
    const int64_t cents = std::llround(100 * euros_a_month * month.part);
    cost->mutable_amount()->set_currency_code("EUR");
    cost->mutable_amount()->set_units(cents / 100);
    cost->mutable_amount()->set_nanos(static_cast<int32_t>(cents % 100) * 10'000'000);
    SetMilliseconds(DayStart(month.first_day), cost->mutable_interval()->mutable_start_time());
    SetMilliseconds(DayStart(month.end_day), cost->mutable_interval()->mutable_end_time());
    return cost;
  }

  int64_t DayStart(int day) const {
    return options_.day_starts[static_cast<size_t>(day)].time_since_epoch().count() / 1'000;
  }

  int64_t costs() const { return costs_; }

 private:
  const GeneratorOptions& options_;
  std::string id_prefix_;
  RecordSink* sink_;
  int64_t costs_ = 0;
};

// Members of each team at the middle of a month; also those of the sites.
absl::flat_hash_map<std::string, int> MembersAt(const Centre& centre, int64_t second) {
  absl::flat_hash_map<std::string, std::string> site_of_team;
  for (const v1::AgentGroup& group : centre.roster_groups) {
    site_of_team[group.group_id()] = group.parent_group_id();
  }
  absl::flat_hash_map<std::string, int> members;
  for (const v1::Membership& membership : centre.roster_memberships) {
    if (membership.start_time().seconds() > second) continue;
    if (membership.has_end_time() && membership.end_time().seconds() <= second) continue;
    ++members[membership.group_id()];
    ++members[site_of_team[membership.group_id()]];
  }
  return members;
}

}  // namespace

int64_t AddCosts(const GeneratorOptions& options, const Centre& centre,
                 const std::string& id_prefix, RecordSink* sink) {
  CostWriter writer(options, id_prefix, sink);
  Random random(options.seed ^ 0xC057);
  std::set<v1::Channel> channels;
  for (const QueueSetup& queue : centre.queues) channels.insert(queue.profile.channel);
  for (const Month& month : MonthsOf(options)) {
    if (!sink->IsOpen()) break;
    const int64_t middle =
        (writer.DayStart(month.first_day) + writer.DayStart(month.end_day)) / 2'000;
    const absl::flat_hash_map<std::string, int> members = MembersAt(centre, middle);
    for (const v1::AgentGroup& group : centre.roster_groups) {
      const auto found = members.find(group.group_id());
      if (found == members.end()) continue;
      const bool team = group.type() == "team";
      const double each = team ? kWage * random.Between(0.98, 1.04) : kRentPerAgent;
      writer.Add(team ? "wages" : "rent", each * found->second, month)
          ->set_group_id(group.group_id());
    }
    for (const v1::Channel channel : channels) {
      const bool voice = channel == v1::CHANNEL_VOICE;
      const double amount = (voice ? kTelephony : kChannelTools) * random.Between(0.9, 1.1);
      writer.Add(voice ? "telephony" : "tools", amount, month)->set_channel(channel);
    }
    writer.Add("licences", kLicencePerAgent * static_cast<double>(centre.agents.size()), month);
  }
  return writer.costs();
}

}  // namespace kpid::client
