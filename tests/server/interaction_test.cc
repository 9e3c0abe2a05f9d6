#include "server/interaction.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "record_builders.h"
#include "wrong_fields.h"

namespace kpid::server {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

void ValidateThird(const v1::Interaction& message, ViolationList* violations) {
  const FieldPath root = FieldPath::Root();
  ValidateInteraction(message, root.Element("interactions", 2), violations);
}

constexpr int64_t kLast = std::numeric_limits<int64_t>::max();

void SetDuration(int64_t seconds, int32_t nanos, google::protobuf::Duration* duration) {
  duration->set_seconds(seconds);
  duration->set_nanos(nanos);
}

const WrongFieldCase<v1::Interaction> kCases[] = {
    {"no id", [](auto* m) { m->clear_interaction_id(); }, {"interaction_id FIELD_REQUIRED"}},
    {"long id", [](auto* m) { m->set_interaction_id(kLong); }, {"interaction_id FIELD_TOO_LONG"}},
    {"id with U+0000",
     [](auto* m) { m->set_interaction_id(kNul); },
     {"interaction_id FIELD_INVALID_TEXT"}},
    {"id not UTF-8",
     [](auto* m) { m->set_interaction_id("\xff"); },
     {"interaction_id FIELD_INVALID_TEXT"}},
    {"long customer", [](auto* m) { m->set_customer_id(kLong); }, {"customer_id FIELD_TOO_LONG"}},
    {"bad customer",
     [](auto* m) { m->set_customer_id("a\n"); },
     {"customer_id FIELD_INVALID_TEXT"}},
    {"long conversation",
     [](auto* m) { m->set_conversation_id(kLong); },
     {"conversation_id FIELD_TOO_LONG"}},
    {"bad conversation",
     [](auto* m) { m->set_conversation_id(kNul); },
     {"conversation_id FIELD_INVALID_TEXT"}},
    {"long case", [](auto* m) { m->set_case_id(kLong); }, {"case_id FIELD_TOO_LONG"}},
    {"bad case", [](auto* m) { m->set_case_id("\x7f"); }, {"case_id FIELD_INVALID_TEXT"}},
    {"channel",
     [](auto* m) { m->set_channel(static_cast<v1::Channel>(7)); },
     {"channel ENUM_UNKNOWN"}},
    {"negative channel",
     [](auto* m) { m->set_channel(static_cast<v1::Channel>(-1)); },
     {"channel ENUM_UNKNOWN"}},
    {"direction",
     [](auto* m) { m->set_direction(static_cast<v1::Direction>(3)); },
     {"direction ENUM_UNKNOWN"}},
    {"long queue", [](auto* m) { m->set_queue_id(kLong); }, {"queue_id FIELD_TOO_LONG"}},
    {"bad queue", [](auto* m) { m->set_queue_id(kNul); }, {"queue_id FIELD_INVALID_TEXT"}},
    {"long agent", [](auto* m) { m->set_agent_id(kLong); }, {"agent_id FIELD_TOO_LONG"}},
    {"bad agent", [](auto* m) { m->set_agent_id(kNul); }, {"agent_id FIELD_INVALID_TEXT"}},
    {"no arrival", [](auto* m) { m->clear_arrive_time(); }, {"arrive_time FIELD_REQUIRED"}},
    {"arrival before 1970",
     [](auto* m) { m->mutable_arrive_time()->set_seconds(-1); },
     {"arrive_time TIME_OUT_OF_RANGE"}},
    {"arrival in 2200",
     [](auto* m) { m->mutable_arrive_time()->set_seconds(7'258'118'400); },
     {"arrive_time TIME_OUT_OF_RANGE"}},
    {"arrival at the end of int64",
     [](auto* m) { m->mutable_arrive_time()->set_seconds(kLast); },
     {"arrive_time TIME_OUT_OF_RANGE"}},
    {"arrival at the start of int64",
     [](auto* m) { m->mutable_arrive_time()->set_seconds(-kLast); },
     {"arrive_time TIME_OUT_OF_RANGE"}},
    {"nanos of a second",
     [](auto* m) { m->mutable_arrive_time()->set_nanos(1'000'000'000); },
     {"arrive_time FIELD_MALFORMED"}},
    {"negative nanos",
     [](auto* m) { m->mutable_end_time()->set_nanos(-1); },
     {"end_time FIELD_MALFORMED"}},
    {"enqueue before arrival",
     [](auto* m) { *m->mutable_enqueue_time() = At(-1); },
     {"enqueue_time TIME_ORDER"}},
    {"answer before enqueue",
     [](auto* m) { *m->mutable_answer_time() = At(4); },
     {"answer_time TIME_ORDER"}},
    {"answer before arrival",
     [](auto* m) {
       m->clear_enqueue_time();
       *m->mutable_answer_time() = At(-4);
     },
     {"answer_time TIME_ORDER"}},
    {"end before answer",
     [](auto* m) { *m->mutable_end_time() = At(19); },
     {"end_time TIME_ORDER"}},
    {"end before enqueue",
     [](auto* m) {
       m->clear_answer_time();
       *m->mutable_end_time() = At(1);
     },
     {"end_time TIME_ORDER"}},
    {"end before arrival",
     [](auto* m) {
       m->clear_answer_time();
       m->clear_enqueue_time();
       *m->mutable_end_time() = At(-1);
     },
     {"end_time TIME_ORDER"}},
    {"first response before arrival",
     [](auto* m) { *m->mutable_first_response_time() = At(-1); },
     {"first_response_time TIME_ORDER"}},
    {"abandoned and answered",
     [](auto* m) { m->set_outcome(v1::OUTCOME_ABANDONED); },
     {"answer_time FIELD_CONTRADICTS"}},
    {"abandoned before the queue and answered",
     [](auto* m) { m->set_outcome(v1::OUTCOME_ABANDONED_BEFORE_QUEUE); },
     {"answer_time FIELD_CONTRADICTS"}},
    {"negative talk",
     [](auto* m) { SetDuration(-1, 0, m->mutable_talk_duration()); },
     {"talk_duration DURATION_OUT_OF_RANGE"}},
    {"talk of nanoseconds below zero",
     [](auto* m) { SetDuration(0, -1, m->mutable_talk_duration()); },
     {"talk_duration DURATION_OUT_OF_RANGE"}},
    {"hold over 366 days",
     [](auto* m) { SetDuration(366 * 86'400, 1, m->mutable_hold_duration()); },
     {"hold_duration DURATION_OUT_OF_RANGE"}},
    {"hold at the end of int64",
     [](auto* m) { SetDuration(kLast, 0, m->mutable_hold_duration()); },
     {"hold_duration DURATION_OUT_OF_RANGE"}},
    {"wrap-up of two signs",
     [](auto* m) { SetDuration(1, -1, m->mutable_wrap_up_duration()); },
     {"wrap_up_duration FIELD_MALFORMED"}},
    {"no outcome", [](auto* m) { m->clear_outcome(); }, {"outcome FIELD_REQUIRED"}},
    {"outcome",
     [](auto* m) { m->set_outcome(static_cast<v1::Outcome>(99)); },
     {"outcome ENUM_UNKNOWN"}},
    {"resolution",
     [](auto* m) { m->set_resolution(static_cast<v1::Resolution>(4)); },
     {"resolution ENUM_UNKNOWN"}},
    {"upsell accepted, not offered",
     [](auto* m) { m->set_upsell_accepted(true); },
     {"upsell_accepted FIELD_CONTRADICTS"}},
    {"money without currency",
     [](auto* m) { m->mutable_revenue()->set_units(1); },
     {"revenue.currency_code FIELD_REQUIRED"}},
    {"small currency",
     [](auto* m) { m->mutable_revenue()->set_currency_code("eur"); },
     {"revenue.currency_code FIELD_MALFORMED"}},
    {"long currency",
     [](auto* m) { m->mutable_revenue()->set_currency_code("EURO"); },
     {"revenue.currency_code FIELD_MALFORMED"}},
    {"too much money",
     [](auto* m) {
       m->mutable_revenue()->set_currency_code("EUR");
       m->mutable_revenue()->set_units(-1'000'000'000'001);
     },
     {"revenue.units NUMBER_OUT_OF_RANGE"}},
    {"nanos of a unit",
     [](auto* m) {
       m->mutable_revenue()->set_currency_code("EUR");
       m->mutable_revenue()->set_nanos(1'000'000'000);
     },
     {"revenue.nanos NUMBER_OUT_OF_RANGE"}},
    {"money of two signs",
     [](auto* m) {
       m->mutable_revenue()->set_currency_code("EUR");
       m->mutable_revenue()->set_units(1);
       m->mutable_revenue()->set_nanos(-1'000);
     },
     {"revenue.nanos FIELD_CONTRADICTS"}},
    {"money finer than a millionth",
     [](auto* m) {
       m->mutable_revenue()->set_currency_code("EUR");
       m->mutable_revenue()->set_nanos(1);
     },
     {"revenue.nanos NUMBER_TOO_PRECISE"}},
    {"17 attributes",
     [](auto* m) {
       for (int i = 0; i < 17; ++i) (*m->mutable_attributes())["k" + std::to_string(i)] = "v";
     },
     {"attributes TOO_MANY_ITEMS"}},
    {"attributes, each wrong",
     [](auto* m) {
       (*m->mutable_attributes())["Big"] = "v";
       (*m->mutable_attributes())["empty"] = "";
       (*m->mutable_attributes())["good"] = "v";
       (*m->mutable_attributes())["long"] = kLong;
       (*m->mutable_attributes())["odd"] = kNul;
     },
     {"attributes[\"Big\"] FIELD_MALFORMED", "attributes[\"empty\"] FIELD_REQUIRED",
      "attributes[\"long\"] FIELD_TOO_LONG", "attributes[\"odd\"] FIELD_INVALID_TEXT"}},
    {"revision", [](auto* m) { m->set_revision(-1); }, {"revision NUMBER_OUT_OF_RANGE"}},
    {"several at once",
     [](auto* m) {
       m->clear_interaction_id();
       m->clear_outcome();
       m->set_revision(-5);
     },
     {"interaction_id FIELD_REQUIRED", "outcome FIELD_REQUIRED", "revision NUMBER_OUT_OF_RANGE"}},
};

TEST(InteractionTest, EveryWrongFieldIsNamed) {
  ExpectNamed(kCases, ValidInteraction(), ValidateThird, "interactions[2].");
}

TEST(InteractionTest, TakesWhatTheContractAllows) {
  EXPECT_THAT(LinesOf(ValidateThird, ValidInteraction()), IsEmpty());
  v1::Interaction message;
  message.set_interaction_id(std::string(128, 'x'));
  message.mutable_arrive_time();  // 1970-01-01.
  message.set_outcome(v1::OUTCOME_IN_PROGRESS);
  EXPECT_THAT(LinesOf(ValidateThird, message), IsEmpty());
  message = ValidInteraction("\u00fc \U0001f600");
  *message.mutable_enqueue_time() = At(0);
  *message.mutable_answer_time() = At(0);
  *message.mutable_end_time() = At(0);
  *message.mutable_first_response_time() = At(0);
  SetDuration(366 * 86'400, 0, message.mutable_talk_duration());
  message.mutable_revenue()->set_currency_code("JPY");
  message.mutable_revenue()->set_units(-1'000'000'000'000);
  for (int i = 0; i < 16; ++i) {
    (*message.mutable_attributes())["k." + std::to_string(i)] = std::string(128, 'v');
  }
  EXPECT_THAT(LinesOf(ValidateThird, message), IsEmpty());
}

TEST(InteractionTest, BecomesTheRecord) {
  v1::Interaction message = ValidInteraction();
  message.set_conversation_id("v");
  message.set_case_id("k");
  message.set_direction(v1::DIRECTION_OUTBOUND);
  *message.mutable_arrive_time() = At(0, 999'999'999);
  *message.mutable_first_response_time() = At(30, 1'500);
  SetDuration(5, 250'000'999, message.mutable_talk_duration());
  SetDuration(0, 0, message.mutable_hold_duration());
  message.set_transferred(true);
  message.set_resolution(v1::RESOLUTION_UNRESOLVED);
  message.set_upsell_offered(true);
  message.set_upsell_accepted(true);
  message.mutable_revenue()->set_currency_code("EUR");
  message.mutable_revenue()->set_units(-3);
  message.mutable_revenue()->set_nanos(-250'000'000);
  (*message.mutable_attributes())["b"] = "2";
  (*message.mutable_attributes())["a"] = "1";
  message.set_revision(7);
  const storage::InteractionRecord record = ToInteractionRecord(message);
  const metrics::Instant nine{std::chrono::seconds(kNineOClock)};
  EXPECT_EQ(record.interaction_id, "i1");
  EXPECT_EQ(record.customer_id, "c1");
  EXPECT_EQ(record.conversation_id, "v");
  EXPECT_EQ(record.case_id, "k");
  EXPECT_EQ(record.queue_id, "sales");
  EXPECT_EQ(record.agent_id, "anna");
  EXPECT_EQ(record.channel, metrics::Channel::kVoice);
  EXPECT_EQ(record.direction, metrics::Direction::kOutbound);
  EXPECT_EQ(record.outcome, metrics::Outcome::kHandled);
  EXPECT_EQ(record.resolution, metrics::Resolution::kUnresolved);
  EXPECT_TRUE(record.transferred);
  EXPECT_FALSE(record.converted);
  EXPECT_TRUE(record.upsell_accepted);
  EXPECT_EQ(record.arrive, nine + metrics::Duration(999'999));  // Rounded down.
  EXPECT_EQ(record.first_response, nine + std::chrono::seconds(30) + metrics::Duration(1));
  EXPECT_EQ(record.end, nine + std::chrono::seconds(200));
  EXPECT_EQ(record.talk, metrics::Duration(5'250'000));
  EXPECT_EQ(record.hold, metrics::Duration(0));
  EXPECT_EQ(record.wrap_up, std::nullopt);
  ASSERT_TRUE(record.revenue);
  EXPECT_EQ(record.revenue->currency, "EUR");
  EXPECT_EQ(record.revenue->micros, -3'250'000);
  EXPECT_THAT(record.attributes, ElementsAre(testing::Pair("a", "1"), testing::Pair("b", "2")));
  EXPECT_EQ(record.revision, 7);
}

TEST(InteractionTest, WithoutDirectionIsInbound) {
  EXPECT_EQ(ToInteractionRecord(ValidInteraction()).direction, metrics::Direction::kInbound);
}

}  // namespace
}  // namespace kpid::server
