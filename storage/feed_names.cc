#include "storage/feed_names.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

#include "storage/target_rows.h"

namespace kpid::storage {
namespace {

using metrics::CallLimits;
using metrics::Code;
using metrics::Dictionaries;
using metrics::Dictionary;
using metrics::FactChanges;

// Attributes with a key after one.
constexpr Statement kAttributesAfter{
    "attributes_after",
    "SELECT attribute_key, name, value FROM kpid.attributes WHERE attribute_key > $1"
    " ORDER BY attribute_key"};

// Everything but attributes, which are read here.
metrics::FactDemand AllNames() {
  metrics::FactDemand demand;
  const metrics::TimeRange any{metrics::Instant::min(), metrics::kInstantEnd};
  demand.tickets = demand.quality_evaluations = any;
  demand.employments = true;
  return demand;
}

}  // namespace

// A row that is written carries a greater xmin than any that was there: as many rows with the same
// sum are the same rows, whoever wrote them and however.
const char* const kNameVersionsSql =
    "concat_ws(',', (SELECT version FROM kpid.roster_state),"
    " (SELECT max(agent_key) FROM kpid.agents), (SELECT max(queue_key) FROM kpid.queues),"
    " (SELECT max(group_key) FROM kpid.agent_groups),"
    " (SELECT max(currency_key) FROM kpid.currencies), 'p',"
    " (SELECT max(priority_key) FROM kpid.priorities), 'q',"
    " (SELECT max(quality_category_key) FROM kpid.quality_categories)),"
    " coalesce((SELECT max(attribute_key) FROM kpid.attributes), 0)::text,"
    " (SELECT concat_ws(',', count(*), sum(xmin::text::bigint)) FROM kpid.targets)";

absl::Status FeedNames::Refresh(Session* session, const NameVersions& versions, bool all,
                                const CallLimits& limits, FactChanges* changes) {
  absl::Status status;
  const bool names_changed = all || versions.names != versions_.names;
  const bool targets_changed = all || versions.targets != versions_.targets;
  const bool attributes_changed = all || versions.attributes != versions_.attributes;
  if (names_changed) status = RefreshNames(session, limits, changes);
  if (status.ok() && attributes_changed) {
    status = RefreshAttributes(session, all, limits, &changes->names);
  }
  if (status.ok() && targets_changed) status = RefreshTargets(session, limits, changes);
  if (!status.ok()) return status;
  if (names_changed) {
    // With all attributes, which the copies share.
    dictionaries_.attribute_keys.Seal();
    dictionaries_.attribute_values.Seal();
    changes->dictionaries = dictionaries_;
    changes->names.clear();
  }
  versions_ = versions;
  return absl::OkStatus();
}

absl::Status FeedNames::RefreshNames(Session* session, const CallLimits& limits,
                                     FactChanges* changes) {
  absl::StatusOr<LoadedNames> loaded = LoadNames(session, AllNames(), limits);
  if (!loaded.ok()) return loaded.status();
  loaded->dictionaries.attribute_keys = std::move(dictionaries_.attribute_keys);
  loaded->dictionaries.attribute_values = std::move(dictionaries_.attribute_values);
  dictionaries_ = std::move(loaded->dictionaries);
  changes->roster = std::move(loaded->roster);
  changes->employments = std::move(loaded->employments);
  return absl::OkStatus();
}

absl::Status FeedNames::RefreshTargets(Session* session, const CallLimits& limits,
                                       FactChanges* changes) {
  absl::StatusOr<LoadedTargets> loaded = LoadTargets(session, limits);
  if (!loaded.ok()) return loaded.status();
  if (loaded->skipped > 0) {
    spdlog::warn("{} targets are left out: this version cannot judge by them", loaded->skipped);
  }
  changes->targets = std::move(loaded->targets);
  return absl::OkStatus();
}

// The code of a name, which is told when it is new.
Code FeedNames::CodeOf(Dictionary Dictionaries::*dictionary, std::string_view name,
                       std::vector<metrics::NameChange>* changes) {
  Dictionary& names = dictionaries_.*dictionary;
  Code code = names.Find(name);
  if (code != metrics::kNoCode) return code;
  code = names.FindOrAdd(name);
  changes->push_back({dictionary, code, std::string(name), ""});
  return code;
}

absl::Status FeedNames::RefreshAttributes(Session* session, bool all, const CallLimits& limits,
                                          std::vector<metrics::NameChange>* changes) {
  const Parameter after = IntParameter(all ? 0 : greatest_attribute_key_);
  absl::StatusOr<Rows> rows = session->Execute(kAttributesAfter, {&after, 1}, limits);
  if (!rows.ok()) return rows.status();
  for (int i = 0; i < rows->size(); ++i) {
    const int32_t key = rows->At(i, 0).Int();
    greatest_attribute_key_ = std::max(greatest_attribute_key_, key);
    attributes_[key] = {CodeOf(&Dictionaries::attribute_keys, rows->At(i, 1).Text(), changes),
                        CodeOf(&Dictionaries::attribute_values, rows->At(i, 2).Text(), changes)};
  }
  return absl::OkStatus();
}

}  // namespace kpid::storage
