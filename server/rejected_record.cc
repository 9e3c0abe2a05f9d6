#include "server/rejected_record.h"

#include <algorithm>
#include <utility>

#include "absl/strings/escaping.h"
#include "server/error_model.h"
#include "server/join_text.h"
#include "server/text.h"

namespace kpid::server {

void RejectionList::Add(int index, int64_t sequence, std::string_view record_id,
                        const ViolationList& violations) {
  const bool full = bytes_ < kFullDetailBytesMax;
  v1::RejectedRecord* record = records_->Add();
  record->set_index(index);
  record->set_sequence(sequence);
  // The id may be what is wrong: an answer must be UTF-8 all the same.
  if (FindTextProblem(record_id, LineBreaks::kRefused) == TextProblem::kInvalidUtf8) {
    record->set_record_id(absl::CHexEscape(AbslView(CutText(record_id, kRecordIdBytesMax / 4))));
  } else {
    record->set_record_id(std::string(CutText(record_id, kRecordIdBytesMax)));
  }
  const auto detail = full ? ViolationList::Detail::kFull : ViolationList::Detail::kBrief;
  *record->mutable_status() =
      ToRpcStatus(violations.ToStatus(detail), full ? request_id_ : std::string());
  bytes_ += record->status().ByteSizeLong();
}

void RejectionList::Sort() {
  std::stable_sort(records_->pointer_begin(), records_->pointer_end(),
                   [](const v1::RejectedRecord* a, const v1::RejectedRecord* b) {
                     return std::pair(a->sequence(), a->index()) <
                            std::pair(b->sequence(), b->index());
                   });
}

}  // namespace kpid::server
