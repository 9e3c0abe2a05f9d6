#include "metrics/dictionary.h"

#include <algorithm>
#include <cassert>
#include <utility>

#include "metrics/absl_view.h"

namespace kpid::metrics {

const Dictionary::Names* Dictionary::Level::Find(Code code) const {
  if (code < entries.front().code || code > entries.back().code) return nullptr;
  // Codes without gaps are found at once.
  const size_t place = code - entries.front().code;
  if (place < entries.size() && entries[place].code == code) return &entries[place].names;
  const auto found =
      std::lower_bound(entries.begin(), entries.end(), code,
                       [](const Entry& entry, Code wanted) { return entry.code < wanted; });
  return found != entries.end() && found->code == code ? &found->names : nullptr;
}

const Dictionary::Names* Dictionary::NamesOf(Code code) const {
  if (const auto found = open_.find(code); found != open_.end()) return &found->second;
  for (auto level = sealed_.rbegin(); level != sealed_.rend(); ++level) {
    if (const Names* names = (*level)->Find(code)) return names;
  }
  return nullptr;
}

Code Dictionary::Find(std::string_view name) const {
  if (const auto found = open_codes_.find(AbslView(name)); found != open_codes_.end()) {
    return found->second;
  }
  for (auto level = sealed_.rbegin(); level != sealed_.rend(); ++level) {
    const auto found = (*level)->codes.find(AbslView(name));
    if (found != (*level)->codes.end() && Name(found->second) == name) return found->second;
  }
  return kNoCode;
}

Code Dictionary::FindOrAdd(std::string_view name) {
  if (const Code code = Find(name); code != kNoCode) return code;
  const Code code = static_cast<Code>(CodeEnd());
  Add(code, name);
  return code;
}

void Dictionary::Add(Code code, std::string_view name, std::string_view display_name) {
  assert(Name(code).empty() && Find(name) == kNoCode);
  Set(code, name, display_name);
}

void Dictionary::Set(Code code, std::string_view name, std::string_view display_name) {
  assert(code != kNoCode);
  if (const auto found = open_.find(code); found != open_.end()) {
    open_codes_.erase(found->second.name);
  }
  open_[code] = {std::string(name), std::string(display_name)};
  open_codes_[std::string(name)] = code;
  code_end_ = std::max(code_end_, size_t{code} + 1);
}

std::string_view Dictionary::Name(Code code) const {
  const Names* names = NamesOf(code);
  return names == nullptr ? std::string_view() : std::string_view(names->name);
}

std::string_view Dictionary::DisplayName(Code code) const {
  const Names* names = NamesOf(code);
  return names == nullptr ? std::string_view() : std::string_view(names->display_name);
}

std::shared_ptr<const Dictionary::Level> Dictionary::NewLevel(std::vector<Entry> entries) {
  auto level = std::make_shared<Level>();
  level->entries = std::move(entries);
  level->codes.reserve(level->entries.size());
  level->byte_size = level->entries.size() * sizeof(Entry) +
                     level->codes.capacity() * (sizeof(std::pair<std::string_view, Code>) + 1);
  for (const Entry& entry : level->entries) {
    level->codes[AbslView(entry.names.name)] = entry.code;
    for (const std::string* text : {&entry.names.name, &entry.names.display_name}) {
      if (text->capacity() >= sizeof(std::string) / 2) level->byte_size += text->capacity() + 1;
    }
  }
  return level;
}

std::vector<Dictionary::Entry> Dictionary::Merge(const Level& older, std::vector<Entry> newer) {
  std::vector<Entry> merged;
  merged.reserve(older.entries.size() + newer.size());
  auto next = newer.begin();
  for (const Entry& entry : older.entries) {
    while (next != newer.end() && next->code < entry.code) merged.push_back(std::move(*next++));
    const bool replaced = next != newer.end() && next->code == entry.code;
    merged.push_back(replaced ? std::move(*next++) : entry);
  }
  std::move(next, newer.end(), std::back_inserter(merged));
  return merged;
}

void Dictionary::Seal() {
  if (open_.empty()) return;
  std::vector<Entry> entries;
  entries.reserve(open_.size());
  for (auto& [code, names] : open_) entries.push_back({code, std::move(names)});
  std::sort(entries.begin(), entries.end(),
            [](const Entry& a, const Entry& b) { return a.code < b.code; });
  open_ = {};
  open_codes_ = {};
  // Levels more than double in size, so that there are few and a name is copied a few times.
  while (!sealed_.empty() && sealed_.back()->entries.size() <= 2 * entries.size()) {
    entries = Merge(*sealed_.back(), std::move(entries));
    sealed_.pop_back();
  }
  sealed_.push_back(NewLevel(std::move(entries)));
}

size_t Dictionary::ByteSize() const {
  size_t bytes = open_.capacity() * sizeof(std::pair<Code, Names>) +
                 open_codes_.capacity() * sizeof(std::pair<std::string, Code>);
  for (const auto& level : sealed_) bytes += level->byte_size;
  return bytes;
}

}  // namespace kpid::metrics
