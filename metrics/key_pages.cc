#include "metrics/key_pages.h"

#include <algorithm>
#include <cassert>
#include <utility>

namespace kpid::metrics {

uint32_t KeyPages::Find(int64_t key) const {
  const auto found = page_of_.find(key >> kPageBits);
  if (found == page_of_.end()) return kNone;
  const uint32_t offset = static_cast<uint32_t>(key) & kMask;
  if (pages_[found->second]->numbers[offset] == kNone) return kNone;
  return found->second << kPageBits | offset;
}

uint32_t KeyPages::Near::Find(int64_t key) {
  if (first_ == kNone || PageOf(key) != page_) {
    const auto found = keys_->page_of_.find(PageOf(key));
    if (found == keys_->page_of_.end()) return kNone;
    page_ = PageOf(key);
    first_ = found->second << kPageBits;
  }
  return first_ | (static_cast<uint32_t>(key) & kMask);
}

KeyPages::Page& KeyPages::AddPage(int64_t number, uint32_t* index) {
  if (free_.empty()) {
    *index = static_cast<uint32_t>(pages_.size());
    pages_.emplace_back();
  } else {
    *index = free_.back();
    free_.pop_back();
  }
  first_keys_.reset();
  pages_[*index] = std::make_unique<Page>();
  pages_[*index]->first_key = number << kPageBits;
  pages_[*index]->numbers.fill(kNone);
  return *pages_[*index];
}

uint32_t KeyPages::Set(int64_t key, uint32_t number) {
  assert(number != kNone);
  const auto [found, added] = page_of_.try_emplace(key >> kPageBits, 0);
  Page& page = added ? AddPage(key >> kPageBits, &found->second) : *pages_[found->second];
  const uint32_t offset = static_cast<uint32_t>(key) & kMask;
  if (page.numbers[offset] == kNone) {
    ++page.used;
    ++size_;
  }
  page.numbers[offset] = number;
  return found->second << kPageBits | offset;
}

void KeyPages::AddPages(std::span<const int64_t> pages) {
  for (const int64_t page : pages) {
    const auto [found, added] = page_of_.try_emplace(page, 0);
    if (added) AddPage(page, &found->second);
  }
}

void KeyPages::CountNew() {
  size_ = 0;
  for (const auto& page : pages_) {
    if (page == nullptr) continue;
    page->used =
        static_cast<uint32_t>(page->numbers.size()) -
        static_cast<uint32_t>(std::count(page->numbers.begin(), page->numbers.end(), kNone));
    size_ += page->used;
  }
}

void KeyPages::Erase(int64_t key) {
  const auto found = page_of_.find(key >> kPageBits);
  assert(found != page_of_.end());
  Page& page = *pages_[found->second];
  page.numbers[static_cast<uint32_t>(key) & kMask] = kNone;
  --size_;
  if (--page.used > 0) return;
  pages_[found->second].reset();
  free_.push_back(found->second);
  page_of_.erase(found);
}

std::shared_ptr<const std::vector<int64_t>> KeyPages::FirstKeys() {
  if (first_keys_ != nullptr) return first_keys_;
  std::vector<int64_t> keys;
  keys.reserve(pages_.size());
  for (const auto& page : pages_) keys.push_back(page == nullptr ? 0 : page->first_key);
  first_keys_ = std::make_shared<const std::vector<int64_t>>(std::move(keys));
  return first_keys_;
}

size_t KeyPages::ByteSize() const {
  return page_of_.size() * sizeof(Page) +
         page_of_.capacity() * (sizeof(std::pair<int64_t, uint32_t>) + 1) +
         pages_.capacity() * sizeof(pages_[0]) + free_.capacity() * sizeof(free_[0]);
}

}  // namespace kpid::metrics
