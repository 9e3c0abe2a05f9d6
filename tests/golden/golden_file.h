// The golden files: what README.md of this folder describes, parsed.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "metrics/calendar.h"
#include "metrics/query.h"
#include "metrics/time.h"
#include "tests/support/reference.h"

namespace kpid::proof {

// A number as the file gives it: exact ("75", "200/3"), or rounded ("~66.67": any number that
// rounds to the digits written).
struct ExpectedNumber {
  std::string text;
  double value = 0;
  double tolerance = 0;  // Absolute.
};

// One line "slice @ bucket = value ...". Fields that the line does not name are not checked.
struct Expectation {
  int line = 0;
  std::vector<ReferenceDimension> slice;  // Empty: the total.
  std::optional<metrics::Instant> bucket;
  std::optional<ExpectedNumber> value;  // Absent: there is none.
  std::string no_value_reason;          // Then why: NO_DATA, ...
  std::optional<ExpectedNumber> numerator;
  std::optional<ExpectedNumber> denominator;
  std::optional<ExpectedNumber> lower;
  std::optional<ExpectedNumber> upper;
  bool no_interval = false;
  std::optional<std::string> currency;
  std::map<std::string, int64_t> counts;  // "samples" among them.
};

// One question.
struct Ask {
  int line = 0;
  std::map<std::string, std::string> parameters;
  std::string statistic;
  metrics::TimeRange range;
  std::string zone;
  metrics::Granularity granularity = metrics::Granularity::kRange;
  metrics::Weekday week_start = metrics::Weekday::kMonday;
  std::vector<metrics::Dimension> group_by;
  std::vector<metrics::Filter> filters;
  double confidence_level = 0.95;
  metrics::Instant now = metrics::kInstantEnd;
  std::optional<int> bucket_count;                                     // "buckets = 24".
  std::optional<std::vector<std::vector<ReferenceDimension>>> slices;  // "slices = a b (none)".
  std::vector<Expectation> expectations;
};

// Records and the questions asked of them.
struct Scene {
  int line = 0;
  std::string title;
  Records records;
  std::vector<Ask> asks;
};

struct GoldenFile {
  std::string path;
  std::string kpi;  // Id.
  std::vector<Scene> scenes;
};

// Reads a file. Errors name the file and the line.
absl::StatusOr<GoldenFile> ReadGoldenFile(const std::string& path);

}  // namespace kpid::proof
