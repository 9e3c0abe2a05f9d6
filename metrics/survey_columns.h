// Surveys in columns, in the order of (respond, or else invite; row_key).
#pragma once

#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "metrics/fact.h"
#include "metrics/fact_chunk.h"

namespace kpid::metrics {

class SurveyChunk : public FactChunk {
 public:
  // Packs the facts that `rows` points at.
  static std::shared_ptr<SurveyChunk> Pack(std::span<const SurveyFact*> rows);

  // What orders rows, of MergedRows.
  static std::vector<int64_t> OrderOf(const FactChunk& chunk);
};

class SurveyColumns {
 public:
  // Rows of a chunk: enough to keep threads busy, few enough to share them out.
  static constexpr size_t kChunkRows = 65'536;

  explicit SurveyColumns(const std::vector<SurveyFact>& facts);
  explicit SurveyColumns(std::vector<std::shared_ptr<const SurveyChunk>> chunks)
      : chunks_(std::move(chunks)) {}

  std::span<const std::shared_ptr<const SurveyChunk>> chunks() const { return chunks_; }

 private:
  std::vector<std::shared_ptr<const SurveyChunk>> chunks_;
};

}  // namespace kpid::metrics
