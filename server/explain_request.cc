#include "server/explain_request.h"

#include <optional>
#include <utility>

#include "absl/strings/numbers.h"
#include "server/dimension.h"
#include "server/field_checks.h"
#include "server/interval.h"
#include "server/join_text.h"
#include "server/kpi_request.h"
#include "server/page_token.h"
#include "server/reasons.h"
#include "server/request_bytes.h"
#include "server/roster_lists.h"

namespace kpid::server {
namespace {

static_assert(static_cast<int>(metrics::RecordRole::kExcluded) == v1::RECORD_ROLE_EXCLUDED);
static_assert(v1::RecordRole_MAX == v1::RECORD_ROLE_EXCLUDED);

// Parts of a position in a token: time, kind, key.
constexpr size_t kPositionParts = 3;

std::vector<std::string> TokenArguments(v1::ExplainKpiRequest request) {
  request.clear_page_token();
  request.clear_page_size();
  return {"ExplainKpi", RequestBytes(request)};
}

std::optional<metrics::RecordPosition> PositionOf(const std::vector<std::string>& parts) {
  int64_t time = 0;
  int32_t kind = 0;
  metrics::RecordPosition position;
  if (!absl::SimpleAtoi(parts[0], &time) || !absl::SimpleAtoi(parts[1], &kind) ||
      !absl::SimpleAtoi(parts[2], &position.key) || kind <= 0 ||
      kind > static_cast<int>(metrics::RecordKind::kAgent)) {
    return std::nullopt;
  }
  position.time = metrics::Instant(metrics::Duration(time));
  position.kind = static_cast<metrics::RecordKind>(kind);
  return position;
}

uint8_t ReadRoles(const v1::ExplainKpiRequest& request, const FieldPath& root,
                  ViolationList* violations) {
  unsigned roles = 0;
  if (!CheckCount(root.Field("roles"), request.roles_size(), 0, v1::RecordRole_MAX, violations)) {
    return 0;
  }
  for (int i = 0; i < request.roles_size(); ++i) {
    const int role = request.roles(i);
    if (role == v1::RECORD_ROLE_UNSPECIFIED || !v1::RecordRole_IsValid(role)) {
      violations->Add(root.Element("roles", i), reason::kEnumUnknown,
                      "must be numerator, denominator only or excluded");
    } else {
      roles |= 1U << role;
    }
  }
  return static_cast<uint8_t>(roles);
}

void CheckFiltersApply(const metrics::Query& query, const FieldPath& root,
                       ViolationList* violations) {
  for (size_t i = 0; i < query.filters.size(); ++i) {
    const metrics::Dimension& dimension = query.filters[i].dimension;
    if (dimension.kind == metrics::DimensionKind::kNone ||
        metrics::DimensionApplies(query.kpis.front(), dimension)) {
      continue;
    }
    const FieldPath filter = root.Element("filters", i);
    violations->Add(filter.Field("dimension"), reason::kNotApplicable,
                    JoinText("does not apply to ", query.kpis.front().definition->id));
  }
}

void ReadPage(const v1::ExplainKpiRequest& request, const FieldPath& root,
              ViolationList* violations, metrics::ExplainQuestion* question) {
  const ListPage page = ReadListPage(request.page_size(), request.page_token(),
                                     TokenArguments(request), kPositionParts, violations);
  question->page_size = page.size;
  if (page.position.empty()) return;
  question->after = PositionOf(page.position);
  if (!question->after.has_value()) {
    violations->Add(root.Field("page_token"), reason::kPageTokenInvalid, "is damaged");
  }
}

}  // namespace

metrics::ExplainQuestion ReadExplainKpi(const v1::ExplainKpiRequest& request,
                                        ViolationList* violations) {
  const FieldPath root = FieldPath::Root();
  metrics::ExplainQuestion question;
  metrics::Query& query = question.query;
  if (request.has_kpi()) {
    auto kpi = ReadKpi(request.kpi(), root.Field("kpi"), violations);
    if (kpi.has_value()) query.kpis.push_back(*std::move(kpi));
  } else {
    violations->Add(root.Field("kpi"), reason::kFieldRequired, "is required");
  }
  const auto range =
      ReadInterval(request.has_interval() ? &request.interval() : nullptr, root, violations);
  if (range.has_value()) {
    query.range = *range;
    query.buckets = {*range};
  }
  const auto calendar = ReadTimeZone(request.time_zone(), root, violations);
  if (calendar.has_value()) query.time_zone = calendar->time_zone();
  query.filters = ReadFilters(request.filters(), root, violations);
  if (!query.kpis.empty()) CheckFiltersApply(query, root, violations);
  question.roles = ReadRoles(request, root, violations);
  ReadPage(request, root, violations, &question);
  return question;
}

std::string MakeExplainToken(const v1::ExplainKpiRequest& request,
                             const metrics::RecordPosition& position) {
  const std::vector<std::string> parts = {JoinText(position.time.time_since_epoch().count()),
                                          JoinText(static_cast<int>(position.kind)),
                                          JoinText(position.key)};
  return MakePageToken(TokenArguments(request), parts);
}

}  // namespace kpid::server
