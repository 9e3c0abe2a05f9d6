// The timelines of all agents, made at once from the records of a load.
#include <algorithm>
#include <array>
#include <numeric>
#include <tuple>

#include "metrics/timeline_keeper.h"

namespace kpid::metrics {
namespace {

// Shares of the agents, of which each is gathered by one thread: so many that its records stay in
// the cache until the timelines are made.
constexpr size_t kShares = 256;

// Records of a block by the share of their agent, and what they need.
struct BlockOrder {
  std::array<uint32_t, kShares + 1> first{};  // Of each share among `places`, and the end.
  std::vector<uint32_t> places;               // In the block; void records have none.
  std::vector<int64_t> pages;                 // Of their keys.
  Code agents = 0;                            // One more than the greatest.
};

BlockOrder OrderOf(const std::vector<LoadedRecord>& block) {
  BlockOrder order;
  for (const LoadedRecord& record : block) {
    if (record.range.Empty()) continue;
    ++order.first[record.agent % kShares + 1];
    order.agents = std::max(order.agents, record.agent + 1);
    const int64_t page = KeyPages::PageOf(record.row_key);
    if (order.pages.empty() || order.pages.back() != page) order.pages.push_back(page);
  }
  std::sort(order.pages.begin(), order.pages.end());
  order.pages.erase(std::unique(order.pages.begin(), order.pages.end()), order.pages.end());
  std::partial_sum(order.first.begin(), order.first.end(), order.first.begin());
  order.places.resize(order.first.back());
  auto next = order.first;
  for (uint32_t place = 0; place < block.size(); ++place) {
    if (block[place].range.Empty()) continue;
    order.places[next[block[place].agent % kShares]++] = place;
  }
  return order;
}

int64_t WeekNumber(Instant instant) {
  return std::chrono::floor<std::chrono::weeks>(instant.time_since_epoch()).count();
}

}  // namespace

struct TimelineKeeper::LoadedBlocks {
  std::vector<std::vector<LoadedRecord>> records;
  std::vector<BlockOrder> orders;

  // Calls work(record) for those of a share.
  template <class Work>
  void OfShare(size_t share, const Work& work) const {
    for (size_t i = 0; i < records.size(); ++i) {
      const BlockOrder& order = orders[i];
      for (uint32_t k = order.first[share]; k < order.first[share + 1]; ++k) {
        work(records[i][order.places[k]]);
      }
    }
  }
};

// What one thread works with.
struct TimelineKeeper::ShareScratch {
  std::vector<AgentSpan> records;  // By agent.
  std::vector<uint32_t> ends;      // Of each agent's.
};

void TimelineKeeper::LoadAgent(Code code, std::span<AgentSpan> records,
                               std::atomic<uint32_t>* numbers, NewPlaces* places) {
  const auto before = [&](const AgentSpan& a, const AgentSpan& b) { return Before(a, b); };
  if (!std::is_sorted(records.begin(), records.end(), before)) {
    std::sort(records.begin(), records.end(), before);
  }
  auto& weeks = agents_[code].weeks;
  for (auto first = records.begin(); first != records.end();) {
    const int64_t week_number = WeekNumber(first->range.start);
    const Instant end = Instant(std::chrono::weeks(week_number + 1));
    const auto last = std::find_if(
        first, records.end(), [&](const AgentSpan& record) { return record.range.start >= end; });
    Week& week = weeks.try_emplace(weeks.end(), week_number)->second;
    week.records->assign(first, last);
    week.number = numbers->fetch_add(1, std::memory_order_relaxed);
    places->push_back({week.number, {code, week_number}});
    for (; first != last; ++first) keys_.Place(first->source, week.number);
  }
}

void TimelineKeeper::LoadShare(const LoadedBlocks& blocks, size_t share, ShareScratch* scratch,
                               std::atomic<uint32_t>* numbers, NewPlaces* places,
                               AgentTimelines::Agents* timelines) {
  std::vector<uint32_t>& ends = scratch->ends;
  ends.assign(agents_.size() / kShares + 2, 0);
  blocks.OfShare(share, [&](const LoadedRecord& record) { ++ends[record.agent / kShares + 1]; });
  std::partial_sum(ends.begin(), ends.end(), ends.begin());
  std::vector<AgentSpan>& records = scratch->records;
  records.resize(ends.back());
  KeyPages::Near near(&keys_);
  blocks.OfShare(share, [&](const LoadedRecord& record) {
    records[ends[record.agent / kShares]++] = {record.range, near.Find(record.row_key),
                                               record.state};
  });
  // Where an agent's began is now where they end.
  uint32_t first = 0;
  for (size_t code = share; code < agents_.size(); code += kShares) {
    const uint32_t end = ends[code / kShares];
    if (end == first) continue;
    LoadAgent(static_cast<Code>(code), std::span(records).subspan(first, end - first), numbers,
              places);
    (*timelines)[code] = Make(&agents_[code], until_);
    first = end;
  }
}

absl::Status TimelineKeeper::Load(std::vector<std::vector<LoadedRecord>> records, Instant until,
                                  const Workers& workers) {
  if (records.empty()) return absl::OkStatus();
  // In the order in which the rows came, whatever thread read them: that of time, mostly.
  std::sort(records.begin(), records.end(),
            [](const auto& a, const auto& b) { return a.front().row_key < b.front().row_key; });
  LoadedBlocks blocks{std::move(records), {}};
  blocks.orders.resize(blocks.records.size());
  absl::Status status = ForEachInParallel(workers, blocks.records.size(), [&](size_t i) {
    blocks.orders[i] = OrderOf(blocks.records[i]);
  });
  if (!status.ok()) return status;
  Code agents = 0;
  for (const BlockOrder& order : blocks.orders) {
    keys_.AddPages(order.pages);
    agents = std::max(agents, order.agents);
  }
  agents_.resize(agents);
  until_ = until;
  auto timelines = std::make_shared<AgentTimelines::Agents>(agents);
  std::vector<NewPlaces> places(kShares);
  std::atomic<uint32_t> numbers{0};
  ScratchPool<ShareScratch> scratch;
  status = ForEachInParallel(workers, kShares, [&](size_t share) {
    scratch.With([&](ShareScratch* own) {
      LoadShare(blocks, share, own, &numbers, &places[share], timelines.get());
    });
  });
  if (!status.ok()) return status;
  keys_.CountNew();
  places_.resize(numbers.load());
  for (const NewPlaces& own : places) {
    for (const auto& [number, place] : own) places_[number] = place;
  }
  for (Code code = 0; code < agents; ++code) {
    if (!agents_[code].weeks.empty()) changed_.push_back(code);
  }
  Renew(std::move(timelines));
  return status;
}

}  // namespace kpid::metrics
