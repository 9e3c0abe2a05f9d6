#include "server/kpi_watch.h"

#include <algorithm>
#include <utility>

#include "absl/hash/hash.h"
#include "google/protobuf/io/coded_stream.h"
#include "google/protobuf/io/zero_copy_stream_impl_lite.h"
#include "google/protobuf/wire_format_lite.h"
#include "metrics/achievement.h"
#include "metrics/error_reason.h"
#include "metrics/question.h"
#include "metrics/same_facts.h"
#include "server/error_model.h"
#include "server/interval.h"
#include "server/join_text.h"
#include "server/query_answer.h"
#include "server/query_response.h"
#include "server/reasons.h"
#include "server/time_conversion.h"
#include "storage/resident_facts.h"

namespace kpid::server {
namespace {

using google::protobuf::internal::WireFormatLite;
using metrics::Instant;

// How often what lasts until now is computed anew.
constexpr std::chrono::seconds kLastingInterval{1};

// The wall clock may be set: how long a range is taken for unmoved without asking it.
constexpr std::chrono::minutes kRangeCheckInterval{1};

// The facts of one state where it reaches, else loaded ones; without `may_load` it is an error that
// they would have to be.
class StateFacts final : public metrics::FactSource {
 public:
  StateFacts(std::shared_ptr<const storage::ResidentState> state, metrics::FactSource* loader,
             bool may_load)
      : state_(std::move(state)), loader_(loader), may_load_(may_load) {}

  absl::StatusOr<std::shared_ptr<const metrics::FactSnapshot>> Snapshot(
      const metrics::FactDemand& demand, const metrics::CallLimits& limits) override {
    if (state_ != nullptr && storage::Covers(state_->start, demand)) return state_->facts;
    loads_ = true;
    if (!may_load_) return absl::UnavailableError("facts must be loaded");
    return loader_->Snapshot(demand, limits);
  }

  bool loads() const { return loads_; }

