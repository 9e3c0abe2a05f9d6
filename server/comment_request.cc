#include "server/comment_request.h"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "metrics/dimension_codes.h"
#include "server/dimension.h"
#include "server/field_checks.h"
#include "server/interval.h"
#include "server/page_token.h"
#include "server/reasons.h"
#include "server/request_bytes.h"
#include "server/roster_lists.h"
#include "server/time_conversion.h"

namespace kpid::server {
namespace {

using metrics::Code;
using metrics::DimensionKind;
using metrics::Instant;

static_assert(v1::SurveyKind_MAX == v1::SURVEY_KIND_ESAT);
static_assert(kPageSizeMax <= storage::kCommentsMax);

// Scores are within a million of 0.
constexpr double kScoreMax = 1'000'000;

// Parts of a position in a token: time, id.
constexpr size_t kPositionParts = 2;

std::vector<std::string> TokenArguments(v1::ListSurveyCommentsRequest request) {
  request.clear_page_token();
  request.clear_page_size();
  return {"ListSurveyComments", RequestBytes(request)};
}

void ReadKinds(const v1::ListSurveyCommentsRequest& request, const FieldPath& root,
               ViolationList* violations, storage::CommentQuery* query) {
  if (!CheckCount(root.Field("kinds"), request.kinds_size(), 0, v1::SurveyKind_MAX, violations)) {
    return;
  }
  for (int i = 0; i < request.kinds_size(); ++i) {
    const int kind = request.kinds(i);
    if (kind == v1::SURVEY_KIND_UNSPECIFIED || !v1::SurveyKind_IsValid(kind)) {
      violations->Add(root.Element("kinds", i), reason::kEnumUnknown,
                      "must be csat, nps, ces, resolution_confirmed or esat");
    } else {
      query->kinds.push_back(static_cast<metrics::SurveyKind>(kind));
    }
  }
  if (request.kinds_size() > 0) return;
  // What employees wrote is given to those only who ask for it.
  for (int kind = v1::SURVEY_KIND_UNSPECIFIED + 1; kind < v1::SURVEY_KIND_ESAT; ++kind) {
    query->kinds.push_back(static_cast<metrics::SurveyKind>(kind));
  }
}

// The least (or greatest) number of thousandths that is not below (or above) a score.
std::optional<int32_t> ReadScore(bool has, double score, bool least, std::string_view field,
                                 const FieldChecks& checks) {
  if (!has) return std::nullopt;
  if (!(std::abs(score) <= kScoreMax)) {  // Also NaN.
    checks.Add(field, reason::kNumberOutOfRange, "must be -1000000 to 1000000");
    return std::nullopt;
  }
  const double thousandths = score * 1'000;
  const double nearest = std::round(thousandths);
  // 4.2 is no whole number of thousandths in binary.
  if (std::abs(thousandths - nearest) < 1e-6) return static_cast<int32_t>(nearest);
  return static_cast<int32_t>(least ? std::ceil(thousandths) : std::floor(thousandths));
}

void ReadScores(const v1::ListSurveyCommentsRequest& request, const FieldPath& root,
                ViolationList* violations, storage::CommentQuery* query) {
  const FieldChecks checks(root, violations);
  query->minimum_thousandths = ReadScore(request.has_minimum_score(), request.minimum_score(), true,
                                         "minimum_score", checks);
  query->maximum_thousandths = ReadScore(request.has_maximum_score(), request.maximum_score(),
                                         false, "maximum_score", checks);
  if (request.has_minimum_score() && request.has_maximum_score() &&
      request.maximum_score() < request.minimum_score()) {
    checks.Add("maximum_score", reason::kFieldContradicts, "is less than minimum_score");
  }
}

void CheckFiltersApply(const std::vector<metrics::Filter>& filters, const FieldPath& root,
                       ViolationList* violations) {
  for (size_t i = 0; i < filters.size(); ++i) {
    const DimensionKind kind = filters[i].dimension.kind;
    if (kind != DimensionKind::kAttribute && kind != DimensionKind::kPriority) continue;
    const FieldPath filter = root.Element("filters", i);
    violations->Add(filter.Field("dimension"), reason::kNotApplicable, "does not apply to surveys");
  }
}

void ReadPage(const v1::ListSurveyCommentsRequest& request, const FieldPath& root,
              ViolationList* violations, storage::CommentQuery* query) {
  const ListPage page = ReadListPage(request.page_size(), request.page_token(),
                                     TokenArguments(request), kPositionParts, violations);
  query->page_size = page.size;
  if (page.position.empty()) return;
  int64_t time = 0;
  if (absl::SimpleAtoi(page.position[0], &time)) {
    query->after = {Instant(metrics::Duration(time)), page.position[1]};
  } else {
    violations->Add(root.Field("page_token"), reason::kPageTokenInvalid, "is damaged");
  }
}

// A filter by groups of a type: passes by the group of the time, as the engine's does.
class GroupFilter {
 public:
  GroupFilter(const metrics::Filter& filter, const metrics::FactSnapshot& snapshot)
      : space_(filter.dimension, snapshot), passes_(space_.code_end()) {
    for (const std::string& value : filter.values) {
      if (const Code code = space_.Find(value); code != metrics::kNoCode) passes_[code] = 1;
    }
    passes_[metrics::kNoCode] = filter.include_missing;
  }

