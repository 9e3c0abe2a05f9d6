#include "metrics/explanation.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <memory>
#include <tuple>
#include <utility>

#include "metrics/achievement.h"
#include "metrics/contribution.h"
#include "metrics/demand.h"
#include "metrics/dimension_codes.h"
#include "metrics/employment_ranges.h"
#include "metrics/error_reason.h"
#include "metrics/fact_scan.h"
#include "metrics/row_part.h"

namespace kpid::metrics {
namespace {

RecordKind KindOf(FactKind kind) {
  switch (kind) {
    case FactKind::kInteraction:
      return RecordKind::kInteraction;
    case FactKind::kSurvey:
      return RecordKind::kSurvey;
    case FactKind::kQualityEvaluation:
      return RecordKind::kQualityEvaluation;
    case FactKind::kTicket:
      return RecordKind::kTicket;
    case FactKind::kActivity:
      return RecordKind::kAgentActivity;
    case FactKind::kPlan:
      return RecordKind::kScheduledActivity;
    case FactKind::kEmployment:
      return RecordKind::kAgent;
    case FactKind::kCost:
      return RecordKind::kCost;
  }
  return RecordKind::kNone;
}

// Weights of targets are in thousandths, so that sums are exact.
constexpr double kWeightUnit = 1000;

RecordRole RoleOf(const Contribution& contribution) {
  if (contribution.in_numerator) return RecordRole::kNumerator;
  return contribution.in_denominator ? RecordRole::kDenominatorOnly : RecordRole::kExcluded;
}

std::optional<double> Scaled(bool present, Int128 amount, double unit) {
  if (!present) return std::nullopt;
  return static_cast<double>(static_cast<long double>(amount) / unit);
}

// One record: what its pieces add together.
struct Source {
  RecordPosition position;
  Contribution contribution;
  Code agent = kNoCode;
  Code queue = kNoCode;
  Channel channel = Channel::kNone;
};

// Adds a further piece of the same record.
void AddPiece(const Source& piece, Source* source) {
  Contribution& sum = source->contribution;
  const Contribution& more = piece.contribution;
  sum.in_numerator |= more.in_numerator;
  sum.in_denominator |= more.in_denominator;
  sum.numerator += more.numerator;
  sum.denominator += more.denominator;
  if (sum.reason == CountKind::kNone) sum.reason = more.reason;
  source->position.time = std::min(source->position.time, piece.position.time);
}

// Sums over all records, and the first ones after a position.
class RecordCollector {
 public:
  RecordCollector(const ExplainQuestion& question, ContributionScale scale)
      : question_(question), scale_(scale) {}

  void Add(const Source& source) {
    const RecordRole role = RoleOf(source.contribution);
    AddToGroup(source, role);
    if (question_.roles != 0 && (question_.roles >> static_cast<int>(role) & 1) == 0) return;
    if (question_.after.has_value() && source.position <= *question_.after) return;
    const size_t room = static_cast<size_t>(question_.page_size) + 1;
    if (heap_.size() == room) {
      if (heap_.front().position <= source.position) return;
      std::pop_heap(heap_.begin(), heap_.end(), Later);
      heap_.pop_back();
    }
    heap_.push_back(RecordOf(source, role));
    std::push_heap(heap_.begin(), heap_.end(), Later);
  }

  void Finish(Explanation* explanation) {
    std::sort_heap(heap_.begin(), heap_.end(), Later);
    explanation->more = heap_.size() > static_cast<size_t>(question_.page_size);
    if (explanation->more) heap_.pop_back();
    explanation->records = std::move(heap_);
    for (const auto& [key, sum] : groups_) {
      const auto& [kind, role, reason] = key;
      explanation->groups.push_back(
          {kind, role, ReasonName(reason), sum.records,
           Scaled(sum.contribution.in_numerator, sum.contribution.numerator, scale_.numerator),
           Scaled(sum.contribution.in_denominator, sum.contribution.denominator,
                  scale_.denominator)});
    }
  }

 private:
  using GroupKey = std::tuple<RecordKind, RecordRole, CountKind>;
  struct GroupSum {
    int64_t records = 0;
    Contribution contribution;
  };

  static bool Later(const ExplainedRecord& a, const ExplainedRecord& b) {
    return a.position < b.position;
  }

