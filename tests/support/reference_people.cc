// Who was employed when, and who left.

#include <algorithm>
#include <set>
#include <string>

#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "tests/support/reference_parameter.h"
#include "tests/support/reference_piece.h"

namespace kpid::proof {
namespace {

using metrics::Instant;
using metrics::TimeRange;
using storage::AgentRecord;

absl::TimeZone ZoneOf(const std::string& name) {
  absl::TimeZone zone = absl::UTCTimeZone();
  if (!name.empty()) absl::LoadTimeZone(name, &zone);
  return zone;
}

// First instant of the day: 00:00, or where the clock leaves it out, the first instant after.
Instant DayStart(const absl::CivilDay& day, const absl::TimeZone& zone) {
  const absl::TimeZone::TimeInfo midnight = zone.At(absl::CivilSecond(day));
  const absl::Time start =
      midnight.kind == absl::TimeZone::TimeInfo::SKIPPED ? midnight.trans : midnight.pre;
  return Instant(metrics::Duration(absl::ToUnixMicros(start)));
}

Instant DayStart(const metrics::CivilDay& day, const std::string& time_zone) {
  return DayStart(absl::CivilDay(day.year, day.month, day.day), ZoneOf(time_zone));
}

// The civil month that begins at an instant; nullopt when none does.
std::optional<absl::CivilMonth> MonthBeginningAt(Instant instant, const absl::TimeZone& zone) {
  const absl::Time time = absl::FromUnixMicros(instant.time_since_epoch().count());
  const auto month = absl::CivilMonth(zone.At(time).cs);
  if (DayStart(absl::CivilDay(month), zone) != instant) return std::nullopt;
  return month;
}

}  // namespace

TimeRange EmploymentOf(const AgentRecord& agent, const std::string& time_zone) {
  TimeRange range{Instant::min(), Instant::max()};
  if (agent.hire_date.has_value()) range.start = DayStart(*agent.hire_date, time_zone);
  if (agent.leave_date.has_value()) range.end = DayStart(*agent.leave_date, time_zone);
  return range;
}

double BucketsPerYear(const TimeRange& bucket, const std::string& time_zone) {
  const absl::TimeZone zone = ZoneOf(time_zone);
  const auto first = MonthBeginningAt(bucket.start, zone);
  const auto end = MonthBeginningAt(bucket.end, zone);
  if (first.has_value() && end.has_value()) return 12.0 / static_cast<double>(*end - *first);
  return 365.25 * 86'400e6 / static_cast<double>(bucket.Length().count());
}

std::vector<Piece> HeadcountPieces(const metrics::Query& query, const Records& records) {
  std::vector<Piece> pieces;
  for (const AgentRecord& agent : records.agents) {
    if (!agent.hire_date.has_value() && !agent.leave_date.has_value()) continue;
    const TimeRange employment = EmploymentOf(agent, query.time_zone);
    std::set<Instant> cuts = {employment.start, employment.end};
    for (Instant edge : EdgesOf(query)) cuts.insert(edge);
    for (const storage::MembershipRecord& membership : records.memberships) {
      if (membership.agent_id != agent.agent_id) continue;
      cuts.insert({membership.start, membership.end.value_or(metrics::kInstantEnd)});
    }
    for (auto cut = cuts.begin(); std::next(cut) != cuts.end(); ++cut) {
      if (!employment.Contains(*cut) || !query.range.Contains(*cut)) continue;
      Piece& piece = pieces.emplace_back();
      piece.traits.agent = agent.agent_id;
      piece.traits.instant = piece.time = *cut;
      piece.denominator = static_cast<long double>((*std::next(cut) - *cut).count()) / 1e6L;
      piece.sample = agent.agent_id;
    }
  }
  return pieces;
}

std::vector<Piece> LeaverPieces(const metrics::Query& query, const metrics::ResolvedKpi& kpi,
                                const Records& records) {
  std::vector<Piece> pieces;
  for (const AgentRecord& agent : records.agents) {
    if (!agent.leave_date.has_value()) continue;
    const Instant leave = DayStart(*agent.leave_date, query.time_zone);
    if (!query.range.Contains(leave)) continue;
    Piece& piece = pieces.emplace_back();
    piece.traits.agent = agent.agent_id;
    piece.traits.instant = leave - metrics::Duration(1);  // The group that was left.
    piece.time = leave;
    if (agent.leave_reason == "transfer" && !Parameter<bool>(kpi, "include_transfers")) {
      piece.tallies.push_back("transfers");
    } else {
      piece.numerator = 1;
    }
  }
  return pieces;
}

}  // namespace kpid::proof
