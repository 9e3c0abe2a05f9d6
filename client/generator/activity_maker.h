// The states that agents are in: from the contacts that they handle and the course of their days.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "client/generator/centre.h"
#include "client/generator/record_sink.h"
#include "client/generator/work_planner.h"

namespace kpid::client {

// Keeps the contacts of the day (and of the few next days, where some are answered), no more.
// Of what an agent does at once, contacts come first, then work after them, then pauses; who is
// logged in and does nothing of this is available, everybody else offline. So the activities of
// an agent do not overlap. Times are milliseconds since 1970. Thread-compatible.
class ActivityMaker {
 public:
  // `data_end`: what lasts longer has no end yet. REQUIRES: the centre outlives it.
  ActivityMaker(std::string id_prefix, int64_t data_end, const Centre* centre);

  // A contact: in conversation during [answer, end), work after it until `wrap_up_end`.
  void AddHandled(uint32_t agent, int64_t answer, int64_t end, int64_t wrap_up_end);

  // Makes the activities of a day, all of whose contacts are known.
  void FinishDay(const std::vector<WorkDay>& days, int64_t day_end, RecordSink* sink);

  // At the end: who is logged out stays so.
  void FinishAll(int last_day, RecordSink* sink);

  int64_t agent_activities() const { return agent_activities_; }

 private:
  struct HandledSpan {
    uint32_t agent;
    int64_t answer;
    int64_t end;
    int64_t wrap_up_end;
  };
  // A state begins or ends.
  struct Edge {
    int64_t at;
    int layer;
    int change;  // 1: begins, -1: ends.
    v1::AgentState state;
  };

  void AddSpan(int layer, v1::AgentState state, int64_t start, int64_t end);
  void MakeDay(uint32_t agent, RecordSink* sink);
  void AddActivity(uint32_t agent, v1::AgentState state, int64_t start, int64_t end,
                   RecordSink* sink);

  std::string id_prefix_;
  int64_t data_end_;
  const Centre* centre_;
  std::vector<HandledSpan> handled_;
  std::vector<int64_t> known_until_;  // By agent: end of the last activity; 0: none yet.
  std::vector<Edge> edges_;           // Of one agent's day.
  int64_t agent_activities_ = 0;
};

}  // namespace kpid::client
