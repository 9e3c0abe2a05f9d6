// metrics::Value -> v1::KpiValue, with how it stands to its target and how it changed.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "kpid/v1/query_service.pb.h"
#include "metrics/catalogue.h"
#include "metrics/comparison.h"
#include "metrics/query.h"
#include "metrics/result.h"
#include "metrics/target.h"

namespace kpid::server {

// Code of a value's currency, of Result::currencies; empty where it has none.
std::string_view CurrencyOf(const metrics::Value& value, std::span<const std::string> currencies);

// What `detail` asks for of a value of a KPI.
void SetKpiValue(const metrics::KpiDefinition& definition, const metrics::Value& value,
                 std::string_view currency, metrics::ValueDetail detail, v1::KpiValue* message);

// Nothing where the assessment has no target.
void SetTarget(const metrics::Assessment& assessment, v1::KpiValue* message);

// How a value came from an earlier one. The sample comes with detail counts, the interval of the
// change with detail interval.
void SetComparison(const metrics::Value& before, const metrics::Change& change,
                   metrics::ValueDetail detail, v1::KpiValue* message);

}  // namespace kpid::server
