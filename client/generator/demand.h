// When contacts come: the shape of the year, the week and the day, and how busy it is.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "client/generator/centre.h"
#include "client/generator/generator_options.h"
#include "client/generator/random.h"

namespace kpid::client {

// One day of the calendar.
struct DayShape {
  int weekday = 0;      // Monday is 0.
  int day_of_year = 0;  // From 0.
  double weight = 0;    // Volume relative to other days.
};

// Of the days in order: growth over the year, seasons, weekdays, holidays, and chance.
std::vector<DayShape> ShapeDays(const GeneratorOptions& options, Random* random);

// Interactions up to the end of each day; the last is options.interactions.
std::vector<int64_t> CumulativeVolumes(const GeneratorOptions& options,
                                       const std::vector<DayShape>& days);

// The course of a day in quarters of an hour.
class DayCourse {
 public:
  // Of live channels (voice, chat, open 7 to 21) or of those that are written to at any time.
  explicit DayCourse(bool live);

  // A moment of the day, in milliseconds from its start.
  int64_t Sample(Random* random) const;

  // How busy the moment is, 1 at the peak.
  double Level(int64_t millisecond_of_day) const;

 private:
  static constexpr int kQuarters = 96;
  std::array<double, kQuarters> level_{};
  std::array<double, kQuarters> cumulative_{};
};

// A spell in which a queue is overrun: an outage, a mailing, a storm.
struct Overload {
  int64_t start_millisecond = 0;
  int64_t end_millisecond = 0;
  double factor = 1;
};

// The overloads of a day, one for each queue; factor 1 where there is none.
std::vector<Overload> DrawOverloads(size_t queues, Random* random);

}  // namespace kpid::client
