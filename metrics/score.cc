// Computes scorecards: one question about the subject, one about its peers.
#include <memory>
#include <string>
#include <utility>

#include "metrics/error_reason.h"
#include "metrics/question.h"
#include "metrics/scorecard.h"
#include "metrics/scorecard_rank.h"
#include "metrics/scorecard_summary.h"

namespace kpid::metrics {
namespace {

// The facts that one question was answered from, for further ones that need no others.
class HeldFacts final : public FactSource {
 public:
  explicit HeldFacts(std::shared_ptr<const FactSnapshot> snapshot)
      : snapshot_(std::move(snapshot)) {}

  absl::StatusOr<std::shared_ptr<const FactSnapshot>> Snapshot(const FactDemand&,
                                                               const CallLimits&) override {
    return snapshot_;
  }

 private:
  std::shared_ptr<const FactSnapshot> snapshot_;
};

absl::Status UnknownSubject(const ScorecardSubject& subject) {
  if (subject.kind == ScorecardSubject::Kind::kAgent) {
    return ErrorWithReason(absl::StatusCode::kNotFound, "no record names this agent",
                           {"AGENT_UNKNOWN", {{"agent_id", subject.id}}});
  }
  return ErrorWithReason(absl::StatusCode::kNotFound, "there is no such agent group",
                         {"GROUP_UNKNOWN", {{"group_id", subject.id}}});
}

// The dimension that the subject is a value of.
absl::StatusOr<Dimension> DimensionOf(const ScorecardSubject& subject, FactSource* facts,
                                      const CallLimits& limits) {
  if (subject.kind == ScorecardSubject::Kind::kAgent) return Dimension{DimensionKind::kAgent, ""};
  const auto names = facts->Snapshot({}, limits);
  if (!names.ok()) return names.status();
  const Code group = (*names)->dictionaries().groups.Find(subject.id);
  const std::string_view type = (*names)->roster().TypeOf(group);
  if (type.empty()) return UnknownSubject(subject);
  return Dimension{DimensionKind::kAgentGroup, std::string(type)};
}

Question AskAbout(const ScorecardQuestion& scorecard) {
  Question question;
  Query& query = question.query;
  for (const ScorecardEntry& entry : scorecard.definition.entries) query.kpis.push_back(entry.kpi);
  query.range = scorecard.range;
  query.buckets = {scorecard.range};
  query.time_zone = scorecard.time_zone;
  query.confidence_level = scorecard.confidence_level;
  question.sample_minimum = scorecard.sample_minimum;
  return question;
}

Question AskAboutSubject(const ScorecardQuestion& scorecard, const Dimension& dimension) {
  Question question = AskAbout(scorecard);
  for (ResolvedKpi& guard : MissingGuards(scorecard.definition)) {
    question.query.kpis.push_back(std::move(guard));
  }
  question.query.filters.push_back({dimension, {scorecard.subject.id}});
  question.query.value_detail = ValueDetail::kInterval;
  question.compare_to = ComparisonPeriod::kPreviousPeriod;
  return question;
}

Question AskAboutPeers(const ScorecardQuestion& scorecard, const Dimension& dimension) {
  Question question = AskAbout(scorecard);
  question.query.group_by.push_back(dimension);
  return question;
}

ScorecardLine LineOf(const Query& query, const Answer& answer, const ValueScope& scope,
                     size_t kpi) {
  ScorecardLine line;
  line.kpi = query.kpis[kpi];
  line.weight = 0;
  line.value = answer.result.total[kpi];
  if (line.value.currency != kNoCode) {
    line.currency = answer.result.currencies[line.value.currency];
  }
  line.before = answer.before->total[kpi];
  line.change = ChangeOf(answer, std::nullopt, std::nullopt, kpi);
  const Target* const target =
      answer.snapshot->targets().Effective(line.kpi, scope, query.range.start);
  if (target == nullptr) return line;
  const Assessment assessment = Assess(*target, line.value, line.currency);
  if (assessment.target != nullptr) line.target = *assessment.target;
  line.status = assessment.status;
  line.attainment = assessment.attainment;
  return line;
}

std::string DisplayNameOf(const ScorecardSubject& subject, const Dictionaries& names) {
  const Dictionary& dictionary =
      subject.kind == ScorecardSubject::Kind::kAgent ? names.agents : names.groups;
  return std::string(dictionary.DisplayName(dictionary.Find(subject.id)));
}

}  // namespace

absl::StatusOr<ScorecardResult> Score(const ScorecardQuestion& question, FactSource* facts,
                                      const EvaluateOptions& options) {
  const absl::StatusOr<Dimension> dimension = DimensionOf(question.subject, facts, options.limits);
  if (!dimension.ok()) return dimension.status();
  const Question about_subject = AskAboutSubject(question, *dimension);
  const absl::StatusOr<Answer> answer = Ask(about_subject, facts, options);
  if (!answer.ok()) return answer.status();
  const FactSnapshot& snapshot = *answer->snapshot;
  if (question.subject.kind == ScorecardSubject::Kind::kAgent &&
      snapshot.dictionaries().agents.Find(question.subject.id) == kNoCode) {
    return UnknownSubject(question.subject);
  }
  if (!question.peer_group_type.empty() && !snapshot.roster().HasType(question.peer_group_type)) {
    return ErrorWithReason(absl::StatusCode::kInvalidArgument, "no agent group has this type",
                           {"GROUP_TYPE_UNKNOWN", {{"type", question.peer_group_type}}});
  }

  ScorecardResult result;
  const Query& query = about_subject.query;
  const ValueScope scope =
      ScopeOf(query, nullptr, snapshot.roster(), snapshot.dictionaries().groups);
  for (const ScorecardEntry& entry : question.definition.entries) {
    ScorecardLine& line =
        result.lines.emplace_back(LineOf(query, *answer, scope, result.lines.size()));
    line.area = entry.area;
    line.weight = entry.weight;
  }
  std::vector<ScorecardLine> guards;
  for (size_t kpi = result.lines.size(); kpi < query.kpis.size(); ++kpi) {
    guards.push_back(LineOf(query, *answer, scope, kpi));
  }

  HeldFacts held(answer->snapshot);
  const absl::StatusOr<Answer> by_peer = Ask(AskAboutPeers(question, *dimension), &held, options);
  if (!by_peer.ok()) return by_peer.status();
  RankLines(by_peer->result, PeersAmong(by_peer->result, question, snapshot), question.subject.id,
            &result.lines);

  result.display_name = DisplayNameOf(question.subject, snapshot.dictionaries());
  result.total = TotalOf(result.lines, ScorecardArea::kNone);
  result.areas = AreaTotals(result.lines);
  result.warnings = WarningsOf(result.lines, guards);
  result.before_range = answer->compared.range;
  result.data_watermark = answer->result.data_watermark;
  return result;
}

}  // namespace kpid::metrics
