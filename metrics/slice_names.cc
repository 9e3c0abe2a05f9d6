#include "metrics/slice_names.h"

#include <algorithm>
#include <numeric>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>

namespace kpid::metrics {
namespace {

// Names are compared once for each code, not for each pair of slots.
std::vector<uint32_t> RankOfCodes(const DimensionSpace& space, const SlotTable& slots,
                                  size_t dimension) {
  std::vector<uint32_t> rank_of(space.code_end(), 0);
  std::vector<std::tuple<bool, std::string_view, Code>> codes;  // Those without a name last.
  for (size_t slot = 0; slot < slots.size(); ++slot) {
    const Code code = slots.CodesOf(slot)[dimension];
    if (std::exchange(rank_of[code], 1) == 0) {
      codes.emplace_back(code == kNoCode, space.Name(code), code);
    }
  }
  std::sort(codes.begin(), codes.end());
  for (uint32_t rank = 0; rank < codes.size(); ++rank) rank_of[std::get<Code>(codes[rank])] = rank;
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
