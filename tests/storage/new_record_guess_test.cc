#include "storage/new_record_guess.h"

#include <gtest/gtest.h>

namespace kpid::storage {
namespace {

constexpr size_t kLarge = NewRecordGuess::kRecordsMin;

void Prove(NewRecordGuess* guess, int batches) {
  for (int i = 0; i < batches; ++i) guess->NoteStored(kLarge, /*all_new=*/true);
}

TEST(NewRecordGuess, TakesSeveralNewBatches) {
  NewRecordGuess guess;
  Prove(&guess, NewRecordGuess::kProofsMin - 1);
  EXPECT_FALSE(guess.AllNew(kLarge));
  Prove(&guess, 1);
  EXPECT_TRUE(guess.AllNew(kLarge));
}

TEST(NewRecordGuess, SmallBatchesNeitherCountNorProve) {
  NewRecordGuess guess;
  for (int i = 0; i < 10; ++i) guess.NoteStored(kLarge - 1, /*all_new=*/true);
  EXPECT_FALSE(guess.AllNew(kLarge));
  Prove(&guess, NewRecordGuess::kProofsMin);
  guess.NoteStored(kLarge - 1, /*all_new=*/false);
  EXPECT_TRUE(guess.AllNew(kLarge));
  EXPECT_FALSE(guess.AllNew(kLarge - 1));
}

TEST(NewRecordGuess, ABatchThatWasNotNewEndsIt) {
  NewRecordGuess guess;
  Prove(&guess, NewRecordGuess::kProofsMin);
  guess.NoteStored(kLarge, /*all_new=*/false);
  EXPECT_FALSE(guess.AllNew(kLarge));
  Prove(&guess, NewRecordGuess::kProofsMin);
  EXPECT_TRUE(guess.AllNew(kLarge));
}

TEST(NewRecordGuess, EachWrongGuessMakesItMoreCareful) {
  NewRecordGuess guess;
  for (int needed = NewRecordGuess::kProofsMin; needed < NewRecordGuess::kProofsMax; needed *= 2) {
    Prove(&guess, needed - 1);
    EXPECT_FALSE(guess.AllNew(kLarge)) << needed;
    Prove(&guess, 1);
    EXPECT_TRUE(guess.AllNew(kLarge)) << needed;
    guess.NoteGuess(/*right=*/false);
  }
  Prove(&guess, NewRecordGuess::kProofsMax);
  EXPECT_TRUE(guess.AllNew(kLarge)) << "it never gives up";
}

TEST(NewRecordGuess, RightGuessesMakeItBolderAgain) {
  NewRecordGuess guess;
  guess.NoteGuess(/*right=*/false);
  for (int i = 0; i < 100; ++i) guess.NoteGuess(/*right=*/true);
  Prove(&guess, NewRecordGuess::kProofsMin);
  EXPECT_TRUE(guess.AllNew(kLarge));
}

}  // namespace
}  // namespace kpid::storage
