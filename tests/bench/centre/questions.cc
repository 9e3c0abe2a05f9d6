#include "tests/bench/centre/questions.h"

#include <initializer_list>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"

namespace kpid::bench {
namespace {

constexpr int64_t kYearStart = 1'735'689'600;  // 2025-01-01 UTC.
constexpr int64_t kDay = 86'400;

v1::QueryKpisRequest RequestOf(std::initializer_list<const char*> kpis, int first_day, int days,
                               v1::Granularity granularity) {
  v1::QueryKpisRequest request;
  for (const char* kpi : kpis) request.add_kpis()->set_id(kpi);
  request.mutable_interval()->mutable_start_time()->set_seconds(kYearStart + first_day * kDay);
  request.mutable_interval()->mutable_end_time()->set_seconds(kYearStart +
                                                              (first_day + days) * kDay);
  request.set_granularity(granularity);
  request.set_value_detail(v1::VALUE_DETAIL_NUMBERS);
  return request;
}

v1::QueryKpisRequest By(v1::QueryKpisRequest request, v1::DimensionKind kind,
                        const char* name = "") {
  v1::Dimension* dimension = request.add_group_by();
  dimension->set_kind(kind);
  dimension->set_name(name);
  return request;
}

void AddStatistics(const char* kpi, v1::QueryKpisRequest* request) {
  for (const char* statistic : {"median", "p90", "p95"}) {
    v1::KpiRequest* added = request->add_kpis();
    added->set_id(kpi);
    added->set_statistic(statistic);
  }
}

constexpr std::initializer_list<const char*> kContactKpis = {"contacts_offered",
                                                             "contacts_handled",
                                                             "contacts_abandoned",
                                                             "average_handle_time",
                                                             "service_level",
                                                             "transfer_rate",
                                                             "first_contact_resolution",
                                                             "csat",
                                                             "nps"};

// The same in SQL. {mature}: until when a contact must have ended to be judged.
constexpr char kContactColumns[] =
    "count(*), count(*) filter (where handled), count(*) filter (where not handled),"
    " sum(handle_s) * 1.0 / nullif(count(handle_s), 0),"
    " 100.0 * count(*) filter (where handled and wait_s <= 20) / nullif(count(*), 0),"
    " 100.0 * count(*) filter (where handled and transferred)"
    " / nullif(count(*) filter (where handled), 0),"
    " 100.0 * count(*) filter (where handled and ended <= {mature}"
    " and (gap_s is null or gap_s > 172800))"
    " / nullif(count(*) filter (where handled and ended <= {mature}), 0),"
    " 100.0 * count(*) filter (where csat >= 4) / nullif(count(csat), 0),"
    " 100.0 * (count(*) filter (where nps >= 9) - count(*) filter (where nps <= 6))"
    " / nullif(count(nps), 0)";

BenchQuestion ContactsByTeamAndDay() {
  return {.name = "A",
          .description = "30 days by team and day, 9 KPIs with FCR, CSAT, NPS",
          .request = By(RequestOf(kContactKpis, 151, 30, v1::GRANULARITY_DAY),
                        v1::DIMENSION_KIND_AGENT_GROUP, "team"),
          .sql = absl::StrCat("select team, {epoch day arrived}, ", kContactColumns,
                              " from contacts where arrived >= {2025-06-01} and"
                              " arrived < {2025-07-01} group by 1, 2")};
}

BenchQuestion AgentByHour() {
  v1::QueryKpisRequest request =
      RequestOf({"contacts_offered", "contacts_handled", "average_handle_time", "service_level"},
                151, 7, v1::GRANULARITY_HOUR);
  v1::DimensionFilter* filter = request.add_filters();
  filter->mutable_dimension()->set_kind(v1::DIMENSION_KIND_AGENT);
  filter->add_values("agent-17");
  return {.name = "B",
          .description = "one agent, 7 days by hour, 4 KPIs",
          .request = request,
          .sql =
              "select 0, {epoch hour arrived}, count(*), count(*) filter (where handled),"
              " sum(handle_s) * 1.0 / nullif(count(handle_s), 0),"
              " 100.0 * count(*) filter (where handled and wait_s <= 20) / nullif(count(*), 0)"
              " from contacts where agent = 17 and arrived >= {2025-06-01} and"
              " arrived < {2025-06-08} group by 1, 2"};
}

BenchQuestion YearByTeamAndMonth() {
  return {.name = "C",
          .description = "365 days by team and month, 9 KPIs",
          .request = By(RequestOf(kContactKpis, 0, 365, v1::GRANULARITY_MONTH),
                        v1::DIMENSION_KIND_AGENT_GROUP, "team"),
          .sql = absl::StrCat("select team, {epoch month arrived}, ", kContactColumns,
                              " from contacts group by 1, 2")};
}

BenchQuestion PercentilesByQueue() {
  v1::QueryKpisRequest request =
      By(RequestOf({}, 90, 90, v1::GRANULARITY_RANGE), v1::DIMENSION_KIND_QUEUE);
  AddStatistics("average_handle_time", &request);
  AddStatistics("average_speed_of_answer", &request);
  return {.name = "D",
          .description = "90 days by queue: exact percentiles of handle time and wait",
          .request = request,
          .sql =
              "select queue, {epoch 2025-04-01}, {quantile 0.5 handle_s},"
              " {quantile 0.9 handle_s}, {quantile 0.95 handle_s}, {quantile 0.5 wait_s},"
              " {quantile 0.9 wait_s}, {quantile 0.95 wait_s}"
              " from contacts where handled and arrived >= {2025-04-01} and"
              " arrived < {2025-06-30} group by 1, 2"};
}

BenchQuestion YearByAgent() {
  return {.name = "E",
          .description = "365 days by agent, 9 KPIs",
          .request =
              By(RequestOf(kContactKpis, 0, 365, v1::GRANULARITY_RANGE), v1::DIMENSION_KIND_AGENT),
          .sql = absl::StrCat("select agent, {epoch 2025-01-01}, ", kContactColumns,
                              " from contacts group by 1, 2")};
}

BenchQuestion StatesByTeamAndDay() {
  return {
      .name = "F",
      .description = "30 days by team and day: occupancy, schedule adherence",
      .request = By(RequestOf({"occupancy", "schedule_adherence"}, 151, 30, v1::GRANULARITY_DAY),
                    v1::DIMENSION_KIND_AGENT_GROUP, "team"),
      .sql =
          "select o.team, {epoch o.day}, o.busy, p.kept from"
          " (select team, day, 100.0 * sum(seconds) filter (where state in (2, 3))"
          " / nullif(sum(seconds) filter (where state in (1, 2, 3)), 0) as busy from states"
          " where day >= {2025-06-01} and day < {2025-07-01} group by team, day) o join"
          " (select plans.team as team, plans.day as day, 100.0 * sum(m.matched)"
          " / nullif(sum(plans.seconds), 0) as kept from plans left join"
          " (select plans.number as number, sum(least(states.finish_s, plans.finish_s)"
          " - greatest(states.begin_s, plans.begin_s)) as matched from plans join states"
          " on states.agent = plans.agent and states.day = plans.day"
          " where plans.day >= {2025-06-01} and plans.day < {2025-07-01}"
          " and states.begin_s < plans.finish_s and plans.begin_s < states.finish_s"
          " and ((plans.state = 1 and states.state <= 3)"
          " or (plans.state = 2 and states.state = 4)"
          " or (plans.state = 3 and states.state = 5)) group by plans.number) m"
          " on m.number = plans.number"
          " where plans.day >= {2025-06-01} and plans.day < {2025-07-01}"
          " group by plans.team, plans.day) p on p.team = o.team and p.day = o.day"};
}

BenchQuestion BacklogByDay() {
  return {.name = "G",
          .description = "a year by day: ticket backlog",
          .request = RequestOf({"ticket_backlog"}, 0, 365, v1::GRANULARITY_DAY),
          .sql =
              "select 0, {epoch day}, sum(change) over (order by day) from"
              " (select day, sum(one) as change from"
              " (select {trunc day opened} as day, 1 as one from tickets union all"
              " select {trunc day finished} as day, -1 as one from tickets"
              " where finished is not null) e group by day) d"};
}

BenchQuestion TwelveKpisByAgent() {
  v1::QueryKpisRequest request = RequestOf(kContactKpis, 151, 30, v1::GRANULARITY_RANGE);
  for (const char* kpi : {"average_talk_time", "average_hold_time", "average_wrap_up_time"}) {
    request.add_kpis()->set_id(kpi);
  }
  return {.name = "H",
          .description = "a month by agent, 12 KPIs",
          .request = By(request, v1::DIMENSION_KIND_AGENT),
          .sql = absl::StrCat("select agent, {epoch 2025-06-01}, ", kContactColumns,
                              ", sum(talk_s) * 1.0 / nullif(count(talk_s), 0),"
                              " sum(hold_s) * 1.0 / nullif(count(hold_s), 0),"
                              " sum(wrap_up_s) * 1.0 / nullif(count(wrap_up_s), 0)"
                              " from contacts where arrived >= {2025-06-01} and"
                              " arrived < {2025-07-01} group by 1, 2")};
}

// ClickHouse's rank is the next one where the rank is a whole number, so it is asked for a hair
// less.
std::string InClickHouse(const std::string& sql) {
  return absl::StrReplaceAll(
      sql,
      {{"{epoch day arrived}", "toUnixTimestamp(toStartOfDay(arrived))"},
       {"{epoch hour arrived}", "toUnixTimestamp(toStartOfHour(arrived))"},
       {"{epoch month arrived}", "toUnixTimestamp(toDateTime(toStartOfMonth(arrived), 'UTC'))"},
       {"{epoch day}", "toUnixTimestamp(day)"},
       {"{epoch o.day}", "toUnixTimestamp(o.day)"},
       {"{trunc day opened}", "toStartOfDay(opened)"},
       {"{trunc day finished}", "toStartOfDay(assumeNotNull(finished))"},
       {"{quantile 0.5 ", "quantileExact(0.4999999999)("},
       {"{quantile 0.9 ", "quantileExact(0.8999999999)("},
       {"{quantile 0.95 ", "quantileExact(0.9499999999)("},
       {"handle_s}", "handle_s)"},
       {"wait_s}", "wait_s)"}});
}

std::string InPostgresOrDuckDb(const std::string& sql, bool duckdb) {
  const char* const open = duckdb ? "epoch(date_trunc('" : "extract(epoch from date_trunc('";
  std::vector<std::pair<std::string, std::string>> changes;
  for (const char* unit : {"day", "hour", "month"}) {
    changes.emplace_back(absl::StrCat("{epoch ", unit, " arrived}"),
                         absl::StrCat(open, unit, "', arrived))::bigint"));
  }
  for (const char* column : {"day", "o.day"}) {
    changes.emplace_back(absl::StrCat("{epoch ", column, "}"),
                         duckdb ? absl::StrCat("epoch(", column, ")::bigint")
                                : absl::StrCat("extract(epoch from ", column, ")::bigint"));
  }
  for (const char* column : {"opened", "finished"}) {
    changes.emplace_back(absl::StrCat("{trunc day ", column, "}"),
                         absl::StrCat("date_trunc('day', ", column, ")"));
  }
  for (const char* level : {"0.5", "0.9", "0.95"}) {
    for (const char* column : {"handle_s", "wait_s"}) {
      changes.emplace_back(absl::StrCat("{quantile ", level, " ", column, "}"),
                           duckdb ? absl::StrCat("quantile_disc(", column, ", ", level, ")")
                                  : absl::StrCat("percentile_disc(", level,
                                                 ") within group (order by ", column, ")"));
    }
  }
  return absl::StrReplaceAll(sql, changes);
}

// {2025-06-01}: an instant; {epoch 2025-06-01}: its seconds since 1970; {mature}: 48 hours before
// the latest arrival, which the tables know.
std::string WithInstants(std::string sql, SqlDialect dialect) {
  struct Date {
    const char* text;
    int day;
  };
  constexpr Date kDates[] = {{"2025-01-01", 0},   {"2025-04-01", 90},  {"2025-06-01", 151},
                             {"2025-06-08", 158}, {"2025-06-30", 180}, {"2025-07-01", 181}};
  const bool click = dialect == SqlDialect::kClickHouse;
  for (const Date& date : kDates) {
    sql = absl::StrReplaceAll(
        sql, {{absl::StrCat("{epoch ", date.text, "}"), absl::StrCat(kYearStart + date.day * kDay)},
              {absl::StrCat("{", date.text, "}"),
               click ? absl::StrCat("toDateTime('", date.text, " 00:00:00', 'UTC')")
                     : absl::StrCat("timestamp '", date.text, " 00:00:00'")}});
  }
  return absl::StrReplaceAll(sql, {{"{mature}", "(select mature from horizon)"}});
}

}  // namespace

std::string BenchQuestion::Sql(SqlDialect dialect) const {
  const std::string dated = WithInstants(sql, dialect);
  if (dialect == SqlDialect::kClickHouse) return InClickHouse(dated);
  return InPostgresOrDuckDb(dated, dialect == SqlDialect::kDuckDb);
}

std::vector<BenchQuestion> BenchQuestions() {
  return {ContactsByTeamAndDay(), AgentByHour(),        YearByTeamAndMonth(), PercentilesByQueue(),
          YearByAgent(),          StatesByTeamAndDay(), BacklogByDay(),       TwelveKpisByAgent()};
}

}  // namespace kpid::bench
