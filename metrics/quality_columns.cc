#include "metrics/quality_columns.h"

#include <algorithm>
#include <tuple>
#include <utility>

namespace kpid::metrics {

QualityColumns::QualityColumns(std::vector<QualityFact> facts) {
  std::sort(facts.begin(), facts.end(), [](const QualityFact& a, const QualityFact& b) {
    return std::tie(a.evaluate, a.row_key) < std::tie(b.evaluate, b.row_key);
  });
  for (size_t first = 0; first < facts.size(); first += kChunkRows) {
    const size_t count = std::min(kChunkRows, facts.size() - first);
    auto chunk = std::make_shared<QualityChunk>();
    ChunkWriter writer(count);
    for (size_t row = 0; row < count; ++row) {
      const QualityFact& fact = facts[first + row];
      writer.Set(row, Column::kRowKey, fact.row_key);
      writer.Set(row, Column::kStatus, MakeStatus(0, fact.channel, fact.direction));
      writer.Set(row, Column::kAgent, fact.agent);
      writer.Set(row, Column::kQueue, fact.queue);
      writer.Set(row, Column::kEvaluate, fact.evaluate.time_since_epoch().count());
      writer.Set(row, Column::kFirstItem, static_cast<int64_t>(chunk->items_.size()));
      writer.Set(row, Column::kItemCount, static_cast<int64_t>(fact.items.size()));
      chunk->items_.insert(chunk->items_.end(), fact.items.begin(), fact.items.end());
    }
    writer.Pack(chunk.get());
    chunks_.push_back(std::move(chunk));
  }
}

}  // namespace kpid::metrics
