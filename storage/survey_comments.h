// What was written in answered surveys, newest first.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "metrics/call_limits.h"
#include "metrics/fact.h"
#include "metrics/time.h"
#include "storage/database.h"

namespace kpid::storage {

inline constexpr int kCommentsMax = 1'000;  // A page.

// An answer with a comment, and the dimensions that count for it (as of SurveyFact).
struct SurveyComment {
  std::string response_id;
  metrics::SurveyKind kind = metrics::SurveyKind::kNone;
  std::optional<int32_t> score_thousandths;
  int32_t scale_minimum_thousandths = 0;
  int32_t scale_maximum_thousandths = 0;
  std::string comment;
  metrics::Instant respond{};
  std::string interaction_id;
  std::string agent_id;
  std::string queue_id;
  metrics::Channel channel = metrics::Channel::kNone;
};

// Passes a value that is one of `codes` (keys of a dictionary, or values of an enum), or none
// when `missing` is set.
struct CommentFilter {
  std::vector<metrics::Code> codes;
  bool missing = false;
};

// Where a page ended.
struct CommentPosition {
  metrics::Instant respond{};
  std::string response_id;
};

struct CommentQuery {
  metrics::TimeRange range;                // Of the time of the answer.
  std::vector<metrics::SurveyKind> kinds;  // At least one.
  std::optional<CommentFilter> agents;
  std::optional<CommentFilter> queues;
  std::optional<CommentFilter> channels;
  std::optional<CommentFilter> directions;
  std::optional<int32_t> minimum_thousandths;  // Of the score.
  std::optional<int32_t> maximum_thousandths;

  // Whether an answer of an agent (kNoCode: of none) at an instant passes; null: all do. It is
  // asked about answers that pass all others; `agents` should leave out those that never do.
  std::function<bool(metrics::Code, metrics::Instant)> passes;

  std::optional<CommentPosition> after;
  int page_size = 100;  // 1 to kCommentsMax.
};

struct CommentPage {
  std::vector<SurveyComment> comments;  // Newest first, of one instant by response_id.
  bool more = false;
};

// Safe for concurrent use.
class SurveyComments {
 public:
  // `database` must outlive this.
  explicit SurveyComments(Database* database) : database_(database) {}

  absl::StatusOr<CommentPage> List(const CommentQuery& query, const metrics::CallLimits& limits);

 private:
  Database* database_;
};

}  // namespace kpid::storage
