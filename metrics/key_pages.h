// Numbers by row key: a paged array with gaps.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "absl/container/flat_hash_map.h"

namespace kpid::metrics {

// Keeps a number (where the row is) for each key, in about 4 bytes a key where keys are dense.
// A key also has a handle, 32 bits wide, that stays the same until the key is erased, wherever
// its row moves. One thread.
class KeyPages {
 public:
  static constexpr uint32_t kNone = ~uint32_t{0};
  static constexpr int kPageBits = 10;

  // Handle of a key; kNone when it is not there.
  uint32_t Find(int64_t key) const;

  // Finds handles of keys that are near to one another. No key is added or erased meanwhile. One
  // thread each.
  class Near {
   public:
    // `keys` must outlive this.
    explicit Near(const KeyPages* keys) : keys_(keys) {}

    // As of KeyPages, for keys that are there, or whose pages were added; any number for others.
    uint32_t Find(int64_t key);

   private:
    const KeyPages* keys_;
    int64_t page_ = 0;
    uint32_t first_ = kNone;  // Handle of the page's first key; kNone: no page yet.
  };

  // Sets the number of a key, which is added when it is not there. Returns its handle.
  // REQUIRES: number != kNone.
  uint32_t Set(int64_t key, uint32_t number);

  // Many new keys by several threads: first AddPages, then Place for each key's handle (which
  // Near finds by now), from any thread, then CountNew. `pages`: of all the keys, as PageOf says;
  // may repeat.
  static int64_t PageOf(int64_t key) { return key >> kPageBits; }
  void AddPages(std::span<const int64_t> pages);
  void Place(uint32_t handle, uint32_t number) {
    pages_[handle >> kPageBits]->numbers[handle & kMask] = number;
  }
  void CountNew();

  // REQUIRES: the key is there. Its handle may be given to another key afterwards.
  void Erase(int64_t key);

  uint32_t number(uint32_t handle) const {
    return pages_[handle >> kPageBits]->numbers[handle & kMask];
  }
  // Has the processor fetch the number of a handle, which is read soon.
  void Prefetch(uint32_t handle) const {
    __builtin_prefetch(&pages_[handle >> kPageBits]->numbers[handle & kMask]);
  }
  int64_t key(uint32_t handle) const {
    return pages_[handle >> kPageBits]->first_key + (handle & kMask);
  }

  // Keys of the first handle of each page, by handle >> kPageBits; 0 where a page is free.
  std::shared_ptr<const std::vector<int64_t>> FirstKeys();

  size_t size() const { return size_; }
  size_t ByteSize() const;

 private:
  static constexpr uint32_t kMask = (uint32_t{1} << kPageBits) - 1;

  struct Page {
    int64_t first_key = 0;
    uint32_t used = 0;
    std::array<uint32_t, size_t{1} << kPageBits> numbers;
  };

  Page& AddPage(int64_t number, uint32_t* index);

  absl::flat_hash_map<int64_t, uint32_t> page_of_;  // By key >> kPageBits.
  std::vector<std::unique_ptr<Page>> pages_;        // Null: free.
  std::vector<uint32_t> free_;
  std::shared_ptr<const std::vector<int64_t>> first_keys_;  // Null: out of date.
  size_t size_ = 0;
};

}  // namespace kpid::metrics
