#include "tests/property/any_world.h"

#include <algorithm>
#include <utility>

#include "metrics/evaluate.h"
#include "tests/property/case_count.h"
#include "tests/support/answer.h"

namespace kpid::proof {

rc::Gen<uint64_t> AnySeed() {
  return rc::gen::noShrink(rc::gen::resize(rc::kNominalSize, rc::gen::arbitrary<uint64_t>()));
}

World AnyWorld(int interactions_max) {
  World world;
  const auto seeds = [](size_t least, int most) {
    return *rc::gen::withSize([=](int size) {
      const auto count = static_cast<size_t>(std::max(1, most * size / rc::kNominalSize));
      return rc::gen::resize(
          static_cast<int>(std::max(least, count)),
          rc::gen::suchThat(rc::gen::container<std::vector<uint64_t>>(AnySeed()),
                            [least](const auto& drawn) { return drawn.size() >= least; }));
    });
  };
  world.seeds.interactions = seeds(0, interactions_max);
  world.seeds.surveys = seeds(0, 30);
  world.seeds.memberships = seeds(0, 10);
  world.seeds.evaluations = seeds(0, 10);
  world.seeds.activities = seeds(0, 30);
  world.seeds.plans = seeds(0, 20);
  world.seeds.tickets = seeds(0, 25);
  world.seeds.costs = seeds(0, 8);
  world.seeds.agents = seeds(0, 4);
  world.seeds.targets = seeds(0, 20);
  world.seeds.world = *AnySeed();
  world.kpi_seeds = seeds(1, 5);
  world.question_seed = *AnySeed();
  return world;
}

metrics::Result Evaluated(const Question& question, const metrics::FactSnapshot& snapshot,
                          int threads) {
  metrics::EvaluateOptions options;
  options.now = question.now;
  options.threads_max = threads;
  absl::StatusOr<metrics::Result> result = Answered(question.query, snapshot, options);
  if (!result.ok()) RC_FAIL(result.status().ToString());
  return *std::move(result);
}

void FailOn(const std::optional<std::string>& difference, const Records& records,
            const Question& question) {
  if (difference.has_value()) RC_FAIL(*difference + SceneText(records, question));
}

}  // namespace kpid::proof
