#include "storage/roster_store.h"

#include <algorithm>
#include <functional>
#include <set>
#include <utility>

#include "storage/retry.h"
#include "storage/roster_checks.h"
#include "storage/roster_statements.h"
#include "storage/roster_text.h"
#include "storage/text_array.h"
#include "storage/text_session.h"

namespace kpid::storage {
namespace {

using metrics::CallLimits;
using Work = std::function<absl::Status(TextTransaction&)>;

// Runs `work` in a transaction of its own, again when it lost a conflict. Changes of the roster
// write few rows, so that all of it is simply done anew.
absl::Status InTransaction(Database* database, const CallLimits& limits, const Work& work) {
  return Retry({}, RealRetryEnvironment(), limits, [&]() -> absl::Status {
    absl::StatusOr<TextSessionPool::Lease> session = database->roster_sessions().Acquire(limits);
    if (!session.ok()) return session.status();
    return (*session)->InTransaction(limits, work);
  });
}

// As InTransaction, after the changes of the roster before it.
absl::Status ChangeRoster(Database* database, const CallLimits& limits, const Work& work) {
  const absl::Status changed =
      InTransaction(database, limits, [&](TextTransaction& transaction) -> absl::Status {
        const absl::Status status = transaction.Execute(kLockRoster, {}).status();
        return status.ok() ? work(transaction) : status;
      });
  if (changed.ok()) database->commits().Advance();
  return changed;
}

// Builds the text array of one field of the records.
template <typename Record, typename Field>
std::string ArrayOf(std::span<const Record> records, const Field& field) {
  TextArray array;
  for (const Record& record : records) {
    const TextValue value = field(record);
    if (value) {
      array.Append(*value);
    } else {
      array.AppendNull();
    }
  }
  return array.Finish();
}

// Updates what is stored, inserts what is not: statements with the same parameters.
absl::StatusOr<UpsertResult> UpdateAndInsert(Database* database, const CallLimits& limits,
                                             const Statement& update, const Statement& insert,
                                             const std::vector<TextValue>& parameters,
                                             size_t count) {
  UpsertResult result;
  const absl::Status status =
      ChangeRoster(database, limits, [&](TextTransaction& transaction) -> absl::Status {
        const absl::StatusOr<TextRows> updated = transaction.Execute(update, parameters);
        if (!updated.ok()) return updated.status();
        const absl::StatusOr<TextRows> inserted = transaction.Execute(insert, parameters);
        if (!inserted.ok()) return inserted.status();
        result.outcome.updated = static_cast<int64_t>(updated->size());
        result.outcome.inserted = static_cast<int64_t>(inserted->size());
        result.outcome.unchanged = static_cast<int64_t>(count - updated->size() - inserted->size());
        return absl::OkStatus();
      });
  if (!status.ok()) return status;
  return result;
}

absl::StatusOr<StoredGroups> ReadGroups(TextTransaction& transaction) {
  absl::StatusOr<TextRows> rows = transaction.Execute(kReadGroups, {});
  if (!rows.ok()) return rows.status();
  StoredGroups groups;
  for (const TextRow& row : *rows) {
    groups[row[0].value_or("")] = {row[1].value_or(""), row[2].value_or("")};
  }
  return groups;
}

MembershipRecord MembershipOf(const TextRow& row) {
  MembershipRecord record;
  record.agent_id = row[0].value_or("");
  record.group_id = row[1].value_or("");
  record.start = InstantOfText(row[2]).value_or(Instant());
  record.end = InstantOfText(row[3]);
  return record;
}

// Writes groups that were checked. A group is new, changed or neither; setting the parent of a
// new one is no change.
absl::Status WriteGroups(TextTransaction& transaction, std::span<const AgentGroupRecord> records,
                         UpsertOutcome* outcome) {
  const std::string ids = ArrayOf(records, [](const auto& r) { return r.group_id; });
  const std::string names = ArrayOf(records, [](const auto& r) { return r.name; });
  const std::string types = ArrayOf(records, [](const auto& r) { return r.type; });
  const std::string parents = ArrayOf(records, [](const auto& r) { return r.parent_group_id; });
  const absl::StatusOr<TextRows> inserted = transaction.Execute(kInsertGroups, {ids, names, types});
  if (!inserted.ok()) return inserted.status();
  const absl::StatusOr<TextRows> updated =
      transaction.Execute(kUpdateGroups, {ids, names, parents});
  if (!updated.ok()) return updated.status();
  const std::set<TextRow> is_new(inserted->begin(), inserted->end());
  outcome->inserted = static_cast<int64_t>(inserted->size());
  outcome->updated = std::count_if(updated->begin(), updated->end(),
                                   [&](const TextRow& row) { return !is_new.contains(row); });
  outcome->unchanged = static_cast<int64_t>(records.size()) - outcome->inserted - outcome->updated;
  return absl::OkStatus();
}

absl::Status WriteMemberships(TextTransaction& transaction,
                              std::span<const MembershipRecord> records,
                              const std::string& agent_ids, UpsertOutcome* outcome) {
  const absl::Status members = transaction.Execute(kInsertMembers, {agent_ids}).status();
  if (!members.ok()) return members;
  const absl::StatusOr<TextRows> written = transaction.Execute(
      kUpsertMemberships,
      {agent_ids, ArrayOf(records, [](const auto& r) { return r.group_id; }),
       ArrayOf(records, [](const auto& r) { return MicrosecondsText(r.start); }),
       ArrayOf(records, [](const auto& r) {
         return r.end ? TextValue(MicrosecondsText(*r.end)) : std::nullopt;
       })});
  if (!written.ok()) return written.status();
  for (const TextRow& row : *written) {
    ++(row[0] == "t" ? outcome->inserted : outcome->updated);
  }
  outcome->unchanged = static_cast<int64_t>(records.size()) - outcome->inserted - outcome->updated;
  return absl::OkStatus();
}

// Reads one row more than the page, to know whether there are more.
template <typename Record>
absl::StatusOr<RosterPage<Record>> ReadPage(Database* database, const CallLimits& limits,
                                            const Statement& statement,
                                            const std::vector<TextValue>& parameters, int limit,
                                            Record (*record_of)(const TextRow&)) {
  RosterPage<Record> page;
  const absl::Status status =
      InTransaction(database, limits, [&](TextTransaction& transaction) -> absl::Status {
        const absl::StatusOr<TextRows> rows = transaction.Execute(statement, parameters);
        if (!rows.ok()) return rows.status();
        page = {};
        for (const TextRow& row : *rows) page.records.push_back(record_of(row));
        return absl::OkStatus();
      });
  if (!status.ok()) return status;
  page.more = page.records.size() > static_cast<size_t>(limit);
  if (page.more) page.records.resize(static_cast<size_t>(limit));
  return page;
}

std::string OneMore(int limit) { return std::to_string(limit + 1); }

AgentRecord AgentOf(const TextRow& row) {
  return {row[0].value_or(""), row[1].value_or(""), DateOf(row[2]), DateOf(row[3]),
          row[4].value_or("")};
}

AgentGroupRecord GroupOf(const TextRow& row) {
  return {row[0].value_or(""), row[1].value_or(""), row[2].value_or(""), row[3].value_or("")};
}

QueueRecord QueueOf(const TextRow& row) {
  return {row[0].value_or(""), row[1].value_or(""),
          static_cast<metrics::Channel>(NumberOf(row[2]))};
}

}  // namespace

RosterStore::RosterStore(Database* database) : database_(database) {}
RosterStore::~RosterStore() = default;

absl::StatusOr<UpsertResult> RosterStore::UpsertAgents(std::span<const AgentRecord> records,
                                                       const CallLimits& limits) {
  return UpdateAndInsert(database_, limits, kUpdateAgents, kInsertAgents,
                         {ArrayOf(records, [](const auto& r) { return r.agent_id; }),
                          ArrayOf(records, [](const auto& r) { return r.name; }),
                          ArrayOf(records, [](const auto& r) { return DateText(r.hire_date); }),
                          ArrayOf(records, [](const auto& r) { return DateText(r.leave_date); }),
                          ArrayOf(records, [](const auto& r) { return r.leave_reason; })},
                         records.size());
}

absl::StatusOr<UpsertResult> RosterStore::UpsertQueues(std::span<const QueueRecord> records,
                                                       const CallLimits& limits) {
  return UpdateAndInsert(
      database_, limits, kUpdateQueues, kInsertQueues,
      {ArrayOf(records, [](const auto& r) { return r.queue_id; }),
       ArrayOf(records, [](const auto& r) { return r.name; }),
       ArrayOf(records, [](const auto& r) { return std::to_string(static_cast<int>(r.channel)); })},
      records.size());
}

absl::StatusOr<UpsertResult> RosterStore::UpsertAgentGroups(
    std::span<const AgentGroupRecord> records, const CallLimits& limits) {
  UpsertResult result;
  const absl::Status status =
      ChangeRoster(database_, limits, [&](TextTransaction& transaction) -> absl::Status {
        result = {};
        const absl::StatusOr<StoredGroups> stored = ReadGroups(transaction);
        if (!stored.ok()) return stored.status();
        result.problems = CheckGroups(records, *stored);
        if (!result.problems.empty()) return absl::OkStatus();
        return WriteGroups(transaction, records, &result.outcome);
      });
  if (!status.ok()) return status;
  return result;
}

absl::StatusOr<UpsertResult> RosterStore::UpsertMemberships(
    std::span<const MembershipRecord> records, const CallLimits& limits) {
  const std::string agent_ids = ArrayOf(records, [](const auto& r) { return r.agent_id; });
  UpsertResult result;
  const absl::Status status =
      ChangeRoster(database_, limits, [&](TextTransaction& transaction) -> absl::Status {
        result = {};
        const absl::StatusOr<StoredGroups> groups = ReadGroups(transaction);
        if (!groups.ok()) return groups.status();
        const absl::StatusOr<TextRows> rows = transaction.Execute(kReadMemberships, {agent_ids});
        if (!rows.ok()) return rows.status();
        std::vector<MembershipRecord> stored;
        for (const TextRow& row : *rows) stored.push_back(MembershipOf(row));
        result.problems = CheckMemberships(records, *groups, stored);
        if (!result.problems.empty()) return absl::OkStatus();
        return WriteMemberships(transaction, records, agent_ids, &result.outcome);
      });
  if (!status.ok()) return status;
  return result;
}

absl::StatusOr<RosterPage<AgentRecord>> RosterStore::ListAgents(const std::string& after, int limit,
                                                                const CallLimits& limits) {
  return ReadPage(database_, limits, kListAgents, {after, OneMore(limit)}, limit, AgentOf);
}

absl::StatusOr<RosterPage<AgentGroupRecord>> RosterStore::ListAgentGroups(
    const std::string& after, int limit, const std::string& type, const CallLimits& limits) {
  return ReadPage(database_, limits, kListGroups, {after, OneMore(limit), type}, limit, GroupOf);
}

absl::StatusOr<RosterPage<QueueRecord>> RosterStore::ListQueues(const std::string& after, int limit,
                                                                const CallLimits& limits) {
  return ReadPage(database_, limits, kListQueues, {after, OneMore(limit)}, limit, QueueOf);
}

absl::StatusOr<RosterPage<MembershipRecord>> RosterStore::ListMemberships(
    const std::optional<MembershipRecord>& after, int limit, const std::string& agent_id,
    const std::string& group_id, const CallLimits& limits) {
  const MembershipRecord from = after.value_or(MembershipRecord());
  return ReadPage(database_, limits, kListMemberships,
                  {from.agent_id, from.group_id, MicrosecondsText(from.start), OneMore(limit),
                   agent_id, group_id},
                  limit, MembershipOf);
}

}  // namespace kpid::storage
