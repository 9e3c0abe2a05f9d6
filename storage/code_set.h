// A set of dictionary codes.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "metrics/fact.h"

namespace kpid::storage {

// Codes are dense, so it is one bit for each up to the greatest. kNoCode is never in it.
// Thread-compatible.
class CodeSet {
 public:
  void Insert(metrics::Code code) {
    if (code == metrics::kNoCode) return;
    const size_t word = code / 64;
    if (word >= words_.size()) words_.resize(std::max(word + 1, words_.size() * 2), 0);
    words_[word] |= uint64_t{1} << (code % 64);
  }

  bool Contains(metrics::Code code) const {
    const size_t word = code / 64;
    return word < words_.size() && ((words_[word] >> (code % 64)) & 1) != 0;
  }

  void Merge(const CodeSet& other) {
    if (other.words_.size() > words_.size()) words_.resize(other.words_.size(), 0);
    for (size_t i = 0; i < other.words_.size(); ++i) words_[i] |= other.words_[i];
  }

  // Ascending.
  std::vector<metrics::Code> Codes() const {
    std::vector<metrics::Code> codes;
    for (size_t word = 0; word < words_.size(); ++word) {
      for (uint64_t bits = words_[word]; bits != 0; bits &= bits - 1) {
        codes.push_back(
            static_cast<metrics::Code>(word * 64 + static_cast<size_t>(__builtin_ctzll(bits))));
      }
    }
    return codes;
  }

 private:
  std::vector<uint64_t> words_;
};

}  // namespace kpid::storage
