#include "storage/feed_position.h"

#include <algorithm>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "metrics/absl_view.h"

namespace kpid::storage {

absl::StatusOr<FeedPosition> FeedPosition::Parse(std::string_view snapshot, bool standby) {
  const auto malformed = [] { return absl::InternalError("not a snapshot of PostgreSQL"); };
  const std::string text(snapshot);
  const std::vector<std::string> parts = absl::StrSplit(text, ':');
  FeedPosition position;
  uint64_t first = 0;
  if (parts.size() != 3 || !absl::SimpleAtoi(parts[0], &first) ||
      !absl::SimpleAtoi(parts[1], &position.end_) || first > position.end_) {
    return malformed();
  }
  for (const auto& number : absl::StrSplit(parts[2], ',', absl::SkipEmpty())) {
    uint64_t running = 0;
    if (!absl::SimpleAtoi(number, &running)) return malformed();
    position.running_.push_back(running);
  }
  std::sort(position.running_.begin(), position.running_.end());
  position.seen_before_ = standby ? first : position.end_;
  if (standby) position.running_.clear();
  position.standby_ = standby;
  return position;
}

std::vector<std::string> FeedPosition::ChangesUntil(const FeedPosition& next) const {
  // The upper bound leaves out what a restored dump says of another cluster's transactions.
  std::vector<std::string> conditions = {
      absl::StrCat("changed_xid >= '", seen_before_, "' AND changed_xid < '", next.end_, "'")};
  if (!running_.empty()) {
    conditions.push_back(
        absl::StrCat("changed_xid = ANY('{", absl::StrJoin(running_, ","), "}'::xid8[])"));
  }
  return conditions;
}

}  // namespace kpid::storage
