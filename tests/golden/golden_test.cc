// Runs golden files (README.md of this folder): each question is asked of the engine, as
// metrics::Ask does, and of the slow reference; both are held against the file, and against each
// other. KPIs that the reference does not know are held against the file alone.
//
//   golden_test FILE...                        each question is a test
//   golden_test --every-kpi-has-a-file FILE... every KPI of the catalogue has a file among them

#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <iomanip>
#include <iostream>
#include <memory>
#include <set>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "metrics/calendar.h"
#include "metrics/catalogue.h"
#include "metrics/evaluate.h"
#include "metrics/question.h"
#include "tests/golden/golden_file.h"
#include "tests/support/difference.h"
#include "tests/support/fixed_facts.h"
#include "tests/support/plain_facts.h"

namespace kpid::proof {
namespace {

std::string NameOf(const std::vector<ReferenceDimension>& slice) {
  std::string name;
  for (const ReferenceDimension& dimension : slice) {
    if (!name.empty()) name += "/";
    name += dimension.missing ? "(none)" : dimension.value;
  }
  return name.empty() ? "total" : name;
}

// What one side, the engine or the reference, gives where the expectation looks; null when it
// has no such slice or bucket.
const ReferenceValue* Find(const metrics::Query& query, const ReferenceResult& result,
                           const Expectation& expectation) {
  if (expectation.slice.empty() && !expectation.bucket.has_value()) return &result.total[0];
  for (const ReferenceSlice& slice : result.slices) {
    if (slice.dimensions != expectation.slice) continue;
    if (!expectation.bucket.has_value()) return &slice.total[0];
    for (size_t i = 0; i < query.buckets.size(); ++i) {
      if (query.buckets[i].start == *expectation.bucket) return &slice.series[i][0];
    }
  }
  return nullptr;
}

void CheckNumber(const std::string& name, const std::optional<ExpectedNumber>& expected,
                 const std::optional<double>& actual, std::string& problems) {
  if (!expected.has_value()) return;
  if (actual.has_value() && std::abs(*actual - expected->value) <= expected->tolerance) return;
  std::ostringstream out;
  out << " " << name << " is " << std::setprecision(17);
  if (actual.has_value()) {
    out << *actual;
  } else {
    out << "absent";
  }
  out << ", expected " << expected->text << ";";
  problems += out.str();
}

// What is wrong with a value; empty when nothing is.
std::string ProblemsOf(const Expectation& expectation, const ReferenceValue* value) {
  if (value == nullptr) return " no such slice or bucket";
  std::string problems;
  CheckNumber("value", expectation.value, value->value, problems);
  if (!expectation.value.has_value() &&
      (value->value.has_value() ||
       ReasonName(value->no_value_reason) != expectation.no_value_reason)) {
    problems += " is " + Text(*value) + ", expected none " + expectation.no_value_reason + ";";
  }
  CheckNumber("numerator", expectation.numerator, value->numerator, problems);
  CheckNumber("denominator", expectation.denominator, value->denominator, problems);
  CheckNumber("lower bound", expectation.lower, value->lower, problems);
  CheckNumber("upper bound", expectation.upper, value->upper, problems);
  if (expectation.no_interval && (value->lower.has_value() || value->upper.has_value())) {
    problems += " has an interval;";
  }
  if (expectation.currency.has_value() && value->currency != *expectation.currency) {
    problems += " currency is '" + value->currency + "', expected '" + *expectation.currency + "';";
  }
  for (const auto& [name, expected] : expectation.counts) {
    const auto count = value->counts.find(name);
    const int64_t actual = name == "samples"              ? value->sample_count
                           : count == value->counts.end() ? 0
                                                          : count->second;
    if (actual != expected) {
      problems += " " + name + " is " + std::to_string(actual) + ", expected " +
                  std::to_string(expected) + ";";
    }
  }
  return problems;
}

class AskTest : public testing::Test {
 public:
  AskTest(std::shared_ptr<const GoldenFile> file, size_t scene, size_t ask)
      : file_(std::move(file)), scene_(file_->scenes[scene]), ask_(scene_.asks[ask]) {}

  void TestBody() override {
    metrics::Question question;
    metrics::Query& query = question.query;
    if (!MakeQuery(query)) return;
    FixedFacts facts(SnapshotOf(FactsOf(scene_.records)));
    metrics::EvaluateOptions options;
    options.now = ask_.now;
    const absl::StatusOr<metrics::Answer> answer = metrics::Ask(question, &facts, options);
    if (!answer.ok()) return Fail(ask_.line, answer.status().ToString());
    const metrics::Result* engine = &answer->result;
    Check("engine", query, Translated(query, *engine));
    if (!ReferenceKpis().contains(query.kpis[0].definition->id)) return;
    const ReferenceResult reference = ReferenceEvaluate(query, scene_.records, ask_.now);
    const auto difference = Difference(query, *engine, reference);
    if (difference.has_value()) Fail(ask_.line, "engine and reference differ: " + *difference);
    Check("reference", query, reference);
  }

 private:
  void Fail(int line, const std::string& message) const {
    ADD_FAILURE_AT(file_->path.c_str(), line) << message;
  }

