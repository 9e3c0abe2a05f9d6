// Names and their codes, of one kind (agents, queues, ...).
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "metrics/fact.h"

namespace kpid::metrics {

// Maps codes to names and back. Thread-compatible: concurrent reads are safe without writes.
// Copies share what was sealed.
class Dictionary {
 public:
  // Code of a name; kNoCode when it is not there.
  Code Find(std::string_view name) const;

  // Code of a name, which gets the next free one when it is not there.
  Code FindOrAdd(std::string_view name);

  // Gives a name the code that PostgreSQL gave it, and a name to show.
  // REQUIRES: code != kNoCode; neither the name nor the code is there yet.
  void Add(Code code, std::string_view name, std::string_view display_name = {});

  // The same, also when the code is there already: its names become these.
  void Set(Code code, std::string_view name, std::string_view display_name = {});

  // Name of a code; "" when unknown. Valid until the dictionary changes.
  std::string_view Name(Code code) const;

  // Name to show; "" when there is none.
  std::string_view DisplayName(Code code) const;

  // One more than the greatest code: the size of an array indexed by code; 1 when it is empty.
  size_t CodeEnd() const { return code_end_; }

  // Lets copies share all names that are there. Costs about as much as adding those that came
  // since the last time, some of the time more; names are copied a few times in all.
  void Seal();

  // Names that copies do not share.
  size_t unsealed() const { return open_.size(); }

  size_t ByteSize() const;

 private:
  struct Names {
    std::string name;
    std::string display_name;
  };
  struct Entry {
    Code code = kNoCode;
    Names names;
  };
  // Immutable.
  struct Level {
    std::vector<Entry> entries;                          // By code.
    absl::flat_hash_map<absl::string_view, Code> codes;  // Views of the entries' names.
    size_t byte_size = 0;

    const Names* Find(Code code) const;
  };

  const Names* NamesOf(Code code) const;
  static std::shared_ptr<const Level> NewLevel(std::vector<Entry> entries);
  static std::vector<Entry> Merge(const Level& older, std::vector<Entry> newer);

  std::vector<std::shared_ptr<const Level>> sealed_;  // Newer names win.
  absl::flat_hash_map<Code, Names> open_;
  absl::flat_hash_map<std::string, Code> open_codes_;
  size_t code_end_ = 1;
};

}  // namespace kpid::metrics
