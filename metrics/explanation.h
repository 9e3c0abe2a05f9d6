// The records behind a value: what each adds to it, or why it is left out.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "metrics/evaluate.h"
#include "metrics/fact.h"
#include "metrics/fact_snapshot.h"
#include "metrics/fact_source.h"
#include "metrics/query.h"
#include "metrics/result.h"
#include "metrics/time.h"

namespace kpid::metrics {

inline constexpr int kExplainedRecordsMax = 1'000;  // A page.

enum class RecordKind : uint8_t {
  kNone,
  kInteraction,
  kSurvey,
  kQualityEvaluation,
  kAgentActivity,
  kScheduledActivity,
  kTicket,
  kCost,
  kTarget,
  kAgent
};

enum class RecordRole : uint8_t { kNone, kNumerator, kDenominatorOnly, kExcluded };

// Where a record stands in the order of an explanation: by time, kind, key.
struct RecordPosition {
  Instant time{};
  RecordKind kind = RecordKind::kNone;
  int64_t key = 0;

  friend auto operator<=>(const RecordPosition&, const RecordPosition&) = default;
};

// A record and its part in a value: pieces of one, such as an activity cut where its agent changed
// groups, are put together. The key is the row key; of an agent its code. The time is the instant
// by which the record is counted; for spans of time (also the time that a ticket is open, and an
// agent employed) the first one in the range that counts. Surveys of employees have no agent.
struct ExplainedRecord {
  RecordPosition position;
  RecordRole role = RecordRole::kNone;
  std::string_view reason;  // UPPER_SNAKE; empty: nothing to say. Lives as long as the process.
  std::optional<double> numerator;
  std::optional<double> denominator;
  Code agent = kNoCode;
  Code queue = kNoCode;
  Channel channel = Channel::kNone;
};

// Records that have the same part.
struct RecordGroup {
  RecordKind kind = RecordKind::kNone;
  RecordRole role = RecordRole::kNone;
  std::string_view reason;
  int64_t records = 0;
  std::optional<double> numerator;
  std::optional<double> denominator;
};

struct ExplainQuestion {
  Query query;        // One KPI, no group_by, one bucket: the range.
  uint8_t roles = 0;  // Bits 1 << RecordRole of those to list; 0: all.
  int page_size = 100;
  std::optional<RecordPosition> after;  // The last record of the page before.
};

struct Explanation {
  Value value;  // With currency as in `currencies`.
  std::vector<std::string> currencies;

  // Of all records, by kind, role, reason: they add up to the value's numerator and denominator,
  // but that the denominator of a headcount is the length of the range, to which none adds.
  std::vector<RecordGroup> groups;
  std::vector<ExplainedRecord> records;
  bool more = false;  // Whether there are further ones.
  Instant data_watermark{};

  // Of targets (kpi_achievement), whose key is their place in the set: their ids, by record.
  std::vector<std::string> target_ids;

  // What it was computed from: names of agents and queues.
  std::shared_ptr<const FactSnapshot> snapshot;
};

// Whether a KPI (with its parameters) can be filtered by a dimension.
bool DimensionApplies(const ResolvedKpi& kpi, const Dimension& dimension);

// Explains a value by the same row functions that compute it, so that sums agree by construction.
// Memory: one page, whatever the range, and the agents where these are the records. A value that
// is suppressed has neither groups nor records. Errors as Evaluate; INVALID_ARGUMENT (reason
// NOT_APPLICABLE) when a filter's dimension does not apply to the KPI.
absl::StatusOr<Explanation> Explain(const ExplainQuestion& question, FactSource* facts,
                                    const EvaluateOptions& options);

// The same from facts at hand. REQUIRES: the snapshot, which the explanation does not keep, holds
// DemandOf(question.query); not kpi_achievement, whose demand depends on the targets.
absl::StatusOr<Explanation> Explain(const ExplainQuestion& question, const FactSnapshot& snapshot,
                                    const EvaluateOptions& options);

}  // namespace kpid::metrics
