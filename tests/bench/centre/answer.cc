#include "tests/bench/centre/answer.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <set>

#include "absl/strings/str_cat.h"

namespace kpid::bench {
namespace {

constexpr double kRelativeTolerance = 1e-9;

// team-3 is 3; a slice without dimensions is 0.
int64_t NumberOf(const v1::Slice& slice) {
  if (slice.dimensions_size() == 0) return 0;
  const std::string& value = slice.dimensions(0).value();
  return std::atoll(value.c_str() + value.find_last_of('-') + 1);
}

bool IsNothing(const std::vector<std::optional<double>>& values) {
  return std::all_of(values.begin(), values.end(),
                     [](const std::optional<double>& value) { return value.value_or(0) == 0; });
}

bool Agree(const std::optional<double>& a, const std::optional<double>& b) {
  if (a.has_value() != b.has_value()) return false;
  if (!a.has_value()) return true;
  const double size = std::max(std::abs(*a), std::abs(*b));
  return std::abs(*a - *b) <= kRelativeTolerance * size;
}

std::string TextOf(const std::vector<std::optional<double>>* values) {
  if (values == nullptr) return "nothing";
  std::string text;
  for (const std::optional<double>& value : *values) {
    absl::StrAppend(&text, text.empty() ? "" : " ", value ? absl::StrCat(*value) : "-");
  }
  return text;
}

const std::vector<std::optional<double>>* Find(const Answer& answer, AnswerKey key) {
  const auto found = answer.find(key);
  return found == answer.end() ? nullptr : &found->second;
}

bool Agree(const std::vector<std::optional<double>>* a,
           const std::vector<std::optional<double>>* b) {
  if (a == nullptr || b == nullptr) return IsNothing(a != nullptr ? *a : *b);
  return std::equal(a->begin(), a->end(), b->begin(), b->end(),
                    [](const auto& x, const auto& y) { return Agree(x, y); });
}

}  // namespace

double Timing::Median() const {
  if (milliseconds.empty()) return 0;
  std::vector<double> sorted = milliseconds;
  std::sort(sorted.begin(), sorted.end());
  return sorted[sorted.size() / 2];
}

double Timing::Quantile(double part) const {
  std::vector<double> sorted = milliseconds;
  std::sort(sorted.begin(), sorted.end());
  const double place = std::ceil(part * static_cast<double>(sorted.size()));
  return sorted[static_cast<size_t>(std::max(1.0, place)) - 1];
}

Answer AnswerOf(const v1::QueryKpisResponse& response) {
  Answer answer;
  const int kpis = response.kpis_size();
  for (const v1::Slice& slice : response.slices()) {
    const int64_t number = NumberOf(slice);
    const v1::Numbers& numbers =
        slice.has_series_numbers() ? slice.series_numbers() : slice.total_numbers();
    for (int i = 0; i < numbers.values_size(); ++i) {
      const double value = numbers.values(i);
      answer[{number, response.buckets(i / kpis).start_time().seconds()}].push_back(
          std::isnan(value) ? std::nullopt : std::optional(value));
    }
  }
  return answer;
}

std::string Difference(const Answer& expected, const Answer& found) {
  std::set<AnswerKey> keys;
  for (const auto& [key, values] : expected) keys.insert(key);
  for (const auto& [key, values] : found) keys.insert(key);
  for (const AnswerKey& key : keys) {
    const auto* const a = Find(expected, key);
    const auto* const b = Find(found, key);
    if (Agree(a, b)) continue;
    return absl::StrCat("slice ", key.first, " at ", key.second, ": ", TextOf(a), " against ",
                        TextOf(b));
  }
  return "";
}

}  // namespace kpid::bench
