#include "storage/feed_tables.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/substitute.h"
#include "storage/load_plan.h"

namespace kpid::storage {
namespace {

using metrics::Code;
using metrics::FactChanges;
using metrics::Instant;

bool Unknown(const metrics::Dictionary& dictionary, Code code) {
  return code != metrics::kNoCode && dictionary.Name(code).empty();
}

// Names that a fact carries.
bool LacksName(const metrics::Dictionaries& names, const metrics::InteractionFact& fact) {
  return Unknown(names.agents, fact.agent) || Unknown(names.queues, fact.queue) ||
         (fact.revenue && Unknown(names.currencies, fact.revenue->currency));
}
bool LacksName(const metrics::Dictionaries& names, const metrics::SurveyFact& fact) {
  return Unknown(names.agents, fact.agent) || Unknown(names.queues, fact.queue);
}
bool LacksName(const metrics::Dictionaries& names, const metrics::QualityFact& fact) {
  for (const metrics::QualityFact::Item& item : fact.items) {
    if (Unknown(names.quality_categories, item.category)) return true;
  }
  return Unknown(names.agents, fact.agent) || Unknown(names.queues, fact.queue);
}
bool LacksName(const metrics::Dictionaries& names, const metrics::AgentActivityFact& fact) {
  return Unknown(names.agents, fact.agent);
}
bool LacksName(const metrics::Dictionaries& names, const metrics::ScheduledActivityFact& fact) {
  return Unknown(names.agents, fact.agent);
}
bool LacksName(const metrics::Dictionaries& names, const metrics::TicketFact& fact) {
  return Unknown(names.agents, fact.agent) || Unknown(names.queues, fact.queue) ||
         Unknown(names.priorities, fact.priority);
}
bool LacksName(const metrics::Dictionaries& names, const metrics::CostFact& fact) {
  return Unknown(names.queues, fact.queue) || Unknown(names.groups, fact.group) ||
         Unknown(names.currencies, fact.amount.currency);
}

template <auto kKind>
void Replace(FactChanges* changes) {
  (changes->*kKind).replaced = true;
}

template <auto kKind>
std::vector<int64_t>* Deleted(FactChanges* changes) {
  return &(changes->*kKind).deleted;
}

std::string SelectChangedInteractions(const FeedRows& rows) {
  return SelectInteractions({.attributes = true, .own_conversations = rows.own_conversations});
}

// Attributes that are not known are not in the fact: they are looked for in the row.
bool LacksAttribute(std::span<const FieldView> row, const AttributeCodes& attributes) {
  const FieldView keys = row.back();
  if (keys.null()) return false;
  bool lacks = false;
  ForEachInt(keys, [&](int32_t key) { lacks = lacks || !attributes.contains(key); });
  return lacks;
}

absl::Status DecodeChangedInteraction(std::span<const FieldView> row, FeedRows* rows,
                                      FactChanges* changes) {
  metrics::InteractionFact& fact = changes->interactions.upserted.emplace_back();
  const absl::Status status = DecodeInteraction(row, *rows->attributes, &fact);
  if (!status.ok()) return status;
  rows->conversations.Insert(fact.conversation);
  rows->unknown_name |= LacksName(*rows->names, fact) || LacksAttribute(row, *rows->attributes);
  return absl::OkStatus();
}

template <const auto& kReading>
std::string Select(const FeedRows&) {
  return kReading.select;
}

template <const auto& kReading, auto kKind>
absl::Status Decode(std::span<const FieldView> row, FeedRows* rows, FactChanges* changes) {
  auto& fact = (changes->*kKind).upserted.emplace_back();
  const absl::Status status = kReading.decode(row, &fact);
  if (status.ok()) rows->unknown_name |= LacksName(*rows->names, fact);
  return status;
}

template <const auto& kReading, auto kKind>
constexpr FeedTable TableOf(const char* name, const char* time_column, const char* reaches,
                            bool time_nullable = false) {
  return {name,           time_column,      reaches,
          time_nullable,  Select<kReading>, Decode<kReading, kKind>,
          Replace<kKind>, Deleted<kKind>};
}

constexpr FeedTable kTables[] = {
    {"interactions", "arrive_time",
     "arrive_time < $0 AND (end_time >= $0 OR (end_time IS NULL AND answer_time >= $0))", false,
     SelectChangedInteractions, DecodeChangedInteraction, Replace<&FactChanges::interactions>,
     Deleted<&FactChanges::interactions>},
    TableOf<kSurveyReading, &FactChanges::surveys>(
        "survey_responses", "respond_time",
        "(respond_time < $0 OR respond_time IS NULL) AND invite_time >= $0", true),
    TableOf<kQualityReading, &FactChanges::quality_evaluations>("quality_evaluations",
                                                                "evaluate_time", nullptr),
    TableOf<kAgentActivityReading, &FactChanges::agent_activities>(
        "agent_activities", "start_time",
        "start_time < $0 AND (end_time > $0 OR end_time IS NULL)"),
    TableOf<kScheduledActivityReading, &FactChanges::scheduled_activities>(
        "scheduled_activities", "start_time", "start_time < $0 AND end_time > $0"),
    TableOf<kTicketReading, &FactChanges::tickets>(
        "tickets", "open_time",
        "open_time < $0 AND (last_resolve_time >= $0"
        " OR (last_resolve_time IS NULL AND (close_time IS NULL OR close_time >= $0"
        "  OR first_resolve_time >= $0)))"),
    TableOf<kCostReading, &FactChanges::costs>("costs", "start_time",
                                               "start_time < $0 AND end_time > $0"),
};

}  // namespace

std::span<const FeedTable> FeedTables() { return kTables; }

void ReplaceAll(FactChanges* changes) {
  for (const FeedTable& table : kTables) table.replace(changes);
}

std::vector<FeedPart> PartsOf(const FeedTable& table, std::optional<Instant> start,
                              std::span<const Instant> cuts) {
  std::vector<Instant> bounds;
  if (start) bounds.push_back(*start);
  for (const Instant cut : cuts) {
    if (!start || cut > *start) bounds.push_back(cut);
  }
  std::vector<FeedPart> parts;
  std::optional<Instant> end;
  for (size_t i = bounds.size(); i-- > 0; end = bounds[i]) {
    FeedPart& part = parts.emplace_back();
    part.condition = absl::StrCat(table.time_column, " >= ", TimeLiteral(bounds[i]));
    part.end = end;
    if (end) absl::StrAppend(&part.condition, " AND ", table.time_column, " < ", TimeLiteral(*end));
  }
  if (start) {
    if (table.reaches != nullptr) {
      parts.push_back({absl::Substitute(table.reaches, TimeLiteral(*start)), start});
    }
  } else if (bounds.empty()) {
    parts.push_back({"true", std::nullopt});
  } else {
    parts.push_back({absl::StrCat(table.time_column, " < ", TimeLiteral(*end)), end});
    if (table.time_nullable) {
      parts.push_back({absl::StrCat(table.time_column, " IS NULL"), std::nullopt});
    }
  }
  return parts;
}

std::string CopySql(const FeedTable& table, const std::string& condition, const FeedRows& rows) {
  return absl::StrCat("COPY (", table.select(rows), " WHERE ", condition,
                      ") TO STDOUT (FORMAT binary)");
}

absl::Status CopyFeedRows(Session* session, const FeedTable& table, const std::string& condition,
                          const metrics::CallLimits& limits, FeedRows* rows, FactChanges* changes,
                          const std::function<absl::Status()>& each) {
  const std::string sql = CopySql(table, condition, *rows);
  CopyReader reader;
  const auto decode = [&](std::span<const FieldView> row) {
    const absl::Status status = table.decode(row, rows, changes);
    return status.ok() ? each() : status;
  };
  return session->CopyOut({"copy_changed_rows", sql}, limits,
                          [&](std::string_view chunk) { return reader.Feed(chunk, decode); });
}

}  // namespace kpid::storage
