#include "metrics/slice_names.h"

#include <algorithm>
#include <numeric>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>

namespace kpid::metrics {
namespace {

// A name to be sorted by. Most names of a dimension begin alike and differ soon after, so that one
// comparison of numbers mostly decides.
struct SortedName {
  SortedName(std::string_view full_name, size_t alike, Code its_code)
      : missing(its_code == kNoCode), name(full_name), code(its_code) {
    for (size_t i = 0; i < sizeof(key); ++i) {
      const size_t place = alike + i;
      key = key << 8 | (place < name.size() ? static_cast<uint8_t>(name[place]) : 0);
    }
  }

  friend bool operator<(const SortedName& a, const SortedName& b) {
    if (a.missing != b.missing) return b.missing;  // Those without a name last.
    if (a.key != b.key) return a.key < b.key;
    return std::tie(a.name, a.code) < std::tie(b.name, b.code);
  }

  bool missing;
  uint64_t key = 0;  // The characters after those that all names begin with.
  std::string_view name;
  Code code;
};

// How many characters two names have in common at the start.
size_t CharactersAlike(std::string_view a, std::string_view b) {
  const auto longest = std::min(a.size(), b.size());
  return static_cast<size_t>(
      std::mismatch(a.begin(), a.begin() + static_cast<ptrdiff_t>(longest), b.begin()).first -
      a.begin());
}

// Names are compared once for each code, not for each pair of slots.
std::vector<uint32_t> RankOfCodes(const DimensionSpace& space, const SlotTable& slots,
                                  size_t dimension) {
  std::vector<uint32_t> rank_of(space.code_end(), 0);
  std::vector<Code> codes;
  std::string_view first;
  size_t alike = 0;
  for (size_t slot = 0; slot < slots.size(); ++slot) {
    const Code code = slots.CodesOf(slot)[dimension];
    if (std::exchange(rank_of[code], 1) != 0) continue;
    codes.push_back(code);
    if (code == kNoCode) continue;
    const std::string_view name = space.Name(code);
    if (first.empty()) {
      first = name;
      alike = name.size();
    }
    alike = std::min(alike, CharactersAlike(first, name));
  }
  std::vector<SortedName> names;
  names.reserve(codes.size());
  for (const Code code : codes) names.emplace_back(space.Name(code), alike, code);
  std::sort(names.begin(), names.end());
  for (uint32_t rank = 0; rank < names.size(); ++rank) rank_of[names[rank].code] = rank;
  return rank_of;
}

}  // namespace

SlotTable NewSlots(GroupBy group_by, const SlotSelection* selection) {
  std::vector<size_t> code_ends;
  for (const DimensionSpace* space : group_by) code_ends.push_back(space->code_end());
  return SlotTable(std::move(code_ends), group_by.empty() ? nullptr : selection);
}

std::vector<uint32_t> OrderOfSlots(GroupBy group_by, const SlotTable& slots) {
  std::vector<uint32_t> order(slots.size());
  std::iota(order.begin(), order.end(), 0U);
  std::vector<std::vector<uint32_t>> rank_of;
  for (size_t d = 0; d < group_by.size(); ++d) {
    rank_of.push_back(RankOfCodes(*group_by[d], slots, d));
  }
  if (group_by.size() == 1) {  // Each slot has a code of its own, so its rank is its place.
    for (uint32_t slot = 0; slot < slots.size(); ++slot) {
      order[rank_of[0][slots.CodesOf(slot)[0]]] = slot;
    }
    return order;
  }
  std::sort(order.begin(), order.end(), [&](uint32_t a, uint32_t b) {
    const auto codes_a = slots.CodesOf(a);
    const auto codes_b = slots.CodesOf(b);
    for (size_t d = 0; d < codes_a.size(); ++d) {
      if (codes_a[d] == codes_b[d]) continue;
      return rank_of[d][codes_a[d]] < rank_of[d][codes_b[d]];
    }
    return false;
  });
  return order;
}

std::vector<DimensionValue> NamesOf(GroupBy group_by, std::span<const Code> codes) {
  std::vector<DimensionValue> names;
  for (size_t d = 0; d < codes.size(); ++d) {
    names.push_back({std::string(group_by[d]->Name(codes[d])),
                     std::string(group_by[d]->DisplayName(codes[d])), codes[d] == kNoCode});
  }
  return names;
}

SlotSelection SelectionOf(GroupBy group_by, const SliceSelection& selection) {
  SlotSelection result;
  for (const std::vector<DimensionValue>& slice : selection.slices) {
    std::vector<Code> codes;
    for (size_t d = 0; d < group_by.size(); ++d) {
      const Code code = slice[d].missing ? kNoCode : group_by[d]->Find(slice[d].value);
      if (code == kNoCode && !slice[d].missing) break;  // No fact has it.
      codes.push_back(code);
    }
    if (codes.size() < group_by.size()) codes.clear();
    result.combinations.push_back(std::move(codes));
  }
  return result;
}

}  // namespace kpid::metrics
