#include "server/quality_evaluation.h"

#include <optional>

#include "server/field_checks.h"
#include "server/join_text.h"
#include "server/reasons.h"
#include "server/thousandths.h"
#include "server/time_conversion.h"

namespace kpid::server {
namespace {

void ValidateItem(const v1::QualityItem& item, const FieldPath& path, ViolationList* violations) {
  constexpr ThousandthsRange kPoints = {0, kQualityPointsMax};
  constexpr ThousandthsRange kPointsAboveZero = {0, kQualityPointsMax, /*above_minimum=*/true};
  const FieldChecks checks(path, violations);
  checks.Id("criterion", item.criterion(), Presence::kRequired);
  checks.Text("category", item.category(), kQualityCategoryBytesMax);
  const std::optional<int64_t> score = ReadThousandths("score", item.score(), kPoints, checks);
  const std::optional<int64_t> maximum =
      ReadThousandths("maximum_score", item.maximum_score(), kPointsAboveZero, checks);
  if (score && maximum && *score > *maximum) {
    checks.Add("score", reason::kFieldContradicts, "must be at most maximum_score");
  }
  if (item.has_weight()) ReadThousandths("weight", item.weight(), kPointsAboveZero, checks);
}

void ValidateItems(const v1::QualityEvaluation& message, const FieldPath& path,
                   ViolationList* violations) {
  if (message.items_size() == 0) {
    violations->Add(path.Field("items"), reason::kTooFewItems, "needs at least one item");
    return;
  }
  if (message.items_size() > kQualityItemsMax) {
    violations->Add(path.Field("items"), reason::kTooManyItems,
                    JoinText("has ", message.items_size(), " items; at most ", kQualityItemsMax,
                             " are allowed"));
    return;
  }
  for (int i = 0; i < message.items_size(); ++i) {
    ValidateItem(message.items(i), path.Element("items", i), violations);
  }
}

}  // namespace

void ValidateQualityEvaluation(const v1::QualityEvaluation& message, const FieldPath& path,
                               ViolationList* violations) {
  const FieldChecks checks(path, violations);
  checks.Id("evaluation_id", message.evaluation_id(), Presence::kRequired);
  checks.Id("interaction_id", message.interaction_id(), Presence::kOptional);
  checks.Id("agent_id", message.agent_id(), Presence::kRequired);
  checks.Id("evaluator_id", message.evaluator_id(), Presence::kOptional);
  checks.Time("evaluate_time", message.has_evaluate_time(), message.evaluate_time(),
              Presence::kRequired);
  ValidateItems(message, path, violations);
  checks.Revision("revision", message.revision());
}

storage::QualityEvaluationRecord ToQualityEvaluationRecord(const v1::QualityEvaluation& message) {
  storage::QualityEvaluationRecord record;
  record.evaluation_id = message.evaluation_id();
  record.interaction_id = message.interaction_id();
  record.agent_id = message.agent_id();
  record.evaluator_id = message.evaluator_id();
  record.evaluate = ToInstant(message.evaluate_time());
  record.items.reserve(static_cast<size_t>(message.items_size()));
  for (const v1::QualityItem& item : message.items()) {
    storage::QualityItemRecord& added = record.items.emplace_back();
    added.criterion = item.criterion();
    added.category = item.category();
    added.score_thousandths = ToThousandths(item.score());
    added.maximum_thousandths = ToThousandths(item.maximum_score());
    if (item.has_weight()) added.weight_thousandths = ToThousandths(item.weight());
    added.not_applicable = item.not_applicable();
    added.auto_fail = item.auto_fail();
  }
  record.revision = message.revision();
  return record;
}

}  // namespace kpid::server
