// Records whose parts are rows of their own: a quality evaluation has a row for each item.
#pragma once

#include <string>

#include "client/record_columns.h"
#include "client/row_batch.h"
#include "kpid/v1/ingest_service.pb.h"

namespace kpid::client {

// Most rows and bytes of one record: what the service accepts of items, and what fits a message.
inline constexpr size_t kRowsOfRecordMax = 200;
inline constexpr size_t kRowBytesOfRecordMax = 256 * 1024;

// First row after those of the record that begins at `row`.
size_t EndOfRecord(const RowBatch& rows, size_t row);

// Fills *record, which is empty, from rows [begin, end). False, and *reason with what is wrong:
// a cell of any of them, columns of the evaluation that differ between them, too many of them, a
// row among or beside them that could not be read.
bool ReadRecord(const RecordColumns& columns, const RowBatch& rows, size_t begin, size_t end,
                v1::StreamRecord* record, std::string* reason);

}  // namespace kpid::client
