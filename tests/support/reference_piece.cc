#include "tests/support/reference_piece.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <string_view>

#include "absl/numeric/int128.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_split.h"
#include "tests/support/reference_contribution.h"
#include "tests/support/reference_parameter.h"

namespace kpid::proof {
namespace {

using metrics::Instant;
using metrics::NoValueReason;
using metrics::Outcome;
using metrics::Query;
using metrics::ResolvedKpi;
using metrics::TimeRange;

// --- Handled contacts: what costs and hours are divided by or into ------------------------------

void AddHandled(const Query& query, const ResolvedKpi& kpi, const Records& records,
                std::vector<Piece>& pieces) {
  const bool per_hour = kpi.definition->id == "contacts_per_hour";
  const bool by_time = !per_hour && Choice(kpi, "allocate") == "by_handle_time";
  for (const storage::InteractionRecord& interaction : records.interactions) {
    if (!query.range.Contains(interaction.arrive)) continue;
    Piece& piece = pieces.emplace_back();
    piece.traits = TraitsOf(interaction);
    piece.time = interaction.arrive;
    if (interaction.outcome == Outcome::kInProgress) piece.tallies.push_back("pending");
    if (interaction.outcome != Outcome::kHandled) continue;
    (per_hour ? piece.numerator : piece.denominator) = 1;
    piece.sample = interaction.interaction_id;
    piece.weight = 1;
    if (by_time) {
      const auto time = HandleTimeOf(interaction).value_or(metrics::Duration(0));
      piece.weight = static_cast<long double>(time.count());
    }
  }
}

// --- Costs --------------------------------------------------------------------------------------

// The part of a cost before an instant: it falls evenly on its time, and whole millionths are
// rounded down, so that the parts of any partition add up.
int64_t CostBefore(const storage::CostRecord& cost, Instant instant) {
  if (instant <= cost.start) return 0;
  if (instant >= cost.end) return cost.amount.micros;
  const absl::int128 product =
      absl::int128(cost.amount.micros) * absl::int128((instant - cost.start).count());
  const absl::int128 length = (cost.end - cost.start).count();
  absl::int128 quotient = product / length;
  if (product % length < 0) quotient -= 1;
  return static_cast<int64_t>(quotient);
}

void AddCosts(const Query& query, const ResolvedKpi& kpi, const Records& records,
              std::vector<Piece>& pieces) {
  const auto* only = OptionalParameter<std::string>(kpi, "currency");
  for (const storage::CostRecord& cost : records.costs) {
    for (const TimeRange& bucket : query.buckets) {
      const Instant start = std::max(bucket.start, cost.start);
      const Instant end = std::min(bucket.end, cost.end);
      if (end <= start) continue;
      Piece& piece = pieces.emplace_back();
      piece.traits.queue = cost.queue_id;
      piece.traits.channel = NameOf(cost.channel);
      piece.traits.group = cost.group_id;
      piece.traits.instant = piece.time = bucket.start;
      piece.reason = true;
      piece.is_cost = true;
      if (only != nullptr && cost.amount.currency != *only) {
        piece.other_currency = cost.cost_id;
        continue;
      }
      piece.currency = cost.amount.currency;
      piece.numerator =
          static_cast<long double>(CostBefore(cost, end) - CostBefore(cost, start)) / 1e6L;
    }
  }
}

// --- Quality
// --------------------------------------------------------------------------------------

std::vector<Piece> QualityPieces(const Query& query, const ResolvedKpi& kpi,
                                 const Records& records) {
  std::set<std::string> categories;  // Of contact_quality.
  const bool all = kpi.definition->id == "quality_score";
  if (!all) {
    for (absl::string_view category : absl::StrSplit(Choice(kpi, "categories"), ',')) {
      categories.emplace(absl::StripAsciiWhitespace(category));
    }
  }
  std::vector<Piece> pieces;
  for (const storage::QualityEvaluationRecord& evaluation : records.evaluations) {
    if (!query.range.Contains(evaluation.evaluate)) continue;
    Piece& piece = pieces.emplace_back();
    const auto* interaction = InteractionOf(evaluation.interaction_id, records);
    if (interaction != nullptr) piece.traits = TraitsOf(*interaction);
    piece.traits.agent = evaluation.agent_id;
    piece.traits.instant = piece.time = evaluation.evaluate;
    piece.reason = true;
    bool failed = false;
    for (const storage::QualityItemRecord& item : evaluation.items) {
      if (item.not_applicable) continue;
      if (item.auto_fail) failed = true;
      if (!all && !categories.contains(item.category)) continue;
      const auto weight = static_cast<long double>(item.weight_thousandths) / 1e3L;
      piece.numerator += weight * static_cast<long double>(item.score_thousandths) / 1e3L;
      piece.denominator += weight * static_cast<long double>(item.maximum_thousandths) / 1e3L;
    }
    if (failed) piece.numerator = 0;
    if (piece.denominator > 0) piece.sample = evaluation.evaluation_id;
  }
  return pieces;
}

// --- Backlog
// ----------------------------------------------------------------------------------------

// Opened before the bucket's end, and neither resolved nor closed before it.
std::vector<Piece> BacklogPieces(const Query& query, const Records& records) {
  std::vector<Piece> pieces;
  for (const TimeRange& bucket : query.buckets) {
    for (const storage::TicketRecord& ticket : records.tickets) {
      const bool resolved = ticket.last_resolve.has_value() && *ticket.last_resolve < bucket.end;
      const bool closed = ticket.close.has_value() && *ticket.close < bucket.end;
      if (ticket.open >= bucket.end || resolved || closed) continue;
      Piece& piece = pieces.emplace_back();
      piece.traits.agent = ticket.agent_id;
      piece.traits.queue = ticket.queue_id;
      piece.traits.channel = NameOf(ticket.channel);
      piece.traits.priority = ticket.priority;
      piece.traits.instant = bucket.end;
      piece.time = bucket.start;
      piece.numerator = 1;
      piece.sample = ticket.ticket_id;
    }
  }
  return pieces;
}

// --- Values
// -----------------------------------------------------------------------------------------

struct Sums {
  long double numerator = 0;
  long double denominator = 0;
  std::set<std::string> samples;
  std::set<std::string> currencies;
  bool reason = false;  // Makes a value without denominator ZERO_DENOMINATOR.
};

Sums SumsOf(const std::vector<const Piece*>& cell, ReferenceValue& value) {
  Sums sums;
  std::set<std::string> others;
  for (const Piece* piece : cell) {
    sums.numerator += piece->numerator;
    sums.denominator += piece->denominator;
    if (!piece->sample.empty()) sums.samples.insert(piece->sample);
    if (!piece->currency.empty() && !piece->is_spread) sums.currencies.insert(piece->currency);
    if (!piece->other_currency.empty()) others.insert(piece->other_currency);
    for (const std::string& tally : piece->tallies) ++value.counts[tally];
    if (piece->reason || !piece->tallies.empty()) sums.reason = true;
  }
  if (sums.numerator != 0) sums.reason = true;
  if (!others.empty()) value.counts["other_currency"] = static_cast<int64_t>(others.size());
  value.sample_count = static_cast<int64_t>(sums.samples.size());
  return sums;
}

// numerator over denominator, times a factor.
void SetRatio(const Sums& sums, double factor, ReferenceValue& value) {
  value.denominator = static_cast<double>(sums.denominator);
  if (sums.currencies.size() > 1) {
    value.no_value_reason = NoValueReason::kMixedCurrencies;
    return;
  }
  value.numerator = static_cast<double>(sums.numerator);
  if (sums.denominator > 0) {
    value.value = static_cast<double>(factor * sums.numerator / sums.denominator);
  } else {
    value.no_value_reason = sums.reason ? NoValueReason::kZeroDenominator : NoValueReason::kNoData;
  }
}

// Of the points over their maximum: as if the ratio R were a mean of n / maximum * (points - R *
// maximum of the evaluation), which has the variance n / (n - 1) * sum of squares / maximum^2.
void SetRatioInterval(const std::vector<const Piece*>& cell, const Sums& sums, double level,
                      ReferenceValue& value) {
  const auto n = static_cast<int64_t>(sums.samples.size());
  if (n < 2) return;
  long double squares = 0;
  for (const Piece* piece : cell) {
    const long double residual =
        piece->numerator - sums.numerator / sums.denominator * piece->denominator;
    squares += residual * residual;
  }
  const auto count = static_cast<long double>(n);
  const long double error = std::sqrt(count / (count - 1) * squares) / sums.denominator;
  const double probability = 0.5 + level / 2;
  const double factor = n > 100 ? NormalQuantile(probability) : StudentQuantile(probability, n - 1);
  const double half = 100 * factor * static_cast<double>(error);
  value.lower = std::max(0.0, *value.value - half);
  value.upper = std::min(100.0, *value.value + half);
}

}  // namespace

std::vector<Instant> EdgesOf(const Query& query) {
  std::vector<Instant> edges = {query.range.start, query.range.end};
  for (const TimeRange& bucket : query.buckets) edges.push_back(bucket.start);
  return edges;
}

bool HasPieces(const ResolvedKpi& kpi) {
  static const std::set<std::string_view> kIds = {
      "occupancy",       "utilization",       "schedule_adherence",     "schedule_conformance",
      "shrinkage",       "contacts_per_hour", "ticket_backlog",         "quality_score",
      "contact_quality", "cost_per_contact",  "employee_turnover_rate", "headcount"};
  return kIds.contains(kpi.definition->id);
}

std::vector<Piece> PiecesOf(const Query& query, const ResolvedKpi& kpi, const Records& records) {
  const std::string_view id = kpi.definition->id;
  if (id == "quality_score" || id == "contact_quality") return QualityPieces(query, kpi, records);
  if (id == "ticket_backlog") return BacklogPieces(query, records);
  std::vector<Piece> pieces;
  if (id == "cost_per_contact") {
    AddHandled(query, kpi, records, pieces);
    AddCosts(query, kpi, records, pieces);
    return pieces;
  }
  if (id == "headcount" || id == "employee_turnover_rate") {
    pieces = HeadcountPieces(query, records);
    if (id == "headcount") return pieces;
    std::vector<Piece> leavers = LeaverPieces(query, kpi, records);
    pieces.insert(pieces.end(), leavers.begin(), leavers.end());
    return pieces;
  }
  pieces = StatePieces(query, kpi, records);
  if (id == "contacts_per_hour") AddHandled(query, kpi, records, pieces);
  return pieces;
}

ReferenceValue ValueOfPieces(const Query& query, const ResolvedKpi& kpi, const TimeRange& bucket,
                             const std::vector<const Piece*>& cell) {
  const std::string_view id = kpi.definition->id;
  const auto bucket_seconds = static_cast<long double>(bucket.Length().count()) / 1e6L;
  ReferenceValue value;
  Sums sums = SumsOf(cell, value);
  if (id == "ticket_backlog") {
    value.value = value.numerator = static_cast<double>(sums.numerator);
    return value;
  }
  if (id == "headcount") {
    std::swap(sums.numerator, sums.denominator);  // Employed seconds over those of the bucket.
    sums.denominator = bucket_seconds;
    SetRatio(sums, 1, value);
    return value;
  }
  if (id == "employee_turnover_rate") {
    sums.denominator /= bucket_seconds;
    const bool annualized = Parameter<bool>(kpi, "annualized");
    SetRatio(sums, annualized ? 100 * BucketsPerYear(bucket, query.time_zone) : 100, value);
    return value;
  }
  const auto* only =
      id == "cost_per_contact" ? OptionalParameter<std::string>(kpi, "currency") : nullptr;
  if (only != nullptr && !cell.empty()) value.currency = *only;
  if (sums.currencies.size() == 1) value.currency = *sums.currencies.begin();
  SetRatio(sums, id == "contacts_per_hour" || id == "cost_per_contact" ? 1 : 100, value);
  if (id == "quality_score" || id == "contact_quality") {
    SetRatioInterval(cell, sums, query.confidence_level, value);
  }
  return value;
}

}  // namespace kpid::proof
