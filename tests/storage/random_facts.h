// Random records and demands for tests of loading, and what a demand asks for.
#pragma once

#include <chrono>
#include <cstdint>
#include <random>
#include <set>
#include <string>

#include "metrics/fact_source.h"
#include "storage/record_store.h"
#include "tests/storage/record_builders.h"

namespace kpid::storage {

using Ids = std::multiset<std::string>;

inline constexpr int64_t kHour = 3'600;
inline constexpr int64_t kDay = 24 * kHour;

// A handled contact of that many seconds.
inline InteractionRecord Contact(const std::string& id, int64_t arrive, const std::string& customer,
                                 int64_t seconds = 60) {
  InteractionRecord record = MakeInteraction(id, arrive);
  record.customer_id = customer;
  record.answer = At(arrive);
  record.end = At(arrive + seconds);
  return record;
}

// Random records and demands against the words of FactDemand, read row by row.
class RandomFacts {
 public:
  explicit RandomFacts(unsigned seed) : random_(seed) {
    for (int i = 0; i < 400; ++i) {
      InteractionRecord record = Contact("i" + std::to_string(i), Seconds(30 * kDay),
                                         Pick(15) == 0 ? "" : "c" + std::to_string(Pick(25)),
                                         Pick(5) == 0 ? Seconds(20 * kDay) : Pick(900));
      if (Pick(4) == 0) record.case_id = "k" + std::to_string(Pick(30));
      record.outcome = static_cast<metrics::Outcome>(1 + Pick(6));
      if (Pick(10) == 0) record.end.reset();
      if (Pick(10) == 0) record.answer.reset();
      batch.interactions.push_back(record);
      SurveyRecord survey = MakeSurvey("s" + std::to_string(i), "", Seconds(30 * kDay));
      if (Pick(3) == 0) survey.invite = *survey.respond - std::chrono::seconds(Seconds(5 * kDay));
      if (Pick(4) == 0) {
        survey.invite = survey.respond;
        survey.respond.reset();
        survey.score_thousandths.reset();
      }
      batch.surveys.push_back(survey);
    }
  }

  int64_t Pick(int64_t bound) { return static_cast<int64_t>(random_() % bound); }
  int64_t Seconds(int64_t bound) { return Pick(bound); }
  metrics::TimeRange Range() {
    const int64_t start = Seconds(30 * kDay);
    return {At(start), At(start + 1 + Seconds(Pick(2) == 0 ? kDay : 15 * kDay))};
  }

  metrics::FactDemand Demand() {
    metrics::FactDemand demand;
    if (Pick(5) != 0) demand.interactions = Range();
    if (Pick(2) == 0) demand.repeat_window = std::chrono::hours(1 + Pick(100));
    if (Pick(2) == 0) demand.first_contact_window = std::chrono::hours(1 + Pick(100));
    demand.whole_cases = Pick(2) == 0;
    if (Pick(2) == 0) demand.surveys_by_respond = Range();
    if (Pick(2) == 0) demand.surveys_by_invite = Range();
    return demand;
  }

  // What must be there, and what must not because nothing asks for it: ids in both.
  Ids Required(const metrics::FactDemand& demand) const {
    Ids ids;
    if (!demand.interactions) return ids;
    for (const InteractionRecord& record : batch.interactions) {
      if (IsRequired(record, demand)) ids.insert(record.interaction_id);
    }
    return ids;
  }

  Ids Surveys(const metrics::FactDemand& demand) const {
    Ids ids;
    for (const SurveyRecord& survey : batch.surveys) {
      const bool responded = survey.respond && demand.surveys_by_respond &&
                             demand.surveys_by_respond->Contains(*survey.respond);
      const Instant invited = survey.invite ? *survey.invite : *survey.respond;
      if (responded || (demand.surveys_by_invite && demand.surveys_by_invite->Contains(invited))) {
        ids.insert(survey.response_id);
      }
    }
    return ids;
  }

  RecordBatch batch;

 private:
  static Instant End(const InteractionRecord& record) {
    return record.end ? *record.end : record.answer.value_or(record.arrive);
  }

  bool IsRequired(const InteractionRecord& record, const metrics::FactDemand& demand) const {
    if (demand.interactions->Contains(record.arrive)) return true;
    for (const InteractionRecord& base : batch.interactions) {
      if (!demand.interactions->Contains(base.arrive)) continue;
      const bool same_customer =
          !base.customer_id.empty() && base.customer_id == record.customer_id;
      const bool same_case = !base.case_id.empty() && base.case_id == record.case_id;
      if (demand.repeat_window.count() > 0 && same_customer && record.arrive > base.arrive &&
          record.arrive <= End(base) + demand.repeat_window) {
        return true;
      }
      if (demand.first_contact_window.count() > 0 && (same_customer || same_case) &&
          record.outcome == metrics::Outcome::kHandled && record.arrive < base.arrive &&
          End(record) + demand.first_contact_window >= demand.interactions->start) {
        return true;
      }
      if (demand.whole_cases && same_case) return true;
    }
    return false;
  }

  std::mt19937 random_;
};

}  // namespace kpid::storage
