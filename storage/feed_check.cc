#include "storage/feed_check.h"

#include <algorithm>
#include <array>
#include <functional>
#include <limits>
#include <map>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/substitute.h"
#include "metrics/agent_timelines.h"
#include "metrics/interaction_chunk.h"
#include "metrics/quality_columns.h"
#include "metrics/survey_columns.h"
#include "metrics/ticket_columns.h"
#include "storage/feed_tables.h"
#include "storage/load_plan.h"

namespace kpid::storage {
namespace {

using metrics::AgentTimelines;
using metrics::CallLimits;
using metrics::Column;
using metrics::FactSnapshot;
using metrics::Instant;
using std::chrono::sys_days;

// Days are summed up by: rows, then one sum for each of these.
constexpr size_t kSumsMax = 17;

struct DaySums {
  int64_t rows = 0;
  std::array<int64_t, kSumsMax> sums{};

  friend bool operator==(const DaySums&, const DaySums&) = default;
};
using Days = std::map<int64_t, DaySums>;

using RowVisitor = std::function<void(Instant time, const std::array<int64_t, kSumsMax>& values)>;

// Keys of the database by the codes of attributes.
struct AttributeKeys {
  std::vector<metrics::Code> names;
  std::map<std::pair<metrics::Code, metrics::Code>, int64_t> of;  // By name and value.
};

// For an attribute that the database does not have: greater than any key.
constexpr int64_t kNoSuchAttribute = int64_t{1} << 32;

// How a table is summed up, on both sides. The first value is the row key.
struct DayCheck {
  const char* time;                          // SQL.
  const char* where;                         // SQL, further condition.
  std::array<const char*, kSumsMax> values;  // SQL; null from the last one on.
  void (*visit)(const FactSnapshot& facts, const AttributeKeys& keys,
                const RowVisitor& visitor);  // Null: timelines.
};

// What a row has, 0 for nothing.
int64_t ValueOf(const metrics::FactChunk& chunk, Column column, size_t row) {
  const int64_t value = chunk.column(column).At(row);
  return value == metrics::kAbsent ? 0 : value;
}

// `visit(chunk, row, time, values)` for each row that is alive.
template <typename Chunks, typename Visit>
void VisitRows(const Chunks& chunks, std::array<Column, 2> times,
               std::initializer_list<Column> columns, const Visit& visit) {
  for (const auto& chunk : chunks) {
    for (size_t row = 0; row < chunk->size(); ++row) {
      if (!chunk->Alive(row)) continue;
      int64_t time = chunk->column(times[0]).At(row);
      if (time == metrics::kAbsent) time = chunk->column(times[1]).At(row);
      std::array<int64_t, kSumsMax> values{};
      size_t i = 0;
      for (const Column column : columns) values[i++] = ValueOf(*chunk, column, row);
      visit(*chunk, row, Instant(metrics::Duration(time)), values);
    }
  }
}

template <typename Chunks>
void VisitChunks(const Chunks& chunks, std::array<Column, 2> times,
                 std::initializer_list<Column> columns, const RowVisitor& visitor) {
  VisitRows(chunks, times, columns,
            [&](const metrics::FactChunk&, size_t, Instant time,
                const std::array<int64_t, kSumsMax>& values) { visitor(time, values); });
}

constexpr int64_t kDayMicroseconds = 86'400'000'000;

// The sum of the database's keys of a row's attributes.
int64_t AttributesOf(const metrics::FactChunk& chunk, size_t row, const AttributeKeys& keys) {
  int64_t sum = 0;
  for (const metrics::Code name : keys.names) {
    const metrics::PackedColumn* const column = chunk.attribute(name);
    if (column == nullptr || column->At(row) == metrics::kNoCode) continue;
    const auto key = keys.of.find({name, static_cast<metrics::Code>(column->At(row))});
    sum += key == keys.of.end() ? kNoSuchAttribute : key->second;
  }
  return sum;
}

void VisitInteractions(const FactSnapshot& facts, const AttributeKeys& keys,
                       const RowVisitor& visitor) {
  const auto with_parts = [&](const metrics::FactChunk& chunk, size_t row, Instant time,
                              const std::array<int64_t, kSumsMax>& values) {
    std::array<int64_t, kSumsMax> parts = values;
    parts[1] = ((values[1] % kDayMicroseconds) + kDayMicroseconds) % kDayMicroseconds;
    parts[16] = AttributesOf(chunk, row, keys);
    visitor(time, parts);
  };
  VisitRows(facts.interactions(), {Column::kArrive, Column::kArrive},
            {Column::kRowKey, Column::kArrive, Column::kStatus, Column::kAgent, Column::kQueue,
             Column::kCustomer, Column::kCase, Column::kWrapUp, Column::kRevenue, Column::kMarks,
             Column::kWait, Column::kTalk, Column::kHold, Column::kFirstResponse,
             Column::kEndOffset, Column::kCurrency},
            with_parts);
}

void VisitSurveys(const FactSnapshot& facts, const AttributeKeys&, const RowVisitor& visitor) {
  VisitChunks(facts.surveys().chunks(), {Column::kRespond, Column::kInvite},
              {Column::kRowKey, Column::kScore, Column::kAgent, Column::kQueue, Column::kCustomer},
              visitor);
}

void VisitQuality(const FactSnapshot& facts, const AttributeKeys&, const RowVisitor& visitor) {
  VisitChunks(facts.quality_evaluations().chunks(), {Column::kEvaluate, Column::kEvaluate},
              {Column::kRowKey, Column::kItemCount, Column::kAgent, Column::kQueue}, visitor);
}

void VisitTickets(const FactSnapshot& facts, const AttributeKeys&, const RowVisitor& visitor) {
  VisitChunks(facts.tickets().chunks(), {Column::kOpen, Column::kOpen},
              {Column::kRowKey, Column::kReopens, Column::kAgent, Column::kQueue, Column::kCustomer,
               Column::kPriority},
              visitor);
}

void VisitCosts(const FactSnapshot& facts, const AttributeKeys&, const RowVisitor& visitor) {
  for (const metrics::CostFact& cost : facts.costs()) {
    visitor(cost.start, {cost.row_key, cost.amount.micros, cost.queue, cost.group});
  }
}

// As the columns of an interaction hold them (metrics/fact_chunk.h): durations in microseconds,
// enums and flags as bits.
constexpr const char* kStatus =
    "outcome + 8 * channel + CASE WHEN direction = 2 THEN 128 ELSE 64 END";
constexpr const char* kMarks =
    "CASE WHEN resolution = 1 THEN 1 WHEN resolution = 2 THEN 2 ELSE 0 END + 4 * (flags & 31)"
    " + CASE WHEN customer_key IS NULL THEN 0 ELSE 128 END";
constexpr const char* kWait =
    "(extract(epoch FROM CASE WHEN outcome = 1 THEN answer_time WHEN outcome IN (2, 3) THEN"
    " end_time END - coalesce(enqueue_time, arrive_time)) * 1000000)::bigint";
constexpr const char* kTalk =
    "CASE WHEN outcome = 1 THEN coalesce(talk_microseconds, greatest(0, (extract(epoch FROM"
    " end_time - answer_time) * 1000000)::bigint - coalesce(hold_microseconds, 0))) END";
constexpr const char* kHold = "CASE WHEN outcome = 1 THEN hold_microseconds END";
constexpr const char* kWrapUp = "CASE WHEN outcome = 1 THEN wrap_up_microseconds END";
constexpr const char* kFirstResponse =
    "(extract(epoch FROM coalesce(first_response_time, answer_time) - arrive_time)"
    " * 1000000)::bigint";
constexpr const char* kEndOffset =
    "(extract(epoch FROM coalesce(end_time, answer_time, arrive_time) - arrive_time)"
    " * 1000000)::bigint";

constexpr const char* kAttributes =
    "CASE WHEN attribute_keys IS NOT NULL THEN"
    " (SELECT sum(attribute) FROM unnest(attribute_keys) AS attribute) END";

constexpr Statement kReadAttributes{"read_attributes",
                                    "SELECT attribute_key, name, value FROM kpid.attributes"};

// By FeedTables().
constexpr DayCheck kChecks[] = {
    {"arrive_time",
     "true",
     {"row_key", "(extract(epoch FROM arrive_time) * 1000000)::bigint % 86400000000", kStatus,
      "agent_key", "queue_key", "customer_key", "case_key", kWrapUp, "revenue_micros", kMarks,
      kWait, kTalk, kHold, kFirstResponse, kEndOffset, "currency_key", kAttributes},
     VisitInteractions},
    {"coalesce(respond_time, invite_time)",
     "true",
     {"row_key", "CASE WHEN respond_time IS NOT NULL THEN score_thousandths END",
      "CASE WHEN stamped_direction IS NULL THEN given_agent_key ELSE stamped_agent_key END",
      "CASE WHEN stamped_direction IS NULL THEN given_queue_key ELSE stamped_queue_key END",
      "CASE WHEN stamped_direction IS NULL THEN given_customer_key ELSE stamped_customer_key END"},
     VisitSurveys},
    {"evaluate_time",
     "true",
     {"row_key", "cardinality(item_category_keys)", "agent_key", "stamped_queue_key"},
     VisitQuality},
    {"start_time", "true", {"row_key"}, nullptr},
    {"start_time", "true", {"row_key"}, nullptr},
    {"open_time",
     "true",
     {"row_key", "reopen_count", "agent_key", "queue_key", "customer_key", "priority_key"},
     VisitTickets},
    {"start_time",
     "end_time > start_time",
     {"row_key", "amount_micros", "queue_key", "group_key"},
     VisitCosts},
};

// $0 time, $1 sums, $2 table, $3 condition. Numbers are brought to what fits 64 bits on both
// sides by the wrap-around of sums.
constexpr const char* kSumDays =
    "SELECT ($0 AT TIME ZONE 'UTC')::date - date '1970-01-01', count(*), $1"
    " FROM kpid.$2 WHERE $3 GROUP BY 1";

// $0 value. Days of a hundred million rows of the greatest values fit.
constexpr const char* kSum = "coalesce(sum($0), 0)::numeric % 9223372036854775807";

absl::StatusOr<AttributeKeys> ReadAttributeKeys(Session* session, const FactSnapshot& facts,
                                                const CallLimits& limits) {
  const absl::StatusOr<Rows> rows = session->Execute(kReadAttributes, {}, limits);
  if (!rows.ok()) return rows.status();
  const metrics::Dictionaries& names = facts.dictionaries();
  AttributeKeys keys;
  for (int i = 0; i < rows->size(); ++i) {
    const metrics::Code name = names.attribute_keys.Find(rows->At(i, 1).Text());
    const metrics::Code value = names.attribute_values.Find(rows->At(i, 2).Text());
    if (name == metrics::kNoCode || value == metrics::kNoCode) continue;  // No fact has it.
    keys.of[{name, value}] = rows->At(i, 0).Int();
    if (std::find(keys.names.begin(), keys.names.end(), name) == keys.names.end()) {
      keys.names.push_back(name);
    }
  }
  return keys;
}

Days ResidentDays(const FactSnapshot& facts, const AttributeKeys& keys, const DayCheck& check,
                  Instant start) {
  std::map<int64_t, std::pair<int64_t, std::array<__int128, kSumsMax>>> exact;
  check.visit(facts, keys, [&](Instant time, const std::array<int64_t, kSumsMax>& values) {
    if (time < start) return;
    auto& [rows, sums] = exact[metrics::DayOf(time)];
    ++rows;
    for (size_t i = 0; i < kSumsMax; ++i) sums[i] += values[i];
  });
  Days days;
  for (const auto& [day, day_sums] : exact) {
    DaySums& out = days[day];
    out.rows = day_sums.first;
    for (size_t i = 0; i < kSumsMax; ++i) {
      out.sums[i] = static_cast<int64_t>(day_sums.second[i] % std::numeric_limits<int64_t>::max());
    }
  }
  return days;
}

absl::StatusOr<Days> StoredDays(Session* session, const DayCheck& check, const char* table,
                                Instant start, const CallLimits& limits) {
  std::vector<std::string> sums;
  for (const char* value : check.values) {
    if (value == nullptr) break;
    sums.push_back(absl::StrCat("(", absl::Substitute(kSum, value), ")::bigint"));
  }
  std::string where = check.where;
  if (start != Instant::min()) {
    absl::StrAppend(&where, " AND ", check.time, " >= ", TimeLiteral(start));
  }
  const std::string sql =
      absl::Substitute(kSumDays, check.time, absl::StrJoin(sums, ", "), table, where);
  absl::StatusOr<Rows> rows = session->Execute({"sum_days", sql}, {}, limits);
  if (!rows.ok()) return rows.status();
  Days days;
  for (int i = 0; i < rows->size(); ++i) {
    DaySums& day = days[rows->At(i, 0).Int()];
    day.rows = rows->At(i, 1).Long();
    for (size_t j = 0; j < sums.size(); ++j) {
      day.sums[j] = rows->At(i, static_cast<int>(2 + j)).Long();
    }
  }
  return days;
}

std::string Text(const Days& days, int64_t day) {
  const auto found = days.find(day);
  if (found == days.end()) return "no rows";
  return absl::StrCat(found->second.rows, " rows, sums ", absl::StrJoin(found->second.sums, " "));
}

std::vector<FeedDifference> Compare(const char* table, const Days& resident, const Days& stored) {
  Days all = resident;
  all.insert(stored.begin(), stored.end());
  std::vector<FeedDifference> differences;
  for (const auto& [day, ignored] : all) {
    const auto held = resident.find(day);
    const auto kept = stored.find(day);
    if (held != resident.end() && kept != stored.end() && held->second == kept->second) continue;
    differences.push_back(
        {table, sys_days(std::chrono::days(day)), Text(resident, day), Text(stored, day)});
  }
  return differences;
}

// Times of an agent that count, from `start` on.
std::vector<metrics::AgentSpan> SpansOf(const AgentTimelines& timelines, metrics::Code agent,
                                        Instant start) {
  std::vector<metrics::AgentSpan> spans;
  if (agent >= timelines.agents()) return spans;
  for (metrics::AgentSpan span : timelines.Of(agent)) {
    span.range.start = std::max(span.range.start, start);
    if (span.range.Empty()) continue;
    const bool continues = !spans.empty() && spans.back().state == span.state &&
                           spans.back().range.end == span.range.start;
    if (continues) {
      spans.back().range.end = span.range.end;
    } else {
      spans.push_back(span);
    }
  }
  return spans;
}

// Agents by code, [first, end).
struct AgentRange {
  metrics::Code first = 0;
  metrics::Code end = 0;
};

// Cuts all agents into ranges of at most so many resident spans, or one agent. The last one has
// no end: agents that only the database knows are in it.
std::vector<AgentRange> RangesOf(const AgentTimelines& resident, size_t spans_max) {
  constexpr metrics::Code kNoEnd = std::numeric_limits<int32_t>::max();
  std::vector<AgentRange> ranges = {{0, kNoEnd}};
  size_t spans = 0;
  for (metrics::Code agent = 0; agent < resident.agents(); ++agent) {
    const size_t more =
        resident.SpanCount(agent, {metrics::Instant::min(), metrics::Instant::max()});
    if (spans > 0 && spans + more > spans_max) {
      ranges.back().end = agent;
      ranges.push_back({agent, kNoEnd});
      spans = 0;
    }
    spans += more;
  }
  return ranges;
}

// How many agents of a range have other times than are stored.
size_t CountDifferences(const AgentTimelines& resident, const AgentTimelines& stored,
                        AgentRange range, Instant start) {
  const size_t agents = std::max(resident.agents(), stored.agents());
  size_t differing = 0;
  for (metrics::Code agent = range.first; agent < std::min<size_t>(agents, range.end); ++agent) {
    const auto held = SpansOf(resident, agent, start);
    const auto kept = SpansOf(stored, agent, start);
    const bool same = std::equal(held.begin(), held.end(), kept.begin(), kept.end(),
                                 [](const metrics::AgentSpan& a, const metrics::AgentSpan& b) {
                                   return a.range.start == b.range.start &&
                                          a.range.end == b.range.end && a.state == b.state;
                                 });
    if (!same) ++differing;
  }
  return differing;
}

// What a range of agents did, or was to do, by the database.
absl::StatusOr<std::shared_ptr<const FactSnapshot>> ReadTimelines(Session* session,
                                                                  const FactSnapshot& facts,
                                                                  const FeedTable& table,
                                                                  AgentRange range, Instant start,
                                                                  const CallLimits& limits) {
  metrics::FactChanges stored;
  FeedRows rows;
  rows.names = &facts.dictionaries();
  const AttributeCodes none;
  rows.attributes = &none;
  const std::optional<Instant> window =
      start == Instant::min() ? std::nullopt : std::optional<Instant>(start);
  for (const FeedPart& part : PartsOf(table, window, {})) {
    const std::string condition = absl::Substitute("($0) AND agent_key >= $1 AND agent_key < $2",
                                                   part.condition, range.first, range.end);
    const absl::Status status = CopyFeedRows(session, table, condition, limits, &rows, &stored,
                                             [] { return absl::OkStatus(); });
    if (!status.ok()) return status;
  }
  metrics::FactSnapshot::Builder builder;
  builder.AddAgentActivities(std::move(stored.agent_activities.upserted));
  builder.AddScheduledActivities(std::move(stored.scheduled_activities.upserted));
  builder.SetDataWatermark(facts.data_watermark());
  return builder.Build();
}

absl::StatusOr<std::vector<FeedDifference>> CheckTimelines(Session* session,
                                                           const FactSnapshot& facts, size_t table,
                                                           Instant start, size_t spans_max,
                                                           const CallLimits& limits) {
  const FeedTable& feed_table = FeedTables()[table];
  const bool plans = feed_table.name == std::string_view("scheduled_activities");
  const AgentTimelines& resident = plans ? facts.plans() : facts.activities();
  size_t differing = 0;
  for (const AgentRange range : RangesOf(resident, spans_max)) {
    const auto fresh = ReadTimelines(session, facts, feed_table, range, start, limits);
    if (!fresh.ok()) return fresh.status();
    const AgentTimelines& stored = plans ? (*fresh)->plans() : (*fresh)->activities();
    differing += CountDifferences(resident, stored, range, start);
  }
  if (differing == 0) return std::vector<FeedDifference>();
  return std::vector<FeedDifference>{{feed_table.name, std::nullopt,
                                      absl::StrCat("other times of ", differing, " agents"),
                                      absl::StrCat(resident.agents(), " agents")}};
}

}  // namespace

absl::StatusOr<std::vector<FeedDifference>> CheckTable(Session* session, const FactSnapshot& facts,
                                                       size_t table, Instant start,
                                                       const CallLimits& limits,
                                                       const FeedCheckOptions& options) {
  const DayCheck& check = kChecks[table];
  if (check.visit == nullptr) {
    return CheckTimelines(session, facts, table, start, options.spans_per_read_max, limits);
  }
  const char* const name = FeedTables()[table].name;
  absl::StatusOr<Days> stored = StoredDays(session, check, name, start, limits);
  if (!stored.ok()) return stored.status();
  absl::StatusOr<AttributeKeys> keys = AttributeKeys();
  if (check.visit == VisitInteractions) keys = ReadAttributeKeys(session, facts, limits);
  if (!keys.ok()) return keys.status();
  return Compare(name, ResidentDays(facts, *keys, check, start), *stored);
}

std::vector<int64_t> ResidentRows(const FactSnapshot& facts, size_t table, sys_days day) {
  std::vector<int64_t> rows;
  const int64_t number = day.time_since_epoch().count();
  kChecks[table].visit(facts, {}, [&](Instant time, const std::array<int64_t, kSumsMax>& values) {
    if (metrics::DayOf(time) == number) rows.push_back(values[0]);
  });
  return rows;
}

std::string DayCondition(size_t table, sys_days day) {
  return absl::Substitute("$0 >= $1 AND $0 < $2", kChecks[table].time, TimeLiteral(day),
                          TimeLiteral(day + std::chrono::days(1)));
}

}  // namespace kpid::storage
