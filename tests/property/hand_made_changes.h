// Changes that people make in psql, beside the servers: random, and still such that the slow
// reference knows what they mean.
#pragma once

#include <string>

#include "metrics/time.h"
#include "tests/property/random_records.h"

namespace kpid::proof {

// An UPDATE, DELETE or INSERT of rows of the world that begins at `world_start`.
std::string HandMadeChange(Choices& choices, metrics::Instant world_start);

// A TRUNCATE, or an UPDATE of names of a whole table.
std::string HandMadeUpheaval(Choices& choices);

// Gives surveys and evaluations the dimensions of the interactions as these are now. Part of each
// such transaction: the servers stamp after their own changes only.
extern const char kStampAnew[];

}  // namespace kpid::proof
