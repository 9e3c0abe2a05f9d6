// Guesses whether all records of a batch are new, so that they can be inserted without the care
// that PostgreSQL takes for those that are stored already.
#pragma once

#include <cstddef>
#include <mutex>

namespace kpid::storage {

// A wrong guess costs the work on half a batch and some dead rows, a right one saves a third: it
// is made after several batches that were new as a whole, and after each wrong one more seldom.
// Safe for concurrent use.
class NewRecordGuess {
 public:
  // Fewest records of a batch to guess about: live traffic, which corrects what it sent before,
  // comes in small ones.
  static constexpr size_t kRecordsMin = 1'000;

  // Batches one after the other that must have been new before it guesses so: at first, and at
  // most. Doubled by each wrong guess, one less with each right one.
  static constexpr int kProofsMin = 3;
  static constexpr int kProofsMax = 256;

  // Whether to take it that a batch of that many records is new.
  bool AllNew(size_t records) const;

  // What became of a batch that it took for new.
  void NoteGuess(bool right);

  // Whether a batch of that many records, stored with care, was new as a whole.
  void NoteStored(size_t records, bool all_new);

 private:
  mutable std::mutex mutex_;
  int proofs_ = 0;
  int proofs_needed_ = kProofsMin;
};

}  // namespace kpid::storage
