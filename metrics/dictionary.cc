#include "metrics/dictionary.h"

#include <cassert>
#include <string>

#include "metrics/absl_view.h"

namespace kpid::metrics {

Code Dictionary::Find(std::string_view name) const {
  const auto found = codes_.find(AbslView(name));
  return found == codes_.end() ? kNoCode : found->second;
}

Code Dictionary::FindOrAdd(std::string_view name) {
  if (const Code code = Find(name); code != kNoCode) return code;
  const Code code = static_cast<Code>(CodeEnd());
  Add(code, name);
  return code;
}

void Dictionary::Add(Code code, std::string_view name, std::string_view display_name) {
  assert(code != kNoCode);
  assert(Name(code).empty() && !codes_.contains(AbslView(name)));
  if (names_.size() <= code) names_.resize(code + 1);
  names_[code] = {std::string(name), std::string(display_name), true};
  codes_.emplace(name, code);
}

std::string_view Dictionary::Name(Code code) const {
  return code < names_.size() ? std::string_view(names_[code].name) : std::string_view();
}

std::string_view Dictionary::DisplayName(Code code) const {
  return code < names_.size() ? std::string_view(names_[code].display_name) : std::string_view();
}

}  // namespace kpid::metrics
