// Surveys in columns, in the order of (respond, or else invite; row_key).
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "metrics/fact.h"
#include "metrics/fact_chunk.h"

namespace kpid::metrics {

class SurveyChunk : public FactChunk {};

class SurveyColumns {
 public:
  // Rows of a chunk: enough to keep threads busy, few enough to share them out.
  static constexpr size_t kChunkRows = 65'536;

  explicit SurveyColumns(std::vector<SurveyFact> facts);

  std::span<const std::shared_ptr<const SurveyChunk>> chunks() const { return chunks_; }

 private:
  std::vector<std::shared_ptr<const SurveyChunk>> chunks_;
};

}  // namespace kpid::metrics
