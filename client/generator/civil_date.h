// Days of the data as dates.
#pragma once

#include <chrono>

#include "client/generator/generator_options.h"

namespace kpid::client {

// The date of a day, counted from the first.
inline std::chrono::sys_days DateOf(const GeneratorOptions& options, int day) {
  const std::chrono::sys_days first = std::chrono::year_month_day(
      std::chrono::year(options.first_day.year),
      std::chrono::month(static_cast<unsigned>(options.first_day.month)),
      std::chrono::day(static_cast<unsigned>(options.first_day.day)));
  return first + std::chrono::days(day);
}

}  // namespace kpid::client
