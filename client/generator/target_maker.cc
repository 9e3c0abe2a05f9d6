#include "client/generator/target_maker.h"

#include <cmath>
#include <utility>

#include "absl/strings/str_cat.h"
#include "client/generator/proto_time.h"
#include "client/generator/random.h"

namespace kpid::client {
namespace {

// Every so manyth agent has targets of its own.
constexpr size_t kAgentsPerGoal = 5;

// As the scorecard and the demo ask for it.
constexpr char kTolerance[] = "3m";

class TargetWriter {
 public:
  TargetWriter(std::string id_prefix, RecordSink* sink)
      : id_prefix_(std::move(id_prefix)), sink_(sink) {}

  // For everybody.
  v1::Target* Add(const char* kpi, double value) {
    v1::Target* target = sink_->Add()->mutable_target();
    absl::StrAppend(target->mutable_target_id(), id_prefix_, "goal", ++targets_);
    target->set_kpi_id(kpi);
    target->set_scope(v1::TARGET_SCOPE_ALL);
    target->set_target_value(value);
    return target;
  }

  v1::Target* Add(const char* kpi, double worst, double value, double best) {
    v1::Target* target = Add(kpi, value);
    target->set_worst_value(worst);
    target->set_best_value(best);
    return target;
  }

  int64_t targets() const { return targets_; }

 private:
  std::string id_prefix_;
  RecordSink* sink_;
  int64_t targets_ = 0;
};

// What holds for all; near to what the centre is like, so that some are met and some missed.
void AddCompanyTargets(const GeneratorOptions& options, TargetWriter* writer) {
  writer->Add("service_level", 60, 80, 95);
  // More is asked from the middle of the data on.
  const metrics::Instant middle = options.day_starts[options.day_starts.size() / 2];
  SetMilliseconds(middle.time_since_epoch().count() / 1'000,
                  writer->Add("service_level", 60, 85, 95)->mutable_start_time());
  writer->Add("abandonment_rate", 15, 5, 2);
  writer->Add("average_speed_of_answer", 60, 20, 5);
  writer->Add("transfer_rate", 20, 8, 3);
  writer->Add("average_handle_time", 600, 450, 360);
  writer->Add("first_contact_resolution", 65, 80, 90)->set_weight(2);
  writer->Add("csat", 50, 72, 90)->set_weight(2);
  writer->Add("nps", -30, 10, 50);
  writer->Add("quality_score", 65, 82, 95);
  writer->Add("schedule_adherence", 70, 88, 96);
  v1::Target* tolerant = writer->Add("schedule_adherence", 75, 92, 98);
  (*tolerant->mutable_parameters())["tolerance"] = kTolerance;
  v1::Target* busy = writer->Add("occupancy", 20);
  busy->set_band_end_value(35);
  busy->set_worst_value(5);
  v1::Target* cost = writer->Add("cost_per_contact", 20, 12, 7);
  cost->set_currency_code("EUR");
  // Those whose worst and best nobody has said.
  writer->Add("employee_satisfaction", 70);
  writer->Add("ticket_reopen_rate", 10);
}

v1::Target* Of(v1::TargetScope scope, const std::string& id, v1::Target* target) {
  target->set_scope(scope);
  target->set_scope_id(id);
  return target;
}

}  // namespace

int64_t AddTargets(const GeneratorOptions& options, const Centre& centre,
                   const std::string& id_prefix, RecordSink* sink) {
  TargetWriter writer(id_prefix, sink);
  Random random(options.seed ^ 0x6041);
  AddCompanyTargets(options, &writer);
  for (const v1::AgentGroup& group : centre.roster_groups) {
    if (group.type() != "team" || !sink->IsOpen()) continue;
    const auto of_team = [&](v1::Target* target) {
      Of(v1::TARGET_SCOPE_GROUP, group.group_id(), target);
    };
    of_team(writer.Add("first_contact_resolution", 65, std::round(random.Between(78, 84)), 90));
    of_team(writer.Add("csat", 50, std::round(random.Between(70, 76)), 90));
    of_team(writer.Add("average_handle_time", 600, 10 * std::round(random.Between(40, 50)), 360));
  }
  for (size_t i = 0; i < centre.agents.size() && sink->IsOpen(); i += kAgentsPerGoal) {
    const std::string& agent = centre.agents[i].id;
    Of(v1::TARGET_SCOPE_AGENT, agent,
       writer.Add("average_handle_time", 700, 10 * std::round(random.Between(38, 55)), 330));
    Of(v1::TARGET_SCOPE_AGENT, agent,
       writer.Add("quality_score", 60, std::round(random.Between(78, 88)), 96));
  }
  return writer.targets();
}

v1::Scorecard MakeScorecard() {
  v1::Scorecard scorecard;
  scorecard.set_scorecard_id("frontline");
  scorecard.set_name("Frontline");
  const auto add = [&](const char* kpi, v1::ScorecardArea area) {
    v1::ScorecardEntry* entry = scorecard.add_entries();
    entry->set_kpi_id(kpi);
    entry->set_area(area);
    return entry;
  };
  add("average_handle_time", v1::SCORECARD_AREA_EFFICIENCY);
  add("occupancy", v1::SCORECARD_AREA_EFFICIENCY);
  (*add("schedule_adherence", v1::SCORECARD_AREA_EFFICIENCY)->mutable_parameters())["tolerance"] =
      kTolerance;
  add("first_contact_resolution", v1::SCORECARD_AREA_CUSTOMER)->set_weight(2);
  add("csat", v1::SCORECARD_AREA_CUSTOMER)->set_weight(2);
  add("quality_score", v1::SCORECARD_AREA_CUSTOMER);
  add("service_level", v1::SCORECARD_AREA_OPERATIONS);
  add("transfer_rate", v1::SCORECARD_AREA_OPERATIONS);
  return scorecard;
}

}  // namespace kpid::client
