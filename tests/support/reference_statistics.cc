// Quantiles of the normal and of Student's distribution, for the intervals of the reference.

#include <cmath>
#include <numbers>

#include "tests/support/reference_contribution.h"

namespace kpid::proof {
namespace {

constexpr int kBisections = 200;  // Far below the last bit of a double.

// P(-t < T < t) of Student's distribution with t = sqrt(degrees) * tan(angle): the finite sums
// for whole degrees of freedom (Abramowitz and Stegun, 26.7.3 and 26.7.4).
long double StudentBetween(long double angle, int64_t degrees) {
  const long double sine = std::sin(angle);
  const long double cosine = std::cos(angle);
  if (degrees % 2 == 0) {
    long double term = 1;
    long double sum = 1;
    for (int64_t k = 2; k <= degrees - 2; k += 2) {
      term *= cosine * cosine * static_cast<long double>(k - 1) / static_cast<long double>(k);
      sum += term;
    }
    return sine * sum;
  }
  long double sum = 0;
  long double term = cosine;
  for (int64_t k = 1; k <= degrees - 2; k += 2) {
    sum += term;
    term *= cosine * cosine * static_cast<long double>(k + 1) / static_cast<long double>(k + 2);
  }
  return 2 / std::numbers::pi_v<long double> * (angle + sine * sum);
}

}  // namespace

double NormalQuantile(double probability) {
  long double low = 0;
  long double high = 40;
  for (int i = 0; i < kBisections; ++i) {
    const long double middle = (low + high) / 2;
    // The upper tail keeps its digits where the lower one is next to 1.
    const long double tail = std::erfc(middle / std::sqrt(2.0L)) / 2;
    (tail > 1 - static_cast<long double>(probability) ? low : high) = middle;
  }
  return static_cast<double>(low);
}

double StudentQuantile(double probability, int64_t degrees_of_freedom) {
  long double low = 0;
  long double high = std::numbers::pi_v<long double> / 2;
  const long double between = 2 * static_cast<long double>(probability) - 1;
  for (int i = 0; i < kBisections; ++i) {
    const long double middle = (low + high) / 2;
    (StudentBetween(middle, degrees_of_freedom) < between ? low : high) = middle;
  }
  return static_cast<double>(std::sqrt(static_cast<long double>(degrees_of_freedom)) *
                             std::tan(low));
}

std::pair<double, double> WilsonInterval(double part, double n, double level) {
  const double z = NormalQuantile(0.5 + level / 2);
  const double p = part / n;
  const double middle = (p + z * z / (2 * n)) / (1 + z * z / n);
  const double half = z / (1 + z * z / n) * std::sqrt(p * (1 - p) / n + z * z / (4 * n * n));
  return {100 * (middle - half), 100 * (middle + half)};
}

}  // namespace kpid::proof
