// Keys of names, kept in memory so that ingest seldom asks PostgreSQL for them.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <string>
#include <string_view>

#include "absl/container/flat_hash_map.h"

namespace kpid::storage {

// The dictionary tables, in the order in which their missing names are inserted. Groups come from
// the roster only: names of none are not inserted, their keys stay 0.
enum class DictionaryKind : uint8_t {
  kAgents,
  kQueues,
  kCustomers,
  kConversations,
  kCases,
  kCurrencies,
  kAttributes,
  kPriorities,
  kQualityCategories,
  kQualityCriteria,
  kAgentGroups
};
inline constexpr size_t kDictionaryKinds = 11;

// Keys are 1 or greater; 0: not known (yet), or no name.
using DictionaryKey = int32_t;

// The distinct names of a batch and their keys. Thread-compatible.
class BatchNames {
 public:
  // Names must outlive this; "" is no name.
  void Add(DictionaryKind kind, std::string_view name);
  void AddAttribute(std::string_view name, std::string_view value);

  // REQUIRES: added before, or "".
  DictionaryKey Key(DictionaryKind kind, std::string_view name) const;
  DictionaryKey AttributeKey(std::string_view name, std::string_view value) const;

  // By name. An attribute's name is its name and value with a NUL between them.
  using Keys = absl::flat_hash_map<std::string_view, DictionaryKey>;
  Keys& keys(DictionaryKind kind) { return keys_[static_cast<size_t>(kind)]; }
  const Keys& keys(DictionaryKind kind) const { return keys_[static_cast<size_t>(kind)]; }

  // The state of the dictionaries (DictionaryCache) that all keys found belong to; "" while
  // there are none.
  const std::string& fingerprint() const { return fingerprint_; }
  void set_fingerprint(std::string fingerprint) { fingerprint_ = std::move(fingerprint); }

  void ForgetKeys();

 private:
  std::array<Keys, kDictionaryKinds> keys_;
  std::deque<std::string> attribute_names_;
  std::string fingerprint_;
};

// Safe for concurrent use.
//
// Keys are only right for the tables that they were read from. The fingerprint names those: the
// cluster, its timeline, the database and the files of the dictionary tables. It changes when
// the database is restored, promoted, truncated or made anew, and then everything is forgotten.
// Each transaction that stores keys checks it under a lock that keeps it from changing. What it
// cannot see are single rows of a dictionary deleted by hand; nothing here ever does that.
class DictionaryCache {
 public:
  // Names of one kind in a generation. There are two of each kind, so at most twice as many, at
  // about 100 bytes: customers, conversations and cases are the ones that grow.
  static constexpr size_t kNamesPerGeneration = 250'000;

  explicit DictionaryCache(size_t names_per_generation = kNamesPerGeneration)
      : names_per_generation_(names_per_generation) {}

  // Sets the keys of the names that are known, and the fingerprint that they belong to. Returns
  // how many are still missing.
  size_t Fill(BatchNames* names);

  // Adds all keys of the names; ignored when another fingerprint has come meanwhile.
  void Add(const BatchNames& names);

  // Forgets everything unless it belongs to this fingerprint.
  void SetFingerprint(const std::string& fingerprint);

 private:
  using NameKeys = absl::flat_hash_map<std::string, DictionaryKey>;
  // Names are looked up in both; one found in `old` moves to `young`. When `young` is full it
  // becomes `old` and what was there, unused for a generation, goes.
  struct Generations {
    NameKeys young;
    NameKeys old;
  };

  void Insert(Generations* generations, std::string_view name, DictionaryKey key);

  const size_t names_per_generation_;
  std::mutex mutex_;
  std::string fingerprint_;
  std::array<Generations, kDictionaryKinds> generations_;
};

}  // namespace kpid::storage
