// Valid records for tests to spoil.
#pragma once

#include <cstdint>
#include <string>

#include "google/protobuf/timestamp.pb.h"
#include "kpid/v1/agent_activity.pb.h"
#include "kpid/v1/cost.pb.h"
#include "kpid/v1/interaction.pb.h"
#include "kpid/v1/quality_evaluation.pb.h"
#include "kpid/v1/roster_service.pb.h"
#include "kpid/v1/scorecard.pb.h"
#include "kpid/v1/survey_response.pb.h"
#include "kpid/v1/target.pb.h"
#include "kpid/v1/ticket.pb.h"

namespace kpid::server {

// 2026-03-02T09:00:00Z.
inline constexpr int64_t kNineOClock = 1'772'442'000;

inline google::protobuf::Timestamp At(int64_t seconds_after_nine, int32_t nanos = 0) {
  google::protobuf::Timestamp timestamp;
  timestamp.set_seconds(kNineOClock + seconds_after_nine);
  timestamp.set_nanos(nanos);
  return timestamp;
}

inline v1::Interaction ValidInteraction(const std::string& id = "i1") {
  v1::Interaction message;
  message.set_interaction_id(id);
  message.set_customer_id("c1");
  message.set_queue_id("sales");
  message.set_agent_id("anna");
  message.set_channel(v1::CHANNEL_VOICE);
  *message.mutable_arrive_time() = At(0);
  *message.mutable_enqueue_time() = At(5);
  *message.mutable_answer_time() = At(20);
  *message.mutable_end_time() = At(200);
  message.set_outcome(v1::OUTCOME_HANDLED);
  return message;
}

// So many days later.
inline v1::Interaction InteractionOfDay(int64_t day, const std::string& id) {
  v1::Interaction message = ValidInteraction(id);
  for (auto* time : {message.mutable_arrive_time(), message.mutable_enqueue_time(),
                     message.mutable_answer_time(), message.mutable_end_time()}) {
    time->set_seconds(time->seconds() + day * 86'400);
  }
  return message;
}

inline v1::SurveyResponse ValidSurvey(const std::string& id = "s1") {
  v1::SurveyResponse message;
  message.set_response_id(id);
  message.set_kind(v1::SURVEY_KIND_CSAT);
  message.set_score(4);
  *message.mutable_invite_time() = At(300);
  *message.mutable_respond_time() = At(400);
  return message;
}

inline v1::QualityEvaluation ValidEvaluation(const std::string& id = "e1") {
  v1::QualityEvaluation message;
  message.set_evaluation_id(id);
  message.set_agent_id("anna");
  *message.mutable_evaluate_time() = At(3'600);
  for (const char* criterion : {"greeting", "solution"}) {
    v1::QualityItem* item = message.add_items();
    item->set_criterion(criterion);
    item->set_score(4);
    item->set_maximum_score(5);
  }
  return message;
}

inline v1::AgentActivity ValidActivity(const std::string& id = "a1") {
  v1::AgentActivity message;
  message.set_activity_id(id);
  message.set_agent_id("anna");
  message.set_state(v1::AGENT_STATE_HANDLING);
  *message.mutable_start_time() = At(0);
  *message.mutable_end_time() = At(600);
  return message;
}

inline v1::ScheduledActivity ValidSchedule(const std::string& id = "p1") {
  v1::ScheduledActivity message;
  message.set_schedule_id(id);
  message.set_agent_id("anna");
  message.set_state(v1::PLANNED_STATE_WORK);
  *message.mutable_start_time() = At(0);
  *message.mutable_end_time() = At(3'600);
  return message;
}

inline v1::Ticket ValidTicket(const std::string& id = "t1") {
  v1::Ticket message;
  message.set_ticket_id(id);
  message.set_agent_id("anna");
  message.set_priority("high");
  *message.mutable_open_time() = At(0);
  *message.mutable_first_response_time() = At(600);
  *message.mutable_first_resolve_time() = At(3'600);
  *message.mutable_last_resolve_time() = At(7'200);
  *message.mutable_close_time() = At(9'000);
  return message;
}

inline v1::Cost ValidCost(const std::string& id = "k1") {
  v1::Cost message;
  message.set_cost_id(id);
  message.set_category("wages");
  message.mutable_amount()->set_currency_code("EUR");
  message.mutable_amount()->set_units(100);
  *message.mutable_interval()->mutable_start_time() = At(0);
  *message.mutable_interval()->mutable_end_time() = At(86'400);
  return message;
}

inline v1::Target ValidTarget(const std::string& id = "g1") {
  v1::Target message;
  message.set_target_id(id);
  message.set_kpi_id("csat");
  message.set_scope(v1::TARGET_SCOPE_ALL);
  message.set_target_value(80);
  message.set_worst_value(50);
  message.set_best_value(95);
  return message;
}

inline v1::Scorecard ValidScorecard(const std::string& id = "c1") {
  v1::Scorecard message;
  message.set_scorecard_id(id);
  message.set_name("Speed and mood");
  v1::ScorecardEntry* speed = message.add_entries();
  speed->set_kpi_id("average_handle_time");
  speed->set_area(v1::SCORECARD_AREA_EFFICIENCY);
  v1::ScorecardEntry* mood = message.add_entries();
  mood->set_kpi_id("csat");
  mood->set_area(v1::SCORECARD_AREA_CUSTOMER);
  return message;
}

}  // namespace kpid::server
