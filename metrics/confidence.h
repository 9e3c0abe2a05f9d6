// Confidence intervals (kpis.md, section 1, rule 11).
#pragma once

#include <array>
#include <cstdint>

namespace kpid::metrics {

struct Bounds {
  double lower = 0;
  double upper = 0;
};

// The number below which a standard normal value lies with probability p. REQUIRES: 0 < p < 1.
double NormalQuantile(double p);

// The same of Student's t with degrees >= 1 of freedom.
double StudentQuantile(double p, int64_t degrees);

// Intervals of one level, for example 0.95. One thread.
class Confidence {
 public:
  // REQUIRES: 0 < level < 1.
  explicit Confidence(double level);

  // Wilson score interval of a proportion, in percent. REQUIRES: n > 0, 0 <= met <= n.
  Bounds Proportion(int64_t met, int64_t n) const;

  // Net score in points, from its variance (p + d - (p - d)^2) / n; within -100 to 100.
  // REQUIRES: n > 0.
  Bounds NetScore(int64_t promoters, int64_t detractors, int64_t n) const;

  // Mean of n values with the given sum of squared distances from it: Student t, normal above
  // 100 values. REQUIRES: n >= 2.
  Bounds Mean(double mean, double squared_distances, int64_t n);

  // Ratio of the sums of n pairs, in percent, from the sum of their squared residuals
  // (SquaredResiduals): the variance of the linearised ratio, n / (n - 1) times that sum; Student
  // t, normal above 100 pairs; within 0 to 100. REQUIRES: n >= 2.
  Bounds RatioOfSums(double percent, double squared_residuals, int64_t n);

 private:
  // Above it the t distribution is taken as normal.
  static constexpr int64_t kStudentSamplesMax = 100;

  double level_;
  double normal_;
  std::array<double, kStudentSamplesMax + 1> student_{};  // By n; 0: not yet computed.
};

}  // namespace kpid::metrics
