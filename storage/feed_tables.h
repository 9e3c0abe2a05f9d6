// The tables that the feed follows: how each is cut, read and given to the store. A new kind of
// facts is one more entry (and the triggers and the index of its migration).
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "metrics/fact_store.h"
#include "metrics/time.h"
#include "storage/code_set.h"
#include "storage/fact_columns.h"
#include "storage/session.h"

namespace kpid::storage {

// What rows are read with, and what reading them told. One thread.
struct FeedRows {
  const metrics::Dictionaries* names = nullptr;
  const AttributeCodes* attributes = nullptr;
  bool own_conversations = false;

  bool unknown_name = false;  // A row carries a key that `names` or `attributes` lack.
  CodeSet conversations;      // Of the interactions read.
};

struct FeedTable {
  const char* name;         // In schema kpid.
  const char* time_column;  // Cuts loads into days; null: not at all.

  // Rows that belong to a window although their time is null or before its start: $0 is that
  // start. Null: none.
  const char* reaches;
  bool time_nullable;

  // SELECT ... FROM, to be followed by a condition on its columns.
  std::string (*select)(const FeedRows& rows);

  // Adds a row to the changes.
  absl::Status (*decode)(std::span<const FieldView> row, FeedRows* rows,
                         metrics::FactChanges* changes);

  void (*replace)(metrics::FactChanges* changes);
  std::vector<int64_t>* (*deleted)(metrics::FactChanges* changes);
};

// Interactions first: the greatest.
std::span<const FeedTable> FeedTables();

// Marks every kind as replaced: what follows is all that there is.
void ReplaceAll(metrics::FactChanges* changes);

// A part of a table, of rows of about the same time.
struct FeedPart {
  std::string condition;
  std::optional<metrics::Instant> end;  // Its rows are of times before it; absent: no bound.
};

// Parts that together have once every row that belongs to a window that begins at `start`
// (absent: every row), cut at `cuts`, which are ascending; the newest first.
std::vector<FeedPart> PartsOf(const FeedTable& table, std::optional<metrics::Instant> start,
                              std::span<const metrics::Instant> cuts);

// COPY of the rows of a table that fulfil a condition, in binary.
std::string CopySql(const FeedTable& table, const std::string& condition, const FeedRows& rows);

// Runs a COPY of the rows of a table that fulfil a condition ("": all) and calls `each` after
// every row that was added to *changes.
absl::Status CopyFeedRows(Session* session, const FeedTable& table, const std::string& condition,
                          const metrics::CallLimits& limits, FeedRows* rows,
                          metrics::FactChanges* changes,
                          const std::function<absl::Status()>& each);

}  // namespace kpid::storage
