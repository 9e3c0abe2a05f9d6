// Surveys about generated contacts, and of the agents.
#pragma once

#include <cstdint>
#include <string>

#include "client/generator/handled_contact.h"
#include "client/generator/random.h"
#include "client/generator/record_sink.h"

namespace kpid::client {

// Invites some customers; some of those answer. Thread-compatible.
class SurveyMaker {
 public:
  // `data_end`: nothing after it is known (milliseconds since 1970).
  SurveyMaker(uint64_t seed, std::string id_prefix, int64_t data_end);

  void AddSurveys(const HandledContact& handled, RecordSink* sink);

  // Asks an agent how content they are, at about that time.
  void AddEmployeeSurvey(const AgentSetup& agent, int64_t around, RecordSink* sink);

  int64_t surveys() const { return surveys_; }

 private:
  void AddSurvey(const HandledContact& handled, v1::SurveyKind kind, RecordSink* sink);

  Random random_;
  std::string id_prefix_;
  int64_t data_end_;
  int64_t surveys_ = 0;
};

}  // namespace kpid::client
