#include "client/csv_reader.h"

#include <algorithm>
#include <array>
#include <cstring>

namespace kpid::client {
namespace {

// Large enough that reading costs little, small enough to stay in the cache.
constexpr size_t kBlockBytes = 256 * 1024;
constexpr size_t kBufferBytes = kCsvRowBytesMax + kBlockBytes;

// What is kept of a malformed line that is longer than a row may be.
constexpr size_t kRawLineBytesMax = 1024;

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

constexpr std::string_view kQuoteNotClosed = "a quote is opened and never closed";
constexpr std::string_view kTextAfterQuote = "text after a closing quote";
constexpr std::string_view kQuoteInside = "a quote inside a field that does not begin with one";
constexpr std::string_view kFieldTooLong = "a field is longer than 65536 bytes";
constexpr std::string_view kRowTooLong = "the row is longer than 262144 bytes";

// Bytes at which an unquoted field may end.
constexpr std::array<bool, 256> MakeStops() {
  std::array<bool, 256> stops{};
  stops[static_cast<unsigned char>(',')] = true;
  stops[static_cast<unsigned char>('\n')] = true;
  stops[static_cast<unsigned char>('"')] = true;
  return stops;
}
constexpr std::array<bool, 256> kStops = MakeStops();

}  // namespace

CsvReader::CsvReader(ByteSource* source)
    : source_(source),
      buffer_(new char[kBufferBytes]),
      begin_(buffer_.get()),
      end_(buffer_.get()) {}

absl::Status CsvReader::Fill() {
  const size_t unread = UnreadBytes();
  if (begin_ != buffer_.get()) {
    std::memmove(buffer_.get(), begin_, unread);
    begin_ = buffer_.get();
    end_ = begin_ + unread;
  }
  absl::StatusOr<size_t> count = source_->Read(end_, kBufferBytes - unread);
  if (!count.ok()) return count.status();
  if (*count == 0) at_end_ = true;
  end_ += *count;
  return absl::OkStatus();
}

void CsvReader::Consume(const char* to) {
  bytes_consumed_ += to - begin_;
  begin_ += to - begin_;
}

absl::StatusOr<bool> CsvReader::Next(CsvRow* row) {
  row->fields.clear();
  row->problem = row->raw_line = {};
  while (at_start_) {
    if (absl::Status status = Fill(); !status.ok()) return status;
    if (!at_end_ && UnreadBytes() < kByteOrderMark.size()) continue;
    at_start_ = false;
    if (std::string_view(begin_, UnreadBytes()).starts_with(kByteOrderMark)) {
      Consume(begin_ + kByteOrderMark.size());
    }
  }
  for (;;) {
    while (begin_ != end_ &&
           (*begin_ == '\n' || (*begin_ == '\r' && begin_ + 1 != end_ && begin_[1] == '\n'))) {
      Consume(begin_ + (*begin_ == '\n' ? 1 : 2));
      ++line_;
    }
    if (begin_ == end_ && at_end_) return false;
    const char* row_end = begin_;
    const Scan scan = ScanRow(&row_end);
    if (scan == Scan::kRow) {
      GiveRow(row_end, row);
      return true;
    }
    if (scan == Scan::kMalformed) return GiveMalformed(row);
    if (absl::Status status = Fill(); !status.ok()) return status;
  }
}

// Finds the fields of the row at begin_ and its end, line end included. Changes nothing else, so
// that it can be tried again with more bytes.
CsvReader::Scan CsvReader::ScanRow(const char** row_end) {
  raw_fields_.clear();
  const char* position = begin_;
  for (;;) {
    RawField field{position, 0, false};
    const bool quoted = position != end_ && *position == '"';
    const Scan scan = quoted ? ScanQuoted(&position, &field) : ScanPlain(&position, &field);
    if (scan == Scan::kNeedsMore && UnreadBytes() > kCsvRowBytesMax) {
      problem_ = kRowTooLong;
      return Scan::kMalformed;
    }
    if (scan != Scan::kRow) return scan;
    if (field.size > kCsvFieldBytesMax) {
      problem_ = kFieldTooLong;
      return Scan::kMalformed;
    }
    if (static_cast<size_t>(position - begin_) > kCsvRowBytesMax) {
      problem_ = kRowTooLong;
      return Scan::kMalformed;
    }
    raw_fields_.push_back(field);
    if (position == end_ || *position == '\n') {
      *row_end = position == end_ ? position : position + 1;
      return Scan::kRow;
    }
    ++position;  // The comma.
  }
}

// A field in quotes. *position ends on the comma, the LF or the end.
CsvReader::Scan CsvReader::ScanQuoted(const char** position, RawField* field) {
  const char* start = *position + 1;
  const char* at = start;
  for (;;) {
    const size_t left = static_cast<size_t>(end_ - at);
    const char* quote = static_cast<const char*>(std::memchr(at, '"', left));
    if (quote == nullptr || static_cast<size_t>(quote - start) > kCsvFieldBytesMax) {
      if (static_cast<size_t>(end_ - start) > kCsvFieldBytesMax) {
        problem_ = kFieldTooLong;
        return Scan::kMalformed;
      }
      problem_ = kQuoteNotClosed;
      return at_end_ ? Scan::kMalformed : Scan::kNeedsMore;
    }
    if (quote + 1 == end_ && !at_end_) return Scan::kNeedsMore;
    if (quote + 1 != end_ && quote[1] == '"') {
      field->has_doubled_quotes = true;
      at = quote + 2;
      continue;
    }
    field->start = start;
    field->size = static_cast<size_t>(quote - start);
    at = quote + 1;
    if (at != end_ && *at == '\r') {
      if (at + 1 == end_ && !at_end_) return Scan::kNeedsMore;
      if (at + 1 == end_ || at[1] == '\n') ++at;
    }
    *position = at;
    if (at == end_ || *at == ',' || *at == '\n') return Scan::kRow;
    problem_ = kTextAfterQuote;
    return Scan::kMalformed;
  }
}

// A field without quotes. *position ends on the comma, the LF or the end.
CsvReader::Scan CsvReader::ScanPlain(const char** position, RawField* field) {
  const char* at = *position;
  while (at != end_ && !kStops[static_cast<unsigned char>(*at)]) ++at;
  if (at == end_ && !at_end_) return Scan::kNeedsMore;
  if (at != end_ && *at == '"') {
    problem_ = kQuoteInside;
    return Scan::kMalformed;
  }
  field->start = *position;
  field->size = static_cast<size_t>(at - *position);
  const bool row_ends = at == end_ || *at == '\n';
  if (row_ends && field->size > 0 && at[-1] == '\r') --field->size;
  *position = at;
  return Scan::kRow;
}

void CsvReader::GiveRow(const char* row_end, CsvRow* row) {
  row->line = line_;
  scratch_.clear();
  scratch_.reserve(static_cast<size_t>(row_end - begin_));  // Views into it must stay valid.
  for (const RawField& field : raw_fields_) {
    if (!field.has_doubled_quotes) {
      row->fields.emplace_back(field.start, field.size);
      continue;
    }
    const size_t scratch_start = scratch_.size();
    for (size_t i = 0; i < field.size; ++i) {
      scratch_.push_back(field.start[i]);
      if (field.start[i] == '"') ++i;
    }
    row->fields.emplace_back(scratch_.data() + scratch_start, scratch_.size() - scratch_start);
  }
  line_ += std::count(static_cast<const char*>(begin_), row_end, '\n');
  Consume(row_end);
}

// Gives the line at begin_ as malformed and goes to the next one.
absl::StatusOr<bool> CsvReader::GiveMalformed(CsvRow* row) {
  row->line = line_++;
  row->problem = problem_;
  const char* line_end = FindLineEnd();
  while (line_end == nullptr && !at_end_ && UnreadBytes() <= kCsvRowBytesMax) {
    if (absl::Status status = Fill(); !status.ok()) return status;
    line_end = FindLineEnd();
  }
  if (line_end != nullptr || at_end_) {
    const char* text_end = line_end == nullptr ? end_ : line_end;
    row->raw_line = std::string_view(begin_, static_cast<size_t>(text_end - begin_));
    if (row->raw_line.ends_with('\r')) row->raw_line.remove_suffix(1);
  } else {
    scratch_.assign(begin_, kRawLineBytesMax);
    row->raw_line = scratch_;
  }
  while (line_end == nullptr && !at_end_) {
    Consume(end_);
    if (absl::Status status = Fill(); !status.ok()) return status;
    line_end = FindLineEnd();
  }
  Consume(line_end == nullptr ? end_ : line_end + 1);
  return true;
}

const char* CsvReader::FindLineEnd() const {
  return static_cast<const char*>(std::memchr(begin_, '\n', UnreadBytes()));
}

}  // namespace kpid::client