  bool Passes(Code agent, Instant instant) const {
    return passes_[space_.timeline().GroupAt(agent, instant)] != 0;
  }

  // Whether the agent ever passes.
  bool EverPasses(Code agent) const {
    for (Instant at = Instant::min();;) {
      const metrics::GroupSpan span = space_.timeline().SpanAt(agent, at);
      if (passes_[span.group] != 0) return true;
      if (span.range.end == Instant::max()) return false;
      at = span.range.end;
    }
  }

  bool PassesMissing() const { return passes_[metrics::kNoCode] != 0; }

 private:
  metrics::DimensionSpace space_;
  std::vector<uint8_t> passes_;
};

// `names`: a dictionary or a dimension's. (The names that a dimension finds are those of the facts
// of a snapshot, of which there are none here.)
template <typename Names>
storage::CommentFilter CommentFilterOf(const metrics::Filter& filter, const Names& names) {
  storage::CommentFilter result;
  for (const std::string& value : filter.values) {
    if (const Code code = names.Find(value); code != metrics::kNoCode) {
      result.codes.push_back(code);
    }
  }
  result.missing = filter.include_missing;
  return result;
}

// Agents that some answer of passes. Others need not be read.
storage::CommentFilter AgentsOf(const GroupFilter& filter, const metrics::FactSnapshot& snapshot) {
  storage::CommentFilter result;
  for (Code agent = 1; agent < snapshot.dictionaries().agents.CodeEnd(); ++agent) {
    if (filter.EverPasses(agent)) result.codes.push_back(agent);
  }
  return result;
}

}  // namespace

CommentRequest ReadListSurveyComments(const v1::ListSurveyCommentsRequest& request,
                                      ViolationList* violations) {
  const FieldPath root = FieldPath::Root();
  CommentRequest result;
  const auto range =
      ReadInterval(request.has_interval() ? &request.interval() : nullptr, root, violations);
  if (range.has_value()) result.query.range = *range;
  ReadKinds(request, root, violations, &result.query);
  result.filters = ReadFilters(request.filters(), root, violations);
  CheckFiltersApply(result.filters, root, violations);
  ReadScores(request, root, violations, &result.query);
  ReadPage(request, root, violations, &result.query);
  return result;
}

void AddFilters(const std::vector<metrics::Filter>& filters,
                const std::shared_ptr<const metrics::FactSnapshot>& snapshot,
                storage::CommentQuery* query) {
  auto groups = std::make_shared<std::vector<GroupFilter>>();
  for (const metrics::Filter& filter : filters) {
    switch (filter.dimension.kind) {
      case DimensionKind::kAgent:
        query->agents = CommentFilterOf(filter, snapshot->dictionaries().agents);
        break;
      case DimensionKind::kQueue:
        query->queues = CommentFilterOf(filter, snapshot->dictionaries().queues);
        break;
      case DimensionKind::kChannel:
        query->channels =
            CommentFilterOf(filter, metrics::DimensionSpace(filter.dimension, *snapshot));
        break;
      case DimensionKind::kDirection:
        query->directions =
            CommentFilterOf(filter, metrics::DimensionSpace(filter.dimension, *snapshot));
        break;
      default:
        groups->emplace_back(filter, *snapshot);
        break;
    }
  }
  if (groups->empty()) return;
  for (const GroupFilter& group : *groups) {
    if (!group.PassesMissing() && !query->agents.has_value()) {
      query->agents = AgentsOf(group, *snapshot);
    }
  }
  query->passes = [groups, snapshot](Code agent, Instant respond) {
    return std::all_of(groups->begin(), groups->end(),
                       [&](const GroupFilter& group) { return group.Passes(agent, respond); });
  };
}

void SetComments(const v1::ListSurveyCommentsRequest& request, const storage::CommentPage& page,
                 v1::ListSurveyCommentsResponse* response) {
  constexpr double kPoint = 1'000;  // A point of a score, in thousandths.
  for (const storage::SurveyComment& comment : page.comments) {
    v1::SurveyComment* message = response->add_comments();
    message->set_response_id(comment.response_id);
    message->set_kind(static_cast<v1::SurveyKind>(comment.kind));
    if (comment.score_thousandths.has_value()) {
      message->set_score(*comment.score_thousandths / kPoint);
    }
    message->set_scale_minimum(comment.scale_minimum_thousandths / kPoint);
    message->set_scale_maximum(comment.scale_maximum_thousandths / kPoint);
    message->set_comment(comment.comment);
    SetTimestamp(comment.respond, message->mutable_respond_time());
    message->set_interaction_id(comment.interaction_id);
    message->set_agent_id(comment.agent_id);
    message->set_queue_id(comment.queue_id);
    message->set_channel(static_cast<v1::Channel>(comment.channel));
  }
  if (!page.more) return;
  const storage::SurveyComment& last = page.comments.back();
  const std::vector<std::string> parts = {std::to_string(last.respond.time_since_epoch().count()),
                                          last.response_id};
  response->set_next_page_token(MakePageToken(TokenArguments(request), parts));
}

}  // namespace kpid::server
