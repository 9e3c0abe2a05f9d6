#include "metrics/timeline_keeper.h"

#include <algorithm>
#include <tuple>
#include <utility>

namespace kpid::metrics {
namespace {

constexpr Instant kOngoing = Instant::max();

int64_t WeekNumber(Instant instant) {
  return std::chrono::floor<std::chrono::weeks>(instant.time_since_epoch()).count();
}

Instant StartOfWeek(int64_t week) { return Instant(std::chrono::weeks(week)); }

// Whether each record is its own span: they do not overlap, and lie within the range.
bool AreSpans(std::span<const AgentSpan> records, const TimeRange& within) {
  Instant last = within.start;
  for (const AgentSpan& record : records) {
    if (record.range.start < last || record.range.Empty()) return false;
    last = record.range.end;
  }
  return last <= within.end;
}

}  // namespace

bool TimelineKeeper::Before(const AgentSpan& a, const AgentSpan& b) const {
  if (a.range.start != b.range.start) return a.range.start < b.range.start;
  return keys_.key(a.source) < keys_.key(b.source);
}

std::vector<AgentSpan>& TimelineKeeper::RecordsToChange(Week* week) {
  if (week->spans == week->records) {
    week->records = std::make_shared<std::vector<AgentSpan>>(*week->records);
  }
  return *week->records;
}

TimelineKeeper::Agent& TimelineKeeper::AgentOf(Code code) {
  if (agents_.size() <= code) agents_.resize(size_t{code} + 1);
  return agents_[code];
}

TimelineKeeper::Week& TimelineKeeper::WeekOf(Agent* agent, Code code, int64_t number) {
  const auto [found, added] = agent->weeks.try_emplace(number);
  Week& week = found->second;
  if (!added) return week;
  if (free_places_.empty()) {
    week.number = static_cast<uint32_t>(places_.size());
    places_.emplace_back();
  } else {
    week.number = free_places_.back();
    free_places_.pop_back();
  }
  places_[week.number] = {code, number};
  if (found != agent->weeks.begin()) std::prev(found)->second.changed = true;
  return week;
}

void TimelineKeeper::MarkChanged(Agent* agent, Code code, std::map<int64_t, Week>::iterator week,
                                 Instant end) {
  for (; week != agent->weeks.end() && StartOfWeek(week->first) < end; ++week) {
    week->second.changed = true;
  }
  if (!std::exchange(agent->changed, true)) changed_.push_back(code);
}

void TimelineKeeper::Put(Code code, int64_t row_key, uint8_t state, Instant start,
                         std::optional<Instant> end) {
  Remove(row_key);
  const TimeRange range = RangeOf(start, end);
  if (range.Empty()) return;
  Agent& agent = AgentOf(code);
  const int64_t number = WeekNumber(start);
  Week& week = WeekOf(&agent, code, number);
  const uint32_t handle = keys_.Set(row_key, week.number);
  const AgentSpan record{range, handle, state};
  std::vector<AgentSpan>& records = RecordsToChange(&week);
  const auto before = [&](const AgentSpan& a, const AgentSpan& b) { return Before(a, b); };
  records.insert(std::upper_bound(records.begin(), records.end(), record, before), record);
  MarkChanged(&agent, code, agent.weeks.find(number), range.end);
}

void TimelineKeeper::Remove(int64_t row_key) {
  const uint32_t handle = keys_.Find(row_key);
  if (handle == KeyPages::kNone) return;
  const Place place = places_[keys_.number(handle)];
  keys_.Erase(row_key);
  Agent& agent = agents_[place.agent];
  const auto week = agent.weeks.find(place.week);
  std::vector<AgentSpan>& records = RecordsToChange(&week->second);
  // The one that changes is most often one of the last.
  auto found = records.end();
  do {
    --found;
  } while (found->source != handle);
  const Instant end = found->range.end;
  records.erase(found);
  MarkChanged(&agent, place.agent, week, end);
  if (!records.empty()) return;
  if (week != agent.weeks.begin()) std::prev(week)->second.changed = true;
  free_places_.push_back(week->second.number);
  agent.weeks.erase(week);
}

void TimelineKeeper::Clear() { *this = {}; }

void TimelineKeeper::Forget(Instant before) {
  std::vector<int64_t> gone;
  for (const Agent& agent : agents_) {
    for (const auto& [number, week] : agent.weeks) {
      if (StartOfWeek(number) >= before) break;
      for (const AgentSpan& record : *week.records) {
        if (record.range.end <= before) gone.push_back(keys_.key(record.source));
      }
    }
  }
  for (const int64_t row_key : gone) Remove(row_key);
}

void TimelineKeeper::FindEnds(Week* week) {
  week->ongoing = false;
  week->latest_end = Instant::min();
  for (const AgentSpan& record : *week->records) {
    if (record.range.end == kOngoing) {
      week->ongoing = true;
    } else {
      week->latest_end = std::max(week->latest_end, record.range.end);
    }
  }
}

// `reaching`: earlier weeks, of which records may reach into this one.
void TimelineKeeper::MakeWeek(std::span<Week* const> reaching, const TimeRange& within,
                              Instant ongoing_end, Week* week) {
  week->changed = false;
  std::vector<AgentSpan> gathered;
  std::span<const AgentSpan> records = *week->records;
  if (!reaching.empty() || (week->ongoing && ongoing_end != kOngoing)) {
    const auto add = [&](const AgentSpan& record) {
      gathered.push_back(record);
      if (record.range.end == kOngoing) gathered.back().range.end = ongoing_end;
    };
    for (const Week* earlier : reaching) {
      for (const AgentSpan& record : *earlier->records) {
        if (record.range.end > within.start) add(record);
      }
    }
    for (const AgentSpan& record : *week->records) add(record);
    records = gathered;
  } else if (AreSpans(records, within)) {
    if (week->spans != week->records) week->records->shrink_to_fit();
    week->spans = week->records;
    return;
  }
  auto spans = std::make_shared<std::vector<AgentSpan>>();
  spans->reserve(records.size());
  AppendSpans(records, within, spans.get());
  spans->shrink_to_fit();
  week->spans = std::move(spans);
}

std::shared_ptr<const AgentTimeline> TimelineKeeper::Make(Agent* agent, Instant until) {
  bool ongoing = false;
  Instant latest_end = Instant::min();
  agent->week_bytes = 0;
  for (auto& [number, week] : agent->weeks) {
    if (week.changed) FindEnds(&week);
    ongoing |= week.ongoing;
    latest_end = std::max(latest_end, week.latest_end);
  }
  // Open records are taken to go on for ever, and are cut when they are read; that is wrong where
  // another one goes on after `until` that they hide.
  const bool depends = ongoing && latest_end > until;
  const bool all = std::exchange(agent->depends, depends) || depends;
  auto timeline = std::make_shared<AgentTimeline>();
  timeline->ongoing = ongoing && !depends;
  std::vector<Week*> reaching;
  for (auto week = agent->weeks.begin(); week != agent->weeks.end(); ++week) {
    TimeRange within{StartOfWeek(week->first), Instant::max()};
    if (const auto next = std::next(week); next != agent->weeks.end()) {
      within.end = StartOfWeek(next->first);
    }
    std::erase_if(reaching, [&](const Week* earlier) {
      return !earlier->ongoing && earlier->latest_end <= within.start;
    });
    Week& own = week->second;
    if (all || own.changed) MakeWeek(reaching, within, depends ? until : kOngoing, &own);
    reaching.push_back(&own);
    agent->week_bytes += sizeof(*week);
    // The others are counted with the published spans.
    if (own.spans != own.records) agent->week_bytes += own.records->capacity() * sizeof(AgentSpan);
    if (!own.spans->empty()) timeline->parts.push_back(own.spans);
  }
  agent->changed = false;
  if (timeline->parts.empty()) return nullptr;
  return timeline;
}

// The timelines of agents that changed are others now.
void TimelineKeeper::Renew(std::shared_ptr<AgentTimelines::Agents> agents) {
  while (!agents->empty() && agents->back() == nullptr) agents->pop_back();
  published_ = std::move(agents);
  std::erase_if(dependent_, [&](Code code) { return !agents_[code].depends; });
  for (const Code code : changed_) {
    Agent& agent = agents_[code];
    week_bytes_ += agent.week_bytes - std::exchange(agent.counted, agent.week_bytes);
    if (agent.depends) dependent_.push_back(code);
  }
  std::sort(dependent_.begin(), dependent_.end());
  dependent_.erase(std::unique(dependent_.begin(), dependent_.end()), dependent_.end());
  changed_.clear();
}

std::shared_ptr<const AgentTimelines> TimelineKeeper::Publish(Instant until,
                                                              const Workers& workers) {
  if (until < until_) {  // What was closed before may not be so now.
    changed_.clear();
    for (Code code = 0; code < agents_.size(); ++code) changed_.push_back(code);
  } else if (until > until_) {
    changed_.insert(changed_.end(), dependent_.begin(), dependent_.end());
  }
  until_ = until;
  std::sort(changed_.begin(), changed_.end());
  changed_.erase(std::unique(changed_.begin(), changed_.end()), changed_.end());
  if (published_ == nullptr || !changed_.empty()) {
    auto agents = published_ == nullptr ? std::make_shared<AgentTimelines::Agents>()
                                        : std::make_shared<AgentTimelines::Agents>(*published_);
    if (!changed_.empty()) agents->resize(std::max(agents->size(), size_t{changed_.back()} + 1));
    (void)ForEachInParallel({workers.threads, nullptr}, changed_.size(), [&](size_t i) {
      (*agents)[changed_[i]] = Make(&agents_[changed_[i]], until);
    });
    Renew(std::move(agents));
  }
  return std::make_shared<const AgentTimelines>(published_, until, keys_.FirstKeys(),
                                                KeyPages::kPageBits);
}

}  // namespace kpid::metrics
