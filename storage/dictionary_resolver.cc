#include "storage/dictionary_resolver.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "metrics/error_reason.h"

namespace kpid::storage {

using metrics::CallLimits;

constinit const Statement kBeginWithDictionaries{
    "begin_with_dictionaries",
    "BEGIN ISOLATION LEVEL READ COMMITTED;"
    "LOCK TABLE kpid.agents, kpid.queues, kpid.customers, kpid.conversations, kpid.cases,"
    " kpid.currencies, kpid.attributes, kpid.priorities, kpid.quality_categories,"
    " kpid.quality_criteria, kpid.agent_groups IN ACCESS SHARE MODE;"
    "SELECT concat_ws(',', pg_relation_filenode('kpid.agents'),"
    " pg_relation_filenode('kpid.queues'), pg_relation_filenode('kpid.customers'),"
    " pg_relation_filenode('kpid.conversations'), pg_relation_filenode('kpid.cases'),"
    " pg_relation_filenode('kpid.currencies'), pg_relation_filenode('kpid.attributes'),"
    " pg_relation_filenode('kpid.priorities'), pg_relation_filenode('kpid.quality_categories'),"
    " pg_relation_filenode('kpid.quality_criteria'), pg_relation_filenode('kpid.agent_groups'))"};

namespace {

// How the names of one kind are found and inserted.
struct DictionaryStatements {
  Statement find;    // Keys of names, in their order; null where there is none.
  Statement insert;  // Inserts names; returns the keys and names of those it inserted. Without
                     // SQL: the dictionary does not fill itself.

