// KpiRequest -> metrics::ResolvedKpi -> v1::ResolvedKpi.
#pragma once

#include <optional>

#include "kpid/v1/query_service.pb.h"
#include "metrics/catalogue.h"
#include "server/field_path.h"
#include "server/violation_list.h"

namespace kpid::server {

// Longest name of a value that a request may give, in bytes.
inline constexpr size_t kKpiNameBytesMax = 64;

// Checks one KPI of a request and resolves it; absent with violations.
std::optional<metrics::ResolvedKpi> ReadKpi(const v1::KpiRequest& kpi, const FieldPath& path,
                                            ViolationList* violations);

// The KPI as computed: with all parameters.
void SetResolvedKpi(const metrics::ResolvedKpi& kpi, v1::ResolvedKpi* message);

}  // namespace kpid::server
