#include "metrics/row_index.h"

#include <algorithm>
#include <cassert>
#include <utility>

namespace kpid::metrics {

RowIndex::RowIndex() : block_used_(size_t{1} << kBlockBits) {}

// Capacities 2, 3, 4, 6, 8, 12, ..., 1024: a quarter is unused on average.
size_t RowIndex::CapacityOf(size_t size_class) {
  return (size_class % 2 == 0 ? size_t{2} : size_t{3}) << (size_class / 2);
}

size_t RowIndex::ClassOf(size_t size) {
  size_t size_class = 0;
  while (CapacityOf(size_class) < size) ++size_class;
  return size_class;
}

RowIndex::List* RowIndex::Find(Code code) const {
  const auto page = pages_.find(code >> kPageBits);
  if (page == pages_.end()) return nullptr;
  return &(*page->second)[code & ((Code{1} << kPageBits) - 1)];
}

RowIndex::List& RowIndex::FindOrAdd(Code code) {
  std::unique_ptr<Page>& page = pages_[code >> kPageBits];
  if (page == nullptr) page = std::make_unique<Page>();
  return (*page)[code & ((Code{1} << kPageBits) - 1)];
}

uint32_t* RowIndex::Data(List& list) {
  if (list.size <= 1) return &list.where;
  return list.size <= kShortMax ? At(list.where) : long_[list.where].data();
}

std::span<const uint32_t> RowIndex::Of(Code code) const {
  List* const list = Find(code);
  if (list == nullptr || list->size == 0) return {};
  return {const_cast<RowIndex*>(this)->Data(*list), list->size};
}

uint32_t RowIndex::Allocate(size_t size_class) {
  if (!free_[size_class].empty()) {
    const uint32_t where = free_[size_class].back();
    free_[size_class].pop_back();
    return where;
  }
  const size_t capacity = CapacityOf(size_class);
  constexpr size_t kBlock = size_t{1} << kBlockBits;
  if (block_used_ + capacity > kBlock) {
    blocks_.push_back(std::make_unique_for_overwrite<uint32_t[]>(kBlock));
    block_used_ = 0;
  }
  const size_t where = ((blocks_.size() - 1) << kBlockBits) + block_used_;
  block_used_ += capacity;
  return static_cast<uint32_t>(where);
}

uint32_t RowIndex::AllocateLong() {
  if (free_long_.empty()) {
    long_.emplace_back();
    return static_cast<uint32_t>(long_.size() - 1);
  }
  const uint32_t index = free_long_.back();
  free_long_.pop_back();
  return index;
}

void RowIndex::Resize(List* list, size_t size) {
  const bool was_long = list->size > kShortMax;
  if (was_long && size > kShortMax) {
    long_[list->where].resize(size);
    list->size = static_cast<uint32_t>(size);
    return;
  }
  const bool was_short = list->size > 1 && !was_long;
  if (was_short && size > 1 && size <= kShortMax && ClassOf(list->size) == ClassOf(size)) {
    list->size = static_cast<uint32_t>(size);
    return;
  }
  List resized{list->where, static_cast<uint32_t>(size)};
  if (size > kShortMax) {
    resized.where = AllocateLong();
    long_[resized.where].resize(size);
  } else if (size > 1) {
    resized.where = Allocate(ClassOf(size));
  }
  const size_t kept = std::min<size_t>(list->size, size);
  std::copy_n(Data(*list), kept, Data(resized));
  if (was_long) {
    long_[list->where] = {};
    free_long_.push_back(list->where);
  } else if (was_short) {
    free_[ClassOf(list->size)].push_back(list->where);
  }
  *list = resized;
}

void RowIndex::Insert(Code code, size_t place, uint32_t number) {
  List& list = FindOrAdd(code);
  assert(place <= list.size);
  const size_t size = list.size;
  Resize(&list, size + 1);
  uint32_t* const data = Data(list);
  std::copy_backward(data + place, data + size, data + size + 1);
  data[place] = number;
}

void RowIndex::Append(Code code, uint32_t number) {
  List& list = FindOrAdd(code);
  const size_t size = list.size;
  Resize(&list, size + 1);
  Data(list)[size] = number;
}

void RowIndex::Assign(Code code, std::span<const uint32_t> numbers) {
  List& list = FindOrAdd(code);
  assert(list.size == 0);
  Resize(&list, numbers.size());
  std::copy(numbers.begin(), numbers.end(), Data(list));
}

void RowIndex::Erase(Code code, uint32_t number) {
  List* const list = Find(code);
  assert(list != nullptr);
  uint32_t* const data = Data(*list);
  uint32_t* const found = std::find(data, data + list->size, number);
  assert(found != data + list->size);
  std::copy(found + 1, data + list->size, found);
  Resize(list, list->size - 1);
}

size_t RowIndex::ByteSize() const {
  size_t bytes = pages_.size() * sizeof(Page) +
                 pages_.capacity() * (sizeof(std::pair<uint32_t, void*>) + 1) +
                 (blocks_.size() << kBlockBits) * sizeof(uint32_t);
  for (const auto& free : free_) bytes += free.capacity() * sizeof(uint32_t);
  for (const auto& list : long_) bytes += sizeof(list) + list.capacity() * sizeof(uint32_t);
  return bytes;
}

}  // namespace kpid::metrics
