#include "tests/bench/centre/report.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace kpid::bench {
namespace {

using nlohmann::json;

constexpr std::array<const char*, 4> kSystems = {"kpid", "postgres", "duckdb", "clickhouse"};

std::optional<double> TimeOf(const QuestionFigures& question, const std::string& system) {
  const auto found = question.milliseconds.find(system);
  if (found == question.milliseconds.end()) return std::nullopt;
  return found->second;
}

// How many times longer a system takes than kpid.
std::optional<double> RatioOf(const QuestionFigures& question, const std::string& system) {
  const auto ours = TimeOf(question, "kpid");
  const auto theirs = TimeOf(question, system);
  if (!ours || !theirs || *ours <= 0) return std::nullopt;
  return *theirs / *ours;
}

// Against the faster of the column stores that were reached.
std::optional<double> RatioOfColumnStores(const QuestionFigures& question) {
  const auto duckdb = RatioOf(question, "duckdb");
  const auto clickhouse = RatioOf(question, "clickhouse");
  if (!duckdb || !clickhouse) return duckdb ? duckdb : clickhouse;
  return std::min(*duckdb, *clickhouse);
}

std::string Cell(std::optional<double> value, const char* suffix) {
  if (!value) return absl::StrFormat("%13s", "-");
  return absl::StrFormat("%*.*f%s", 13 - static_cast<int>(std::string_view(suffix).size()),
                         *value < 10    ? 2
                         : *value < 100 ? 1
                                        : 0,
                         *value, suffix);
}

}  // namespace

const QuestionFigures* Report::Find(const std::string& question) const {
  const auto found =
      std::find_if(questions.begin(), questions.end(),
                   [&](const QuestionFigures& entry) { return entry.name == question; });
  return found == questions.end() ? nullptr : &*found;
}

std::optional<double> Report::FigureOf(const std::string& name) const {
  for (const Figure& figure : figures) {
    if (figure.name == name) return figure.value;
  }
  return std::nullopt;
}

std::optional<double> Report::GrowthOf(const std::string& question) const {
  const QuestionFigures* const now = Find(question);
  const auto rows = FigureOf(kRowsFigure);
  const auto time = now == nullptr ? std::nullopt : TimeOf(*now, "kpid");
  const json before = json::parse(smaller, nullptr, /*allow_exceptions=*/false);
  if (!time || !rows || !before.is_object()) return std::nullopt;
  std::optional<double> rows_before;
  for (const json& figure : before.value("figures", json::array())) {
    if (figure.value("name", "") == kRowsFigure) rows_before = figure.value("value", 0.0);
  }
  for (const json& entry : before.value("questions", json::array())) {
    if (entry.value("name", "") != question || !rows_before || *rows_before <= 0) continue;
    const double time_before = entry.value("milliseconds", json::object()).value("kpid", 0.0);
    if (time_before > 0) return *time / time_before / (*rows / *rows_before);
  }
  return std::nullopt;
}

