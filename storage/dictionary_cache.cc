#include "storage/dictionary_cache.h"

#include <utility>

#include "absl/strings/string_view.h"

namespace kpid::storage {
namespace {

std::string AttributeName(std::string_view name, std::string_view value) {
  std::string joined(name);
  joined.push_back('\0');
  return joined.append(value);
}

}  // namespace

void BatchNames::Add(DictionaryKind kind, std::string_view name) {
  if (!name.empty()) keys(kind).try_emplace(name, 0);
}

void BatchNames::AddAttribute(std::string_view name, std::string_view value) {
  std::string joined = AttributeName(name, value);
  Keys& attributes = keys(DictionaryKind::kAttributes);
  if (attributes.contains(joined)) return;
  attribute_names_.push_back(std::move(joined));
  attributes.emplace(attribute_names_.back(), 0);
}

DictionaryKey BatchNames::Key(DictionaryKind kind, std::string_view name) const {
  if (name.empty()) return 0;
  return keys(kind).at(name);
}

DictionaryKey BatchNames::AttributeKey(std::string_view name, std::string_view value) const {
  return keys(DictionaryKind::kAttributes).at(AttributeName(name, value));
}

void BatchNames::ForgetKeys() {
  fingerprint_.clear();
  for (Keys& names : keys_) {
    for (auto& [name, key] : names) key = 0;
  }
}

size_t DictionaryCache::Fill(BatchNames* names) {
  const std::lock_guard lock(mutex_);
  names->set_fingerprint(fingerprint_);
  size_t missing = 0;
  for (size_t kind = 0; kind < kDictionaryKinds; ++kind) {
    Generations& known = generations_[kind];
    for (auto& [name, key] : names->keys(static_cast<DictionaryKind>(kind))) {
      const absl::string_view view(name.data(), name.size());
      if (const auto young = known.young.find(view); young != known.young.end()) {
        key = young->second;
      } else if (const auto old = known.old.find(view); old != known.old.end()) {
        key = old->second;
        Insert(&known, name, key);
      } else {
        ++missing;
      }
    }
  }
  return missing;
}

void DictionaryCache::Add(const BatchNames& names) {
  const std::lock_guard lock(mutex_);
  if (names.fingerprint() != fingerprint_) return;
  for (size_t kind = 0; kind < kDictionaryKinds; ++kind) {
    for (const auto& [name, key] : names.keys(static_cast<DictionaryKind>(kind))) {
      // Most names of a batch were known before; they are not copied again.
      const bool known =
          generations_[kind].young.contains(absl::string_view(name.data(), name.size()));
      if (key != 0 && !known) Insert(&generations_[kind], name, key);
    }
  }
}

void DictionaryCache::SetFingerprint(const std::string& fingerprint) {
  const std::lock_guard lock(mutex_);
  if (fingerprint == fingerprint_) return;
  fingerprint_ = fingerprint;
  generations_ = {};
}

void DictionaryCache::Insert(Generations* generations, std::string_view name, DictionaryKey key) {
  if (generations->young.size() >= names_per_generation_) {
    generations->old = std::exchange(generations->young, {});
  }
  generations->young.insert_or_assign(std::string(name), key);
}

}  // namespace kpid::storage