  void AddToGroup(const Source& source, RecordRole role) {
    const GroupKey key{source.position.kind, role, source.contribution.reason};
    // Records of one part often follow each other.
    if (last_ == nullptr || key != last_key_) {
      last_ = &groups_[key];
      last_key_ = key;
    }
    ++last_->records;
    Contribution& sum = last_->contribution;
    sum.in_numerator |= source.contribution.in_numerator;
    sum.in_denominator |= source.contribution.in_denominator;
    sum.numerator += source.contribution.numerator;
    sum.denominator += source.contribution.denominator;
  }

  ExplainedRecord RecordOf(const Source& source, RecordRole role) const {
    const Contribution& part = source.contribution;
    return {source.position,
            role,
            ReasonName(part.reason),
            Scaled(part.in_numerator, part.numerator, scale_.numerator),
            Scaled(part.in_denominator, part.denominator, scale_.denominator),
            source.agent,
            source.queue,
            source.channel};
  }

  const ExplainQuestion& question_;
  const ContributionScale scale_;
  std::map<GroupKey, GroupSum> groups_;
  GroupKey last_key_{};
  GroupSum* last_ = nullptr;
  std::vector<ExplainedRecord> heap_;  // The latest first: what leaves for an earlier one.
};

// Puts the pieces of records together. Those of most kinds come one after the other; agents are
// met by each term, and are few.
class PieceJoiner {
 public:
  explicit PieceJoiner(RecordCollector* collector) : collector_(collector) {}

  void Add(const Source& piece) {
    if (piece.position.kind == RecordKind::kAgent) {
      const auto [agent, is_new] = agents_.try_emplace(piece.position.key, piece);
      if (!is_new) AddPiece(piece, &agent->second);
      return;
    }
    if (last_.has_value() && last_->position.kind == piece.position.kind &&
        last_->position.key == piece.position.key) {
      AddPiece(piece, &*last_);
      return;
    }
    if (last_.has_value()) collector_->Add(*last_);
    last_ = piece;
  }

  void Finish() {
    if (last_.has_value()) collector_->Add(*std::exchange(last_, std::nullopt));
    for (const auto& [key, agent] : agents_) collector_->Add(agent);
    agents_.clear();
  }

 private:
  RecordCollector* collector_;
  std::optional<Source> last_;
  std::map<int64_t, Source> agents_;
};

// Reads which records the rows of a block are, and gives them on with what they add.
class BlockReader final : public ContributionSink {
 public:
  BlockReader(const FactBlock& block, FactKind kind, Column time, PieceJoiner* joiner)
      : kind_(kind),
        joiner_(joiner),
        keys_(Typed<int64_t>(block, Column::kRowKey)),
        times_(Typed<int64_t>(block, time)),
        agents_(Typed<Code>(block, Column::kAgent)),
        queues_(Typed<Code>(block, Column::kQueue)),
        statuses_(Typed<uint8_t>(block, Column::kStatus)) {}

  void Add(size_t row, const Contribution& contribution) override {
    const uint8_t status = statuses_[row];
    // What employees answered is shown without who they are.
    const bool anonymous = kind_ == FactKind::kSurvey &&
                           static_cast<SurveyKind>(KindOfStatus(status)) == SurveyKind::kEsat;
    joiner_->Add({{Instant(Duration(times_[row])), KindOf(kind_), keys_[row]},
                  contribution,
                  anonymous ? kNoCode : agents_[row],
                  queues_[row],
                  static_cast<Channel>(ChannelOfStatus(status))});
  }

 private:
  template <class T>
  static const T* Typed(const FactBlock& block, Column column) {
    return static_cast<const T*>(block.columns[static_cast<size_t>(column)]);
  }

  FactKind kind_;
  PieceJoiner* joiner_;
  const int64_t* keys_;
  const int64_t* times_;
  const Code* agents_;
  const Code* queues_;
  const uint8_t* statuses_;
};

// Cells that explain the rows which they are given, and keep nothing.
class ExplainingCells final : public KpiCells {
 public:
  ExplainingCells(const KpiCells* cells, FactKind kind, Column time, PieceJoiner* joiner)
      : cells_(cells), kind_(kind), time_(time), joiner_(joiner) {}

  void Resize(size_t) override {}
  void Add(const FactBlock& block) override { Explain(block, nullptr); }
  void Explain(const FactBlock& block, ContributionSink*) const override {
    BlockReader reader(block, kind_, time_, joiner_);
    cells_->Explain(block, &reader);
  }
  ContributionScale scale(const TimeRange& range) const override { return cells_->scale(range); }
  void Merge(const KpiCells&, const CellMap&) override {}
  void FinishTotal(const FinishPlan&, Result*) override {}
  void SpreadOverSlots(const FinishPlan&) override {}
  void FinishSlices(const FinishPlan&, size_t, size_t, Result*) override {}

