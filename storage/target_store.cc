#include "storage/target_store.h"

#include <algorithm>
#include <array>
#include <functional>
#include <map>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "metrics/error_reason.h"
#include "storage/kpi_text.h"
#include "storage/retry.h"
#include "storage/session_pool.h"
#include "storage/target_rows.h"

namespace kpid::storage {
namespace {

using metrics::CallLimits;

// Reads the scorecards that $0 selects: a row for each parameter of each entry, and for each entry
// without parameters.
constexpr const char* kReadScorecards =
    "SELECT s.scorecard_id, s.name, e.position, e.area, e.weight_thousandths, e.kpi_id,"
    " e.statistic, p.key, coalesce(p.value, '')"
    " FROM ($0) AS s LEFT JOIN kpid.scorecard_entries AS e USING (scorecard_key)"
    " LEFT JOIN LATERAL jsonb_each_text(e.parameters) AS p ON true"
    " ORDER BY s.scorecard_id, e.position";

// Scorecards in the order of their ids, a page.
constexpr Statement kListScorecards{"list_scorecards",
                                    "SELECT * FROM kpid.scorecards WHERE scorecard_id > $1"
                                    " ORDER BY scorecard_id LIMIT $2"};

// Scorecards of some ids.
constexpr Statement kGetScorecards{"get_scorecards",
                                   "SELECT * FROM kpid.scorecards WHERE scorecard_id = ANY($1)"};

// Changes of scorecards wait for each other, so that what was read stays; readers do not.
constexpr Statement kBeginScorecards{"begin_scorecards",
                                     "BEGIN ISOLATION LEVEL READ COMMITTED;"
                                     "LOCK TABLE kpid.scorecards IN SHARE ROW EXCLUSIVE MODE"};

// Adds scorecards, or gives those stored another name.
constexpr Statement kWriteScorecards{
    "write_scorecards",
    "INSERT INTO kpid.scorecards (scorecard_id, name)"
    " SELECT scorecard_id, name FROM unnest($1, $2) AS given(scorecard_id, name)"
    " ON CONFLICT (scorecard_id) DO UPDATE SET name = excluded.name"};

// Takes all entries from scorecards.
constexpr Statement kDeleteEntries{"delete_scorecard_entries",
                                   "DELETE FROM kpid.scorecard_entries USING kpid.scorecards"
                                   " WHERE scorecard_entries.scorecard_key ="
                                   " scorecards.scorecard_key AND scorecard_id = ANY($1)"};

// Gives entries to scorecards.
constexpr Statement kInsertEntries{
    "insert_scorecard_entries",
    "INSERT INTO kpid.scorecard_entries"
    " (scorecard_key, position, area, weight_thousandths, kpi_id, parameters, statistic)"
    " SELECT scorecard_key, position, area, weight_thousandths, kpi_id, parameters::jsonb,"
    " statistic FROM unnest($1, $2, $3, $4, $5, $6, $7) AS given(scorecard_id, position, area,"
    " weight_thousandths, kpi_id, parameters, statistic)"
    " JOIN kpid.scorecards USING (scorecard_id)"};

bool Same(const KpiText& a, const KpiText& b) {
  return a.kpi_id == b.kpi_id && a.parameters == b.parameters && a.statistic == b.statistic;
}

bool Same(const ScorecardRecord& a, const ScorecardRecord& b) {
  return a.name == b.name &&
         std::equal(a.entries.begin(), a.entries.end(), b.entries.begin(), b.entries.end(),
                    [](const ScorecardRecord::Entry& x, const ScorecardRecord::Entry& y) {
                      return Same(x.kpi, y.kpi) && x.area == y.area &&
                             x.weight_thousandths == y.weight_thousandths;
                    });
}

absl::StatusOr<std::vector<ScorecardRecord>> ReadScorecards(Session* session,
                                                            const Statement& selected,
                                                            std::span<const Parameter> parameters,
                                                            const CallLimits& limits) {
  const std::string sql = absl::StrReplaceAll(kReadScorecards, {{"$0", std::string(selected.sql)}});
  absl::StatusOr<Rows> rows = session->Execute({selected.name, sql}, parameters, limits);
  if (!rows.ok()) return rows.status();
  std::vector<ScorecardRecord> records;
  int16_t position = 0;
  for (int row = 0; row < rows->size(); ++row) {
    const auto text = [&](int column) { return std::string(rows->At(row, column).Text()); };
    if (records.empty() || records.back().scorecard_id != rows->At(row, 0).Text()) {
      records.push_back({text(0), text(1), {}});
      position = 0;
    }
    if (rows->At(row, 2).null()) continue;  // Without entries: emptied by hand.
    std::vector<ScorecardRecord::Entry>& entries = records.back().entries;
    if (entries.empty() || position != rows->At(row, 2).Short()) {
      position = rows->At(row, 2).Short();
      entries.push_back({{text(5), {}, text(6)},
                         static_cast<metrics::ScorecardArea>(rows->At(row, 3).Short()),
                         rows->At(row, 4).Long()});
    }
    if (rows->At(row, 7).null()) continue;
    entries.back().kpi.parameters.emplace(text(7), text(8));
  }
  return records;
}

absl::Status WriteScorecards(Session* session, const std::vector<const ScorecardRecord*>& records,
                             const CallLimits& limits) {
  ArrayEncoder ids(TypeOid::kText, records.size());
  ArrayEncoder names(TypeOid::kText, records.size());
  const size_t entry_count = records.size() * metrics::kScorecardEntriesMax;
  ArrayEncoder entry_ids(TypeOid::kText, entry_count);
  ArrayEncoder positions(TypeOid::kInt2, entry_count);
  ArrayEncoder areas(TypeOid::kInt2, entry_count);
  ArrayEncoder weights(TypeOid::kInt8, entry_count);
  ArrayEncoder kpi_ids(TypeOid::kText, entry_count);
  ArrayEncoder parameters(TypeOid::kText, entry_count);
  ArrayEncoder statistics(TypeOid::kText, entry_count);
  for (const ScorecardRecord* record : records) {
    ids.AppendText(record->scorecard_id);
    names.AppendText(record->name);
    int16_t position = 0;
    for (const ScorecardRecord::Entry& entry : record->entries) {
      entry_ids.AppendText(record->scorecard_id);
      positions.AppendShort(++position);
      areas.AppendShort(static_cast<int16_t>(entry.area));
      weights.AppendLong(entry.weight_thousandths);
      kpi_ids.AppendText(entry.kpi.kpi_id);
      parameters.AppendText(ParametersJson(entry.kpi.parameters));
      statistics.AppendText(entry.kpi.statistic);
    }
  }
  const std::array<Parameter, 2> scorecards = {ArrayParameter(&ids), ArrayParameter(&names)};
  const std::array<Parameter, 7> entries = {ArrayParameter(&entry_ids), ArrayParameter(&positions),
                                            ArrayParameter(&areas),     ArrayParameter(&weights),
                                            ArrayParameter(&kpi_ids),   ArrayParameter(&parameters),
                                            ArrayParameter(&statistics)};
  absl::Status status = session->Execute(kWriteScorecards, scorecards, limits).status();
  if (!status.ok()) return status;
  status = session->Execute(kDeleteEntries, {scorecards.data(), 1}, limits).status();
  if (!status.ok()) return status;
  return session->Execute(kInsertEntries, entries, limits).status();
}

// One transaction of UpsertScorecards.
absl::StatusOr<UpsertOutcome> TryUpsert(Session* session, std::span<const ScorecardRecord> records,
                                        const CallLimits& limits) {
  absl::StatusOr<Transaction> transaction = Transaction::Begin(session, kBeginScorecards, limits);
  if (!transaction.ok()) return transaction.status();
  ArrayEncoder ids(TypeOid::kText, records.size());
  for (const ScorecardRecord& record : records) ids.AppendText(record.scorecard_id);
  const Parameter parameter = ArrayParameter(&ids);
  const auto stored = ReadScorecards(session, kGetScorecards, {&parameter, 1}, limits);
  if (!stored.ok()) return stored.status();
  std::map<std::string_view, const ScorecardRecord*> by_id;
  for (const ScorecardRecord& record : *stored) by_id.emplace(record.scorecard_id, &record);
  UpsertOutcome outcome;
  std::vector<const ScorecardRecord*> changed;
  for (const ScorecardRecord& record : records) {
    const auto found = by_id.find(record.scorecard_id);
    if (found != by_id.end() && Same(*found->second, record)) {
      ++outcome.unchanged;
      continue;
    }
    ++(found == by_id.end() ? outcome.inserted : outcome.updated);
    changed.push_back(&record);
  }
  if (!changed.empty()) {
    const absl::Status status = WriteScorecards(session, changed, limits);
    if (!status.ok()) return status;
  }
  const absl::Status committed = transaction->Commit(limits);
  if (!committed.ok()) return committed;
  return outcome;
}

// Runs `work` on a session of the pool, again when it failed for a passing reason.
absl::Status WithSession(SessionPool& pool, const CallLimits& limits,
                         const std::function<absl::Status(Session*)>& work) {
  return Retry({}, RealRetryEnvironment(), limits, [&]() -> absl::Status {
    absl::StatusOr<SessionLease> session = pool.Acquire(limits);
    return session.ok() ? work(session->get()) : session.status();
  });
}

// A page of records of which one more than the page was read.
template <typename Record>
RosterPage<Record> PageOf(std::vector<Record> records, int limit) {
  RosterPage<Record> page{std::move(records), false};
  page.more = page.records.size() > static_cast<size_t>(limit);
  if (page.more) page.records.resize(static_cast<size_t>(limit));
  return page;
}

}  // namespace

absl::StatusOr<metrics::ScorecardDefinition> ToScorecardDefinition(const ScorecardRecord& record) {
  metrics::ScorecardDefinition definition{record.scorecard_id, record.name, {}};
  for (const ScorecardRecord::Entry& entry : record.entries) {
    std::optional<metrics::ResolvedKpi> kpi = Resolve(entry.kpi);
    if (!kpi) {
      return metrics::ErrorWithReason(
          absl::StatusCode::kFailedPrecondition,
          absl::StrCat("this version does not know the KPI ", entry.kpi.kpi_id,
                       " of the scorecard, or a parameter of it"),
          {"KPI_UNKNOWN", {{"kpi_id", entry.kpi.kpi_id}}});
    }
    definition.entries.push_back(
        {*std::move(kpi), entry.area, static_cast<double>(entry.weight_thousandths) / 1'000});
  }
  return definition;
}

absl::StatusOr<RosterPage<TargetRecord>> TargetStore::ListTargets(const std::string& after,
                                                                  int limit,
                                                                  const std::string& kpi_id,
                                                                  const CallLimits& limits) {
  std::vector<TargetRecord> records;
  const absl::Status status = WithSession(database_->readers(), limits, [&](Session* session) {
    auto read = ReadTargets(session, after, limit + 1, kpi_id, limits);
    if (read.ok()) records = *std::move(read);
    return read.status();
  });
  if (!status.ok()) return status;
  return PageOf(std::move(records), limit);
}

absl::StatusOr<UpsertOutcome> TargetStore::UpsertScorecards(
    std::span<const ScorecardRecord> records, const CallLimits& limits) {
  UpsertOutcome outcome;
  const absl::Status status = WithSession(database_->writers(), limits, [&](Session* session) {
    auto written = TryUpsert(session, records, limits);
    if (written.ok()) outcome = *written;
    return written.status();
  });
  if (!status.ok()) return status;
  return outcome;
}

absl::StatusOr<RosterPage<ScorecardRecord>> TargetStore::ListScorecards(const std::string& after,
                                                                        int limit,
                                                                        const CallLimits& limits) {
  const std::array<Parameter, 2> parameters = {TextParameter(after),
                                               LongParameter(int64_t{limit} + 1)};
  std::vector<ScorecardRecord> records;
  const absl::Status status = WithSession(database_->readers(), limits, [&](Session* session) {
    auto read = ReadScorecards(session, kListScorecards, parameters, limits);
    if (read.ok()) records = *std::move(read);
    return read.status();
  });
  if (!status.ok()) return status;
  return PageOf(std::move(records), limit);
}

absl::StatusOr<std::optional<ScorecardRecord>> TargetStore::GetScorecard(
    const std::string& scorecard_id, const CallLimits& limits) {
  ArrayEncoder ids(TypeOid::kText, 1);
  ids.AppendText(scorecard_id);
  const Parameter parameter = ArrayParameter(&ids);
  std::optional<ScorecardRecord> record;
  const absl::Status status = WithSession(database_->readers(), limits, [&](Session* session) {
    auto read = ReadScorecards(session, kGetScorecards, {&parameter, 1}, limits);
    if (!read.ok()) return read.status();
    if (!read->empty()) record = std::move(read->front());
    return absl::OkStatus();
  });
  if (!status.ok()) return status;
  return record;
}

}  // namespace kpid::storage
