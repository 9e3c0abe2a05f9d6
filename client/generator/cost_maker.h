// What the centre costs: wages of teams, rent of sites, telephony, licences, month by month.
#pragma once

#include <cstdint>
#include <string>

#include "client/generator/centre.h"
#include "client/generator/generator_options.h"
#include "client/generator/record_sink.h"

namespace kpid::client {

// Makes all costs of the data's range; those of its first and last month in proportion. Returns
// how many.
int64_t AddCosts(const GeneratorOptions& options, const Centre& centre,
                 const std::string& id_prefix, RecordSink* sink);

}  // namespace kpid::client
