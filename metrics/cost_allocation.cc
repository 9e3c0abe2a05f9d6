#include "metrics/cost_allocation.h"

#include <algorithm>

#include "metrics/slot_table.h"

namespace kpid::metrics {
namespace {

bool Lacks(std::span<const Code> codes) {
  return std::any_of(codes.begin(), codes.end(), [](Code code) { return code == kNoCode; });
}

// Whether a cost of some codes is for the slot of others too.
bool IsFor(std::span<const Code> cost, std::span<const Code> slot) {
  for (size_t d = 0; d < cost.size(); ++d) {
    if (cost[d] != kNoCode && cost[d] != slot[d]) return false;
  }
  return true;
}

}  // namespace

void SpreadCosts(const FinishPlan& plan, Code currency, std::vector<CostPartial>* cells) {
  struct Move {
    std::vector<size_t> slots;  // That the cost of `from` is for.
    size_t from = 0;
  };
  std::vector<Move> moves;
  for (size_t from = 0; from < plan.slots; ++from) {
    const std::span<const Code> codes = plan.codes->CodesOf(from);
    if (!Lacks(codes)) continue;
    Move move{{}, from};
    for (size_t slot = 0; slot < plan.slots; ++slot) {
      if (IsFor(codes, plan.codes->CodesOf(slot))) move.slots.push_back(slot);
    }
    moves.push_back(std::move(move));
  }
  for (size_t bucket = 0; bucket < plan.buckets; ++bucket) {
    const auto cell = [&](size_t slot) -> CostPartial& {
      return (*cells)[slot * plan.buckets + bucket];
    };
    // All costs leave their slots before any comes to another.
    struct Cost {
      Int128 millionths = 0;
      Int128 weight = 0;  // Of all that it is for.
      Code currency = kNoCode;
    };
    std::vector<Cost> costs(moves.size());
    for (size_t m = 0; m < moves.size(); ++m) {
      CostPartial& from = cell(moves[m].from);
      for (const size_t slot : moves[m].slots) costs[m].weight += cell(slot).weight;
      if (costs[m].weight == 0 || from.currency == kNoCode) continue;
      costs[m].millionths = std::exchange(from.millionths, 0);
      costs[m].currency = std::exchange(from.currency, currency);
    }
    for (size_t m = 0; m < moves.size(); ++m) {
      if (costs[m].currency == kNoCode) continue;
      const long double per_weight =
          static_cast<long double>(costs[m].millionths) / static_cast<long double>(costs[m].weight);
      for (const size_t slot : moves[m].slots) {
        if (cell(slot).weight == 0) continue;
        cell(slot).spread += per_weight * static_cast<long double>(cell(slot).weight);
        cell(slot).TakeCurrency(costs[m].currency);
      }
    }
  }
}

}  // namespace kpid::metrics
