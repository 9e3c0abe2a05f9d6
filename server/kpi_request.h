// KpiRequest, or the KPI of another message -> metrics::ResolvedKpi -> v1::ResolvedKpi.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "google/protobuf/map.h"
#include "kpid/v1/query_service.pb.h"
#include "metrics/catalogue.h"
#include "server/field_path.h"
#include "server/violation_list.h"
#include "storage/records.h"

namespace kpid::server {

// Longest name of a value that a request may give, in bytes.
inline constexpr size_t kKpiNameBytesMax = 64;

// Checks one KPI of a request and resolves it; absent with violations.
std::optional<metrics::ResolvedKpi> ReadKpi(const v1::KpiRequest& kpi, const FieldPath& path,
                                            ViolationList* violations);

// A KPI in the fields of another message: a target, an entry of a scorecard. Must outlive its use.
struct KpiFields {
  std::string_view id_field;
  const std::string& id;
  const google::protobuf::Map<std::string, std::string>& parameters;
  const std::string& statistic;
};

// The same for it; the other two fields are `parameters` and `statistic`.
std::optional<metrics::ResolvedKpi> ReadKpi(const KpiFields& kpi, const FieldPath& path,
                                            ViolationList* violations);

// The texts that are stored of it: the id of the catalogue, the rest as given. REQUIRES: ReadKpi
// found it.
storage::KpiText ToKpiText(const std::string& id,
                           const google::protobuf::Map<std::string, std::string>& parameters,
                           const std::string& statistic);

// The KPI as computed: with all parameters.
void SetResolvedKpi(const metrics::ResolvedKpi& kpi, v1::ResolvedKpi* message);

}  // namespace kpid::server
