// The names that resident facts carry, and the targets beside them: read anew when they changed,
// with codes that stay.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "metrics/call_limits.h"
#include "metrics/fact_store.h"
#include "storage/dictionary_loader.h"
#include "storage/session.h"

namespace kpid::storage {

// What tells that names changed: the roster's version and the greatest keys of the dictionaries;
// and that targets did: how many there are and the transactions that wrote them.
struct NameVersions {
  std::string names;       // Of agents, queues, groups, currencies, ..., and of the roster.
  std::string attributes;  // Of attributes.
  std::string targets;     // Of targets.

  friend bool operator==(const NameVersions&, const NameVersions&) = default;
};

// SQL: the three versions, as text; 3 columns.
extern const char* const kNameVersionsSql;

// One thread. Names must not outlive what is said in DictionaryCache: when the tables are other
// ones, a new FeedNames is made.
class FeedNames {
 public:
  // Reads what differs from `versions` (everything when `all`) and puts it into *changes. Keys of
  // attributes are only read from the greatest known on unless `all`.
  absl::Status Refresh(Session* session, const NameVersions& versions, bool all,
                       const metrics::CallLimits& limits, metrics::FactChanges* changes);

  const metrics::Dictionaries& dictionaries() const { return dictionaries_; }
  const AttributeCodes& attributes() const { return attributes_; }

 private:
  absl::Status RefreshNames(Session* session, const metrics::CallLimits& limits,
                            metrics::FactChanges* changes);
  static absl::Status RefreshTargets(Session* session, const metrics::CallLimits& limits,
                                     metrics::FactChanges* changes);
  absl::Status RefreshAttributes(Session* session, bool all, const metrics::CallLimits& limits,
                                 std::vector<metrics::NameChange>* changes);
  metrics::Code CodeOf(metrics::Dictionary metrics::Dictionaries::*dictionary,
                       std::string_view name, std::vector<metrics::NameChange>* changes);

  NameVersions versions_;
  metrics::Dictionaries dictionaries_;
  AttributeCodes attributes_;
  int32_t greatest_attribute_key_ = 0;
};

}  // namespace kpid::storage
