#include "metrics/confidence.h"

#include <math.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

namespace kpid::metrics {
namespace {

constexpr int kIterationsMax = 300;

double NormalCdf(double x) { return 0.5 * std::erfc(-x / std::numbers::sqrt2); }

double NormalDensity(double x) { return std::exp(-0.5 * x * x) / std::sqrt(2 * std::numbers::pi); }

// Continued fraction of the incomplete beta function, by Lentz's method.
double BetaFraction(double a, double b, double x) {
  constexpr double kTiny = 1e-300;
  const auto away_from_zero = [](double v) { return std::abs(v) < kTiny ? kTiny : v; };
  double c = 1;
  double d = 1 / away_from_zero(1 - (a + b) * x / (a + 1));
  double result = d;
  for (int m = 1; m <= kIterationsMax; ++m) {
    const double even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / away_from_zero(1 + even * d);
    c = away_from_zero(1 + even / c);
    result *= d * c;
    const double odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / away_from_zero(1 + odd * d);
    c = away_from_zero(1 + odd / c);
    const double step = d * c;
    result *= step;
    if (std::abs(step - 1) < std::numeric_limits<double>::epsilon()) break;
  }
  return result;
}

// As std::lgamma, which also writes a global that threads would write at once.
double LogGamma(double x) {
  int sign = 0;
  return ::lgamma_r(x, &sign);
}

// Regularised incomplete beta function I_x(a, b).
double RegularizedBeta(double a, double b, double x) {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  const double front =
      std::exp(LogGamma(a + b) - LogGamma(a) - LogGamma(b) + a * std::log(x) + b * std::log1p(-x));
  if (x < (a + 1) / (a + b + 2)) return front * BetaFraction(a, b, x) / a;
  return 1 - front * BetaFraction(b, a, 1 - x) / b;
}

// Probability that Student's t is above t. REQUIRES: t >= 0.
double StudentTail(double t, double degrees) {
  return 0.5 * RegularizedBeta(degrees / 2, 0.5, degrees / (degrees + t * t));
}

}  // namespace

double NormalQuantile(double p) {
  if (p > 0.5) return -NormalQuantile(1 - p);
  double low = -40, high = 0;
  double x = -1;
  for (int i = 0; i < kIterationsMax; ++i) {
    const double error = NormalCdf(x) - p;
    (error > 0 ? high : low) = x;
    double next = x - error / NormalDensity(x);
    if (!(next > low && next < high)) next = (low + high) / 2;
    if (std::abs(next - x) <= 1e-15 * std::abs(x)) return next;
    x = next;
  }
  return x;
}

double StudentQuantile(double p, int64_t degrees) {
  if (p < 0.5) return -StudentQuantile(1 - p, degrees);
  const double tail = 1 - p;
  const double n = static_cast<double>(degrees);
  double low = 0, high = 1;
  while (StudentTail(high, n) > tail && high < 1e12) high *= 2;
  const double density_factor =
      std::exp(LogGamma((n + 1) / 2) - LogGamma(n / 2)) / std::sqrt(n * std::numbers::pi);
  double x = (low + high) / 2;
  for (int i = 0; i < kIterationsMax; ++i) {
    const double error = StudentTail(x, n) - tail;
    (error > 0 ? low : high) = x;
    const double density = density_factor * std::pow(1 + x * x / n, -(n + 1) / 2);
    double next = x + error / density;
    if (!(next > low && next < high)) next = (low + high) / 2;
    if (std::abs(next - x) <= 1e-14 * std::abs(x)) return next;
    x = next;
  }
  return x;
}

Confidence::Confidence(double level) : level_(level), normal_(NormalQuantile(0.5 + level / 2)) {}

Bounds Confidence::Proportion(int64_t met, int64_t n) const {
  const double count = static_cast<double>(n);
  const double share = static_cast<double>(met) / count;
  const double z2 = normal_ * normal_;
  const double center = (share + z2 / (2 * count)) / (1 + z2 / count);
  const double half = normal_ / (1 + z2 / count) *
                      std::sqrt(share * (1 - share) / count + z2 / (4 * count * count));
  // At 0 and n the bound is that end exactly; the formula leaves a rounding error.
  return {met == 0 ? 0 : 100 * std::max(0.0, center - half),
          met == n ? 100 : 100 * std::min(1.0, center + half)};
}

Bounds Confidence::NetScore(int64_t promoters, int64_t detractors, int64_t n) const {
  const double count = static_cast<double>(n);
  const double p = static_cast<double>(promoters) / count;
  const double d = static_cast<double>(detractors) / count;
  const double score = 100 * static_cast<double>(promoters - detractors) / count;
  const double half = 100 * normal_ * std::sqrt(std::max(0.0, p + d - (p - d) * (p - d)) / count);
  return {std::max(-100.0, score - half), std::min(100.0, score + half)};
}

Bounds Confidence::Mean(double mean, double squared_distances, int64_t n) {
  double quantile = normal_;
  if (n <= kStudentSamplesMax) {
    double& cached = student_[static_cast<size_t>(n)];
    if (cached == 0) cached = StudentQuantile(0.5 + level_ / 2, n - 1);
    quantile = cached;
  }
  const double count = static_cast<double>(n);
  const double half = quantile * std::sqrt(squared_distances / (count - 1) / count);
  return {mean - half, mean + half};
}

Bounds Confidence::RatioOfSums(double percent, double squared_residuals, int64_t n) {
  // As the mean of n values, each n times its pair's part in the ratio.
  const double count = static_cast<double>(n);
  const Bounds bounds = Mean(percent, 1e4 * count * count * squared_residuals, n);
  return {std::max(0.0, bounds.lower), std::min(100.0, bounds.upper)};
}

}  // namespace kpid::metrics
