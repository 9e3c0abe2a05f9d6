// What links the contacts of one customer or case, whoever asks: Column::kRepeatGap and its like.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "metrics/contact_chain.h"
#include "metrics/fact.h"
#include "metrics/fact_chunk.h"

namespace kpid::metrics {

inline constexpr Column kLinkColumnList[] = {Column::kRepeatGap, Column::kRepeatGapSameQueue,
                                             Column::kSincePrevious, Column::kCaseState};

// The value of a column of links in rows that are linked with none.
constexpr int64_t WithoutLink(Column column) {
  return column == Column::kCaseState ? int64_t{kCaseNone} : kAbsent;
}

// An interaction of the customer or case that is looked at.
struct LinkedContact {
  int64_t arrive = 0;
  int64_t end = 0;
  Outcome outcome = Outcome::kNone;
  bool inbound = false;
  Code conversation = kNoCode;
  Code queue = kNoCode;
  Code case_code = kNoCode;
};

// Contacts are those of one customer (or case) in the order (arrive, row_key); values are by
// their places, and valid until the next call. Thread-compatible.
class LinkRules {
 public:
  // Column::kRepeatGap or kRepeatGapSameQueue, of a customer's.
  std::span<const int64_t> RepeatGaps(std::span<const LinkedContact> contacts, bool same_queue);

  // Column::kSincePrevious.
  std::span<const int64_t> SincePrevious(std::span<const LinkedContact> contacts);

  // Column::kCaseState, of a case's.
  std::span<const int64_t> CaseStates(std::span<const LinkedContact> contacts);

 private:
  std::vector<int64_t> values_;
  std::vector<Contact> chain_;
  std::vector<size_t> next_other_;
  std::vector<uint32_t> order_;
};

}  // namespace kpid::metrics
