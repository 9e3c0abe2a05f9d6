#include <gtest/gtest.h>

#include <random>
#include <thread>

#include "storage/record_store.h"
#include "tests/storage/record_builders.h"
#include "tests/support/test_database.h"

namespace kpid::storage {
namespace {

using test_support::TestDatabase;

class RecordStoreTest : public ::testing::Test {
 protected:
  IngestOutcome Ingest(const RecordBatch& batch) {
    const absl::StatusOr<IngestOutcome> outcome = store_.Ingest(batch, {});
    EXPECT_TRUE(outcome.ok()) << outcome.status();
    return outcome.value_or(IngestOutcome());
  }
  IngestOutcome Ingest(const InteractionRecord& record) {
    return Ingest(RecordBatch{{record}, {}});
  }
  IngestOutcome Ingest(const SurveyRecord& record) { return Ingest(RecordBatch{{}, {record}}); }

  TestDatabase database_;
  std::unique_ptr<Database> open_ = database_.Open();
  RecordStore store_{open_.get()};
};

void ExpectOutcome(const IngestOutcome& outcome, int64_t inserted, int64_t updated,
                   int64_t unchanged) {
  EXPECT_EQ(outcome.inserted, inserted);
  EXPECT_EQ(outcome.updated, updated);
  EXPECT_EQ(outcome.unchanged, unchanged);
}

TEST_F(RecordStoreTest, SaysWhatBecameOfARecord) {
  InteractionRecord record = MakeInteraction("a");
  ExpectOutcome(Ingest(record), 1, 0, 0);
  ExpectOutcome(Ingest(record), 0, 0, 1);
  record.agent_id = "smith";
  ExpectOutcome(Ingest(record), 0, 1, 0);
  ExpectOutcome(Ingest(record), 0, 0, 1);
}

TEST_F(RecordStoreTest, EmptyBatchDoesNothing) { ExpectOutcome(Ingest(RecordBatch()), 0, 0, 0); }

TEST_F(RecordStoreTest, HigherRevisionWins) {
  InteractionRecord record = MakeInteraction("a");
  record.revision = 5;
  ExpectOutcome(Ingest(record), 1, 0, 0);
  record.transferred = true;
  ExpectOutcome(Ingest(record), 0, 0, 1);  // The same revision, other content.
  record.revision = 4;
  ExpectOutcome(Ingest(record), 0, 0, 1);
  record.revision = 0;
  ExpectOutcome(Ingest(record), 0, 0, 1);
  EXPECT_EQ(database_.Value("SELECT flags FROM kpid.interactions"), "0");
  record.revision = 6;
  ExpectOutcome(Ingest(record), 0, 1, 0);
  EXPECT_EQ(database_.Value("SELECT flags FROM kpid.interactions"), "1");
}

TEST_F(RecordStoreTest, RevisionReplacesUnversioned) {
  InteractionRecord record = MakeInteraction("a");
  Ingest(record);
  record.revision = 1;
  ExpectOutcome(Ingest(record), 0, 1, 0);
}

TEST_F(RecordStoreTest, SurveyIsResentUnchanged) {
  Ingest(MakeInteraction("i"));
  SurveyRecord survey = MakeSurvey("s", "i");
  ExpectOutcome(Ingest(survey), 1, 0, 0);
  ExpectOutcome(Ingest(survey), 0, 0, 1);
  survey.comment = "thanks";
  ExpectOutcome(Ingest(survey), 0, 1, 0);
}

}  // namespace
}  // namespace kpid::storage
