// Finds the keys of a batch's names, inserting the names that are new.
#pragma once

#include "absl/status/status.h"
#include "metrics/call_limits.h"
#include "storage/dictionary_cache.h"
#include "storage/session.h"

namespace kpid::storage {

// Opens a transaction of the data path, and says which dictionaries it sees (BatchNames):
// nobody can exchange them until it ends.
extern const Statement kBeginWithDictionaries;
std::string FingerprintOf(const Session& session, const Transaction& transaction);

// Gives every name a key, from the cache or in one short transaction of its own (a name once
// seen stays, whatever becomes of the batch). Names that are there already burn no keys. Only
// groups that are not stored get none: 0.
absl::Status ResolveNames(Session* session, DictionaryCache* cache, BatchNames* names,
                          const metrics::CallLimits& limits);

}  // namespace kpid::storage
