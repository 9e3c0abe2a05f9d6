#include "storage/survey_comments.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "storage/retry.h"
#include "storage/session_pool.h"

namespace kpid::storage {
namespace {

using metrics::CallLimits;
using metrics::Code;

// Rows of one statement: a page at least, and more where `passes` leaves some out.
constexpr int kRowsPerRead = kCommentsMax + 1;

// Answers with a comment, with the dimensions that count, and their names. The index
// survey_responses_comments has the same condition and order.
constexpr const char* kSelectComments =
    "SELECT c.respond_time, c.response_id, c.kind, c.score_thousandths,"
    " c.scale_minimum_thousandths, c.scale_maximum_thousandths, c.comment, c.interaction_id,"
    " c.agent_key, a.agent_id, q.queue_id, c.channel"
    " FROM (SELECT *,"
    "  CASE WHEN stamped_direction IS NULL THEN given_agent_key ELSE stamped_agent_key END"
    "   AS agent_key,"
    "  CASE WHEN stamped_direction IS NULL THEN given_queue_key ELSE stamped_queue_key END"
    "   AS queue_key,"
    "  CASE WHEN stamped_direction IS NULL THEN given_channel ELSE stamped_channel END AS channel,"
    "  coalesce(stamped_direction, 0::smallint) AS direction"
    "  FROM kpid.survey_responses WHERE comment <> '' AND respond_time IS NOT NULL) AS c"
    " LEFT JOIN kpid.agents AS a ON a.agent_key = c.agent_key"
    " LEFT JOIN kpid.queues AS q ON q.queue_key = c.queue_key"
    " WHERE c.respond_time >= $1 AND c.respond_time < $2 AND c.kind = ANY($3)";

constexpr const char* kCommentOrder = " ORDER BY c.respond_time DESC, c.response_id LIMIT ";

// Builds the statement and its parameters.
class StatementWriter {
 public:
  StatementWriter(const CommentQuery& query, int limit) : sql_(kSelectComments) {
    parameters_.push_back(InstantParameter(query.range.start));
    parameters_.push_back(InstantParameter(query.range.end));
    ArrayEncoder kinds(TypeOid::kInt2, query.kinds.size());
    for (const metrics::SurveyKind kind : query.kinds)
      kinds.AppendShort(static_cast<int16_t>(kind));
    parameters_.push_back(ArrayParameter(&kinds));
    AddKeys(query.agents, "c.agent_key");
    AddKeys(query.queues, "c.queue_key");
    AddValues(query.channels, "c.channel");
    AddValues(query.directions, "c.direction");
    if (query.minimum_thousandths.has_value()) {
      Add(" AND c.score_thousandths >= ", IntParameter(*query.minimum_thousandths));
    }
    if (query.maximum_thousandths.has_value()) {
      Add(" AND c.score_thousandths <= ", IntParameter(*query.maximum_thousandths));
    }
    order_ = absl::StrCat(kCommentOrder, limit);
    where_size_ = sql_.size();
    where_parameters_ = parameters_.size();
    sql_ += order_;
  }

  // Begins after a position.
  void SetPosition(const CommentPosition& after) {
    sql_.resize(where_size_);
    parameters_.erase(parameters_.begin() + static_cast<ptrdiff_t>(where_parameters_),
                      parameters_.end());
    Add(" AND c.respond_time <= ", InstantParameter(after.respond));
    absl::StrAppend(&sql_, " AND (c.respond_time < $", parameters_.size());
    Add(" OR c.response_id > ", TextParameter(after.response_id));
    absl::StrAppend(&sql_, ")", order_);
  }

  Statement statement() const { return {"list_survey_comments", sql_}; }
  std::span<const Parameter> parameters() const { return parameters_; }

 private:
  void Add(std::string_view condition, Parameter parameter) {
    parameters_.push_back(std::move(parameter));
    absl::StrAppend(&sql_, std::string(condition), "$", parameters_.size());
  }

