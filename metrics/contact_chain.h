// When contacts of a customer are followed by others: the rule of Column::kRepeatGap.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "metrics/fact.h"
#include "metrics/packed_column.h"

namespace kpid::metrics {

// An inbound contact of a known customer.
struct Contact {
  int64_t arrive = 0;
  int64_t end = kAbsent;  // Of handled ones.
  uint32_t row = 0;       // Any number of the caller's.
  Code conversation = kNoCode;

  bool SameConversation(const Contact& other) const {
    return conversation != kNoCode && conversation == other.conversation;
  }
};

// Writes (*gaps)[row] of each handled contact of a customer (or a customer's in one queue), where
// it is followed by another. `chain` is in the order (arrive, row_key); *next_other is scratch.
void WriteGaps(std::span<const Contact> chain, std::vector<size_t>* next_other,
               std::vector<int64_t>* gaps);

}  // namespace kpid::metrics
