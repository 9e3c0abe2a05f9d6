// Random questions: any KPIs with any parameters, cut and filtered in any way.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "metrics/query.h"
#include "tests/property/random_records.h"

namespace kpid::proof {

// A KPI as a request would name it.
struct KpiRequestText {
  std::string id;
  std::map<std::string, std::string> parameters;
  std::string statistic;
};

struct Question {
  metrics::Query query;
  std::vector<KpiRequestText> requests;  // Of query.kpis.
  std::string zone;
  metrics::Weekday week_start = metrics::Weekday::kMonday;
  metrics::Instant now{};
};

// The KPIs of the catalogue that the reference knows.
const std::vector<const metrics::KpiDefinition*>& KnownKpis();

// One of them with random parameters and statistic.
KpiRequestText RandomKpi(uint64_t seed);

// A question about the KPIs of the seeds. REQUIRES: at least one.
Question MakeQuestion(const std::vector<uint64_t>& kpi_seeds, uint64_t seed, uint64_t world_seed);

// All dimensions that questions are made with.
const std::vector<metrics::Dimension>& AllDimensions();

// Records and question as a scene of a golden file, to be pasted into one.
std::string SceneText(const Records& records, const Question& question);

}  // namespace kpid::proof
