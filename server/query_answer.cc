#include "server/query_answer.h"

#include "metrics/question.h"
#include "server/checked_facts.h"
#include "server/query_response.h"
#include "server/slice_token.h"

namespace kpid::server {

absl::StatusOr<Answered> AnswerQuestion(const v1::QueryKpisRequest& request,
                                        const Question& question, metrics::FactSource* facts,
                                        const metrics::EvaluateOptions& options,
                                        const FieldPath& root, EncodedResponse* response) {
  CheckedFacts checked(question.query(), facts, root);
  const auto answer = metrics::Ask(question.asked, &checked, options);
  if (!answer.ok()) return answer.status();
  absl::Status status = AppendAnswer(question, *answer, options.threads_max, response);
  if (!status.ok()) return status;
  if (answer->next) {
    v1::QueryKpisResponse next;
    next.set_next_page_token(MakeSliceToken(request, *answer->next));
    if (status = response->Append(next); !status.ok()) return status;
  }
  return Answered{answer->snapshot, answer->result.data_watermark,
                  static_cast<int64_t>(answer->result.slices.size())};
}

}  // namespace kpid::server
