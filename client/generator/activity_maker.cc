#include "client/generator/activity_maker.h"

#include <algorithm>
#include <array>
#include <tuple>
#include <utility>

#include "absl/strings/str_cat.h"
#include "client/generator/proto_time.h"

namespace kpid::client {
namespace {

// The higher layer hides the lower ones.
enum Layer : int { kLoggedIn, kPause, kWrapUp, kHandling, kLayers };

}  // namespace

ActivityMaker::ActivityMaker(std::string id_prefix, int64_t data_end, const Centre* centre)
    : id_prefix_(std::move(id_prefix)),
      data_end_(data_end),
      centre_(centre),
      known_until_(centre->agents.size(), 0) {}

void ActivityMaker::AddHandled(uint32_t agent, int64_t answer, int64_t end, int64_t wrap_up_end) {
  handled_.push_back({agent, answer, end, wrap_up_end});
}

void ActivityMaker::FinishDay(const std::vector<WorkDay>& days, int64_t day_end, RecordSink* sink) {
  const auto later = std::partition(handled_.begin(), handled_.end(),
                                    [&](const HandledSpan& span) { return span.answer < day_end; });
  std::sort(handled_.begin(), later, [](const HandledSpan& a, const HandledSpan& b) {
    return std::tie(a.agent, a.answer, a.end, a.wrap_up_end) <
           std::tie(b.agent, b.answer, b.end, b.wrap_up_end);
  });
  auto next = handled_.begin();
  for (uint32_t agent = 0; agent < days.size(); ++agent) {
    edges_.clear();
    for (; next != later && next->agent == agent; ++next) {
      AddSpan(kHandling, v1::AGENT_STATE_HANDLING, next->answer, next->end);
      AddSpan(kWrapUp, v1::AGENT_STATE_WRAP_UP, next->end, next->wrap_up_end);
    }
    const WorkDay& day = days[agent];
    if (day.present) {
      AddSpan(kLoggedIn, v1::AGENT_STATE_AVAILABLE, day.login, day.logout);
      for (const Pause& pause : day.pauses) AddSpan(kPause, pause.state, pause.start, pause.end);
    }
    MakeDay(agent, sink);
  }
  handled_.erase(handled_.begin(), later);
}

void ActivityMaker::AddSpan(int layer, v1::AgentState state, int64_t start, int64_t end) {
  if (start >= end) return;
  edges_.push_back({start, layer, 1, state});
  edges_.push_back({end, layer, -1, state});
}

void ActivityMaker::MakeDay(uint32_t agent, RecordSink* sink) {
  std::sort(edges_.begin(), edges_.end(), [](const Edge& a, const Edge& b) {
    return std::tie(a.at, a.layer, a.change) < std::tie(b.at, b.layer, b.change);
  });
  std::array<int, kLayers> open{};
  std::array<v1::AgentState, kLayers> states{};
  v1::AgentState state = v1::AGENT_STATE_UNSPECIFIED;
  int64_t since = 0;
  for (size_t i = 0; i < edges_.size();) {
    const int64_t at = edges_[i].at;
    for (; i < edges_.size() && edges_[i].at == at; ++i) {
      const auto layer = static_cast<size_t>(edges_[i].layer);
      open[layer] += edges_[i].change;
      if (edges_[i].change > 0) states[layer] = edges_[i].state;
    }
    v1::AgentState now = v1::AGENT_STATE_UNSPECIFIED;
    for (size_t layer = 0; layer < kLayers; ++layer) {
      if (open[layer] > 0) now = states[layer];
    }
    if (now == state) continue;
    if (state != v1::AGENT_STATE_UNSPECIFIED) AddActivity(agent, state, since, at, sink);
    state = now;
    since = at;
  }
}

void ActivityMaker::AddActivity(uint32_t agent, v1::AgentState state, int64_t start, int64_t end,
                                RecordSink* sink) {
  int64_t& known_until = known_until_[agent];
  start = std::max(start, known_until);  // What went on past midnight comes first.
  if (start >= end || start >= data_end_) return;
  if (known_until != 0 && known_until < start) {
    AddActivity(agent, v1::AGENT_STATE_OFFLINE, known_until, start, sink);
  }
  known_until = end;
  v1::AgentActivity* activity = sink->Add()->mutable_agent_activity();
  absl::StrAppend(activity->mutable_activity_id(), id_prefix_, "a", ++agent_activities_);
  activity->set_agent_id(centre_->agents[agent].id);
  activity->set_state(state);
  SetMilliseconds(start, activity->mutable_start_time());
  if (end < data_end_) SetMilliseconds(end, activity->mutable_end_time());
}

void ActivityMaker::FinishAll(int last_day, RecordSink* sink) {
  for (uint32_t agent = 0; agent < known_until_.size(); ++agent) {
    const bool employed = last_day < centre_->agents[agent].last_day;
    if (known_until_[agent] == 0 || !employed) continue;
    AddActivity(agent, v1::AGENT_STATE_OFFLINE, known_until_[agent], data_end_, sink);
  }
}

}  // namespace kpid::client
