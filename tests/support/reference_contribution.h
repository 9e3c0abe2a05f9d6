// What one record contributes to one KPI: the middle step of the slow reference.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "metrics/catalogue.h"
#include "metrics/time.h"
#include "tests/support/reference.h"

namespace kpid::proof {

// How the contributions of a cell become its value.
enum class Shape : uint8_t {
  kCount,        // How many are counted.
  kProportion,   // Percent: sum of amounts over how many are counted.
  kPoints,       // As kProportion, with amounts of -1, 0 and 1.
  kMeanSeconds,  // Amounts in microseconds; the KPI's statistic.
  kLongest,      // Amounts in microseconds; the greatest.
  kMeanScore,    // Amounts in thousandths; all must be on one scale.
  kMeanMoney,    // Amounts in millionths; all must be in one currency.
};
Shape ShapeOf(const metrics::ResolvedKpi& kpi);

struct Contribution {
  // The record: exactly one of them.
  const storage::InteractionRecord* interaction = nullptr;
  const storage::SurveyRecord* survey = nullptr;
  const storage::TicketRecord* ticket = nullptr;
  metrics::Instant time{};  // By the KPI's time basis.

  enum class Standing : uint8_t {
    kNotOfItsKind,  // The KPI is not about such records.
    kCounted,       // In the denominator (and with an amount in the numerator).
    kExcluded,      // Of its kind, but out of both sides; tallied.
  };
  Standing standing = Standing::kNotOfItsKind;
  int64_t amount = 0;                // In the unit of the shape; 0 or 1 for proportions.
  std::vector<std::string> tallies;  // Further counts that the record adds 1 to.
  std::string currency;              // kMeanMoney: of the amount; empty: no amount.
  int32_t scale_minimum = 0;         // kMeanScore.
  int32_t scale_maximum = 0;
};

// Contributions of all records that the KPI reads, whatever their time.
std::vector<Contribution> ContributionsOf(const metrics::ResolvedKpi& kpi, const Records& records,
                                          metrics::Instant now);

// Whether the KPI, with its parameters, reads surveys; or tickets. Otherwise, if it has
// contributions, it reads interactions.
bool ReadsSurveys(const metrics::ResolvedKpi& kpi);
bool ReadsTickets(const metrics::ResolvedKpi& kpi);

// The interaction of an id; null when it is not stored, or the id is "".
const storage::InteractionRecord* InteractionOf(const std::string& interaction_id,
                                                const Records& records);

// Talk + hold + wrap-up; nullopt when the talk is unknown.
std::optional<metrics::Duration> HandleTimeOf(const storage::InteractionRecord& interaction);

// Quantiles, by bisection of the distribution's closed form. REQUIRES: 0.5 <= probability < 1.
double NormalQuantile(double probability);
double StudentQuantile(double probability, int64_t degrees_of_freedom);

// Wilson's score interval of `part` of n, in percent.
std::pair<double, double> WilsonInterval(double part, double n, double level);

}  // namespace kpid::proof
