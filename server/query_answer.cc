#include "server/query_answer.h"

#include "metrics/question.h"
#include "server/checked_facts.h"
#include "server/query_response.h"
#include "server/slice_token.h"

namespace kpid::server {

absl::StatusOr<std::shared_ptr<const metrics::FactSnapshot>> AnswerQuestion(
    const v1::QueryKpisRequest& request, const Question& question, metrics::FactSource* facts,
    const metrics::EvaluateOptions& options, int64_t send_bytes_max, const FieldPath& root,
    v1::QueryKpisResponse* response) {
  CheckedFacts checked(question.query(), facts, root);
  const auto answer = metrics::Ask(question.asked, &checked, options);
  if (!answer.ok()) return answer.status();
  if (absl::Status status = SetAnswer(question.asked, *answer, send_bytes_max, response);
      !status.ok()) {
    return status;
  }
  if (answer->next) response->set_next_page_token(MakeSliceToken(request, *answer->next));
  return answer->snapshot;
}

}  // namespace kpid::server
