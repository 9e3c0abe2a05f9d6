// The small languages of kpid query's options. All errors are INVALID_ARGUMENT and quote the
// text; ids, parameters and dimension values are judged by the server.
#pragma once

#include <string>
#include <string_view>
#include <vector>

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

// "previous", "last-week", "last-month", "last-year".
absl::StatusOr<v1::ComparisonPeriod> ParseComparison(std::string_view text);

// "KPI", "KPI:change desc": a KPI, what of it (value, change, relative; default value) and asc or
// desc (default asc). A KPI is named as it will be in the answer, as `kpis` does (by name, id or
// alias, or in the same words: "sl:threshold=60s"), or else as it is for the server to judge;
// INVALID_ARGUMENT when several are meant.
absl::StatusOr<v1::SliceOrder> ParseOrder(std::string_view text,
                                          const std::vector<std::string>& kpis);

// "bare", "counts", "interval".
absl::StatusOr<v1::ValueDetail> ParseDetail(std::string_view text);

}  // namespace kpid::client
