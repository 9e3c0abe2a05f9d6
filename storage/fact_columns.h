// Columns in which facts are read, and facts made of them.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "metrics/fact.h"
#include "storage/binary_format.h"

namespace kpid::storage {

// Attributes that a load asks for: codes by kpid.attributes.attribute_key.
using AttributeCodes = absl::flat_hash_map<int32_t, metrics::AttributeFact>;

struct InteractionColumns {
  bool attributes = false;         // Whether attribute keys are read.
  bool own_conversations = false;  // Whether any interaction may name another's conversation.
};

// The columns of kpid.interactions (as i).
std::string SelectInteractions(const InteractionColumns& columns);

// The fact in a row of these columns. INTERNAL when the row does not fit.
absl::Status DecodeInteraction(std::span<const FieldView> row, const AttributeCodes& attributes,
                               metrics::InteractionFact* fact);

// Number of columns that SelectInteractions asks for.
int InteractionColumnCount(const InteractionColumns& columns);

// How facts of a kind are read: the columns of its table (as r), and the fact in a row of them.
template <typename Fact>
struct FactReading {
  const char* name;  // Of the statement.
  const char* select;
  // INTERNAL when the row does not fit.
  absl::Status (*decode)(std::span<const FieldView> row, Fact* fact);
};

extern const FactReading<metrics::SurveyFact> kSurveyReading;
extern const FactReading<metrics::QualityFact> kQualityReading;
extern const FactReading<metrics::AgentActivityFact> kAgentActivityReading;
extern const FactReading<metrics::ScheduledActivityFact> kScheduledActivityReading;
extern const FactReading<metrics::TicketFact> kTicketReading;
extern const FactReading<metrics::CostFact> kCostReading;

}  // namespace kpid::storage
