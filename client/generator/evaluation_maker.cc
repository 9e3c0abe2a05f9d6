#include "client/generator/evaluation_maker.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "absl/strings/str_cat.h"
#include "client/generator/proto_time.h"

namespace kpid::client {
namespace {

constexpr double kEvaluatedRate = 0.02;
constexpr double kDayMilliseconds = 86'400'000;
constexpr double kMaximumScore = 5;
constexpr uint32_t kEvaluators = 4;

struct Criterion {
  const char* name;
  const char* category;
  double weight;
  double not_applicable_rate;
  double auto_fail_rate;  // Of poor work.
};
constexpr Criterion kCriteria[] = {{"greeting", "communication", 0.5, 0, 0},
                                   {"clear_explanation", "clarity", 1, 0, 0},
                                   {"listens", "empathy", 1, 0, 0},
                                   {"tone", "communication", 1, 0, 0},
                                   {"right_solution", "resolution", 2, 0.05, 0},
                                   {"identity_checked", "compliance", 1.5, 0.2, 0.15},
                                   {"documented", "process", 1, 0.1, 0}};

}  // namespace

EvaluationMaker::EvaluationMaker(uint64_t seed, std::string id_prefix, int64_t data_end)
    : random_(seed ^ 0xE7A1), id_prefix_(std::move(id_prefix)), data_end_(data_end) {}

void EvaluationMaker::AddEvaluation(const HandledContact& handled, RecordSink* sink) {
  if (!random_.Chance(kEvaluatedRate)) return;
  const auto evaluate =
      handled.end + static_cast<int64_t>(random_.Between(0.5, 6) * kDayMilliseconds);
  if (evaluate >= data_end_) return;
  v1::QualityEvaluation* evaluation = sink->Add()->mutable_quality_evaluation();
  absl::StrAppend(evaluation->mutable_evaluation_id(), id_prefix_, "e", ++quality_evaluations_);
  evaluation->set_interaction_id(handled.interaction_id);
  evaluation->set_agent_id(handled.agent->id);
  absl::StrAppend(evaluation->mutable_evaluator_id(), "coach-", 1 + random_.Below(kEvaluators));
  SetMilliseconds(evaluate, evaluation->mutable_evaluate_time());
  // A bad day shows in every criterion.
  const double form = 0.5 * random_.Normal();
  for (const Criterion& criterion : kCriteria) {
    v1::QualityItem* item = evaluation->add_items();
    item->set_criterion(criterion.name);
    item->set_category(criterion.category);
    item->set_maximum_score(kMaximumScore);
    if (criterion.weight != 1) item->set_weight(criterion.weight);
    const double score = 4.2 + 0.45 * handled.agent->quality + form + 0.6 * random_.Normal();
    if (random_.Chance(criterion.not_applicable_rate)) {
      item->set_not_applicable(true);
      continue;
    }
    item->set_score(std::clamp(std::round(score), 0.0, kMaximumScore));
    item->set_auto_fail(item->score() <= 2 && random_.Chance(criterion.auto_fail_rate));
  }
}

}  // namespace kpid::client
