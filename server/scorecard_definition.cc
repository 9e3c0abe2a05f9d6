#include "server/scorecard_definition.h"

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>

#include "metrics/scorecard.h"
#include "server/field_checks.h"
#include "server/join_text.h"
#include "server/kpi_request.h"
#include "server/reasons.h"
#include "server/target.h"
#include "server/thousandths.h"

namespace kpid::server {
namespace {

static_assert(static_cast<int>(metrics::ScorecardArea::kOperations) ==
              v1::SCORECARD_AREA_OPERATIONS);
static_assert(v1::ScorecardArea_MAX == v1::SCORECARD_AREA_OPERATIONS);

// What tells the KPIs of a scorecard apart: id, parameters and statistic as resolved.
using KpiKey = std::tuple<std::string_view,
                          std::map<std::string, metrics::ParameterValue, std::less<>>, std::string>;

void ValidateEntries(const v1::Scorecard& scorecard, const FieldPath& path,
                     ViolationList* violations) {
  if (!CheckCount(path.Field("entries"), scorecard.entries_size(), 1, metrics::kScorecardEntriesMax,
                  violations)) {
    return;
  }
  std::map<KpiKey, int> seen;
  for (int i = 0; i < scorecard.entries_size(); ++i) {
    const v1::ScorecardEntry& entry = scorecard.entries(i);
    const FieldPath entry_path = path.Element("entries", i);
    const FieldChecks checks(entry_path, violations);
    const auto kpi = ReadKpi({"kpi_id", entry.kpi_id(), entry.parameters(), entry.statistic()},
                             entry_path, violations);
    checks.Enum("area", entry.area(), v1::ScorecardArea_IsValid(entry.area()), Presence::kRequired);
    if (entry.has_weight()) ValidateWeight(entry.weight(), checks);
    if (!kpi) continue;
    const auto [first, is_new] = seen.emplace(
        KpiKey{kpi->definition->id, kpi->parameters, metrics::StatisticText(kpi->statistic)}, i);
    if (!is_new) {
      checks.Add("kpi_id", reason::kDuplicateItem,
                 JoinText("is that of entry ", first->second,
                          " too, with the same parameters and statistic"));
    }
  }
}

void ValidateScorecard(const v1::Scorecard& scorecard, const FieldPath& path,
                       ViolationList* violations) {
  const FieldChecks checks(path, violations);
  checks.Id("scorecard_id", scorecard.scorecard_id(), Presence::kRequired);
  checks.Text("name", scorecard.name(), kDisplayNameBytesMax);
  ValidateEntries(scorecard, path, violations);
}

}  // namespace

void ValidateUpsertScorecards(const v1::UpsertScorecardsRequest& request,
                              ViolationList* violations) {
  const FieldPath root = FieldPath::Root();
  if (!CheckCount(root.Field("scorecards"), request.scorecards_size(), 1, kScorecardsMax,
                  violations)) {
    return;
  }
  std::map<std::string_view, int> seen;
  for (int i = 0; i < request.scorecards_size(); ++i) {
    const v1::Scorecard& scorecard = request.scorecards(i);
    const FieldPath path = root.Element("scorecards", i);
    ValidateScorecard(scorecard, path, violations);
    if (scorecard.scorecard_id().empty()) continue;  // Two without an id are no duplicates.
    const auto [first, is_new] = seen.emplace(scorecard.scorecard_id(), i);
    if (!is_new) {
      violations->Add(path.Field("scorecard_id"), reason::kDuplicateItem,
                      JoinText("is that of item ", first->second, " too"));
    }
  }
}

storage::ScorecardRecord ToScorecardRecord(const v1::Scorecard& message) {
  storage::ScorecardRecord record{message.scorecard_id(), message.name(), {}};
  for (const v1::ScorecardEntry& entry : message.entries()) {
    storage::ScorecardRecord::Entry& added = record.entries.emplace_back();
    added.kpi = ToKpiText(entry.kpi_id(), entry.parameters(), entry.statistic());
    added.area = static_cast<metrics::ScorecardArea>(entry.area());
    if (entry.has_weight()) added.weight_thousandths = ToThousandths(entry.weight());
  }
  return record;
}

void SetScorecard(const storage::ScorecardRecord& record, v1::Scorecard* message) {
  message->set_scorecard_id(record.scorecard_id);
  message->set_name(record.name);
  for (const storage::ScorecardRecord::Entry& entry : record.entries) {
    v1::ScorecardEntry* added = message->add_entries();
    added->set_kpi_id(entry.kpi.kpi_id);
    added->mutable_parameters()->insert(entry.kpi.parameters.begin(), entry.kpi.parameters.end());
    added->set_statistic(entry.kpi.statistic);
    added->set_area(static_cast<v1::ScorecardArea>(entry.area));
    added->set_weight(static_cast<double>(entry.weight_thousandths) / 1'000);
  }
}

// Its KPIs have all their defaults, which need not be told.
storage::ScorecardRecord BalancedScorecardRecord() {
  const metrics::ScorecardDefinition& balanced = metrics::BalancedScorecard();
  storage::ScorecardRecord record{balanced.scorecard_id, balanced.name, {}};
  for (const metrics::ScorecardEntry& entry : balanced.entries) {
    storage::ScorecardRecord::Entry& added = record.entries.emplace_back();
    added.kpi.kpi_id = std::string(entry.kpi.definition->id);
    added.area = entry.area;
    added.weight_thousandths = ToThousandths(entry.weight);
  }
  return record;
}

}  // namespace kpid::server
