// What the benchmark found: a table for people, JSON for programs, goals met and missed.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace kpid::bench {

// Medians of one question in milliseconds, by system ("kpid", "postgres", ...).
struct QuestionFigures {
  std::string name;
  std::string description;
  std::map<std::string, double> milliseconds;
};

// A figure beside the questions.
struct Figure {
  std::string name;
  double value = 0;
  std::string unit;
};

// `found` must be at least (or at most) `wanted`; absent: not measured.
struct Goal {
  std::string name;
  std::optional<double> found;
  double wanted = 0;
  bool at_most = false;

  bool Met() const { return found && (at_most ? *found <= wanted : *found >= wanted); }
};

// Names of figures that goals are about, beside those that are said where they are measured.
inline constexpr char kRowsFigure[] = "interactions, rows";
inline constexpr char kLagFigure[] = "lag of the feed during ingest, most";
inline constexpr char kLiveLagFigure[] = "lag of the feed at a steady rate, most";
inline constexpr char kSeenFigure[] = "commit seen by a query, p99";
inline constexpr char kPushedFigure[] = "commit pushed to a watcher, p99";

struct Report {
  std::vector<Figure> figures;
  std::vector<QuestionFigures> questions;
  std::vector<std::string> differences;  // Answers that do not agree.
  std::vector<std::string> missing;      // Systems that were not reached, and why.
  std::string smaller;                   // JSON of a run with fewer rows; "" without.

  // The goals of questions whose peers were measured, and of the figures.
  std::vector<Goal> Goals() const;

  std::string Text() const;  // Ends with PASS, or the list of misses.
  std::string Json() const;
  bool Passed() const;

  const QuestionFigures* Find(const std::string& question) const;

  // How many times longer kpid takes for a question than in the smaller run, for each time that
  // there are more rows: 1 is linear growth. Absent without such a run.
  std::optional<double> GrowthOf(const std::string& question) const;
  std::optional<double> FigureOf(const std::string& name) const;
};

}  // namespace kpid::bench
