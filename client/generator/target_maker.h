// What the centre wants to reach: targets for all, for teams and for some agents; its scorecard.
#pragma once

#include <cstdint>
#include <string>

#include "client/generator/centre.h"
#include "client/generator/generator_options.h"
#include "client/generator/record_sink.h"

namespace kpid::client {

// Makes all targets. Returns how many.
int64_t AddTargets(const GeneratorOptions& options, const Centre& centre,
                   const std::string& id_prefix, RecordSink* sink);

// The scorecard `frontline`, of KPIs that have targets.
v1::Scorecard MakeScorecard();

}  // namespace kpid::client
