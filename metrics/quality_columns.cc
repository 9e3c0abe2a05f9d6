#include "metrics/quality_columns.h"

#include <algorithm>
#include <tuple>

namespace kpid::metrics {
namespace {

bool Before(const QualityFact* a, const QualityFact* b) {
  return std::tie(a->evaluate, a->row_key) < std::tie(b->evaluate, b->row_key);
}

}  // namespace

std::shared_ptr<QualityChunk> QualityChunk::Pack(std::span<const QualityFact*> rows) {
  std::sort(rows.begin(), rows.end(), Before);
  std::vector<QualityFact::Item> items;
  ChunkWriter writer(rows.size());
  for (size_t row = 0; row < rows.size(); ++row) {
    const QualityFact& fact = *rows[row];
    writer.Set(row, Column::kRowKey, fact.row_key);
    writer.Set(row, Column::kStatus, MakeStatus(0, fact.channel, fact.direction));
    writer.Set(row, Column::kAgent, fact.agent);
    writer.Set(row, Column::kQueue, fact.queue);
    writer.Set(row, Column::kEvaluate, fact.evaluate.time_since_epoch().count());
    writer.Set(row, Column::kFirstItem, static_cast<int64_t>(items.size()));
    writer.Set(row, Column::kItemCount, static_cast<int64_t>(fact.items.size()));
    items.insert(items.end(), fact.items.begin(), fact.items.end());
  }
  auto chunk = std::make_shared<QualityChunk>();
  writer.Pack(chunk.get());
  chunk->items_ = std::make_shared<const std::vector<QualityFact::Item>>(std::move(items));
  return chunk;
}

std::shared_ptr<QualityChunk> QualityChunk::Join(const MergedRows& rows,
                                                 std::span<const FactChunk* const> chunks) {
  std::vector<QualityFact::Item> items;
  std::vector<int64_t> first_items(rows.size());
  for (size_t row = 0; row < rows.size(); ++row) {
    const MergedRows::Source source = rows.SourceOf(row);
    const auto& chunk = static_cast<const QualityChunk&>(*chunks[source.chunk]);
    const auto value = [&](Column column) {
      return static_cast<size_t>(chunk.column(column).At(source.row));
    };
    first_items[row] = static_cast<int64_t>(items.size());
    const auto own = chunk.items().subspan(value(Column::kFirstItem), value(Column::kItemCount));
    items.insert(items.end(), own.begin(), own.end());
  }
  auto joined = std::make_shared<QualityChunk>();
  rows.Pack(joined.get());
  joined->columns_[static_cast<size_t>(Column::kFirstItem)] = PackedColumn(first_items);
  joined->items_ = std::make_shared<const std::vector<QualityFact::Item>>(std::move(items));
  return joined;
}

std::vector<int64_t> QualityChunk::OrderOf(const FactChunk& chunk) {
  return ValuesOf(chunk, Column::kEvaluate);
}

QualityColumns::QualityColumns(const std::vector<QualityFact>& facts) {
  std::vector<const QualityFact*> rows;
  for (const QualityFact& fact : facts) rows.push_back(&fact);
  std::sort(rows.begin(), rows.end(), Before);
  for (size_t first = 0; first < rows.size(); first += kChunkRows) {
    const size_t count = std::min(kChunkRows, rows.size() - first);
    chunks_.push_back(QualityChunk::Pack(std::span(rows).subspan(first, count)));
  }
}

}  // namespace kpid::metrics