 private:
  const KpiCells* cells_;
  FactKind kind_;
  Column time_;
  PieceJoiner* joiner_;
};

// Reads the records of every term of the KPI.
class RecordReader {
 public:
  RecordReader(const ExplainQuestion& question, const Calendar& calendar,
               const FactSnapshot& snapshot, const EvaluateOptions& options)
      : query_(question.query),
        question_(question),
        snapshot_(snapshot),
        options_(options),
        employments_(snapshot.employments(), calendar),
        currencies_(snapshot.dictionaries().currencies) {
    for (const Filter& filter : query_.filters) {
      spaces_.push_back(std::make_unique<DimensionSpace>(filter.dimension, snapshot));
      filters_.push_back(MakeCodeFilter(filter, spaces_.back().get()));
    }
  }

  absl::Status Read(const std::vector<KpiNeeds>& terms, Explanation* explanation) {
    const ResolvedKpi& kpi = query_.kpis.front();
    const Instant horizon =
        std::min(options_.now, snapshot_.latest_arrive().value_or(options_.now));
    const KernelContext context(kpi, horizon, &currencies_,
                                &snapshot_.dictionaries().quality_categories);
    FinishContext finish;
    finish.statistic = kpi.statistic;
    std::vector<std::unique_ptr<KpiCells>> cells;
    for (size_t term = 0; term < terms.size(); ++term) {
      cells.push_back(kpi.definition->kernel->NewCells(context, finish, term));
    }
    RecordCollector collector(question_, cells.front()->scale(query_.range));
    PieceJoiner joiner(&collector);
    for (size_t term = 0; term < terms.size(); ++term) {
      const absl::Status status = ReadTerm(terms[term], *cells[term], &joiner);
      if (!status.ok()) return status;
    }
    joiner.Finish();
    collector.Finish(explanation);
    return absl::OkStatus();
  }

 private:
  absl::Status ReadTerm(KpiNeeds needs, const KpiCells& cells, PieceJoiner* joiner) {
    ScanPlan plan;
    plan.snapshot = &snapshot_;
    plan.query = &query_;
    plan.fact_kind = needs.fact_kind;
    plan.time_basis = needs.time_basis;
    plan.filters = filters_;
    plan.employments = &employments_;
    const Column time = TimeColumn(needs.time_basis);
    needs.columns |= SetOf(Column::kRowKey, time, Column::kAgent, Column::kQueue, Column::kStatus);
    FactScan scan(std::move(plan));
    scan.AddKpi(needs, [&] {
      return std::make_unique<ExplainingCells>(&cells, needs.fact_kind, time, joiner);
    });
    scan.Split(1);
    for (size_t part = 0; part < scan.parts(); ++part) {
      const absl::Status status = scan.RunPart(part, options_.limits);
      if (!status.ok()) return status;
    }
    return absl::OkStatus();
  }

