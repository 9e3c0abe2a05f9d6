// An answer: values by slice and bucket.
#pragma once

#include <string>
#include <vector>

#include "metrics/query.h"
#include "metrics/time.h"
#include "metrics/value.h"
#include "metrics/value_list.h"

namespace kpid::metrics {

// total[k] is the value of Query::kpis[k]; series[b * kpis + k] that of bucket b.
struct Slice {
  std::vector<DimensionValue> dimensions;  // As Query::group_by.
  ValueList total;
  ValueList series;
  bool other = false;  // All slices that were not selected, together; without dimensions.
};

struct Result {
  std::vector<Value> total;             // All facts that pass the filters.
  std::vector<Slice> slices;            // As selected, or by dimension values, missing last.
  std::vector<std::string> currencies;  // By Value::currency.
  Instant data_watermark{};             // All records committed before it are in.
};

}  // namespace kpid::metrics