 private:
  const std::shared_ptr<const storage::ResidentState> state_;
  metrics::FactSource* const loader_;
  const bool may_load_;
  bool loads_ = false;
};

// Two hashes that have nothing in common: together they tell any two answers apart.
std::array<uint64_t, 2> FingerprintOf(const std::string& bytes) {
  return {std::hash<std::string>{}(bytes), absl::HashOf(bytes)};
}

// The field `answer` of a WatchKpisResponse, of two parts of one QueryKpisResponse.
std::string AnswerField(const std::string& values, const std::string& rest) {
  std::string bytes;
  bytes.reserve(values.size() + rest.size() + 16);
  {
    google::protobuf::io::StringOutputStream stream(&bytes);
    google::protobuf::io::CodedOutputStream output(&stream);
    output.WriteTag(WireFormatLite::MakeTag(v1::WatchKpisResponse::kAnswerFieldNumber,
                                            WireFormatLite::WIRETYPE_LENGTH_DELIMITED));
    output.WriteVarint64(values.size() + rest.size());
    output.WriteString(values);
    output.WriteString(rest);
  }
  return bytes;
}

// Says what the limit of a watch is, which is not that of a query.
absl::Status OfWatch(const absl::Status& status, int64_t bytes_max) {
  if (ReasonText(status) != reason::kResultTooLarge) return status;
  return metrics::ErrorWithReason(
      absl::StatusCode::kResourceExhausted,
      JoinText("the answer would have more than ", bytes_max,
               " bytes, which is what a watch sends at most: watch less"),
      {reason::kResultTooLarge, {{"limit", JoinText(bytes_max)}}});
}

std::vector<metrics::FactDemand> DemandsOf(const Question& question) {
  metrics::Query query = question.query();
  if (metrics::AsksForAchievement(query)) return {};  // The targets decide.
  std::vector<metrics::FactDemand> demands = {metrics::DemandOf(query)};
  if (question.compared) {
    query.range = *question.compared;
    demands.push_back(metrics::DemandOf(query));
  }
  return demands;
}

}  // namespace

KpiWatch::KpiWatch(WatchRequest request, const KpiWatchOptions& options, const WatchFacts* facts,
                   Clock* clock)
    : request_(std::move(request)),
      options_(options),
      facts_(facts),
      clock_(clock),
      query_(request_.query) {}

absl::Status KpiWatch::MoveRange(Instant now) {
  const WatchedRange range = request_.range->At(now);
  moves_ = range.moves;
  if (question_ && question_->query().range == range.range) return absl::OkStatus();
  SetInterval(range.range, query_.mutable_interval());
  ViolationList violations;
  const FieldPath root = FieldPath::Root();
  question_ = ReadQueryKpis(query_, &violations, root.Field("query"));
  if (!violations.empty()) {
    question_.reset();
    return violations.ToStatus();
  }
  demands_ = DemandsOf(*question_);
  return absl::OkStatus();
}

bool KpiWatch::NothingChanged(const metrics::FactSnapshot& now_held) {
  Snapshot before;
  {
    const std::lock_guard lock(mutex_);
    before = computed_from_;
  }
  if (before == nullptr || demands_.empty() || !(question_->query().range == computed_range_)) {
    return false;
  }
  return std::all_of(demands_.begin(), demands_.end(), [&](const metrics::FactDemand& demand) {
    return metrics::SameFacts(demand, *before, now_held);
  });
}

void KpiWatch::Remember(Snapshot snapshot) {
  const std::lock_guard lock(mutex_);
  computed_from_.swap(snapshot);
}

void KpiWatch::ReleaseFacts() { Remember(nullptr); }

absl::StatusOr<WatchAnswer> KpiWatch::Compute(metrics::FactSource* facts,
                                              const metrics::CallLimits& limits,
                                              Snapshot* computed_from) {
  const Clock::TimePoint start = clock_->Now();
  EncodedResponse response(options_.bytes_max);
  v1::QueryKpisResponse resolved;
  SetQuestion(*question_, &resolved);
  if (absl::Status status = response.Append(resolved); !status.ok()) return status;
  metrics::EvaluateOptions options;
  options.threads_max = options_.threads_max;
  options.now = clock_->WallNow();
  options.limits = limits;
  const FieldPath root = FieldPath::Root();
  auto answered =
      AnswerQuestion(query_, *question_, facts, options, root.Field("query"), &response);
  if (!answered.ok()) return answered.status();
  *computed_from = std::move(answered->snapshot);

  // What changes with every look is no change.
  const std::string values = response.Joined();
  v1::QueryKpisResponse rest;
  SetTimestamp(answered->data_watermark, rest.mutable_data_watermark());
  SetDuration(std::chrono::duration_cast<metrics::Duration>(clock_->Now() - start),
              rest.mutable_compute_duration());
  WatchAnswer answer;
  answer.fingerprint = FingerprintOf(values);
  answer.bytes = AnswerField(values, rest.SerializeAsString());
  answer.range = question_->query().range;
  return answer;
}

Clock::TimePoint KpiWatch::Again(Instant wall_now, const metrics::FactSnapshot& snapshot) const {
  const Clock::TimePoint now = clock_->Now();
  Clock::TimePoint again = Clock::TimePoint::max();
  if (moves_) {
    again = now + std::min<metrics::Duration>(*moves_ - wall_now, kRangeCheckInterval);
  }
  const bool reaches_now = question_->query().range.end > snapshot.data_watermark();
  const bool lasts =
      reaches_now &&
      (demands_.empty() ||
       std::any_of(demands_.begin(), demands_.end(), [](const metrics::FactDemand& demand) {
         return demand.agent_activities || demand.scheduled_activities;
       }));
  // Contacts of the future mature with the clock.
  const bool matures = snapshot.latest_arrive() && *snapshot.latest_arrive() > wall_now;
  if (lasts || matures) again = std::min(again, now + kLastingInterval);
  return again;
}

absl::StatusOr<WatchOutcome> KpiWatch::Look(const LookOptions& look,
                                            const metrics::CallLimits& limits) {
  const Instant wall_now = clock_->WallNow();
  if (absl::Status status = MoveRange(wall_now); !status.ok()) return status;
  std::shared_ptr<const storage::ResidentState> state;
  if (facts_->state) {
    auto found = facts_->state(look.own_commits, loaded_, limits);
    if (!found.ok()) return found.status();
    state = *std::move(found);
  }
  WatchOutcome outcome;
  if (state != nullptr && NothingChanged(*state->facts)) {
    Remember(state->facts);
    outcome.again = Again(wall_now, *state->facts);
    return outcome;
  }
  // While none are held because they are being loaded, the load's end is a change.
  const bool told = facts_->state && state == nullptr;
  StateFacts facts(std::move(state), facts_->facts, look.may_load);
  Snapshot computed_from;
  auto answer = Compute(&facts, limits, &computed_from);
  if (facts.loads() && !look.may_load) {
    outcome.must_load = true;
    return outcome;
  }
  if (!answer.ok()) return OfWatch(answer.status(), options_.bytes_max);
  outcome.answer = *std::move(answer);
  outcome.again = Again(wall_now, *computed_from);
  computed_range_ = question_->query().range;
  loaded_ = facts.loads() ? clock_->Now() : Clock::TimePoint::min();
  if (facts.loads()) {
    outcome.loaded = true;
    outcome.follows_facts = told;
    outcome.again = std::min(outcome.again, clock_->Now() + kLoadedWatchInterval);
  }
  Remember(facts.loads() ? nullptr : std::move(computed_from));
  return outcome;
}

}  // namespace kpid::server