  // A key that is null where there is none.
  void AddKeys(const std::optional<CommentFilter>& filter, const std::string& column) {
    if (!filter.has_value()) return;
    ArrayEncoder keys(TypeOid::kInt4, filter->codes.size());
    for (const Code code : filter->codes) keys.AppendInt(static_cast<int32_t>(code));
    Add(absl::StrCat(" AND (", column, " = ANY("), ArrayParameter(&keys));
    absl::StrAppend(&sql_, ")", filter->missing ? absl::StrCat(" OR ", column, " IS NULL") : "",
                    ")");
  }

  // A value that is 0 where there is none.
  void AddValues(const std::optional<CommentFilter>& filter, const std::string& column) {
    if (!filter.has_value()) return;
    ArrayEncoder values(TypeOid::kInt2, filter->codes.size() + 1);
    for (const Code code : filter->codes) values.AppendShort(static_cast<int16_t>(code));
    if (filter->missing) values.AppendShort(0);
    Add(absl::StrCat(" AND ", column, " = ANY("), ArrayParameter(&values));
    absl::StrAppend(&sql_, ")");
  }

  std::string sql_;
  std::vector<Parameter> parameters_;
  std::string order_;
  size_t where_size_ = 0;        // Of sql_, without position and order,
  size_t where_parameters_ = 0;  // and of the parameters there.
};

std::string TextOf(FieldView field) {
  return field.null() ? std::string() : std::string(field.Text());
}

SurveyComment CommentOf(const Rows& rows, int row) {
  SurveyComment comment;
  comment.respond = rows.At(row, 0).Time();
  comment.response_id = rows.At(row, 1).Text();
  comment.kind = static_cast<metrics::SurveyKind>(rows.At(row, 2).Short());
  if (!rows.At(row, 3).null()) comment.score_thousandths = rows.At(row, 3).Int();
  comment.scale_minimum_thousandths = rows.At(row, 4).Int();
  comment.scale_maximum_thousandths = rows.At(row, 5).Int();
  comment.comment = rows.At(row, 6).Text();
  comment.interaction_id = TextOf(rows.At(row, 7));
  comment.agent_id = TextOf(rows.At(row, 9));
  comment.queue_id = TextOf(rows.At(row, 10));
  comment.channel = static_cast<metrics::Channel>(rows.At(row, 11).Short());
  return comment;
}

absl::StatusOr<CommentPage> ReadPage(Session* session, const CommentQuery& query,
                                     const CallLimits& limits) {
  const int limit = query.passes ? kRowsPerRead : query.page_size + 1;
  StatementWriter writer(query, limit);
  if (query.after.has_value()) writer.SetPosition(*query.after);
  CommentPage page;
  while (true) {
    const absl::StatusOr<Rows> rows =
        session->Execute(writer.statement(), writer.parameters(), limits);
    if (!rows.ok()) return rows.status();
    for (int row = 0; row < rows->size(); ++row) {
      const FieldView agent = rows->At(row, 8);
      const Code code = agent.null() ? metrics::kNoCode : static_cast<Code>(agent.Int());
      if (query.passes && !query.passes(code, rows->At(row, 0).Time())) continue;
      if (page.comments.size() == static_cast<size_t>(query.page_size)) {
        page.more = true;
        return page;
      }
      page.comments.push_back(CommentOf(*rows, row));
    }
    if (rows->size() < limit) return page;
    const int last = rows->size() - 1;
    writer.SetPosition({rows->At(last, 0).Time(), std::string(rows->At(last, 1).Text())});
  }
}

}  // namespace

absl::StatusOr<CommentPage> SurveyComments::List(const CommentQuery& query,
                                                 const CallLimits& limits) {
  CommentPage page;
  const absl::Status status = Retry({}, RealRetryEnvironment(), limits, [&]() -> absl::Status {
    absl::StatusOr<SessionLease> session = database_->readers().Acquire(limits);
    if (!session.ok()) return session.status();
    absl::StatusOr<CommentPage> read = ReadPage(session->get(), query, limits);
    if (!read.ok()) return read.status();
    page = *std::move(read);
    return absl::OkStatus();
  });
  if (!status.ok()) return status;
  return page;
}

}  // namespace kpid::storage
