// Answers of QueryKpis as text: a table for people, CSV for programs.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "absl/time/time.h"
#include "kpid/v1/query_service.pb.h"

namespace kpid::client {

struct TableOptions {
  int width;  // Columns of the terminal.
  bool colour = false;

  // The answer that was shown before: values that differ from it are marked. Null: none.
  const v1::QueryKpisResponse* before = nullptr;
};

// One row for each slice and bucket with totals below; an answer of one row is set upright, one
// KPI a line, with its sample. Slices without a value of a dimension are "(none)", those beyond
// the top are "(12 others)"; a KPI without value is "-", explained below the table. Changes and
// targets stand beside their values (client/change_text.h).
// REQUIRES: response is the answer to request.
std::string QueryTable(const v1::QueryKpisRequest& request, const v1::QueryKpisResponse& response,
                       const TableOptions& options);

// What a request resolved to, of an answer to validate_only: the range, and the KPIs with all
// parameters.
std::string ValidationTable(const v1::QueryKpisResponse& response, const TableOptions& options);

// RFC 4180: one row for each slice and bucket; columns: the dimensions (a missing value is
// empty), interval_start and interval_end with the zone's offset, and one for each KPI (empty
// without value; money has its currency in a column NAME.currency). With `details`, what the
// values carry: NAME.numerator, .denominator, .sample_count, and .lower and .upper for
// intervals. With a comparison NAME.previous, .change, .change_percent and .significant (true,
// false; empty: not judged), also without `details`; for KPIs with a target NAME.target,
// .target_end (of a band), .status (met, missed, no_value) and .attainment. With others beyond
// the top a column `other` (true, false) after the dimensions. Text that a spreadsheet would take
// for a formula is guarded. With a `sequence` a column of this name is the first.
std::string QueryCsv(const v1::QueryKpisRequest& request, const v1::QueryKpisResponse& response,
                     bool details, std::optional<int64_t> sequence = std::nullopt);

// The zone of the answer; UTC when this system does not know it.
absl::TimeZone ZoneOf(const v1::QueryKpisResponse& response);

}  // namespace kpid::client
