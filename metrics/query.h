// A question: which KPIs, over which facts, cut how. Made by the server from a request that it
// has checked, by tests directly.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "metrics/calendar.h"
#include "metrics/catalogue.h"
#include "metrics/fact.h"
#include "metrics/time.h"

namespace kpid::metrics {

// Limits of one question; the server checks them and names them in errors.
inline constexpr int kKpisMax = 64;
inline constexpr int kGroupByMax = 4;
inline constexpr int kFiltersMax = 16;
inline constexpr int kFilterValuesMax = 10'000;
inline constexpr int64_t kBucketsMax = 40'000;
inline constexpr int64_t kCellsMax = 5'000'000;  // Slices x buckets x KPIs: bounds memory.
inline constexpr std::chrono::days kRangeDaysMax{3660};

struct Dimension {
  DimensionKind kind = DimensionKind::kNone;
  std::string name;  // Group type of kAgentGroup, key of kAttribute, otherwise empty.

  friend bool operator==(const Dimension&, const Dimension&) = default;
};

// Passes facts whose value of the dimension is one of `values`, or which have none and
// include_missing is set. Channels and directions are named as ChannelName does.
struct Filter {
  Dimension dimension;
  std::vector<std::string> values;
  bool include_missing = false;
};

// The value of one dimension of a slice.
struct DimensionValue {
  std::string value;
  std::string display_name;
  bool missing = false;

  friend bool operator==(const DimensionValue&, const DimensionValue&) = default;
};

// Which slices an answer has: these, in this order, also those without facts; names to show are
// not looked at. Those not named still count in the total. Without group_by it is not looked at.
struct SliceSelection {
  std::vector<std::vector<DimensionValue>> slices;  // Each as Query::group_by; each once.
  bool with_other = false;  // One more slice, the last, of all the others together.
};

// What values carry beyond themselves; more costs time and space.
enum class ValueDetail : uint8_t { kBare, kCounts, kInterval };

struct Query {
  std::vector<ResolvedKpi> kpis;
  TimeRange range;
  std::string time_zone = "UTC";  // IANA name; whose dates hire and leave are.
  Granularity granularity = Granularity::kRange;
  Weekday week_start = Weekday::kMonday;
  std::vector<TimeRange> buckets;  // Calendar::Buckets of the range: at least one.
  std::vector<Dimension> group_by;
  std::vector<Filter> filters;
  ValueDetail value_detail = ValueDetail::kCounts;
  double confidence_level = 0.95;
  std::optional<SliceSelection> selection;  // Absent: every slice that has facts.
};

// "voice", "chat", ...; "" for kNone. "inbound", "outbound".
std::string_view ChannelName(Channel channel);
std::string_view DirectionName(Direction direction);

}  // namespace kpid::metrics
