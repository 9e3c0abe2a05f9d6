#include "metrics/contact_chain.h"

#include <algorithm>

namespace kpid::metrics {

void WriteGaps(std::span<const Contact> chain, std::vector<size_t>* next_other,
               std::vector<int64_t>* gaps) {
  // next_other[i]: first contact after i in another conversation than i's, so that a long
  // conversation is passed over in one step.
  next_other->resize(chain.size());
  for (size_t i = chain.size(); i-- > 0;) {
    const bool same = i + 1 < chain.size() && chain[i].SameConversation(chain[i + 1]);
    (*next_other)[i] = same ? (*next_other)[i + 1] : i + 1;
  }
  for (size_t i = 0; i < chain.size(); ++i) {
    const Contact& base = chain[i];
    if (base.end == kAbsent) continue;
    size_t next = i + 1;
    if (next < chain.size() && chain[next].arrive < base.end) {
      next = static_cast<size_t>(
          std::partition_point(chain.begin() + static_cast<ptrdiff_t>(next), chain.end(),
                               [&](const Contact& c) { return c.arrive < base.end; }) -
          chain.begin());
    }
    if (next < chain.size() && chain[next].SameConversation(base)) next = (*next_other)[next];
    if (next < chain.size()) (*gaps)[base.row] = chain[next].arrive - base.end;
  }
}

}  // namespace kpid::metrics
