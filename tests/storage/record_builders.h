// Records for tests of storage.
#pragma once

#include <chrono>
#include <string>

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

}  // namespace kpid::storage
