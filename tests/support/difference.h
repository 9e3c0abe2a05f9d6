// Holds an answer of the engine against one of the reference.
#pragma once

#include <optional>
#include <string>

#include "metrics/query.h"
#include "metrics/result.h"
#include "tests/support/reference.h"

namespace kpid::proof {

// The first difference, as a sentence with its place; nullopt when there is none. Values,
// numerators, denominators and bounds must agree to 1e-9 of their size; what the query's
// value_detail does not ask for must be absent.
std::optional<std::string> Difference(const metrics::Query& query, const metrics::Result& engine,
                                      const ReferenceResult& reference);

// As Difference of one value, without its place.
std::optional<std::string> ValueDifference(const metrics::ResolvedKpi& kpi,
                                           metrics::ValueDetail detail,
                                           const metrics::Result& engine_result,
                                           const metrics::Value& engine,
                                           const ReferenceValue& reference);

// The engine's value in the reference's words: currency and counts by name, counts of 0 left out.
ReferenceValue Translated(const metrics::ResolvedKpi& kpi, const metrics::Result& engine_result,
                          const metrics::Value& engine);

// First difference of two answers of the engine to one question; exact.
std::optional<std::string> Difference(const metrics::Query& query, const metrics::Result& a,
                                      const metrics::Result& b);

// "NO_DATA", ...; "" for kNone.
std::string ReasonName(metrics::NoValueReason reason);

// All of a value in one line.
std::string Text(const ReferenceValue& value);

}  // namespace kpid::proof
