// What a system answers to a question of the benchmark, in a form that can be compared.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "kpid/v1/query_service.pb.h"

namespace kpid::bench {

// By number of the slice (team 3) and start of the bucket (seconds since 1970): one value for
// each KPI; absent where there is none.
using AnswerKey = std::pair<int64_t, int64_t>;
using Answer = std::map<AnswerKey, std::vector<std::optional<double>>>;

// Times of several runs, each in milliseconds of the client's clock.
struct Timing {
  std::vector<double> milliseconds;
  double Median() const;

  // The least that so many (0 to 1) of the times are not above. REQUIRES: there are some.
  double Quantile(double part) const;
};

struct TimedAnswer {
  Answer answer;
  Timing timing;
};

// Of kpid: every slice by bucket, in the order of the request's KPIs.
Answer AnswerOf(const v1::QueryKpisResponse& response);

// What differs first; "" when the answers agree. Buckets without anything may be absent on either
// side. Values agree to 1e-9 of their size.
std::string Difference(const Answer& expected, const Answer& found);

}  // namespace kpid::bench
