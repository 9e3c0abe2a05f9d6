#include "storage/dictionary_loader.h"

#include <chrono>
#include <optional>
#include <string>
#include <utility>

namespace kpid::storage {
namespace {

using metrics::CallLimits;
using metrics::Code;
using metrics::Dictionary;

constexpr Statement kLoadAgents{"load_agents", "SELECT agent_key, agent_id, name FROM kpid.agents"};
constexpr Statement kLoadQueues{"load_queues", "SELECT queue_key, queue_id, name FROM kpid.queues"};
constexpr Statement kLoadGroups{
    "load_groups",
    "SELECT group_key, group_id, name, type, parent_group_key FROM kpid.agent_groups"};
constexpr Statement kLoadCurrencies{"load_currencies",
                                    "SELECT currency_key, currency_code, '' FROM kpid.currencies"};
constexpr Statement kLoadPriorities{"load_priorities",
                                    "SELECT priority_key, priority, '' FROM kpid.priorities"};
constexpr Statement kLoadQualityCategories{
    "load_quality_categories",
    "SELECT quality_category_key, category, '' FROM kpid.quality_categories"};

// Agents whose employment begins or ends; dates as days since 1970-01-01.
constexpr Statement kLoadEmployments{
    "load_employments",
    "SELECT agent_key, hire_date - date '1970-01-01', leave_date - date '1970-01-01',"
    " leave_reason = 'transfer' FROM kpid.agents"
    " WHERE hire_date IS NOT NULL OR leave_date IS NOT NULL"};

// Memberships that are not void.
constexpr Statement kLoadMemberships{
    "load_memberships",
    "SELECT agent_key, group_key, start_time, end_time FROM kpid.memberships"
    " WHERE end_time IS NULL OR end_time > start_time"};

// Attributes of some names.
constexpr Statement kLoadAttributes{
    "load_attributes",
    "SELECT attribute_key, name, value FROM kpid.attributes WHERE name = ANY($1)"};

Code CodeOf(FieldView field) {
  return field.null() ? metrics::kNoCode : static_cast<Code>(field.Int());
}

// The first three columns are code, name and name to show.
absl::StatusOr<Rows> LoadDictionary(Session* session, const Statement& statement,
                                    const CallLimits& limits, Dictionary* dictionary) {
  absl::StatusOr<Rows> rows = session->Execute(statement, {}, limits);
  if (!rows.ok()) return rows.status();
  for (int i = 0; i < rows->size(); ++i) {
    dictionary->Add(CodeOf(rows->At(i, 0)), rows->At(i, 1).Text(), rows->At(i, 2).Text());
  }
  return rows;
}

absl::Status LoadRoster(Session* session, const CallLimits& limits, LoadedNames* names) {
  absl::StatusOr<Rows> groups =
      LoadDictionary(session, kLoadGroups, limits, &names->dictionaries.groups);
  if (!groups.ok()) return groups.status();
  std::vector<metrics::GroupFact> group_facts;
  for (int i = 0; i < groups->size(); ++i) {
    group_facts.push_back(
        {CodeOf(groups->At(i, 0)), std::string(groups->At(i, 3).Text()), CodeOf(groups->At(i, 4))});
  }
  absl::StatusOr<Rows> memberships = session->Execute(kLoadMemberships, {}, limits);
  if (!memberships.ok()) return memberships.status();
  std::vector<metrics::MembershipFact> membership_facts;
  for (int i = 0; i < memberships->size(); ++i) {
    const FieldView end = memberships->At(i, 3);
    membership_facts.push_back(
        {CodeOf(memberships->At(i, 0)),
         CodeOf(memberships->At(i, 1)),
         {memberships->At(i, 2).Time(), end.null() ? metrics::kInstantEnd : end.Time()}});
  }
  names->roster = metrics::Roster(std::move(group_facts), std::move(membership_facts));
  return absl::OkStatus();
}

// The same value under two keys has one code, so codes are not those of the pairs.
absl::Status LoadAttributes(Session* session, const std::vector<std::string>& attribute_keys,
                            const CallLimits& limits, LoadedNames* names) {
  ArrayEncoder keys(TypeOid::kText, attribute_keys.size());
  for (const std::string& key : attribute_keys) keys.AppendText(key);
  const Parameter parameter = ArrayParameter(&keys);
  absl::StatusOr<Rows> rows = session->Execute(kLoadAttributes, {&parameter, 1}, limits);
  if (!rows.ok()) return rows.status();
  for (int i = 0; i < rows->size(); ++i) {
    names->attributes[rows->At(i, 0).Int()] = {
        names->dictionaries.attribute_keys.FindOrAdd(rows->At(i, 1).Text()),
        names->dictionaries.attribute_values.FindOrAdd(rows->At(i, 2).Text())};
  }
  return absl::OkStatus();
}

std::optional<std::chrono::sys_days> DayOf(FieldView field) {
  if (field.null()) return std::nullopt;
  return std::chrono::sys_days(std::chrono::days(field.Int()));
}

absl::Status LoadEmployments(Session* session, const CallLimits& limits, LoadedNames* names) {
  absl::StatusOr<Rows> rows = session->Execute(kLoadEmployments, {}, limits);
  if (!rows.ok()) return rows.status();
  for (int i = 0; i < rows->size(); ++i) {
    names->employments.push_back(
        {CodeOf(rows->At(i, 0)), DayOf(rows->At(i, 1)), DayOf(rows->At(i, 2)), rows->Bool(i, 3)});
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<LoadedNames> LoadNames(Session* session, const metrics::FactDemand& demand,
                                      const CallLimits& limits) {
  LoadedNames names;
  metrics::Dictionaries& dictionaries = names.dictionaries;
  absl::Status status;
  const auto load = [&](const Statement& statement, Dictionary* dictionary) {
    if (status.ok()) status = LoadDictionary(session, statement, limits, dictionary).status();
  };
  load(kLoadAgents, &dictionaries.agents);
  load(kLoadQueues, &dictionaries.queues);
  load(kLoadCurrencies, &dictionaries.currencies);
  if (demand.tickets) load(kLoadPriorities, &dictionaries.priorities);
  if (demand.quality_evaluations) {
    load(kLoadQualityCategories, &dictionaries.quality_categories);
  }
  if (status.ok()) status = LoadRoster(session, limits, &names);
  if (status.ok() && demand.employments) status = LoadEmployments(session, limits, &names);
  if (status.ok() && !demand.attribute_keys.empty()) {
    status = LoadAttributes(session, demand.attribute_keys, limits, &names);
  }
  if (!status.ok()) return status;
  return names;
}

}  // namespace kpid::storage
