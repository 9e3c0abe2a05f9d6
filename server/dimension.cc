#include "server/dimension.h"

#include <string>
#include <utility>

#include "server/field_checks.h"
#include "server/join_text.h"
#include "server/reasons.h"

namespace kpid::server {
namespace {

static_assert(static_cast<int>(metrics::DimensionKind::kPriority) == v1::DIMENSION_KIND_PRIORITY);
static_assert(v1::DimensionKind_MAX == v1::DIMENSION_KIND_PRIORITY);

metrics::Dimension ReadDimension(const v1::Dimension& dimension, const FieldPath& path,
                                 ViolationList* violations) {
  const FieldChecks checks(path, violations);
  const bool known = v1::DimensionKind_IsValid(dimension.kind());
  checks.Enum("kind", dimension.kind(), known, Presence::kRequired);
  switch (dimension.kind()) {
    case v1::DIMENSION_KIND_AGENT_GROUP:
    case v1::DIMENSION_KIND_ATTRIBUTE: {
      const bool attribute = dimension.kind() == v1::DIMENSION_KIND_ATTRIBUTE;
      if (dimension.name().empty()) {
        checks.Add("name", reason::kFieldRequired,
                   attribute ? "is required: the key of the attribute"
                             : "is required: the type of the groups, for example team");
      } else if (!IsName(dimension.name(), /*dot_allowed=*/attribute)) {
        checks.Add("name", reason::kFieldMalformed,
                   attribute ? "must be 1 to 64 bytes of [a-z0-9_.-] starting with a letter"
                             : "must be 1 to 64 bytes of [a-z0-9_-] starting with a letter");
      }
      break;
    }
    default:
      if (known && dimension.kind() != v1::DIMENSION_KIND_UNSPECIFIED &&
          !dimension.name().empty()) {
        checks.Add("name", reason::kFieldContradicts,
                   "must be empty: only agent groups and attributes have one");
      }
      break;
  }
  if (!known) return {};
  return {static_cast<metrics::DimensionKind>(dimension.kind()), dimension.name()};
}

// Whether the dimension is not among `earlier`, `get(item)` being an item's dimension.
template <typename Items, typename Get>
void CheckOnce(const metrics::Dimension& dimension, const Items& earlier, Get get,
               const FieldPath& path, ViolationList* violations) {
  if (dimension.kind == metrics::DimensionKind::kNone) return;
  for (const auto& item : earlier) {
    if (get(item) == dimension) {
      violations->Add(path, reason::kDuplicateItem, "is given twice");
      return;
    }
  }
}

bool IsKnownName(metrics::DimensionKind kind, std::string_view value) {
  if (kind == metrics::DimensionKind::kChannel) {
    for (int i = 1; i <= v1::Channel_MAX; ++i) {
      if (metrics::ChannelName(static_cast<metrics::Channel>(i)) == value) return true;
    }
    return false;
  }
  if (kind == metrics::DimensionKind::kDirection) {
    for (int i = 1; i <= v1::Direction_MAX; ++i) {
      if (metrics::DirectionName(static_cast<metrics::Direction>(i)) == value) return true;
    }
    return false;
  }
  return true;
}

void CheckFilterValue(const std::string& value, metrics::DimensionKind kind, const FieldPath& path,
                      ViolationList* violations) {
  if (value.empty()) {
    violations->Add(path, reason::kFieldRequired,
                    "must not be empty: include_missing asks for facts without a value");
  } else if (value.size() > kIdBytesMax) {
    violations->Add(
        path, reason::kFieldTooLong,
        JoinText("has ", value.size(), " bytes; at most ", kIdBytesMax, " are allowed"));
  } else if (FindTextProblem(value, LineBreaks::kRefused) != TextProblem::kNone) {
    violations->Add(path, reason::kFieldInvalidText,
                    "is not valid UTF-8 or contains a control character");
  } else if (!IsKnownName(kind, value)) {
    violations->Add(path, reason::kEnumUnknown,
                    kind == metrics::DimensionKind::kChannel
                        ? "must be voice, chat, email, messaging, social or other"
                        : "must be inbound or outbound");
  }
}

void CheckGroupType(const metrics::Dimension& dimension, const metrics::Roster& roster,
                    const FieldPath& path, ViolationList* violations) {
  if (dimension.kind != metrics::DimensionKind::kAgentGroup) return;
  if (roster.HasType(dimension.name)) return;
  violations->Add(path.Field("name"), reason::kGroupTypeUnknown, "no agent group has this type");
}

}  // namespace

std::vector<metrics::Dimension> ReadGroupBy(const DimensionMessages& group_by,
                                            const FieldPath& root, ViolationList* violations) {
  std::vector<metrics::Dimension> read;
  if (!CheckCount(root.Field("group_by"), group_by.size(), 0, metrics::kGroupByMax, violations)) {
    return read;
  }
  for (int i = 0; i < group_by.size(); ++i) {
    const FieldPath path = root.Element("group_by", i);
    metrics::Dimension dimension = ReadDimension(group_by[i], path, violations);
    CheckOnce(
        dimension, read, [](const auto& earlier) { return earlier; }, path, violations);
    read.push_back(std::move(dimension));
  }
  return read;
}

std::vector<metrics::Filter> ReadFilters(const FilterMessages& filters, const FieldPath& root,
                                         ViolationList* violations) {
  std::vector<metrics::Filter> read;
  if (!CheckCount(root.Field("filters"), filters.size(), 0, metrics::kFiltersMax, violations)) {
    return read;
  }
  for (int i = 0; i < filters.size(); ++i) {
    const v1::DimensionFilter& message = filters[i];
    const FieldPath path = root.Element("filters", i);
    metrics::Filter filter;
    if (message.has_dimension()) {
      const FieldPath dimension = path.Field("dimension");
      filter.dimension = ReadDimension(message.dimension(), dimension, violations);
      CheckOnce(
          filter.dimension, read, [](const metrics::Filter& earlier) { return earlier.dimension; },
          dimension, violations);
    } else {
      violations->Add(path.Field("dimension"), reason::kFieldRequired, "is required");
    }
    if (message.values().empty() && !message.include_missing()) {
      violations->Add(path.Field("values"), reason::kTooFewItems,
                      "needs a value, or include_missing");
    }
    if (CheckCount(path.Field("values"), message.values_size(), 0, metrics::kFilterValuesMax,
                   violations)) {
      for (int v = 0; v < message.values_size(); ++v) {
        CheckFilterValue(message.values(v), filter.dimension.kind, path.Element("values", v),
                         violations);
      }
      filter.values.assign(message.values().begin(), message.values().end());
    }
    filter.include_missing = message.include_missing();
    read.push_back(std::move(filter));
  }
  return read;
}

void SetDimension(const metrics::Dimension& dimension, v1::Dimension* message) {
  message->set_kind(static_cast<v1::DimensionKind>(dimension.kind));
  message->set_name(dimension.name);
}

bool NamesGroupTypes(std::span<const metrics::Dimension> group_by,
                     std::span<const metrics::Filter> filters) {
  for (const metrics::Dimension& dimension : group_by) {
    if (dimension.kind == metrics::DimensionKind::kAgentGroup) return true;
  }
  for (const metrics::Filter& filter : filters) {
    if (filter.dimension.kind == metrics::DimensionKind::kAgentGroup) return true;
  }
  return false;
}

void CheckGroupTypes(std::span<const metrics::Dimension> group_by,
                     std::span<const metrics::Filter> filters, const metrics::Roster& roster,
                     const FieldPath& root, ViolationList* violations) {
  for (size_t i = 0; i < group_by.size(); ++i) {
    CheckGroupType(group_by[i], roster, root.Element("group_by", static_cast<int64_t>(i)),
                   violations);
  }
  for (size_t i = 0; i < filters.size(); ++i) {
    const FieldPath filter = root.Element("filters", static_cast<int64_t>(i));
    CheckGroupType(filters[i].dimension, roster, filter.Field("dimension"), violations);
  }
}

}  // namespace kpid::server
