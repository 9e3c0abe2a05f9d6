#include "storage/new_record_guess.h"

#include <algorithm>

namespace kpid::storage {

bool NewRecordGuess::AllNew(size_t records) const {
  if (records < kRecordsMin) return false;
  const std::lock_guard lock(mutex_);
  return proofs_ >= proofs_needed_;
}

void NewRecordGuess::NoteGuess(bool right) {
  const std::lock_guard lock(mutex_);
  if (right) {
    proofs_needed_ = std::max(proofs_needed_ - 1, kProofsMin);
  } else {
    proofs_ = 0;
    proofs_needed_ = std::min(proofs_needed_ * 2, kProofsMax);
  }
}

void NewRecordGuess::NoteStored(size_t records, bool all_new) {
  if (records < kRecordsMin) return;
  const std::lock_guard lock(mutex_);
  proofs_ = all_new ? std::min(proofs_ + 1, kProofsMax) : 0;
}

}  // namespace kpid::storage