  bool MakeQuery(metrics::Query& query) {
    metrics::ResolvedKpi kpi;
    const auto problems =
        metrics::ResolveKpi(file_->kpi, "", ask_.parameters, ask_.statistic, &kpi);
    for (const metrics::KpiProblem& problem : problems) Fail(ask_.line, problem.description);
    if (!problems.empty()) return false;
    query.kpis.push_back(std::move(kpi));
    query.range = ask_.range;
    query.time_zone = ask_.zone;
    query.granularity = ask_.granularity;
    query.group_by = ask_.group_by;
    query.filters = ask_.filters;
    query.value_detail = metrics::ValueDetail::kInterval;
    query.confidence_level = ask_.confidence_level;
    const auto buckets = metrics::Calendar::Create(ask_.zone)->Buckets(
        ask_.range, ask_.granularity, ask_.week_start, metrics::kBucketsMax);
    if (!buckets.ok()) Fail(ask_.line, buckets.status().ToString());
    if (!buckets.ok()) return false;
    query.buckets = *buckets;
    return true;
  }

  // The engine's answer in the reference's words.
  static ReferenceResult Translated(const metrics::Query& query, const metrics::Result& engine) {
    ReferenceResult result;
    const auto translate = [&](const metrics::Value& value) {
      return kpid::proof::Translated(query.kpis[0], engine, value);
    };
    for (const metrics::Value& value : engine.total) result.total.push_back(translate(value));
    for (const metrics::Slice& slice : engine.slices) {
      ReferenceSlice& translated = result.slices.emplace_back();
      for (const metrics::DimensionValue& dimension : slice.dimensions) {
        translated.dimensions.push_back({dimension.missing, dimension.value});
      }
      translated.total.push_back(translate(slice.total.at(0)));
      for (const metrics::Value& value : slice.series) {
        translated.series.push_back({translate(value)});
      }
    }
    return result;
  }

  void Check(const std::string& side, const metrics::Query& query,
             const ReferenceResult& result) const {
    if (ask_.bucket_count.has_value() &&
        query.buckets.size() != static_cast<size_t>(*ask_.bucket_count)) {
      Fail(ask_.line, "there are " + std::to_string(query.buckets.size()) + " buckets");
    }
    if (ask_.slices.has_value()) {
      std::string actual;
      std::string expected;
      for (const ReferenceSlice& slice : result.slices) actual += " " + NameOf(slice.dimensions);
      for (const auto& slice : *ask_.slices) expected += " " + NameOf(slice);
      if (actual != expected) Fail(ask_.line, side + " has the slices" + actual);
    }
    for (const Expectation& expectation : ask_.expectations) {
      const std::string problems = ProblemsOf(expectation, Find(query, result, expectation));
      if (!problems.empty()) {
        Fail(expectation.line, side + ", " + NameOf(expectation.slice) + ":" + problems);
      }
    }
  }

  const std::shared_ptr<const GoldenFile> file_;
  const Scene& scene_;
  const Ask& ask_;
};

bool RegisterFile(const std::string& path) {
  absl::StatusOr<GoldenFile> parsed = ReadGoldenFile(path);
  if (!parsed.ok()) {
    std::cerr << parsed.status().message() << "\n";
    return false;
  }
  const auto file = std::make_shared<const GoldenFile>(*std::move(parsed));
  if (std::filesystem::path(path).stem() != file->kpi) {
    std::cerr << path << ": holds the KPI " << file->kpi << ", so its name must be that\n";
    return false;
  }
  for (size_t scene = 0; scene < file->scenes.size(); ++scene) {
    for (size_t ask = 0; ask < file->scenes[scene].asks.size(); ++ask) {
      const std::string name = file->scenes[scene].title + ", line " +
                               std::to_string(file->scenes[scene].asks[ask].line);
      testing::RegisterTest(file->kpi.c_str(), name.c_str(), nullptr, nullptr, __FILE__, __LINE__,
                            [=]() -> testing::Test* { return new AskTest(file, scene, ask); });
    }
  }
  return true;
}

int EveryKpiHasAFile(const std::vector<std::string>& paths) {
  std::set<std::string, std::less<>> with_file;
  for (const std::string& path : paths) {
    with_file.insert(std::filesystem::path(path).stem().string());
  }
  int missing = 0;
  for (const metrics::KpiDefinition& definition : metrics::Catalogue()) {
    if (with_file.contains(definition.id)) continue;
    std::cerr << "no golden file for " << definition.id << "\n";
    ++missing;
  }
  return missing == 0 && !metrics::Catalogue().empty() ? 0 : 1;
}

}  // namespace
}  // namespace kpid::proof

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  std::vector<std::string> arguments(argv + 1, argv + argc);
  if (!arguments.empty() && arguments[0] == "--every-kpi-has-a-file") {
    arguments.erase(arguments.begin());
    return kpid::proof::EveryKpiHasAFile(arguments);
  }
  for (const std::string& path : arguments) {
    if (!kpid::proof::RegisterFile(path)) return 1;
  }
  if (arguments.empty()) {
    std::cerr << "usage: golden_test FILE...\n";
    return 2;
  }
  return RUN_ALL_TESTS();
}
