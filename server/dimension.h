// Dimensions and filters of questions.
#pragma once

#include <span>
#include <vector>

#include "kpid/v1/query_service.pb.h"
#include "metrics/query.h"
#include "metrics/roster.h"
#include "server/field_path.h"
#include "server/violation_list.h"

namespace kpid::server {

using DimensionMessages = google::protobuf::RepeatedPtrField<v1::Dimension>;
using FilterMessages = google::protobuf::RepeatedPtrField<v1::DimensionFilter>;

// The field `group_by` of a question. With violations the result is not to be used.
std::vector<metrics::Dimension> ReadGroupBy(const DimensionMessages& group_by,
                                            const FieldPath& root, ViolationList* violations);

// The field `filters` of a question. With violations the result is not to be used.
std::vector<metrics::Filter> ReadFilters(const FilterMessages& filters, const FieldPath& root,
                                         ViolationList* violations);

void SetDimension(const metrics::Dimension& dimension, v1::Dimension* message);

// Whether any dimension is an agent group, whose type must exist.
bool NamesGroupTypes(std::span<const metrics::Dimension> group_by,
                     std::span<const metrics::Filter> filters);

// Adds GROUP_TYPE_UNKNOWN for each group type, of `group_by` and `filters`, that no group of the
// roster has.
void CheckGroupTypes(std::span<const metrics::Dimension> group_by,
                     std::span<const metrics::Filter> filters, const metrics::Roster& roster,
                     const FieldPath& root, ViolationList* violations);

}  // namespace kpid::server
