#include "client/generator/demand.h"

#include <algorithm>
#include <chrono>
#include <cmath>

#include "client/generator/civil_date.h"

namespace kpid::client {
namespace {

constexpr double kTwoPi = 6.283185307179586;
constexpr double kGrowthPerYear = 0.25;
constexpr double kWeekdayWeights[] = {1.25, 1.10, 1.05, 1.00, 0.95, 0.45, 0.20};
constexpr int64_t kQuarterMilliseconds = 15 * 60 * 1000;

// Public holidays and the rush before them, by month and day.
double HolidayWeight(unsigned month, unsigned day) {
  if ((month == 12 && (day == 25 || day == 26)) || (month == 1 && day == 1)) return 0.25;
  if ((month == 11 && day >= 24) || (month == 12 && day <= 23)) return 1.2;
  return 1;
}

double Bell(double hour, double centre, double width) {
  const double distance = (hour - centre) / width;
  return std::exp(-0.5 * distance * distance);
}

}  // namespace

std::vector<DayShape> ShapeDays(const GeneratorOptions& options, Random* random) {
  std::vector<DayShape> days;
  for (int i = 0; i < options.days(); ++i) {
    const std::chrono::sys_days day = DateOf(options, i);
    const std::chrono::year_month_day date(day);
    DayShape shape;
    shape.weekday = static_cast<int>(std::chrono::weekday(day).iso_encoding()) - 1;
    shape.day_of_year = static_cast<int>(
        (day - std::chrono::sys_days(date.year() / std::chrono::January / 1)).count());
    const double season = 1 + 0.12 * std::cos(kTwoPi * (shape.day_of_year - 20) / 365.0);
    const double growth = 1 + kGrowthPerYear * i / 365.0;
    shape.weight =
        season * growth * kWeekdayWeights[shape.weekday] *
        HolidayWeight(static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day())) *
        random->Between(0.93, 1.07);
    days.push_back(shape);
  }
  return days;
}

std::vector<int64_t> CumulativeVolumes(const GeneratorOptions& options,
                                       const std::vector<DayShape>& days) {
  double total = 0;
  for (const DayShape& day : days) total += day.weight;
  std::vector<int64_t> volumes;
  double sum = 0;
  for (const DayShape& day : days) {
    sum += day.weight;
    volumes.push_back(
        static_cast<int64_t>(static_cast<double>(options.interactions) * sum / total));
  }
  volumes.back() = options.interactions;
  return volumes;
}

DayCourse::DayCourse(bool live) {
  double peak = 0;
  for (int i = 0; i < kQuarters; ++i) {
    const double hour = (i + 0.5) / 4;
    const double shape = live ? 0.95 * Bell(hour, 10.3, 1.7) + 0.80 * Bell(hour, 14.3, 2.0) +
                                    0.35 * Bell(hour, 19.0, 1.3)
                              : 0.60 * Bell(hour, 10.0, 2.5) + 0.45 * Bell(hour, 15.5, 3.0) +
                                    0.40 * Bell(hour, 20.5, 2.0) + 0.03;
    const bool closed = live && (hour < 7 || hour >= 21);
    level_[static_cast<size_t>(i)] = closed ? 0 : shape;
    peak = std::max(peak, level_[static_cast<size_t>(i)]);
  }
  double sum = 0;
  for (size_t i = 0; i < kQuarters; ++i) {
    sum += level_[i];
    cumulative_[i] = sum;
    level_[i] /= peak;
  }
  for (double& share : cumulative_) share /= sum;
}

int64_t DayCourse::Sample(Random* random) const {
  const auto found = std::upper_bound(cumulative_.begin(), cumulative_.end(), random->Uniform());
  const int64_t quarter =
      std::min<int64_t>(std::distance(cumulative_.begin(), found), kQuarters - 1);
  return quarter * kQuarterMilliseconds +
         static_cast<int64_t>(random->Below(static_cast<uint32_t>(kQuarterMilliseconds)));
}

double DayCourse::Level(int64_t millisecond_of_day) const {
  const int64_t quarter =
      std::clamp<int64_t>(millisecond_of_day / kQuarterMilliseconds, 0, kQuarters - 1);
  return level_[static_cast<size_t>(quarter)];
}

std::vector<Overload> DrawOverloads(size_t queues, Random* random) {
  constexpr double kChanceOfOverload = 0.04;
  constexpr int64_t kHour = 3'600'000;
  std::vector<Overload> overloads(queues);
  for (Overload& overload : overloads) {
    const bool happens = random->Chance(kChanceOfOverload);
    const double start_hour = random->Between(8, 17);
    const double hours = random->Between(1, 4);
    const double factor = random->Between(1.5, 2.3);
    if (!happens) continue;
    overload.start_millisecond = static_cast<int64_t>(start_hour * kHour);
    overload.end_millisecond = static_cast<int64_t>((start_hour + hours) * kHour);
    overload.factor = factor;
  }
  return overloads;
}

}  // namespace kpid::client
