#include "metrics/link_rules.h"

#include <algorithm>
#include <limits>

namespace kpid::metrics {

std::span<const int64_t> LinkRules::RepeatGaps(std::span<const LinkedContact> contacts,
                                               bool same_queue) {
  order_.clear();
  for (uint32_t i = 0; i < contacts.size(); ++i) {
    if (contacts[i].inbound) order_.push_back(i);
  }
  if (same_queue) {
    std::stable_sort(order_.begin(), order_.end(),
                     [&](uint32_t a, uint32_t b) { return contacts[a].queue < contacts[b].queue; });
  }
  values_.assign(contacts.size(), kAbsent);
  for (size_t first = 0; first < order_.size();) {
    chain_.clear();
    size_t last = first;
    for (; last < order_.size(); ++last) {
      const LinkedContact& contact = contacts[order_[last]];
      if (same_queue && contact.queue != contacts[order_[first]].queue) break;
      chain_.push_back({contact.arrive,
                        contact.outcome == Outcome::kHandled ? contact.end : kAbsent, order_[last],
                        contact.conversation});
    }
    WriteGaps(chain_, &next_other_, &values_);
    first = last;
  }
  return values_;
}

std::span<const int64_t> LinkRules::SincePrevious(std::span<const LinkedContact> contacts) {
  constexpr int64_t kNever = std::numeric_limits<int64_t>::min();
  int64_t latest = kNever;
  values_.assign(contacts.size(), kAbsent);
  for (size_t i = 0; i < contacts.size(); ++i) {
    if (contacts[i].outcome != Outcome::kHandled) continue;
    if (latest != kNever) values_[i] = std::max<int64_t>(0, contacts[i].arrive - latest);
    latest = std::max(latest, contacts[i].end);
  }
  return values_;
}

std::span<const int64_t> LinkRules::CaseStates(std::span<const LinkedContact> contacts) {
  values_.assign(contacts.size(), int64_t{kCaseNone});
  if (contacts.empty()) return values_;
  const bool pending = std::any_of(contacts.begin(), contacts.end(), [](const auto& contact) {
    return contact.outcome == Outcome::kInProgress;
  });
  values_.front() = pending ? kCasePending : contacts.size() == 1 ? kCaseSingle : kCaseMany;
  return values_;
}

}  // namespace kpid::metrics
