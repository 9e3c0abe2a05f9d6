// The small languages of kpid query's options. All errors are INVALID_ARGUMENT and quote the
// text; ids, parameters and dimension values are judged by the server.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "kpid/v1/query_service.pb.h"

namespace kpid::client {

// "service_level", "service_level:threshold=60s,abandoned_as=ignore",
// "average_handle_time:statistic=p90,name=slow calls": an id or alias, then parameters.
// `statistic` and `name` go to the fields of these names. A comma or backslash in a value is
// written with a backslash in front.
absl::StatusOr<v1::KpiRequest> ParseKpiSpec(std::string_view text);

// "agent", "queue", "channel", "direction", "agent_group:TYPE" (or a bare group type: "team"),
// "attribute:KEY".
absl::StatusOr<v1::Dimension> ParseDimension(std::string_view text);

// A dimension as ParseDimension reads it; groups in the long form.
std::string DimensionText(const v1::Dimension& dimension);

// "queue=PS,PE": facts of either; "(none)" stands for facts without a value. Backslash as above.
absl::StatusOr<v1::DimensionFilter> ParseFilter(std::string_view text);

// "15m", "30m", "hour", "day", "week", "month", "quarter", "year", "range".
absl::StatusOr<v1::Granularity> ParseGranularity(std::string_view text);

// "monday" ... "sunday", or the first three letters.
absl::StatusOr<v1::Weekday> ParseWeekday(std::string_view text);

// "bare", "counts", "interval".
absl::StatusOr<v1::ValueDetail> ParseDetail(std::string_view text);

}  // namespace kpid::client
