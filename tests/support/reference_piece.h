// KPIs that are made of parts of time, money or points: the middle step of the slow reference, as
// reference_contribution.h is for those that count records.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "metrics/catalogue.h"
#include "metrics/query.h"
#include "tests/support/reference_dimension.h"

namespace kpid::proof {

// What a record, or a part of one, brings to the cell that it lies in. It lies in one bucket, and
// in one slice.
struct Piece {
  Traits traits;
  metrics::Instant time{};
  size_t bucket = 0;          // Filled in by the reader of the pieces.
  long double numerator = 0;  // In units of the value's parts: seconds, money, points, counts.
  long double denominator = 0;
  std::string sample;  // Counted in sample_count, once per cell; "": not counted.
  std::vector<std::string> tallies;
  std::string other_currency;  // Of kCosts: the cost that is left out, tallied once per cell.
  std::string currency;        // Of the numerator.

  // Makes a value without denominator ZERO_DENOMINATOR, though it is counted in no part.
  bool reason = false;

  // Of kCosts: what a share of the costs that lack a dimension is given by.
  long double weight = 0;
  bool is_cost = false;
  bool is_spread = false;  // Has left its cell for others, and its currency with it.
};

// Whether the KPI is made of pieces.
bool HasPieces(const metrics::ResolvedKpi& kpi);

// All pieces in the question's range.
std::vector<Piece> PiecesOf(const metrics::Query& query, const metrics::ResolvedKpi& kpi,
                            const Records& records);

// Time states, headcount and turnover; parts of PiecesOf.
std::vector<Piece> StatePieces(const metrics::Query& query, const metrics::ResolvedKpi& kpi,
                               const Records& records);
std::vector<Piece> HeadcountPieces(const metrics::Query& query, const Records& records);
std::vector<Piece> LeaverPieces(const metrics::Query& query, const metrics::ResolvedKpi& kpi,
                                const Records& records);

// When an agent was employed, in the time zone of the question; open ends are at the ends of
// time. Empty when it ends before it begins.
metrics::TimeRange EmploymentOf(const storage::AgentRecord& agent, const std::string& time_zone);

// What turnover over a bucket is multiplied by for a year: 12 over its months where it is whole
// civil months, otherwise 365.25 over its days.
double BucketsPerYear(const metrics::TimeRange& bucket, const std::string& time_zone);

// The value of the pieces of a cell.
ReferenceValue ValueOfPieces(const metrics::Query& query, const metrics::ResolvedKpi& kpi,
                             const metrics::TimeRange& bucket,
                             const std::vector<const Piece*>& cell);

// Instants at which what is asked may change within the range: its ends and all bucket edges.
std::vector<metrics::Instant> EdgesOf(const metrics::Query& query);

}  // namespace kpid::proof
