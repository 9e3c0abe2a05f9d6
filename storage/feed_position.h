// Where a feed stands: which transactions the snapshot that it read last has seen. Pure.
//
// A crash of PostgreSQL forgets transactions that were rolled back or never ended, and their
// numbers are given again. So what is trusted is not where the snapshot ended but the newest
// transaction of which it showed a row: that one is on disk, and every one before it was begun.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace kpid::storage {

class FeedPosition {
 public:
  // Parts into which the range of new transactions is cut at most, at those that still run: their
  // rows, perhaps a million, would be looked at each time although nobody sees them yet.
  static constexpr size_t kRangesMax = 8;

  // Of a pg_snapshot in text form, "xmin:xmax:xip,xip,...", read by a server process. On a
  // standby the list of running transactions is empty although there are some: nothing from xmin
  // on counts as seen, and what was is read again. INTERNAL when it is none.
  static absl::StatusOr<FeedPosition> Parse(std::string_view snapshot, bool standby,
                                            std::string_view process);

  // Conditions on changed_xid, of which one at most is true, and one is when the row's last
  // change is seen by `next`, but not by this. To be put into one statement each, so that each is
  // one index range.
  std::vector<std::string> ChangesUntil(const FeedPosition& next) const;

  // Whether no transaction can have been committed in between.
  bool SameAs(const FeedPosition& next) const {
    return !standby_ && !next.standby_ && process_ == next.process_ && end_ == next.end_ &&
           running_ == next.running_;
  }

  // Whether `next` is of an earlier state, so that the difference is none.
  bool IsAfter(const FeedPosition& next) const { return newest_ >= next.end_; }

  // Every transaction before it is seen (or was rolled back).
  uint64_t first_unseen() const;

  // The newest transaction of which a row was seen; 0: none.
  uint64_t newest() const { return newest_; }
  void set_newest(uint64_t newest) { newest_ = newest; }

  // None from it on is seen.
  uint64_t end() const { return end_; }

 private:
  uint64_t newest_ = 0;
  uint64_t first_ = 0;             // Every transaction before it had ended.
  uint64_t end_ = 0;
  std::vector<uint64_t> running_;  // Ascending.
  bool standby_ = false;
  std::string process_;
};

}  // namespace kpid::storage
