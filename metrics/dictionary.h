// Names and their codes, of one kind (agents, queues, ...).
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "metrics/fact.h"

namespace kpid::metrics {

// Maps codes to names and back. Thread-compatible: concurrent reads are safe without writes.
class Dictionary {
 public:
  // Code of a name; kNoCode when it is not there.
  Code Find(std::string_view name) const;

  // Code of a name, which gets the next free one when it is not there.
  Code FindOrAdd(std::string_view name);

  // Gives a name the code that PostgreSQL gave it, and a name to show.
  // REQUIRES: code != kNoCode; neither the name nor the code is there yet.
  void Add(Code code, std::string_view name, std::string_view display_name = {});

  // Name of a code; "" when unknown.
  std::string_view Name(Code code) const;

  // Name to show; "" when there is none.
  std::string_view DisplayName(Code code) const;

  // One more than the greatest code: the size of an array indexed by code.
  size_t CodeEnd() const { return names_.size() + (names_.empty() ? 1 : 0); }

 private:
  struct Entry {
    std::string name;
    std::string display_name;
    bool used = false;
  };
  std::vector<Entry> names_;  // By code; names_[0] is unused.
  absl::flat_hash_map<std::string, Code> codes_;
};

}  // namespace kpid::metrics
