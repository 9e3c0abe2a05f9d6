#include "tests/property/hand_made_changes.h"

#include <array>
#include <vector>

#include "absl/strings/str_cat.h"

namespace kpid::proof {

const char kStampAnew[] =
    "UPDATE kpid.survey_responses AS s SET stamped_customer_key = i.customer_key,"
    " stamped_queue_key = i.queue_key, stamped_agent_key = i.agent_key,"
    " stamped_channel = i.channel, stamped_direction = i.direction"
    " FROM kpid.interactions AS i WHERE i.interaction_id = s.interaction_id"
    " AND (stamped_customer_key, stamped_queue_key, stamped_agent_key, stamped_channel,"
    " stamped_direction) IS DISTINCT FROM (i.customer_key, i.queue_key, i.agent_key, i.channel,"
    " i.direction);"
    "UPDATE kpid.survey_responses AS s SET stamped_customer_key = NULL, stamped_queue_key = NULL,"
    " stamped_agent_key = NULL, stamped_channel = NULL, stamped_direction = NULL"
    " WHERE stamped_direction IS NOT NULL AND NOT EXISTS (SELECT FROM kpid.interactions AS i"
    " WHERE i.interaction_id = s.interaction_id);"
    "UPDATE kpid.quality_evaluations AS e SET stamped_queue_key = i.queue_key,"
    " stamped_channel = i.channel, stamped_direction = i.direction"
    " FROM kpid.interactions AS i WHERE i.interaction_id = e.interaction_id"
    " AND (stamped_queue_key, stamped_channel, stamped_direction) IS DISTINCT FROM"
    " (i.queue_key, i.channel, i.direction);"
    "UPDATE kpid.quality_evaluations AS e SET stamped_queue_key = NULL, stamped_channel = NULL,"
    " stamped_direction = NULL"
    " WHERE stamped_direction IS NOT NULL AND NOT EXISTS (SELECT FROM kpid.interactions AS i"
    " WHERE i.interaction_id = e.interaction_id)";

namespace {

constexpr auto kTables =
    std::to_array<const char*>({"interactions", "survey_responses", "quality_evaluations",
                                "agent_activities", "scheduled_activities", "tickets", "costs"});

// Rows are moved to later times only, and those that went far stay: no time leaves the range that
// times may have.
constexpr int kMovesEndAfterDays = 20;

std::string AnyTable(Choices& choices) {
  return absl::StrCat("kpid.", kTables[choices.Below(kTables.size())]);
}

std::string AnyRows(Choices& choices) {
  const size_t parts = 3 + choices.Below(30);
  return absl::StrCat(" WHERE row_key % ", parts, " = ", choices.Below(parts));
}

std::string TimestampOf(metrics::Instant instant) {
  return absl::StrCat("(timestamptz 'epoch' + interval '", instant.time_since_epoch().count(),
                      " microseconds')");
}

std::string KeyOf(const char* table, const char* column, const std::string& name) {
  return absl::StrCat("(SELECT ", column, "_key FROM kpid.", table, " WHERE ", column, "_id = '",
                      name, "')");
}

std::string Moved(Choices& choices, metrics::Instant world_start) {
  struct Table {
    const char* name;
    const char* first;
    std::vector<const char*> times;
  };
  static const std::vector<Table> kMoved = {
      {"interactions",
       "arrive_time",
       {"arrive_time", "enqueue_time", "answer_time", "first_response_time", "end_time"}},
      {"survey_responses", "coalesce(invite_time, respond_time)", {"invite_time", "respond_time"}},
      {"quality_evaluations", "evaluate_time", {"evaluate_time"}},
      {"agent_activities", "start_time", {"start_time", "end_time"}},
      {"scheduled_activities", "start_time", {"start_time", "end_time"}},
      {"tickets",
       "open_time",
       {"open_time", "first_response_time", "first_resolve_time", "last_resolve_time",
        "close_time"}},
      {"costs", "start_time", {"start_time", "end_time"}}};
  const Table& table = choices.Of(kMoved);
  const std::string by = absl::StrCat(" + interval '", choices.Below(100'000), " seconds'");
  std::string sql = absl::StrCat("UPDATE kpid.", table.name, " SET");
  const char* comma = " ";
  for (const char* const time : table.times) {
    absl::StrAppend(&sql, comma, time, " = ", time, by);
    comma = ", ";
  }
  const auto last = world_start + std::chrono::days(kMovesEndAfterDays);
  return absl::StrCat(sql, AnyRows(choices), " AND ", table.first, " < ", TimestampOf(last));
}

std::string ChangedInteractions(Choices& choices) {
  const std::string number = absl::StrCat(1 + choices.Below(4));
  const std::array<std::string, 8> sets = {
      absl::StrCat("customer_key = ", KeyOf("customers", "customer", "c" + number)),
      absl::StrCat("agent_key = ", KeyOf("agents", "agent", "a" + number)),
      absl::StrCat("queue_key = ", KeyOf("queues", "queue", "q" + number)),
      absl::StrCat("case_key = ", KeyOf("cases", "case", "m" + number)),
      absl::StrCat("conversation_key = ", KeyOf("conversations", "conversation", "k" + number)),
      absl::StrCat("channel = ", choices.Below(4), ", direction = ", 1 + choices.Below(2)),
      absl::StrCat("resolution = ", choices.Below(4), ", flags = ", choices.Below(8)),
      "wrap_up_microseconds = hold_microseconds, attribute_keys = NULL"};
  return absl::StrCat("UPDATE kpid.interactions SET ", sets[choices.Below(sets.size())],
                      AnyRows(choices));
}

std::string ChangedRoster(Choices& choices, metrics::Instant world_start) {
  const std::string agent = absl::StrCat("'a", 1 + choices.Below(5), "'");
  const std::string day =
      absl::StrCat("(", TimestampOf(RandomInstant(choices, world_start)), ")::date");
  switch (choices.Below(6)) {
    case 0:
      return absl::StrCat("UPDATE kpid.agents SET hire_date = ", day,
                          ", leave_date = NULL WHERE agent_id = ", agent);
    case 1:
      return absl::StrCat("UPDATE kpid.agents SET leave_date = hire_date + ", choices.Below(9),
                          " WHERE agent_id = ", agent);
    case 2:
      return absl::StrCat("DELETE FROM kpid.memberships WHERE agent_key % 3 = ", choices.Below(3));
    case 3:  // No membership is shorter, so none comes to overlap another.
      return absl::StrCat(
          "UPDATE kpid.memberships SET end_time = start_time + interval '1 hour'"
          " WHERE agent_key % 3 = ",
          choices.Below(3));
    case 4:
      return absl::StrCat(
          "UPDATE kpid.targets SET target_value = target_value + 1,"
          " band_end_value = band_end_value + 1",
          AnyRows(choices));
    default:
      return absl::StrCat("DELETE FROM kpid.targets", AnyRows(choices));
  }
}

// Deleted and put back as it was, with the same key.
std::string PutBack(Choices& choices) {
  return absl::StrCat("WITH gone AS (DELETE FROM kpid.tickets", AnyRows(choices),
                      " RETURNING *) INSERT INTO kpid.tickets (row_key, revision, open_time,"
                      " reopen_count, reassignment_count, channel, ticket_id)"
                      " OVERRIDING SYSTEM VALUE SELECT row_key, revision, open_time,"
                      " reopen_count, reassignment_count, channel, ticket_id FROM gone"
                      " ON CONFLICT DO NOTHING");
}

std::string Inserted(Choices& choices, metrics::Instant world_start) {
  const std::string time = TimestampOf(RandomInstant(choices, world_start));
  if (choices.Percent(50)) {
    return absl::StrCat(
        "INSERT INTO kpid.tickets (revision, open_time, reopen_count,"
        " reassignment_count, channel, ticket_id) VALUES (0, ",
        time, ", 0, 0, 1, 't", choices.Below(80), "') ON CONFLICT DO NOTHING");
  }
  return absl::StrCat(
      "INSERT INTO kpid.interactions (revision, arrive_time, channel, direction,"
      " outcome, resolution, flags, interaction_id, customer_key) VALUES (0, ",
      time, ", 1, 1, 2, 0, 0, 'i", choices.Below(200), "', ", KeyOf("customers", "customer", "c1"),
      ") ON CONFLICT DO NOTHING");
}

}  // namespace

std::string HandMadeChange(Choices& choices, metrics::Instant world_start) {
  switch (choices.Below(10)) {
    case 0:
    case 1:
      return absl::StrCat("DELETE FROM ", AnyTable(choices), AnyRows(choices));
    case 2:
      return absl::StrCat("UPDATE ", AnyTable(choices), " SET revision = revision",
                          AnyRows(choices));
    case 3:
      return absl::StrCat("SAVEPOINT one; DELETE FROM ", AnyTable(choices), AnyRows(choices),
                          "; ROLLBACK TO one; ", Moved(choices, world_start));
    case 4:
      return absl::StrCat("UPDATE kpid.agent_activities SET end_time = NULL", AnyRows(choices));
    case 5:
      return ChangedInteractions(choices);
    case 6:
      return ChangedRoster(choices, world_start);
    case 7:
      return PutBack(choices);
    case 8:
      return Inserted(choices, world_start);
    default:
      return Moved(choices, world_start);
  }
}

std::string HandMadeUpheaval(Choices& choices) {
  switch (choices.Below(6)) {
    case 0:
      return absl::StrCat("TRUNCATE ", AnyTable(choices), " RESTART IDENTITY");
    case 1:
      return "UPDATE kpid.attributes SET value = value";
    case 2:
      return "UPDATE kpid.queues SET name = name || 'n'";
    case 3:
      return "TRUNCATE kpid.targets";
    default:
      return absl::StrCat("TRUNCATE ", AnyTable(choices));
  }
}

}  // namespace kpid::proof
