// Valid records for tests to spoil.
#pragma once

#include <cstdint>
#include <string>

#include "google/protobuf/timestamp.pb.h"
#include "kpid/v1/interaction.pb.h"
#include "kpid/v1/roster_service.pb.h"
#include "kpid/v1/survey_response.pb.h"

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

inline v1::SurveyResponse ValidSurvey(const std::string& id = "s1") {
  v1::SurveyResponse message;
  message.set_response_id(id);
  message.set_kind(v1::SURVEY_KIND_CSAT);
  message.set_score(4);
  *message.mutable_invite_time() = At(300);
  *message.mutable_respond_time() = At(400);
  return message;
}

}  // namespace kpid::server
