// Keeps the timelines of agents true while their records change.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "metrics/agent_timelines.h"
#include "metrics/key_pages.h"
#include "metrics/parallel.h"

namespace kpid::metrics {

// A record as a load brings it: once each.
struct LoadedRecord {
  int64_t row_key = 0;
  Code agent = kNoCode;
  uint8_t state = 0;
  TimeRange range;  // TimelineKeeper::RangeOf.
};

// An agent's records are cut by weeks of their start; the spans of a week are made anew when its
// records change, or those of an earlier week that reach into it. One thread.
class TimelineKeeper {
 public:
  // A record; without end it lasts up to what Publish says. It takes the place of the one with
  // its row key.
  void Put(Code agent, int64_t row_key, uint8_t state, Instant start, std::optional<Instant> end);

  // What a record without end is until Publish says.
  static TimeRange RangeOf(Instant start, std::optional<Instant> end) {
    return {start, end.value_or(Instant::max())};
  }

  // All records of a load at once, in any order, none of the lists empty; the timelines of Publish
  // are made with them. REQUIRES: there is no record yet. Unless it is OK anything is there.
  absl::Status Load(std::vector<std::vector<LoadedRecord>> records, Instant until,
                    const Workers& workers);

  // Nothing where the row key is not there.
  void Remove(int64_t row_key);
  void Clear();

  // Removes what ended at an instant or before.
  void Forget(Instant before);

  // The timelines as of now, in which ongoing records end at `until`. Workers without limits.
  std::shared_ptr<const AgentTimelines> Publish(Instant until, const Workers& workers = {});

  // Records that are not void.
  size_t size() const { return keys_.size(); }

  // Bytes besides the published timelines, as of the last Publish.
  size_t ByteSize() const {
    return keys_.ByteSize() + places_.capacity() * sizeof(Place) +
           agents_.capacity() * sizeof(Agent) + week_bytes_;
  }

 private:
  struct Week {
    uint32_t number = 0;  // In places_.
    // By (start, row_key). Without end: Instant::max(). Where each is its own span they are the
    // spans, too, and do not change any more.
    std::shared_ptr<std::vector<AgentSpan>> records = std::make_shared<std::vector<AgentSpan>>();
    std::shared_ptr<const std::vector<AgentSpan>> spans;
    bool changed = true;
    // Of its own records, when it is not changed: whether one is open, the latest end of others.
    bool ongoing = false;
    Instant latest_end = Instant::min();
  };
  struct Agent {
    std::map<int64_t, Week> weeks;  // Each lasts until the next one begins.
    bool changed = false;
    bool depends = false;   // Its spans are made for one `until` only.
    size_t week_bytes = 0;  // Of its weeks, when they were looked at last.
    size_t counted = 0;     // Of that, what week_bytes_ has.
  };
  struct Place {
    Code agent = kNoCode;
    int64_t week = 0;
  };

  // Places by number, of a share of the agents.
  using NewPlaces = std::vector<std::pair<uint32_t, Place>>;
  struct LoadedBlocks;
  struct ShareScratch;

  Agent& AgentOf(Code code);
  Week& WeekOf(Agent* agent, Code code, int64_t week);
  void MarkChanged(Agent* agent, Code code, std::map<int64_t, Week>::iterator week, Instant end);
  void LoadShare(const LoadedBlocks& blocks, size_t share, ShareScratch* scratch,
                 std::atomic<uint32_t>* numbers, NewPlaces* places,
                 AgentTimelines::Agents* timelines);
  void LoadAgent(Code code, std::span<AgentSpan> records, std::atomic<uint32_t>* numbers,
                 NewPlaces* places);
  std::shared_ptr<const AgentTimeline> Make(Agent* agent, Instant until);
  bool Before(const AgentSpan& a, const AgentSpan& b) const;
  static std::vector<AgentSpan>& RecordsToChange(Week* week);
  static void FindEnds(Week* week);
  static void MakeWeek(std::span<Week* const> reaching, const TimeRange& within,
                       Instant ongoing_end, Week* week);
  void Renew(std::shared_ptr<AgentTimelines::Agents> agents);

  KeyPages keys_;  // Numbers of places.
  std::vector<Place> places_;
  std::vector<uint32_t> free_places_;
  std::vector<Agent> agents_;  // By code.
  std::vector<Code> changed_;
  std::vector<Code> dependent_;
  Instant until_ = Instant::min();
  size_t week_bytes_ = 0;  // Of all agents.
  std::shared_ptr<const AgentTimelines::Agents> published_;
};

}  // namespace kpid::metrics
