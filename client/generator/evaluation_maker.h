// Quality evaluations of some handled contacts.
#pragma once

#include <cstdint>
#include <string>

#include "client/generator/handled_contact.h"
#include "client/generator/random.h"
#include "client/generator/record_sink.h"

namespace kpid::client {

// Thread-compatible.
class EvaluationMaker {
 public:
  // `data_end`: nothing after it is known (milliseconds since 1970).
  EvaluationMaker(uint64_t seed, std::string id_prefix, int64_t data_end);

  // Makes an evaluation of one contact in some dozens.
  void AddEvaluation(const HandledContact& handled, RecordSink* sink);

  int64_t quality_evaluations() const { return quality_evaluations_; }

 private:
  Random random_;
  std::string id_prefix_;
  int64_t data_end_;
  int64_t quality_evaluations_ = 0;
};

}  // namespace kpid::client
