// How soon others see what was committed, while a stream of interactions comes in.
//
// One connection streams interactions of the last day of the year at a steady rate. Beside it a
// marked interaction (of a queue of its own) is sent by a unary call, and the moment is noted at
// which its acknowledgement is there. From then on
// - another connection asks how many of them there are, again and again, until its answer has
//   it: `queries` are the times from the acknowledgement to that answer, the call included;
// - a watch of the same question over a third connection gets its answers: `pushes` are the times
//   from the acknowledgement to the first answer that has it, 0 where that came before it.
// Then comes the next one. The lag of the feed is asked for meanwhile, on a fourth connection.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "tests/bench/centre/answer.h"
#include "tests/bench/centre/centre_data.h"

namespace kpid::bench {

struct Visibility {
  Timing queries;
  Timing pushes;
  double rate = 0;              // Interactions per second that were acknowledged.
  double lag_milliseconds = 0;  // Of the feed, the longest that was seen.
};

// `probes`: how many marked interactions. `rate`: of the stream, interactions per second.
// DEADLINE_EXCEEDED when one is not seen within ten seconds.
absl::StatusOr<Visibility> MeasureVisibility(const std::string& address, const CentreData& data,
                                             int probes, int rate);

}  // namespace kpid::bench
