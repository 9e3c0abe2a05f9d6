#include <gtest/gtest.h>

#include "tests/metrics/fact_set.h"

namespace kpid::metrics {
namespace {

// A handled contact of a customer: no wait, a minute of talk.
InteractionFact& Call(FactSet* facts, Duration arrive, Code customer) {
  InteractionFact& fact = facts->Handled(arrive, seconds(0), seconds(60));
  fact.customer = customer;
  return fact;
}

// A contact long after the others, so that all are mature.
void MakeMature(FactSet* facts) { facts->Abandoned(days(100), seconds(1)); }

double Fcr(const FactSet& facts, std::string_view parameters = "") {
  const Value value = Total(facts, std::string("fcr") + std::string(parameters));
  return value.value.value_or(-1);
}

TEST(NoRepeat, WindowCountsFromTheEndAndIncludesItsLastInstant) {
  FactSet facts;
  MakeMature(&facts);
  Call(&facts, hours(0), 1);
  auto& second = Call(&facts, hours(48) + seconds(60), 1);
  EXPECT_DOUBLE_EQ(Fcr(facts), 50);  // The second one is not followed.
  second.arrive += Duration(1);
  second.answer = second.end = second.arrive;
  EXPECT_DOUBLE_EQ(Fcr(facts), 100);
  EXPECT_DOUBLE_EQ(Fcr(facts, ":window=49h"), 50);
}

TEST(NoRepeat, IsOverInboundHandledOfKnownCustomers) {
  FactSet facts;
  MakeMature(&facts);
  Call(&facts, hours(0), 1);
  Call(&facts, hours(1), kNoCode);
  Call(&facts, hours(2), 2).direction = Direction::kOutbound;
  facts.Contact(Outcome::kInProgress, hours(3)).customer = 3;
  facts.Abandoned(hours(4), seconds(1)).customer = 4;
  const Value value = Total(facts, "fcr");
  EXPECT_EQ(*value.numerator, 1);
  EXPECT_EQ(*value.denominator, 1);
  EXPECT_EQ(CountOf(value, "fcr", "unknown_customer"), 1);
  EXPECT_EQ(CountOf(value, "fcr", "pending"), 1);
  EXPECT_EQ(CountOf(value, "fcr", "immature"), 0);
}

TEST(NoRepeat, AnyInboundContactIsARepeat) {
  for (const Outcome outcome :
       {Outcome::kAbandoned, Outcome::kAbandonedBeforeQueue, Outcome::kInProgress,
        Outcome::kFlowedOut, Outcome::kCallbackRequested, Outcome::kHandled}) {
    FactSet facts;
    MakeMature(&facts);
    Call(&facts, hours(0), 1);
    facts.Contact(outcome, hours(1)).customer = 1;
    EXPECT_EQ(Total(facts, "repeat_contact_rate").numerator, 1) << static_cast<int>(outcome);
  }
  FactSet facts;
  MakeMature(&facts);
  Call(&facts, hours(0), 1);
  auto& outbound = facts.Contact(Outcome::kHandled, hours(1));
  outbound.customer = 1;
  outbound.direction = Direction::kOutbound;
  EXPECT_DOUBLE_EQ(Fcr(facts), 100);
}

TEST(NoRepeat, PartsOfOneConversationAreNoRepeats) {
  FactSet facts;
  MakeMature(&facts);
  Call(&facts, hours(0), 1).conversation = 7;
  Call(&facts, hours(1), 1).conversation = 7;
  Call(&facts, hours(2), 1).conversation = 7;
  EXPECT_DOUBLE_EQ(Fcr(facts), 100);
  Call(&facts, hours(3), 1).conversation = 8;
  EXPECT_EQ(Total(facts, "fcr").numerator, 1);  // All three are followed by the other one.
  // Without a conversation each is its own.
  FactSet own;
  MakeMature(&own);
  Call(&own, hours(0), 1);
  Call(&own, hours(1), 1);
  EXPECT_DOUBLE_EQ(Fcr(own), 50);
}

TEST(NoRepeat, ArrivalDuringTheContactIsNoRepeat) {
  FactSet facts;
  MakeMature(&facts);
  Call(&facts, hours(0), 1);
  facts.Abandoned(seconds(30), seconds(5)).customer = 1;
  EXPECT_DOUBLE_EQ(Fcr(facts), 100);
  // One at its end is, and so is one after those during it.
  facts.Abandoned(seconds(60), seconds(5)).customer = 1;
  EXPECT_DOUBLE_EQ(Fcr(facts), 0);
}

TEST(NoRepeat, TiesOfArriveAreBrokenByRowKey) {
  FactSet facts;
  MakeMature(&facts);
  // Both end as they arrive: the first is followed by the second, not the other way round.
  for (int i = 0; i < 2; ++i) facts.Handled(hours(1), seconds(0), seconds(0)).customer = 1;
  const Value value = Total(facts, "fcr");
  EXPECT_EQ(*value.numerator, 1);
  EXPECT_EQ(*value.denominator, 2);
}

TEST(NoRepeat, EndAbsentIsAnswerOrElseArrive) {
  FactSet facts;
  MakeMature(&facts);
  auto& fact = facts.Contact(Outcome::kHandled, hours(0));
  fact.customer = 1;
  facts.Abandoned(hours(48) + seconds(30), seconds(1)).customer = 1;
  EXPECT_DOUBLE_EQ(Fcr(facts), 100);
  fact.answer = fact.arrive + seconds(30);
  EXPECT_DOUBLE_EQ(Fcr(facts), 0);
}

TEST(NoRepeat, ImmatureAreLeftOutEvenWhenRepeated) {
  FactSet facts;
  Call(&facts, hours(0), 1);
  Call(&facts, hours(1), 1);
  Call(&facts, hours(40), 2);
  const Value young = Total(facts, "fcr");
  EXPECT_EQ(young.value, std::nullopt);
  EXPECT_EQ(young.no_value_reason, NoValueReason::kImmature);
  EXPECT_EQ(CountOf(young, "fcr", "immature"), 3);
  const Value all = Total(facts, "fcr:include_immature=true");
  EXPECT_DOUBLE_EQ(*all.value, 100 * 2.0 / 3);
  EXPECT_EQ(CountOf(all, "fcr", "immature"), 0);
  // The latest arrival reaches the end of the first one's window exactly.
  facts.Abandoned(hours(48) + seconds(60), seconds(1));
  EXPECT_EQ(Total(facts, "fcr").denominator, 1);
}

TEST(NoRepeat, NowLimitsMaturity) {
  FactSet facts;
  MakeMature(&facts);
  Call(&facts, hours(0), 1);
  const Query query = Ask({"fcr"});
  EvaluateOptions options;
  options.now = kStart + hours(48) + seconds(60);
  EXPECT_EQ(Evaluate(query, *facts.Snapshot(), options)->total[0].value, 100);
  options.now -= Duration(1);
  EXPECT_EQ(Evaluate(query, *facts.Snapshot(), options)->total[0].no_value_reason,
            NoValueReason::kImmature);
}

TEST(NoRepeat, SameQueueNarrowsTheMatch) {
  FactSet facts;
  MakeMature(&facts);
  Call(&facts, hours(0), 1);
  Call(&facts, hours(1), 1).queue = facts.Queue("other");
  EXPECT_DOUBLE_EQ(Fcr(facts), 50);
  EXPECT_DOUBLE_EQ(Fcr(facts, ":same_queue=true"), 100);
  Call(&facts, hours(2), 1);
  EXPECT_EQ(Total(facts, "fcr:same_queue=true").numerator, 2);
  EXPECT_EQ(Total(facts, "repeat_contact_rate:same_queue=true").numerator, 1);
}

TEST(NoRepeat, RepeatsOutsideTheRangeCount) {
  FactSet facts;
  MakeMature(&facts);
  Call(&facts, days(7) - hours(1), 1);
  Call(&facts, days(7) + hours(1), 1);
  EXPECT_DOUBLE_EQ(Fcr(facts), 0);
}

TEST(RepeatContactRate, IsTheComplement) {
  FactSet facts;
  MakeMature(&facts);
  for (int i = 0; i < 3; ++i) Call(&facts, hours(i), 1);
  Call(&facts, hours(4), 2);
  EXPECT_DOUBLE_EQ(Fcr(facts), 50);
  const Value value = Total(facts, "repeat_contact_rate");
  EXPECT_DOUBLE_EQ(*value.value, 50);
  EXPECT_EQ(*value.numerator, 2);
  EXPECT_EQ(*value.denominator, 4);
}

TEST(AgentMarked, CountsFirstContactsWithAMark) {
  FactSet facts;
  const auto mark = [&](Duration arrive, Code customer, Resolution resolution) -> auto& {
    InteractionFact& fact = Call(&facts, arrive, customer);
    fact.resolution = resolution;
    return fact;
  };
  mark(hours(0), 1, Resolution::kResolved);
  mark(hours(1), 1, Resolution::kUnresolved);      // Not a first one.
  mark(hours(100), 1, Resolution::kUnresolved);    // A first one again.
  mark(hours(2), kNoCode, Resolution::kResolved);  // Unknown: a first one.
  mark(hours(3), kNoCode, Resolution::kResolved);
  mark(hours(4), 2, Resolution::kUnknown);  // No mark.
  mark(hours(5), 3, Resolution::kNone);
  mark(hours(6), 4, Resolution::kResolved).direction = Direction::kOutbound;
  facts.Contact(Outcome::kInProgress, hours(7)).customer = 5;
  const Value value = Total(facts, "fcr:method=agent_marked");
  EXPECT_EQ(*value.numerator, 4);
  EXPECT_EQ(*value.denominator, 5);
  EXPECT_EQ(CountOf(value, "fcr", "unmarked"), 2);
  EXPECT_EQ(CountOf(value, "fcr", "pending"), 1);
}

TEST(AgentMarked, WindowReachesFromTheEndOfAnyEarlierContact) {
  FactSet facts;
  Call(&facts, hours(0), 1).resolution = Resolution::kResolved;
  auto& second = Call(&facts, hours(48) + seconds(60), 1);
  second.resolution = Resolution::kResolved;
  EXPECT_EQ(Total(facts, "fcr:method=agent_marked").denominator, 1);
  second.arrive += Duration(1);
  EXPECT_EQ(Total(facts, "fcr:method=agent_marked").denominator, 2);
  // A long contact before that ends later than one after it.
  facts.interactions().clear();
  auto& long_one = Call(&facts, hours(0), 1);
  long_one.end = kStart + hours(60);
  Call(&facts, hours(1), 1);
  Call(&facts, hours(100), 1).resolution = Resolution::kResolved;
  const Value value = Total(facts, "fcr:method=agent_marked");
  EXPECT_EQ(value.denominator, 0);
  EXPECT_EQ(value.no_value_reason, NoValueReason::kZeroDenominator);  // One without a mark.
}

TEST(AgentMarked, TheCaseComesBeforeTheCustomer) {
  FactSet facts;
  const auto mark = [&](Duration arrive, Code customer, Code case_code) {
    InteractionFact& fact = Call(&facts, arrive, customer);
    fact.case_code = case_code;
    fact.resolution = Resolution::kResolved;
  };
  mark(hours(0), 1, 1);
  mark(hours(1), 1, 2);        // Another case of the customer: first.
  mark(hours(2), 2, 1);        // The same case of another customer: not first.
  mark(hours(3), 1, kNoCode);  // No case: the customer decides, not first.
  mark(hours(4), kNoCode, 2);  // Unknown customer, known case: not first.
  EXPECT_EQ(Total(facts, "fcr:method=agent_marked").denominator, 2);
}

TEST(AgentMarked, OnlyHandledContactsComeBefore) {
  FactSet facts;
  facts.Abandoned(hours(0), seconds(1)).customer = 1;
  Call(&facts, hours(1), 1).resolution = Resolution::kUnresolved;
  EXPECT_EQ(Total(facts, "fcr:method=agent_marked").denominator, 1);
}

TEST(SingleContactCase, CountsCasesByTheirFirstContact) {
  FactSet facts;
  const auto contact = [&](Duration arrive, Code case_code, Resolution resolution,
                           Outcome outcome = Outcome::kHandled) -> auto& {
    InteractionFact& fact = facts.Contact(outcome, arrive);
    fact.case_code = case_code;
    fact.resolution = resolution;
    return fact;
  };
  contact(hours(0), 1, Resolution::kResolved);
  contact(hours(1), 2, Resolution::kUnresolved);
  contact(hours(2), 3, Resolution::kResolved);
  contact(days(8), 3, Resolution::kResolved).queue = facts.Queue("other");  // Not single.
  contact(hours(3), 4, Resolution::kResolved);
  contact(hours(4), 4, Resolution::kNone, Outcome::kInProgress);  // Pending.
  contact(hours(5), kNoCode, Resolution::kResolved);
  const Value value = Total(facts, "fcr:method=single_contact_case");
  EXPECT_EQ(*value.numerator, 1);
  EXPECT_EQ(*value.denominator, 3);
  EXPECT_EQ(CountOf(value, "fcr", "pending"), 1);

  Query query = Ask({"fcr:method=single_contact_case"}, days(14), Granularity::kWeek);
  query.group_by = {By(DimensionKind::kQueue)};
  const Result result = Answers(query, *facts.Snapshot());
  EXPECT_EQ(Find(result, {"q"})->series[0].denominator, 3);
  EXPECT_EQ(Find(result, {"other"})->total[0].denominator, 0);
}

TEST(SurveyConfirmed, CountsAnswersByRespondTime) {
  FactSet facts;
  facts.Answer(SurveyKind::kResolutionConfirmed, hours(1), 1);
  facts.Answer(SurveyKind::kResolutionConfirmed, hours(2), 1);
  facts.Answer(SurveyKind::kResolutionConfirmed, hours(3), 0);
  facts.Answer(SurveyKind::kCsat, hours(4), 5);
  facts.Invite(SurveyKind::kResolutionConfirmed, hours(5));
  facts.Answer(SurveyKind::kResolutionConfirmed, days(7), 0);  // Outside.
  const Value value = Total(facts, "fcr:method=survey_confirmed");
  EXPECT_DOUBLE_EQ(*value.value, 100 * 2.0 / 3);
  EXPECT_EQ(Kpi("fcr:method=survey_confirmed").time_basis, TimeBasis::kRespond);
  EXPECT_EQ(Kpi("fcr").time_basis, TimeBasis::kArrive);
}

}  // namespace
}  // namespace kpid::metrics
