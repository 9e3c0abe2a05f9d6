// Where a feed stands: which transactions the snapshot that it read last has seen. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace kpid::storage {

class FeedPosition {
 public:
  // Of a pg_snapshot in text form, "xmin:xmax:xip,xip,...". On a standby the list of running
  // transactions is empty although there are some: nothing from xmin on counts as seen, and what
  // was is read again. INTERNAL when it is none.
  static absl::StatusOr<FeedPosition> Parse(std::string_view snapshot, bool standby);

  // Conditions on changed_xid, of which one at most is true: the row's last change is seen by
  // `next`, but not by this. To be put into one statement each, so that each is one index range.
  std::vector<std::string> ChangesUntil(const FeedPosition& next) const;

  // Whether no transaction can have been committed in between.
  bool SameAs(const FeedPosition& next) const {
    return !standby_ && !next.standby_ && end_ == next.end_ && running_ == next.running_;
  }

  // Whether `next` is of an earlier state, so that the difference is none.
  bool IsAfter(const FeedPosition& next) const { return end_ > next.end_; }

  // Every transaction before it is seen (or was rolled back).
  uint64_t first_unseen() const { return running_.empty() ? seen_before_ : running_.front(); }

 private:
  uint64_t seen_before_ = 0;       // Transactions before it are seen unless running.
  uint64_t end_ = 0;               // None from it on is seen.
  std::vector<uint64_t> running_;  // Ascending.
  bool standby_ = false;
};

}  // namespace kpid::storage
