// Rows of one kind that change, kept in chunks that are shared with snapshots.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "absl/status/status.h"
#include "metrics/fact_chunk.h"
#include "metrics/key_pages.h"
#include "metrics/merged_rows.h"
#include "metrics/parallel.h"

namespace kpid::metrics {

// Rows are cut by periods (a day, a week) of what orders them. A period has chunks of falling
// size: new rows come in a small chunk, which is joined with others that are not much greater, so
// that a row is rewritten a few times in all, whatever the period's size. A changed or deleted row
// dies in its chunk's bitmap; a chunk is rewritten when one row in eight is dead.
//
// One thread; published chunks are immutable and go to any thread.
class ChunkSet {
 public:
  // What the kind of the rows decides.
  struct Kind {
    Duration period;
    OrderOfRows order_of;
    // A chunk of all rows.
    std::shared_ptr<FactChunk> (*join)(const MergedRows& rows,
                                       std::span<const FactChunk* const> chunks);
    // A copy, which shares the columns.
    std::shared_ptr<FactChunk> (*copy)(const FactChunk& chunk);
  };

  // Where a row is: the number of its chunk and its place there. As one 32-bit number.
  struct Slot {
    uint32_t chunk = 0;
    uint32_t row = 0;
  };
  static constexpr int kRowBits = 15;
  static constexpr size_t kRowsMax = size_t{1} << kRowBits;

  // `rows_max`: of a chunk, at most kRowsMax.
  ChunkSet(const Kind& kind, size_t rows_max);

  size_t rows_max() const { return rows_max_; }
  size_t size() const { return keys_.size(); }
  int64_t PeriodOf(int64_t order) const;

  // The rows' handles. Slots of handles are valid after Settle.
  const KeyPages& keys() const { return keys_; }
  Slot SlotOf(uint32_t handle) const { return SlotFrom(keys_.number(handle)); }
  const FactChunk& chunk(uint32_t number) const { return *residents_[number].chunk; }
  std::shared_ptr<const FactChunk> Shared(uint32_t number) const {
    return residents_[number].chunk;
  }

  // Lets the row of a key die; the key keeps its handle. Add or Forget must follow.
  void Kill(uint32_t handle);

  // The key is no more. REQUIRES: its row was killed.
  void Forget(int64_t key) { keys_.Erase(key); }

  // Adds rows of one period, in order. REQUIRES: not empty nor more than rows_max(); rows that
  // their keys had before were killed.
  void Add(std::shared_ptr<FactChunk> rows);

  // Chunks of a load, in any order: their keys are new, each is there once. The set was empty.
  struct NewChunk {
    int64_t period = 0;
    std::shared_ptr<FactChunk> rows;
  };
  absl::Status Load(std::vector<NewChunk> chunks, const Workers& workers);

  // Joins chunks where that is due.
  void Settle();

  // A column of a chunk becomes another one. REQUIRES: after Settle.
  void SetColumn(uint32_t number, Column column, PackedColumn values);

  // Chunks by period and then as they came. They do not change any more.
  std::vector<std::shared_ptr<const FactChunk>> Publish();

  // Numbers of each period's chunks. REQUIRES: after Settle.
  const std::map<int64_t, std::vector<uint32_t>>& periods() const { return periods_; }

  // Bytes besides the chunks.
  size_t ByteSize() const { return keys_.ByteSize() + residents_.capacity() * sizeof(Resident); }

 private:
  struct Resident {
    std::shared_ptr<FactChunk> chunk;  // Null: the number is free.
    int64_t period = 0;
    size_t dead = 0;
    bool published = false;
    bool dead_published = false;

    size_t alive() const { return chunk->size() - dead; }
  };

  // Rows of a chunk.
  struct Weight {
    size_t alive = 0;
    size_t dead = 0;
  };

  static Slot SlotFrom(uint32_t number) {
    return {number >> kRowBits, number & static_cast<uint32_t>(kRowsMax - 1)};
  }
  Resident& Mutable(uint32_t number);
  uint32_t Install(int64_t period, std::shared_ptr<FactChunk> chunk);
  void Drop(uint32_t number);
  void SettlePeriod(std::vector<uint32_t>* numbers);
  std::vector<size_t> ChunksToJoin(std::span<const Weight> weights) const;
  std::shared_ptr<FactChunk> Joined(std::vector<const FactChunk*> chunks) const;
  void JoinLoaded(std::vector<std::shared_ptr<FactChunk>>* chunks) const;
  uint32_t NewNumber();
  absl::Status PlaceKeys(std::span<const uint32_t> numbers, const Workers& workers);
  void Join(const std::vector<uint32_t>& numbers);

  Kind kind_;
  size_t rows_max_;
  KeyPages keys_;
  std::vector<Resident> residents_;  // By number.
  std::vector<uint32_t> free_;
  std::map<int64_t, std::vector<uint32_t>> periods_;
  std::vector<int64_t> touched_;  // Periods; may repeat.
  std::vector<uint32_t> unpublished_;
};

}  // namespace kpid::metrics
