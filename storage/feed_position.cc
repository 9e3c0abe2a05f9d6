#include "storage/feed_position.h"

#include <algorithm>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"

namespace kpid::storage {

absl::StatusOr<FeedPosition> FeedPosition::Parse(std::string_view snapshot, bool standby,
                                                 std::string_view process) {
  const auto malformed = [] { return absl::InternalError("not a snapshot of PostgreSQL"); };
  const std::string text(snapshot);
  const std::vector<std::string> parts = absl::StrSplit(text, ':');
  FeedPosition position;
  if (parts.size() != 3 || !absl::SimpleAtoi(parts[0], &position.first_) ||
      !absl::SimpleAtoi(parts[1], &position.end_) || position.first_ > position.end_) {
    return malformed();
  }
  for (const auto& number : absl::StrSplit(parts[2], ',', absl::SkipEmpty())) {
    uint64_t running = 0;
    if (!absl::SimpleAtoi(number, &running)) return malformed();
    position.running_.push_back(running);
  }
  std::sort(position.running_.begin(), position.running_.end());
  if (standby) position.running_.clear();
  position.standby_ = standby;
  position.process_ = std::string(process);
  return position;
}

uint64_t FeedPosition::first_unseen() const {
  uint64_t first = newest_ + 1;
  if (standby_) first = std::min(first, first_);
  if (!running_.empty()) first = std::min(first, running_.front());
  return first;
}

std::vector<std::string> FeedPosition::ChangesUntil(const FeedPosition& next) const {
  const auto still_runs = [&next](uint64_t transaction) {
    return std::binary_search(next.running_.begin(), next.running_.end(), transaction);
  };
  uint64_t from = standby_ ? std::min(first_, newest_ + 1) : newest_ + 1;
  std::vector<uint64_t> ended;
  for (const uint64_t transaction : running_) {
    if (transaction < from && !still_runs(transaction)) ended.push_back(transaction);
  }
  std::vector<std::string> conditions;
  if (!ended.empty()) {
    conditions.push_back(
        absl::StrCat("changed_xid = ANY('{", absl::StrJoin(ended, ","), "}'::xid8[])"));
  }
  // The end leaves out what a restored dump says of another cluster's transactions.
  const auto add_range = [&](uint64_t end) {
    if (from >= end) return;
    conditions.push_back(
        absl::StrCat("changed_xid >= '", from, "' AND changed_xid < '", end, "'"));
  };
  size_t ranges = 1;
  for (const uint64_t transaction : next.running_) {
    if (transaction < from) continue;
    if (++ranges > kRangesMax) break;
    add_range(transaction);
    from = transaction + 1;
  }
  add_range(next.end_);
  return conditions;
}

}  // namespace kpid::storage
