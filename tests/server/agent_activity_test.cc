#include "server/agent_activity.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "record_builders.h"
#include "wrong_fields.h"

namespace kpid::server {
namespace {

using testing::IsEmpty;

const WrongFieldCase<v1::AgentActivity> kActivityCases[] = {
    {"no activity_id", [](auto* m) { m->clear_activity_id(); }, {"activity_id FIELD_REQUIRED"}},
    {"long activity_id",
     [](auto* m) { m->set_activity_id(kLong); },
     {"activity_id FIELD_TOO_LONG"}},
    {"bad activity_id",
     [](auto* m) { m->set_activity_id(kNul); },
     {"activity_id FIELD_INVALID_TEXT"}},
    {"no agent_id", [](auto* m) { m->clear_agent_id(); }, {"agent_id FIELD_REQUIRED"}},
    {"long agent_id", [](auto* m) { m->set_agent_id(kLong); }, {"agent_id FIELD_TOO_LONG"}},
    {"bad agent_id", [](auto* m) { m->set_agent_id(kNul); }, {"agent_id FIELD_INVALID_TEXT"}},
    {"no state", [](auto* m) { m->clear_state(); }, {"state FIELD_REQUIRED"}},
    {"unknown state",
     [](auto* m) { m->set_state(static_cast<v1::AgentState>(10)); },
     {"state ENUM_UNKNOWN"}},
    {"no start_time", [](auto* m) { m->clear_start_time(); }, {"start_time FIELD_REQUIRED"}},
    {"start_time before 1970",
     [](auto* m) { m->mutable_start_time()->set_seconds(-1); },
     {"start_time TIME_OUT_OF_RANGE"}},
    {"start_time in 2200",
     [](auto* m) { m->mutable_start_time()->set_seconds(kYear2200); },
     {"start_time TIME_OUT_OF_RANGE"}},
    {"start_time at odd nanos",
     [](auto* m) { m->mutable_start_time()->set_nanos(-1); },
     {"start_time FIELD_MALFORMED"}},
    {"end_time before 1970",
     [](auto* m) { m->mutable_end_time()->set_seconds(-1); },
     {"end_time TIME_OUT_OF_RANGE"}},
    {"end_time in 2200",
     [](auto* m) { m->mutable_end_time()->set_seconds(kYear2200); },
     {"end_time TIME_OUT_OF_RANGE"}},
    {"end_time at odd nanos",
     [](auto* m) { m->mutable_end_time()->set_nanos(-1); },
     {"end_time FIELD_MALFORMED"}},
    {"end before start", [](auto* m) { *m->mutable_end_time() = At(-1); }, {"end_time TIME_ORDER"}},
    {"revision", [](auto* m) { m->set_revision(-1); }, {"revision NUMBER_OUT_OF_RANGE"}},
};

TEST(AgentActivityTest, EveryWrongFieldIsNamed) {
  ExpectNamed(kActivityCases, ValidActivity(), ValidateAgentActivity);
}

const WrongFieldCase<v1::ScheduledActivity> kScheduleCases[] = {
    {"no schedule_id", [](auto* m) { m->clear_schedule_id(); }, {"schedule_id FIELD_REQUIRED"}},
    {"long schedule_id",
     [](auto* m) { m->set_schedule_id(kLong); },
     {"schedule_id FIELD_TOO_LONG"}},
    {"bad schedule_id",
     [](auto* m) { m->set_schedule_id(kNul); },
     {"schedule_id FIELD_INVALID_TEXT"}},
    {"no agent_id", [](auto* m) { m->clear_agent_id(); }, {"agent_id FIELD_REQUIRED"}},
    {"long agent_id", [](auto* m) { m->set_agent_id(kLong); }, {"agent_id FIELD_TOO_LONG"}},
    {"bad agent_id", [](auto* m) { m->set_agent_id(kNul); }, {"agent_id FIELD_INVALID_TEXT"}},
    {"no state", [](auto* m) { m->clear_state(); }, {"state FIELD_REQUIRED"}},
    {"unknown state",
     [](auto* m) { m->set_state(static_cast<v1::PlannedState>(6)); },
     {"state ENUM_UNKNOWN"}},
    {"no start_time", [](auto* m) { m->clear_start_time(); }, {"start_time FIELD_REQUIRED"}},
    {"start_time before 1970",
     [](auto* m) { m->mutable_start_time()->set_seconds(-1); },
     {"start_time TIME_OUT_OF_RANGE"}},
    {"start_time in 2200",
     [](auto* m) { m->mutable_start_time()->set_seconds(kYear2200); },
     {"start_time TIME_OUT_OF_RANGE"}},
    {"start_time at odd nanos",
     [](auto* m) { m->mutable_start_time()->set_nanos(-1); },
     {"start_time FIELD_MALFORMED"}},
    {"no end_time", [](auto* m) { m->clear_end_time(); }, {"end_time FIELD_REQUIRED"}},
    {"end_time before 1970",
     [](auto* m) { m->mutable_end_time()->set_seconds(-1); },
     {"end_time TIME_OUT_OF_RANGE"}},
    {"end_time in 2200",
     [](auto* m) { m->mutable_end_time()->set_seconds(kYear2200); },
     {"end_time TIME_OUT_OF_RANGE"}},
    {"end_time at odd nanos",
     [](auto* m) { m->mutable_end_time()->set_nanos(-1); },
     {"end_time FIELD_MALFORMED"}},
    {"end before start", [](auto* m) { *m->mutable_end_time() = At(-1); }, {"end_time TIME_ORDER"}},
    {"revision", [](auto* m) { m->set_revision(-1); }, {"revision NUMBER_OUT_OF_RANGE"}},
};

TEST(ScheduledActivityTest, EveryWrongFieldIsNamed) {
  ExpectNamed(kScheduleCases, ValidSchedule(), ValidateScheduledActivity);
}

TEST(AgentActivityTest, MayBeOpenOrVoid) {
  v1::AgentActivity message = ValidActivity();
  *message.mutable_end_time() = message.start_time();
  EXPECT_THAT(LinesOf(ValidateAgentActivity, message), IsEmpty()) << "void";
  message.clear_end_time();
  EXPECT_THAT(LinesOf(ValidateAgentActivity, message), IsEmpty()) << "open";
  EXPECT_EQ(ToAgentActivityRecord(message).end, std::nullopt);
}

TEST(AgentActivityTest, BecomesTheRecord) {
  v1::AgentActivity message = ValidActivity();
  message.set_revision(2);
  for (int state = 1; state <= v1::AgentState_MAX; ++state) {
    message.set_state(static_cast<v1::AgentState>(state));
    EXPECT_EQ(static_cast<int>(ToAgentActivityRecord(message).state), state);
  }
  const storage::AgentActivityRecord record = ToAgentActivityRecord(message);
  EXPECT_EQ(record.activity_id, "a1");
  EXPECT_EQ(record.agent_id, "anna");
  EXPECT_EQ(record.state, metrics::AgentState::kOffline);
  EXPECT_EQ(record.start, metrics::Instant(std::chrono::seconds(kNineOClock)));
  EXPECT_EQ(record.end, metrics::Instant(std::chrono::seconds(kNineOClock + 600)));
  EXPECT_EQ(record.revision, 2);
}

TEST(ScheduledActivityTest, BecomesTheRecord) {
  v1::ScheduledActivity message = ValidSchedule();
  message.set_revision(2);
  for (int state = 1; state <= v1::PlannedState_MAX; ++state) {
    message.set_state(static_cast<v1::PlannedState>(state));
    EXPECT_THAT(LinesOf(ValidateScheduledActivity, message), IsEmpty());
    EXPECT_EQ(static_cast<int>(ToScheduledActivityRecord(message).state), state);
  }
  const storage::ScheduledActivityRecord record = ToScheduledActivityRecord(message);
  EXPECT_EQ(record.schedule_id, "p1");
  EXPECT_EQ(record.agent_id, "anna");
  EXPECT_EQ(record.state, metrics::PlannedState::kTraining);
  EXPECT_EQ(record.start, metrics::Instant(std::chrono::seconds(kNineOClock)));
  EXPECT_EQ(record.end, metrics::Instant(std::chrono::seconds(kNineOClock + 3'600)));
  EXPECT_EQ(record.revision, 2);
}

}  // namespace
}  // namespace kpid::server
