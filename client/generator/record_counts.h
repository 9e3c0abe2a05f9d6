// How many records were made.
#pragma once

#include <cstdint>

namespace kpid::client {

struct RecordCounts {
  int64_t interactions = 0;
  int64_t surveys = 0;
  int64_t quality_evaluations = 0;
  int64_t agent_activities = 0;
  int64_t scheduled_activities = 0;
  int64_t tickets = 0;
  int64_t costs = 0;
  int64_t targets = 0;

  int64_t total() const {
    return interactions + surveys + quality_evaluations + agent_activities + scheduled_activities +
           tickets + costs + targets;
  }
};

}  // namespace kpid::client