std::vector<Goal> Report::Goals() const {
  std::vector<Goal> goals;
  if (const QuestionFigures* a = Find("A")) {
    goals.push_back({"A against tuned wide SQL, times", RatioOf(*a, "postgres"), 30});
    goals.push_back({"A against the faster column store, times", RatioOfColumnStores(*a), 15});
  }
  for (const char* name : {"C", "D", "E"}) {
    if (const QuestionFigures* question = Find(name)) {
      goals.push_back({absl::StrCat(name, " against the faster column store, times"),
                       RatioOfColumnStores(*question), 10});
    }
  }
  if (const QuestionFigures* b = Find("B")) {
    const auto echo = RatioOf(*b, "echo");
    goals.push_back({"B against a bare call of the same size, times longer",
                     echo ? std::optional(1 / *echo) : std::nullopt, 3, true});
  }
  goals.push_back({"ingest against the bare insert, share", FigureOf("ingest ratio"), 0.85});
  goals.push_back(
      {"memory per interaction, bytes", FigureOf("resident memory per interaction"), 48, true});
  goals.push_back(
      {"load against the parallel COPY alone, times", FigureOf("load ratio"), 1.3, true});
  goals.push_back({"lag of the feed during ingest, ms", FigureOf(kLagFigure), 1'000, true});
  goals.push_back(
      {"lag of the feed at 5,000 interactions/s, ms", FigureOf(kLiveLagFigure), 1'000, true});
  goals.push_back(
      {"commit seen by a query on another connection, p99, ms", FigureOf(kSeenFigure), 50, true});
  goals.push_back({"commit pushed to a watcher, p99, ms", FigureOf(kPushedFigure), 100, true});
  if (const auto bound = FigureOf("one core against its bandwidth bound")) {
    goals.push_back({"one core against the bandwidth bound of its columns, times", bound, 3, true});
  }
  for (const char* name : {"A", "C", "D", "E"}) {
    if (const auto growth = GrowthOf(name)) {
      goals.push_back(
          {absl::StrCat(name, " longer than with fewer rows, times for each time as many"), growth,
           1, true});
    }
  }
  return goals;
}

bool Report::Passed() const {
  const std::vector<Goal> goals = Goals();
  return differences.empty() &&
         std::all_of(goals.begin(), goals.end(), [](const Goal& goal) { return goal.Met(); });
}

std::string Report::Text() const {
  std::string text;
  for (const Figure& figure : figures) {
    absl::StrAppendFormat(&text, "%-44s %14.2f %s\n", figure.name, figure.value, figure.unit);
  }
  absl::StrAppend(&text, "\nmedians in ms, whole call at the client; x: times as long as kpid\n");
  absl::StrAppendFormat(&text, "%-3s", "");
  for (const char* system : kSystems) absl::StrAppendFormat(&text, "%13s", system);
  absl::StrAppend(&text, "     x postgres     x duckdb x clickhouse\n");
  for (const QuestionFigures& question : questions) {
    absl::StrAppendFormat(&text, "%-3s", question.name);
    for (const char* system : kSystems) absl::StrAppend(&text, Cell(TimeOf(question, system), ""));
    for (const char* system : {"postgres", "duckdb", "clickhouse"}) {
      absl::StrAppend(&text, Cell(RatioOf(question, system), "x"));
    }
    absl::StrAppend(&text, "  ", question.description, "\n");
    for (const auto& [system, time] : question.milliseconds) {
      if (std::find(kSystems.begin(), kSystems.end(), system) != kSystems.end()) continue;
      absl::StrAppendFormat(&text, "      %s: %.2f ms\n", system, time);
    }
  }
  for (const std::string& reason : missing) absl::StrAppend(&text, "not measured: ", reason, "\n");
  for (const std::string& difference : differences) {
    absl::StrAppend(&text, "DIFFERENT ANSWER: ", difference, "\n");
  }
  absl::StrAppend(&text, "\n");
  for (const Goal& goal : Goals()) {
    const std::string found = goal.found ? absl::StrFormat("%.2f", *goal.found) : "not measured";
    absl::StrAppendFormat(&text, "%-4s %s: %s (goal: %s %g)\n", goal.Met() ? "met" : "MISS",
                          goal.name, found, goal.at_most ? "at most" : "at least", goal.wanted);
  }
  absl::StrAppend(&text, Passed() ? "PASS\n" : "goals missed: see MISS above\n");
  return text;
}

std::string Report::Json() const {
  json document;
  for (const Figure& figure : figures) {
    document["figures"].push_back(
        {{"name", figure.name}, {"value", figure.value}, {"unit", figure.unit}});
  }
  for (const QuestionFigures& question : questions) {
    document["questions"].push_back({{"name", question.name},
                                     {"description", question.description},
                                     {"milliseconds", question.milliseconds}});
  }
  for (const Goal& goal : Goals()) {
    json entry = {{"name", goal.name}, {"wanted", goal.wanted}, {"met", goal.Met()}};
    if (goal.found) entry["found"] = *goal.found;
    document["goals"].push_back(entry);
  }
  document["differences"] = differences;
  document["missing"] = missing;
  document["passed"] = Passed();
  return document.dump(2) + "\n";
}

}  // namespace kpid::bench
