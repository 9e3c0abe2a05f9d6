// Reads CSV as RFC 4180 has it: fields parted by commas, rows by LF or CRLF, fields in double
// quotes may hold commas, line ends and doubled quotes. A UTF-8 byte order mark at the start and
// blank lines are skipped.
//
// A row that breaks the rules is given as malformed and reading goes on at the line after the
// one it begins in, so that a stray quote costs a line and not the rest of the file.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "client/byte_source.h"

namespace kpid::client {

// Far above any valid record (a comment has at most 4,000 bytes); a longer field means a quote
// that was never closed.
inline constexpr size_t kCsvFieldBytesMax = 64 * 1024;
inline constexpr size_t kCsvRowBytesMax = 256 * 1024;

// One row. Views are valid until the next call of Next.
struct CsvRow {
  int64_t line = 0;                      // Where it begins, from 1.
  std::vector<std::string_view> fields;  // Unquoted; empty when malformed.

  // Malformed: what is wrong, and the line as it stands (of an over-long one the beginning).
  // Otherwise both empty.
  std::string_view problem;
  std::string_view raw_line;
};

// For one thread.
class CsvReader {
 public:
  // REQUIRES: source outlives the reader.
  explicit CsvReader(ByteSource* source);

  // Reads the next row; false at the end. The error is that of the source.
  absl::StatusOr<bool> Next(CsvRow* row);

  // Bytes of the rows given so far.
  int64_t bytes_consumed() const { return bytes_consumed_; }

 private:
  // A field as found: its bytes, without outer quotes, may hold doubled quotes.
  struct RawField {
    const char* start;
    size_t size;
    bool has_doubled_quotes;
  };
  enum class Scan { kRow, kMalformed, kNeedsMore };

  absl::Status Fill();
  Scan ScanRow(const char** row_end);
  Scan ScanQuoted(const char** position, RawField* field);
  Scan ScanPlain(const char** position, RawField* field);
  absl::StatusOr<bool> GiveMalformed(CsvRow* row);
  void GiveRow(const char* row_end, CsvRow* row);
  void Consume(const char* to);
  const char* FindLineEnd() const;
  size_t UnreadBytes() const { return static_cast<size_t>(end_ - begin_); }

  ByteSource* source_;
  std::unique_ptr<char[]> buffer_;
  char* begin_;  // Unread bytes are [begin_, end_).
  char* end_;
  bool at_end_ = false;   // The source has no more.
  bool at_start_ = true;  // Nothing was read yet.
  int64_t line_ = 1;
  int64_t bytes_consumed_ = 0;
  std::string_view problem_;  // Of the row that ScanRow found malformed.
  std::vector<RawField> raw_fields_;
  std::string scratch_;  // Fields whose doubled quotes were undone.
};

}  // namespace kpid::client