  const Query& query_;
  const ExplainQuestion& question_;
  const FactSnapshot& snapshot_;
  const EvaluateOptions& options_;
  EmploymentRanges employments_;
  Dictionary currencies_;
  std::vector<std::unique_ptr<DimensionSpace>> spaces_;
  std::vector<CodeFilter> filters_;
};

// What a value does not have, such as the numerator of a percentile or of a sum in several
// currencies, is no sum of what its records add.
void DropWhatValueLacks(Explanation* explanation) {
  const Value& value = explanation->value;
  for (RecordGroup& group : explanation->groups) {
    if (!value.numerator.has_value()) group.numerator.reset();
    if (!value.denominator.has_value()) group.denominator.reset();
  }
  for (ExplainedRecord& record : explanation->records) {
    if (!value.denominator.has_value()) record.denominator.reset();
  }
}

void SetValue(Result result, Explanation* explanation) {
  explanation->value = result.total.front();
  explanation->currencies = std::move(result.currencies);
  explanation->data_watermark = result.data_watermark;
}

// A value with what it is made of.
Query QueryWithCounts(const ExplainQuestion& question) {
  Query query = question.query;
  query.value_detail = std::max(query.value_detail, ValueDetail::kCounts);
  return query;
}

Contribution ContributionOf(const Assessment& assessment, bool weighted) {
  const int64_t weight = weighted ? std::llround(assessment.target->weight * kWeightUnit) : 1;
  const bool met = assessment.status == TargetStatus::kMet;
  if (!met && assessment.status != TargetStatus::kMissed) {
    return {.reason = CountKind::kWithoutValue};
  }
  return {.in_numerator = met,
          .in_denominator = true,
          .numerator = met ? weight : 0,
          .denominator = weight};
}

// The targets that the value counts, and their ids.
void CollectTargets(const ExplainQuestion& question, const Query& widened, const TargetSet& targets,
                    const FactSnapshot& snapshot, const Result& result, Explanation* explanation) {
  const Query& query = question.query;
  const bool weighted = std::get<bool>(query.kpis.front().parameters.find("weighted")->second);
  const double unit = weighted ? kWeightUnit : 1;
  const ValueScope scope =
      ScopeOf(query, nullptr, snapshot.roster(), snapshot.dictionaries().groups);
  RecordCollector collector(question, {unit, unit});
  for (size_t k = 0; k < widened.kpis.size(); ++k) {
    if (widened.kpis[k].definition->id == kAchievementId) continue;
    const Target* target = targets.Effective(widened.kpis[k], scope, query.range.start);
    if (target == nullptr) continue;
    const Value& value = result.total[k];
    const Assessment assessment = Assess(*target, value, result.currencies[value.currency]);
    if (assessment.target == nullptr) continue;
    const int64_t key = target - targets.targets().data();
    collector.Add(
        {{query.range.start, RecordKind::kTarget, key}, ContributionOf(assessment, weighted)});
  }
  collector.Finish(explanation);
  for (const ExplainedRecord& record : explanation->records) {
    explanation->target_ids.push_back(
        targets.targets()[static_cast<size_t>(record.position.key)].target_id);
  }
}

absl::StatusOr<Explanation> ExplainAchievement(const ExplainQuestion& question, FactSource* facts,
                                               const EvaluateOptions& options) {
  const Query query = QueryWithCounts(question);
  auto read = ReadWithTargets({&query, 1}, facts, options.limits);
  if (!read.ok()) return read.status();
  const Query& widened = read->front().widened;
  const FactSnapshot& snapshot = *read->front().facts;
  absl::StatusOr<Result> result = Evaluate(widened, snapshot, options);
  if (!result.ok()) return result.status();
  Explanation explanation;
  CollectTargets(question, widened, snapshot.targets(), snapshot, *result, &explanation);
  FinishAchievement(query, widened, snapshot.targets(), snapshot, &*result);
  SetValue(*std::move(result), &explanation);
  explanation.snapshot = std::move(read->front().facts);
  return explanation;
}

}  // namespace

bool DimensionApplies(const ResolvedKpi& kpi, const Dimension& dimension) {
  Query query;
  query.kpis = {kpi};
  query.filters = {{.dimension = dimension, .values = {}}};
  return KpiDemands(query).front().applies || AsksForAchievement(query);
}

absl::StatusOr<Explanation> Explain(const ExplainQuestion& question, FactSource* facts,
                                    const EvaluateOptions& options) {
  if (AsksForAchievement(question.query)) return ExplainAchievement(question, facts, options);
  auto snapshot = facts->Snapshot(DemandOf(question.query), options.limits);
  if (!snapshot.ok()) return snapshot.status();
  absl::StatusOr<Explanation> explanation = Explain(question, **snapshot, options);
  if (explanation.ok()) explanation->snapshot = *std::move(snapshot);
  return explanation;
}

absl::StatusOr<Explanation> Explain(const ExplainQuestion& question, const FactSnapshot& snapshot,
                                    const EvaluateOptions& options) {
  const absl::StatusOr<Calendar> calendar = Calendar::Create(question.query.time_zone);
  if (!calendar.ok()) return calendar.status();
  const KpiDemand demand = KpiDemands(question.query).front();
  if (!demand.applies) {
    return ErrorWithReason(absl::StatusCode::kInvalidArgument,
                           "a dimension of the filters does not apply to the KPI",
                           {"NOT_APPLICABLE", {}});
  }
  absl::StatusOr<Result> result = Evaluate(QueryWithCounts(question), snapshot, options);
  if (!result.ok()) return result.status();
  Explanation explanation;
  SetValue(*std::move(result), &explanation);
  // What is too few to be told must not be told by its records.
  if (explanation.value.no_value_reason == NoValueReason::kSuppressedSmallGroup) {
    return explanation;
  }
  const absl::Status status =
      RecordReader(question, *calendar, snapshot, options).Read(demand.terms, &explanation);
  if (!status.ok()) return status;
  DropWhatValueLacks(&explanation);
  return explanation;
}

}  // namespace kpid::metrics
