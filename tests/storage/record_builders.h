// Records for tests of storage.
#pragma once

#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "storage/record_store.h"
#include "storage/records.h"

namespace kpid::storage {

// 2025-03-01T00:00:00 UTC plus that many seconds.
inline Instant At(int64_t seconds) {
  return Instant(std::chrono::seconds(1'740'787'200 + seconds));
}

// A handled call of 5 minutes.
inline InteractionRecord MakeInteraction(const std::string& id, int64_t arrive_seconds = 0) {
  InteractionRecord record;
  record.interaction_id = id;
  record.channel = metrics::Channel::kVoice;
  record.outcome = metrics::Outcome::kHandled;
  record.arrive = At(arrive_seconds);
  record.answer = At(arrive_seconds + 10);
  record.end = At(arrive_seconds + 310);
  return record;
}

// A csat answer of 4 on 1 to 5.
inline SurveyRecord MakeSurvey(const std::string& id, const std::string& interaction_id,
                               int64_t respond_seconds = 1'000) {
  SurveyRecord record;
  record.response_id = id;
  record.kind = metrics::SurveyKind::kCsat;
  record.score_thousandths = 4'000;
  record.scale_minimum_thousandths = 1'000;
  record.scale_maximum_thousandths = 5'000;
  record.respond = At(respond_seconds);
  record.interaction_id = interaction_id;
  return record;
}

// An evaluation with two items, one of them without a category.
inline QualityEvaluationRecord MakeEvaluation(const std::string& id,
                                              const std::string& interaction_id = "",
                                              int64_t evaluate_seconds = 0) {
  QualityEvaluationRecord record;
  record.evaluation_id = id;
  record.interaction_id = interaction_id;
  record.agent_id = "agent";
  record.evaluate = At(evaluate_seconds);
  record.items = {{"greeting", "communication", 4'000, 5'000, 1'000, false, false},
                  {"outcome", "", 500, 1'000, 2'500, false, false}};
  return record;
}

// An agent is available.
inline AgentActivityRecord MakeActivity(const std::string& id, int64_t start_seconds = 0,
                                        int64_t end_seconds = 60) {
  return {id, "agent", metrics::AgentState::kAvailable, At(start_seconds), At(end_seconds), 0};
}

// An agent is to work.
inline ScheduledActivityRecord MakeSchedule(const std::string& id, int64_t start_seconds = 0,
                                            int64_t end_seconds = 60) {
  return {id, "agent", metrics::PlannedState::kWork, At(start_seconds), At(end_seconds), 0};
}

// An open ticket.
inline TicketRecord MakeTicket(const std::string& id, int64_t open_seconds = 0) {
  TicketRecord record;
  record.ticket_id = id;
  record.open = At(open_seconds);
  return record;
}

// 12.50 EUR that belong to nothing in particular.
inline CostRecord MakeCost(const std::string& id, int64_t start_seconds = 0,
                           int64_t end_seconds = 60) {
  CostRecord record;
  record.cost_id = id;
  record.amount = {"EUR", 12'500'000};
  record.start = At(start_seconds);
  record.end = At(end_seconds);
  return record;
}

// Everybody's csat: 80 percent, from 50 to 95.
inline TargetRecord MakeTarget(const std::string& id) {
  TargetRecord record;
  record.target_id = id;
  record.kpi.kpi_id = "csat";
  record.target_value = 80;
  record.worst_value = 50;
  record.best_value = 95;
  return record;
}

// The records of a kind in a batch.
inline auto& RecordsOf(RecordBatch* batch, const InteractionRecord*) { return batch->interactions; }
inline auto& RecordsOf(RecordBatch* batch, const SurveyRecord*) { return batch->surveys; }
inline auto& RecordsOf(RecordBatch* batch, const QualityEvaluationRecord*) {
  return batch->quality_evaluations;
}
inline auto& RecordsOf(RecordBatch* batch, const AgentActivityRecord*) {
  return batch->agent_activities;
}
inline auto& RecordsOf(RecordBatch* batch, const ScheduledActivityRecord*) {
  return batch->scheduled_activities;
}
inline auto& RecordsOf(RecordBatch* batch, const TicketRecord*) { return batch->tickets; }
inline auto& RecordsOf(RecordBatch* batch, const CostRecord*) { return batch->costs; }
inline auto& RecordsOf(RecordBatch* batch, const TargetRecord*) { return batch->targets; }

// A batch of one kind.
template <typename Record>
RecordBatch BatchOf(std::vector<Record> records) {
  RecordBatch batch;
  RecordsOf(&batch, static_cast<const Record*>(nullptr)) = std::move(records);
  return batch;
}

}  // namespace kpid::storage
