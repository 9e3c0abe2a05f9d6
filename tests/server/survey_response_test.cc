#include "server/survey_response.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "record_builders.h"
#include "wrong_fields.h"

namespace kpid::server {
namespace {

using testing::IsEmpty;

const WrongFieldCase<v1::SurveyResponse> kCases[] = {
    {"no id", [](auto* m) { m->clear_response_id(); }, {"response_id FIELD_REQUIRED"}},
    {"long id", [](auto* m) { m->set_response_id(kLong); }, {"response_id FIELD_TOO_LONG"}},
    {"bad id", [](auto* m) { m->set_response_id(kNul); }, {"response_id FIELD_INVALID_TEXT"}},
    {"no kind", [](auto* m) { m->clear_kind(); }, {"kind FIELD_REQUIRED"}},
    {"kind", [](auto* m) { m->set_kind(static_cast<v1::SurveyKind>(6)); }, {"kind ENUM_UNKNOWN"}},
    {"answered without score", [](auto* m) { m->clear_score(); }, {"score FIELD_REQUIRED"}},
    {"score without answer", [](auto* m) { m->clear_respond_time(); }, {"score FIELD_CONTRADICTS"}},
    {"score NaN", [](auto* m) { m->set_score(std::nan("")); }, {"score NUMBER_OUT_OF_RANGE"}},
    {"score infinite", [](auto* m) { m->set_score(kInfinity); }, {"score NUMBER_OUT_OF_RANGE"}},
    {"score above", [](auto* m) { m->set_score(5.001); }, {"score NUMBER_OUT_OF_RANGE"}},
    {"score below", [](auto* m) { m->set_score(0.999); }, {"score NUMBER_OUT_OF_RANGE"}},
    {"score too fine", [](auto* m) { m->set_score(4.0001); }, {"score NUMBER_TOO_PRECISE"}},
    {"scale turned around",
     [](auto* m) {
       m->set_scale_minimum(5);
       m->set_scale_maximum(1);
     },
     {"scale_maximum NUMBER_OUT_OF_RANGE"}},
    {"scale of one point",
     [](auto* m) { m->set_scale_minimum(5); },
     {"scale_maximum NUMBER_OUT_OF_RANGE"}},
    {"scale NaN",
     [](auto* m) { m->set_scale_minimum(std::nan("")); },
     {"scale_minimum NUMBER_OUT_OF_RANGE"}},
    {"scale huge",
     [](auto* m) { m->set_scale_maximum(1'000'001); },
     {"scale_maximum NUMBER_OUT_OF_RANGE"}},
    {"scale too fine",
     [](auto* m) { m->set_scale_maximum(5.00005); },
     {"scale_maximum NUMBER_TOO_PRECISE"}},
    {"NPS on another scale",
     [](auto* m) {
       m->set_kind(v1::SURVEY_KIND_NPS);
       m->set_scale_maximum(5);
     },
     {"scale_maximum FIELD_CONTRADICTS"}},
    {"CES on another scale",
     [](auto* m) {
       m->set_kind(v1::SURVEY_KIND_CES);
       m->set_scale_minimum(0);
     },
     {"scale_minimum FIELD_CONTRADICTS"}},
    {"NPS of 11",
     [](auto* m) {
       m->set_kind(v1::SURVEY_KIND_NPS);
       m->set_score(11);
     },
     {"score NUMBER_OUT_OF_RANGE"}},
    {"half a yes",
     [](auto* m) {
       m->set_kind(v1::SURVEY_KIND_RESOLUTION_CONFIRMED);
       m->set_score(0.5);
     },
     {"score NUMBER_OUT_OF_RANGE"}},
    {"long comment",
     [](auto* m) { m->set_comment(std::string(4'001, 'x')); },
     {"comment FIELD_TOO_LONG"}},
    {"comment with U+0000", [](auto* m) { m->set_comment(kNul); }, {"comment FIELD_INVALID_TEXT"}},
    {"no time at all",
     [](auto* m) {
       m->clear_invite_time();
       m->clear_respond_time();
       m->clear_score();
     },
     {"invite_time FIELD_REQUIRED"}},
    {"invited before 1970",
     [](auto* m) { m->mutable_invite_time()->set_seconds(-1); },
     {"invite_time TIME_OUT_OF_RANGE"}},
    {"answered in 2200",
     [](auto* m) { m->mutable_respond_time()->set_seconds(7'258'118'400); },
     {"respond_time TIME_OUT_OF_RANGE"}},
    {"answered at odd nanos",
     [](auto* m) { m->mutable_respond_time()->set_nanos(-1); },
     {"respond_time FIELD_MALFORMED"}},
    {"long interaction",
     [](auto* m) { m->set_interaction_id(kLong); },
     {"interaction_id FIELD_TOO_LONG"}},
    {"bad interaction",
     [](auto* m) { m->set_interaction_id(kNul); },
     {"interaction_id FIELD_INVALID_TEXT"}},
    {"long customer", [](auto* m) { m->set_customer_id(kLong); }, {"customer_id FIELD_TOO_LONG"}},
    {"long agent", [](auto* m) { m->set_agent_id(kLong); }, {"agent_id FIELD_TOO_LONG"}},
    {"long queue", [](auto* m) { m->set_queue_id(kLong); }, {"queue_id FIELD_TOO_LONG"}},
    {"bad customer", [](auto* m) { m->set_customer_id(kNul); }, {"customer_id FIELD_INVALID_TEXT"}},
    {"bad agent", [](auto* m) { m->set_agent_id(kNul); }, {"agent_id FIELD_INVALID_TEXT"}},
    {"bad queue", [](auto* m) { m->set_queue_id(kNul); }, {"queue_id FIELD_INVALID_TEXT"}},
    {"channel",
     [](auto* m) { m->set_channel(static_cast<v1::Channel>(70)); },
     {"channel ENUM_UNKNOWN"}},
    {"revision", [](auto* m) { m->set_revision(-1); }, {"revision NUMBER_OUT_OF_RANGE"}},
};

TEST(SurveyResponseTest, EveryWrongFieldIsNamed) {
  ExpectNamed(kCases, ValidSurvey(), ValidateSurveyResponse);
}

TEST(SurveyResponseTest, TakesWhatTheContractAllows) {
  v1::SurveyResponse message = ValidSurvey();
  message.set_comment("two\nlines,\ta tab");
  EXPECT_THAT(LinesOf(ValidateSurveyResponse, message), IsEmpty());
  message.clear_respond_time();
  message.clear_score();
  EXPECT_THAT(LinesOf(ValidateSurveyResponse, message), IsEmpty()) << "invited only";
  message = ValidSurvey();
  message.clear_invite_time();
  message.set_scale_minimum(-2.5);
  message.set_scale_maximum(2.5);
  message.set_score(0.1 + 0.2);  // Not the double that 0.3 is.
  EXPECT_THAT(LinesOf(ValidateSurveyResponse, message), IsEmpty());
  message.set_kind(v1::SURVEY_KIND_NPS);
  message.set_scale_minimum(0);
  message.set_scale_maximum(10);
  EXPECT_THAT(LinesOf(ValidateSurveyResponse, message), IsEmpty())
      << "the default scale, spelled out";
}

TEST(SurveyResponseTest, BecomesTheRecord) {
  v1::SurveyResponse message = ValidSurvey();
  message.set_score(4.1);
  message.set_interaction_id("i1");
  message.set_channel(v1::CHANNEL_CHAT);
  message.set_comment("good");
  const storage::SurveyRecord record = ToSurveyRecord(message);
  EXPECT_EQ(record.response_id, "s1");
  EXPECT_EQ(record.kind, metrics::SurveyKind::kCsat);
  EXPECT_EQ(record.score_thousandths, 4'100);
  EXPECT_EQ(record.scale_minimum_thousandths, 1'000);
  EXPECT_EQ(record.scale_maximum_thousandths, 5'000);
  EXPECT_EQ(record.comment, "good");
  EXPECT_EQ(record.interaction_id, "i1");
  EXPECT_EQ(record.channel, metrics::Channel::kChat);
  EXPECT_EQ(record.respond, metrics::Instant(std::chrono::seconds(kNineOClock + 400)));
}

TEST(SurveyResponseTest, EveryKindHasItsScale) {
  const auto scale = [](v1::SurveyKind kind) {
    v1::SurveyResponse message;
    message.set_kind(kind);
    const storage::SurveyRecord record = ToSurveyRecord(message);
    return std::pair(record.scale_minimum_thousandths, record.scale_maximum_thousandths);
  };
  EXPECT_EQ(scale(v1::SURVEY_KIND_CSAT), std::pair(1'000, 5'000));
  EXPECT_EQ(scale(v1::SURVEY_KIND_ESAT), std::pair(1'000, 5'000));
  EXPECT_EQ(scale(v1::SURVEY_KIND_CES), std::pair(1'000, 7'000));
  EXPECT_EQ(scale(v1::SURVEY_KIND_NPS), std::pair(0, 10'000));
  EXPECT_EQ(scale(v1::SURVEY_KIND_RESOLUTION_CONFIRMED), std::pair(0, 1'000));
}

}  // namespace
}  // namespace kpid::server
