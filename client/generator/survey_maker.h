// Surveys about generated contacts.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "client/generator/random.h"
#include "client/generator/record_sink.h"

namespace kpid::client {

// What an answer depends on.
struct Experience {
  std::string_view interaction_id;
  int64_t end = 0;  // Milliseconds since 1970.
  double wait_seconds = 0;
  double agent_quality = 0;  // About normal.
  bool resolved = false;
};

// Invites some customers; some of those answer. Thread-compatible.
class SurveyMaker {
 public:
  // `data_end`: nothing after it is known (milliseconds since 1970).
  SurveyMaker(uint64_t seed, std::string id_prefix, int64_t data_end);

  void AddSurveys(const Experience& experience, RecordSink* sink);

  int64_t surveys() const { return surveys_; }

 private:
  void AddSurvey(const Experience& experience, v1::SurveyKind kind, RecordSink* sink);

  Random random_;
  std::string id_prefix_;
  int64_t data_end_;
  int64_t surveys_ = 0;
};

}  // namespace kpid::client
