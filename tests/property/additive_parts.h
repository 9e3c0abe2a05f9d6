// What of a KPI's values sums up over slices and buckets.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "metrics/result.h"

namespace kpid::proof {

// Which parts of a KPI's values sum up over slices, and over buckets.
struct Additive {
  bool numerator = true;
  bool denominator = true;
  bool samples = true;
  bool counts = true;
};

Additive AdditiveOf(std::string_view kpi_id, bool over_buckets);

// What is additive of a value, summed.
struct Sum {
  double numerator = 0;
  double denominator = 0;
  int64_t samples = 0;
  std::array<int64_t, metrics::kValueCountsMax> counts{};

  void Add(const metrics::Value& value) {
    numerator += value.numerator.value_or(0);
    denominator += value.denominator.value_or(0);
    samples += value.sample_count;
    for (size_t i = 0; i < counts.size(); ++i) counts[i] += value.counts[i];
  }
};

// What of the total is not the sum of its parts; nullopt: nothing.
std::optional<std::string> SumDifference(const std::string& kpi, const Additive& additive,
                                         const Sum& sum, const metrics::Value& total);

}  // namespace kpid::proof