  bool FillsItself() const { return !insert.sql.empty(); }
};

// By DictionaryKind. A subquery instead of a join: it is always one index lookup for each name.
constexpr DictionaryStatements kStatements[kDictionaryKinds] = {
    {{"find_agents",
      "SELECT (SELECT agent_key FROM kpid.agents WHERE agent_id = given.name)"
      " FROM unnest($1) WITH ORDINALITY AS given(name, place) ORDER BY place"},
     {"insert_agents",
      "INSERT INTO kpid.agents (agent_id) SELECT name FROM unnest($1) AS given(name)"
      " ON CONFLICT (agent_id) DO NOTHING RETURNING agent_key, agent_id"}},
    {{"find_queues",
      "SELECT (SELECT queue_key FROM kpid.queues WHERE queue_id = given.name)"
      " FROM unnest($1) WITH ORDINALITY AS given(name, place) ORDER BY place"},
     {"insert_queues",
      "INSERT INTO kpid.queues (queue_id) SELECT name FROM unnest($1) AS given(name)"
      " ON CONFLICT (queue_id) DO NOTHING RETURNING queue_key, queue_id"}},
    {{"find_customers",
      "SELECT (SELECT customer_key FROM kpid.customers WHERE customer_id = given.name)"
      " FROM unnest($1) WITH ORDINALITY AS given(name, place) ORDER BY place"},
     {"insert_customers",
      "INSERT INTO kpid.customers (customer_id) SELECT name FROM unnest($1) AS given(name)"
      " ON CONFLICT (customer_id) DO NOTHING RETURNING customer_key, customer_id"}},
    {{"find_conversations",
      "SELECT (SELECT conversation_key FROM kpid.conversations WHERE conversation_id = given.name)"
      " FROM unnest($1) WITH ORDINALITY AS given(name, place) ORDER BY place"},
     {"insert_conversations",
      "INSERT INTO kpid.conversations (conversation_id) SELECT name FROM unnest($1) AS given(name)"
      " ON CONFLICT (conversation_id) DO NOTHING RETURNING conversation_key, conversation_id"}},
    {{"find_cases",
      "SELECT (SELECT case_key FROM kpid.cases WHERE case_id = given.name)"
      " FROM unnest($1) WITH ORDINALITY AS given(name, place) ORDER BY place"},
     {"insert_cases",
      "INSERT INTO kpid.cases (case_id) SELECT name FROM unnest($1) AS given(name)"
      " ON CONFLICT (case_id) DO NOTHING RETURNING case_key, case_id"}},
    {{"find_currencies",
      "SELECT (SELECT currency_key FROM kpid.currencies WHERE currency_code = given.name)"
      " FROM unnest($1) WITH ORDINALITY AS given(name, place) ORDER BY place"},
     {"insert_currencies",
      "INSERT INTO kpid.currencies (currency_code) SELECT name FROM unnest($1) AS given(name)"
      " ON CONFLICT (currency_code) DO NOTHING RETURNING currency_key, currency_code"}},
    {{"find_attributes",
      "SELECT (SELECT attribute_key FROM kpid.attributes AS known"
      "  WHERE known.name = given.name AND known.value = given.value)"
      " FROM unnest($1, $2) WITH ORDINALITY AS given(name, value, place) ORDER BY place"},
     {"insert_attributes",
      "INSERT INTO kpid.attributes (name, value)"
      " SELECT name, value FROM unnest($1, $2) AS given(name, value)"
      " ON CONFLICT (name, value) DO NOTHING RETURNING attribute_key, name, value"}},
    {{"find_priorities",
      "SELECT (SELECT priority_key FROM kpid.priorities WHERE priority = given.name)"
      " FROM unnest($1) WITH ORDINALITY AS given(name, place) ORDER BY place"},
     {"insert_priorities",
      "INSERT INTO kpid.priorities (priority) SELECT name FROM unnest($1) AS given(name)"
      " ON CONFLICT (priority) DO NOTHING RETURNING priority_key, priority"}},
    {{"find_quality_categories",
      "SELECT (SELECT quality_category_key FROM kpid.quality_categories"
      "  WHERE category = given.name)"
      " FROM unnest($1) WITH ORDINALITY AS given(name, place) ORDER BY place"},
     {"insert_quality_categories",
      "INSERT INTO kpid.quality_categories (category) SELECT name FROM unnest($1) AS given(name)"
      " ON CONFLICT (category) DO NOTHING RETURNING quality_category_key, category"}},
    {{"find_quality_criteria",
      "SELECT (SELECT quality_criterion_key FROM kpid.quality_criteria"
      "  WHERE criterion = given.name)"
      " FROM unnest($1) WITH ORDINALITY AS given(name, place) ORDER BY place"},
     {"insert_quality_criteria",
      "INSERT INTO kpid.quality_criteria (criterion) SELECT name FROM unnest($1) AS given(name)"
      " ON CONFLICT (criterion) DO NOTHING RETURNING quality_criterion_key, criterion"}},
    {{"find_groups",
      "SELECT (SELECT group_key FROM kpid.agent_groups WHERE group_id = given.name)"
      " FROM unnest($1) WITH ORDINALITY AS given(name, place) ORDER BY place"},
     {}},
};

// Names without a key, ascending: transactions that insert the same ones meet in one order.
std::vector<std::string_view> MissingOf(const BatchNames::Keys& keys) {
  std::vector<std::string_view> missing;
  for (const auto& [name, key] : keys) {
    if (key == 0) missing.push_back(name);
  }
  std::sort(missing.begin(), missing.end());
  return missing;
}

// The names as parameters: one array, or for attributes those of names and of values.
std::vector<Parameter> ParametersFor(DictionaryKind kind,
                                     const std::vector<std::string_view>& names) {
  ArrayEncoder first(TypeOid::kText, names.size());
  ArrayEncoder second(TypeOid::kText, names.size());
  for (const std::string_view name : names) {
    if (kind == DictionaryKind::kAttributes) {
      const size_t end = name.find('\0');
      first.AppendText(name.substr(0, end));
      second.AppendText(name.substr(end + 1));
    } else {
      first.AppendText(name);
    }
  }
  std::vector<Parameter> parameters;
  parameters.push_back(ArrayParameter(&first));
  if (kind == DictionaryKind::kAttributes) parameters.push_back(ArrayParameter(&second));
  return parameters;
}

// Gives keys to those of the missing names that are stored; leaves the others missing.
absl::Status Find(Session* session, DictionaryKind kind, std::vector<std::string_view>* missing,
                  BatchNames::Keys* keys, const CallLimits& limits) {
  if (missing->empty()) return absl::OkStatus();
  absl::StatusOr<Rows> rows = session->Execute(kStatements[static_cast<size_t>(kind)].find,
                                               ParametersFor(kind, *missing), limits);
  if (!rows.ok()) return rows.status();
  size_t left = 0;
  for (int i = 0; i < rows->size(); ++i) {
    const FieldView key = rows->At(i, 0);
    const std::string_view name = (*missing)[static_cast<size_t>(i)];
    if (key.null()) {
      (*missing)[left++] = name;
    } else {
      (*keys)[name] = key.Int();
    }
  }
  missing->resize(left);
  return absl::OkStatus();
}

// Inserts the missing names and gives them keys.
absl::Status Insert(Session* session, DictionaryKind kind, std::vector<std::string_view>* missing,
                    BatchNames::Keys* keys, const CallLimits& limits) {
  if (missing->empty()) return absl::OkStatus();
  absl::StatusOr<Rows> rows = session->Execute(kStatements[static_cast<size_t>(kind)].insert,
                                               ParametersFor(kind, *missing), limits);
  if (!rows.ok()) return rows.status();
  for (int i = 0; i < rows->size(); ++i) {
    std::string name(rows->At(i, 1).Text());
    if (kind == DictionaryKind::kAttributes) {
      name.push_back('\0');
      name.append(rows->At(i, 2).Text());
    }
    keys->at(name) = rows->At(i, 0).Int();
  }
  // Names that others inserted meanwhile were not returned.
  std::erase_if(*missing, [&](std::string_view name) { return keys->at(name) != 0; });
  return Find(session, kind, missing, keys, limits);
}

// Gives keys to the names of one kind that have none, and notes them in `resolved`.
absl::Status Resolve(Session* session, DictionaryKind kind, BatchNames* names, BatchNames* resolved,
                     const CallLimits& limits) {
  BatchNames::Keys& keys = names->keys(kind);
  const std::vector<std::string_view> unknown = MissingOf(keys);
  std::vector<std::string_view> missing = unknown;
  absl::Status status = Find(session, kind, &missing, &keys, limits);
  if (status.ok() && kStatements[static_cast<size_t>(kind)].FillsItself()) {
    status = Insert(session, kind, &missing, &keys, limits);
    if (status.ok() && !missing.empty()) {
      status =
          metrics::ErrorWithReason(absl::StatusCode::kAborted, "a name vanished", {"CONFLICT", {}});
    }
  }
  for (const std::string_view name : unknown) resolved->keys(kind).emplace(name, keys.at(name));
  return status;
}

}  // namespace

std::string FingerprintOf(const Session& session, const Transaction& transaction) {
  return session.identity() + "/" + std::string(transaction.begin_rows().At(0, 0).Text());
}

absl::Status ResolveNames(Session* session, DictionaryCache* cache, BatchNames* names,
                          const CallLimits& limits) {
  names->ForgetKeys();
  if (cache->Fill(names) == 0) return absl::OkStatus();
  absl::StatusOr<Transaction> transaction =
      Transaction::Begin(session, kBeginWithDictionaries, limits);
  if (!transaction.ok()) return transaction.status();
  const std::string fingerprint = FingerprintOf(*session, *transaction);
  if (names->fingerprint() != fingerprint) {
    cache->SetFingerprint(fingerprint);
    names->ForgetKeys();
    names->set_fingerprint(fingerprint);
  }
  BatchNames resolved;  // The cache has the others.
  resolved.set_fingerprint(fingerprint);
  for (size_t i = 0; i < kDictionaryKinds; ++i) {
    const absl::Status status =
        Resolve(session, static_cast<DictionaryKind>(i), names, &resolved, limits);
    if (!status.ok()) return status;
  }
  const absl::Status status = transaction->Commit(limits);
  if (!status.ok()) return status;
  cache->Add(resolved);
  return absl::OkStatus();
}

}  // namespace kpid::storage
