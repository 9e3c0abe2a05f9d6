#include "storage/target_rows.h"

#include <array>
#include <cmath>
#include <map>
#include <tuple>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "metrics/achievement.h"
#include "metrics/error_reason.h"
#include "storage/kpi_text.h"

namespace kpid::storage {
namespace {

using metrics::CallLimits;

// Reads the targets that $0 selects: a row for each of a target's parameters, or one without.
constexpr const char* kReadTargets =
    "SELECT t.target_id, t.revision, t.kpi_id, t.statistic, t.scope, t.scope_id,"
    " t.target_value, t.worst_value, t.best_value, t.band_end_value, t.currency_code,"
    " t.weight_thousandths, t.start_time, t.end_time, p.key, coalesce(p.value, '')"
    " FROM ($0) AS t LEFT JOIN LATERAL jsonb_each_text(t.parameters) AS p ON true"
    " ORDER BY t.target_id";

// All that are not void, at most $1.
constexpr Statement kLoadTargets{
    "load_targets",
    "SELECT * FROM kpid.targets"
    " WHERE start_time IS NULL OR end_time IS NULL OR end_time > start_time LIMIT $1"};

// Targets in the order of their ids, a page.
constexpr Statement kListTargets{
    "list_targets",
    "SELECT * FROM kpid.targets WHERE target_id > $1 AND ($3 = '' OR kpi_id = $3)"
    " ORDER BY target_id LIMIT $2"};

// Makes transactions that count wait for each other. The number is kpid's own.
constexpr Statement kLockTargetCount{"lock_target_count",
                                     "SELECT pg_advisory_xact_lock(1802529125)"};

// How many are not void, at most $1.
constexpr Statement kCountTargets{
    "count_targets",
    "SELECT count(*) FROM (SELECT FROM kpid.targets"
    " WHERE start_time IS NULL OR end_time IS NULL OR end_time > start_time LIMIT $1) AS counted"};

constexpr int kKeyColumn = 14;
constexpr int kValueColumn = 15;

absl::Status TooManyTargets() {
  const std::string limit = absl::StrCat(kTargetsMax);
  return metrics::ErrorWithReason(
      absl::StatusCode::kResourceExhausted,
      absl::StrCat("there would be more than ", limit,
                   " targets: make those void that are over, by an end_time equal to start_time"),
      {"TOO_MANY_TARGETS", {{"limit", limit}}});
}

std::optional<double> NumberOf(FieldView field) {
  if (field.null()) return std::nullopt;
  return field.Double();
}

std::optional<Instant> TimeOf(FieldView field) {
  if (field.null()) return std::nullopt;
  return field.Time();
}

TargetRecord RecordOf(const Rows& rows, int row) {
  const auto text = [&](int column) { return std::string(rows.At(row, column).Text()); };
  TargetRecord record;
  record.target_id = text(0);
  record.revision = rows.At(row, 1).Long();
  record.kpi.kpi_id = text(2);
  record.kpi.statistic = text(3);
  record.scope = static_cast<metrics::TargetScope>(rows.At(row, 4).Short());
  record.scope_id = text(5);
  record.target_value = rows.At(row, 6).Double();
  record.worst_value = NumberOf(rows.At(row, 7));
  record.best_value = NumberOf(rows.At(row, 8));
  record.band_end_value = NumberOf(rows.At(row, 9));
  record.currency_code = text(10);
  record.weight_thousandths = rows.At(row, 11).Long();
  record.start = TimeOf(rows.At(row, 12));
  record.end = TimeOf(rows.At(row, 13));
  return record;
}

absl::StatusOr<std::vector<TargetRecord>> ReadRecords(Session* session, const Statement& selected,
                                                      std::span<const Parameter> parameters,
                                                      const CallLimits& limits) {
  const std::string sql = absl::StrReplaceAll(kReadTargets, {{"$0", std::string(selected.sql)}});
  absl::StatusOr<Rows> rows = session->Execute({selected.name, sql}, parameters, limits);
  if (!rows.ok()) return rows.status();
  std::vector<TargetRecord> records;
  for (int row = 0; row < rows->size(); ++row) {
    if (records.empty() || records.back().target_id != rows->At(row, 0).Text()) {
      records.push_back(RecordOf(*rows, row));
    }
    if (rows->At(row, kKeyColumn).null()) continue;
    records.back().kpi.parameters.emplace(rows->At(row, kKeyColumn).Text(),
                                          rows->At(row, kValueColumn).Text());
  }
  return records;
}

// Whether the numbers are those that a target of the KPI has.
bool Fits(const TargetRecord& record, const metrics::ResolvedKpi& kpi) {
  const metrics::BetterDirection better = kpi.definition->better;
  const bool band =
      better == metrics::BetterDirection::kBand || better == metrics::BetterDirection::kNone;
  const auto finite = [](const std::optional<double>& value) {
    return !value || std::isfinite(*value);
  };
  return std::isfinite(record.target_value) && finite(record.worst_value) &&
         finite(record.best_value) && finite(record.band_end_value) &&
         record.band_end_value.has_value() == band && record.weight_thousandths > 0 &&
         record.scope >= metrics::TargetScope::kAll && record.scope <= metrics::TargetScope::kQueue;
}

// All but the KPI.
metrics::Target WithKpi(const TargetRecord& record, const metrics::ResolvedKpi& kpi) {
  metrics::Target target;
  target.target_id = record.target_id;
  target.kpi = kpi;
  target.scope = record.scope;
  target.scope_id = record.scope_id;
  target.target_value = record.target_value;
  target.worst_value = record.worst_value;
  target.best_value = record.best_value;
  target.band_end_value = record.band_end_value;
  target.currency_code = record.currency_code;
  target.weight = static_cast<double>(record.weight_thousandths) / 1'000;
  if (record.start) target.range.start = *record.start;
  if (record.end) target.range.end = *record.end;
  return target;
}

// A target of kpi_achievement would be made of itself.
std::optional<metrics::ResolvedKpi> ResolveForTarget(const KpiText& text) {
  std::optional<metrics::ResolvedKpi> kpi = Resolve(text);
  if (kpi && kpi->definition->id == metrics::kAchievementId) return std::nullopt;
  return kpi;
}

}  // namespace

std::optional<metrics::Target> ToTarget(const TargetRecord& record) {
  const std::optional<metrics::ResolvedKpi> kpi = ResolveForTarget(record.kpi);
  if (!kpi || !Fits(record, *kpi)) return std::nullopt;
  return WithKpi(record, *kpi);
}

absl::StatusOr<LoadedTargets> LoadTargets(Session* session, const CallLimits& limits) {
  const Parameter limit = LongParameter(kTargetsMax + 1);
  const auto records = ReadRecords(session, kLoadTargets, {&limit, 1}, limits);
  if (!records.ok()) return records.status();
  if (records->size() > static_cast<size_t>(kTargetsMax)) return TooManyTargets();
  // Many targets are of few KPIs, each of which is resolved once.
  std::map<std::tuple<std::string, std::map<std::string, std::string>, std::string>,
           std::optional<metrics::ResolvedKpi>>
      kpis;
  LoadedTargets loaded;
  std::vector<metrics::Target> targets;
  for (const TargetRecord& record : *records) {
    const auto [known, is_new] = kpis.try_emplace(
        {record.kpi.kpi_id, record.kpi.parameters, record.kpi.statistic}, std::nullopt);
    if (is_new) known->second = ResolveForTarget(record.kpi);
    if (known->second && Fits(record, *known->second)) {
      targets.push_back(WithKpi(record, *known->second));
    } else {
      ++loaded.skipped;
    }
  }
  loaded.targets = metrics::TargetSet(std::move(targets));
  return loaded;
}

absl::StatusOr<std::vector<TargetRecord>> ReadTargets(Session* session, const std::string& after,
                                                      int limit, const std::string& kpi_id,
                                                      const CallLimits& limits) {
  const std::array<Parameter, 3> parameters = {TextParameter(after), LongParameter(limit),
                                               TextParameter(kpi_id)};
  return ReadRecords(session, kListTargets, parameters, limits);
}

absl::Status CheckTargetCount(Session* session, const CallLimits& limits) {
  const absl::Status locked = session->Execute(kLockTargetCount, {}, limits).status();
  if (!locked.ok()) return locked;
  const Parameter limit = LongParameter(kTargetsMax + 1);
  const absl::StatusOr<Rows> rows = session->Execute(kCountTargets, {&limit, 1}, limits);
  if (!rows.ok()) return rows.status();
  return rows->At(0, 0).Long() > kTargetsMax ? TooManyTargets() : absl::OkStatus();
}

}  // namespace kpid::storage
