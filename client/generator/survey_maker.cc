#include "client/generator/survey_maker.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <utility>

#include "absl/strings/str_cat.h"
#include "client/generator/proto_time.h"

namespace kpid::client {
namespace {

struct SurveyPlan {
  v1::SurveyKind kind;
  double invited_rate;  // Of handled contacts of known customers.
  double answered_rate;
};
constexpr SurveyPlan kPlans[] = {{v1::SURVEY_KIND_CSAT, 0.20, 0.33},
                                 {v1::SURVEY_KIND_NPS, 0.06, 0.26},
                                 {v1::SURVEY_KIND_CES, 0.05, 0.29},
                                 {v1::SURVEY_KIND_RESOLUTION_CONFIRMED, 0.07, 0.37}};

constexpr std::string_view kGladComments[] = {"Quick and friendly.", "Great help, thank you!",
                                              "Solved at once."};
constexpr std::string_view kSadComments[] = {"Had to explain everything twice.",
                                             "Waited far too long.", "Still not solved.",
                                             "Nobody called me back."};

// A mark on the scale, from how content the person is: 0 is average, 1 clearly content.
double Score(v1::SurveyKind kind, double content, bool resolved, Random* random) {
  const auto rounded = [](double value, double low, double high) {
    return std::clamp(std::round(value), low, high);
  };
  switch (kind) {
    case v1::SURVEY_KIND_CSAT:
      return rounded(4.05 + 0.75 * content + 0.8 * random->Normal(), 1, 5);
    case v1::SURVEY_KIND_NPS:
      return rounded(7.9 + 1.6 * content + 1.8 * random->Normal(), 0, 10);
    case v1::SURVEY_KIND_CES:
      return rounded(4.9 + 1.0 * content + 1.2 * random->Normal(), 1, 7);
    default:
      return random->Chance(resolved ? 0.93 : 0.12) ? 1 : 0;
  }
}

}  // namespace

SurveyMaker::SurveyMaker(uint64_t seed, std::string id_prefix, int64_t data_end)
    : random_(seed ^ 0x5EED5), id_prefix_(std::move(id_prefix)), data_end_(data_end) {}

void SurveyMaker::AddSurveys(const HandledContact& handled, RecordSink* sink) {
  for (const SurveyPlan& plan : kPlans) {
    if (random_.Chance(plan.invited_rate)) AddSurvey(handled, plan.kind, sink);
  }
}

void SurveyMaker::AddSurvey(const HandledContact& handled, v1::SurveyKind kind, RecordSink* sink) {
  const int64_t invite = handled.end + static_cast<int64_t>(1000 * random_.Between(30, 1'800));
  const int64_t respond = invite + static_cast<int64_t>(1000 * random_.LogNormal(5'400, 1.4));
  const double content = (handled.resolved ? 0.45 : -1.3) + 0.45 * handled.agent->quality -
                         0.9 * std::min(handled.wait_seconds / 600, 1.0);
  const double answered_rate =
      std::find_if(std::begin(kPlans), std::end(kPlans), [&](const SurveyPlan& plan) {
        return plan.kind == kind;
      })->answered_rate;
  const bool answers = random_.Chance(answered_rate);
  const double score = Score(kind, content, handled.resolved, &random_);
  const bool comments = random_.Chance(0.15);
  const uint32_t phrase = random_.Below(12);
  if (invite >= data_end_) return;
  v1::SurveyResponse* survey = sink->Add()->mutable_survey_response();
  absl::StrAppend(survey->mutable_response_id(), id_prefix_, "s", ++surveys_);
  survey->set_kind(kind);
  survey->set_interaction_id(handled.interaction_id);
  SetMilliseconds(invite, survey->mutable_invite_time());
  if (!answers || respond >= data_end_) return;
  SetMilliseconds(respond, survey->mutable_respond_time());
  survey->set_score(score);
  if (!comments || kind != v1::SURVEY_KIND_CSAT) return;
  const std::string_view comment = score >= 4 ? kGladComments[phrase % std::size(kGladComments)]
                                              : kSadComments[phrase % std::size(kSadComments)];
  survey->set_comment(comment.data(), comment.size());
}

void SurveyMaker::AddEmployeeSurvey(const AgentSetup& agent, int64_t around, RecordSink* sink) {
  constexpr double kAnsweredRate = 0.72;
  constexpr double kHour = 3'600'000;
  const int64_t invite = around + static_cast<int64_t>(random_.Between(8, 10) * kHour);
  const int64_t respond = invite + static_cast<int64_t>(random_.LogNormal(20, 1) * kHour);
  // Those who do well are a little more content.
  const double score =
      std::clamp(std::round(3.7 + 0.35 * agent.quality + 0.9 * random_.Normal()), 1.0, 5.0);
  const bool answers = random_.Chance(kAnsweredRate);
  if (invite >= data_end_) return;
  v1::SurveyResponse* survey = sink->Add()->mutable_survey_response();
  absl::StrAppend(survey->mutable_response_id(), id_prefix_, "s", ++surveys_);
  survey->set_kind(v1::SURVEY_KIND_ESAT);
  survey->set_agent_id(agent.id);
  SetMilliseconds(invite, survey->mutable_invite_time());
  if (!answers || respond >= data_end_) return;
  SetMilliseconds(respond, survey->mutable_respond_time());
  survey->set_score(score);
}

}  // namespace kpid::client
