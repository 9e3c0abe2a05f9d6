// PostgreSQL's binary formats: values, one-dimensional arrays, rows of COPY. Pure.
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "metrics/time.h"

namespace kpid::storage {

// Object ids of the built-in types that are sent and read.
enum class TypeOid : uint32_t {
  kBool = 16,
  kInt8 = 20,
  kInt2 = 21,
  kInt4 = 23,
  kText = 25,
  kFloat8 = 701,
  kInt4Array = 1007,
  kTextArray = 1009,
  kInt2Array = 1005,
  kInt8Array = 1016,
  kFloat8Array = 1022,
  kTimestamptz = 1184,
  kTimestamptzArray = 1185,
};

// The array type of an element type. REQUIRES: it has one above.
TypeOid ArrayTypeOf(TypeOid element);

void AppendInt16(std::string* out, int16_t value);
void AppendInt32(std::string* out, int32_t value);
void AppendInt64(std::string* out, int64_t value);

// Here, as a load calls them for each field.
template <typename Unsigned>
Unsigned ToBigEndian(Unsigned value) {
  static_assert(std::endian::native == std::endian::little ||
                std::endian::native == std::endian::big);
  if constexpr (std::endian::native == std::endian::big) return value;
  if constexpr (sizeof(Unsigned) == 2) return __builtin_bswap16(value);
  if constexpr (sizeof(Unsigned) == 4) return __builtin_bswap32(value);
  if constexpr (sizeof(Unsigned) == 8) return __builtin_bswap64(value);
}
template <typename Unsigned>
Unsigned ReadBigEndian(const char* bytes) {
  Unsigned value;
  std::memcpy(&value, bytes, sizeof value);
  return ToBigEndian(value);
}
inline int16_t ReadInt16(const char* bytes) {
  return static_cast<int16_t>(ReadBigEndian<uint16_t>(bytes));
}
inline int32_t ReadInt32(const char* bytes) {
  return static_cast<int32_t>(ReadBigEndian<uint32_t>(bytes));
}
inline int64_t ReadInt64(const char* bytes) {
  return static_cast<int64_t>(ReadBigEndian<uint64_t>(bytes));
}

// timestamptz is microseconds since 2000-01-01 UTC.
inline constexpr int64_t kTimestampEpochMicroseconds = 946'684'800'000'000;  // Since 1970.
inline int64_t TimestampOf(metrics::Instant instant) {
  return instant.time_since_epoch().count() - kTimestampEpochMicroseconds;
}
inline metrics::Instant InstantOf(int64_t timestamp) {
  return metrics::Instant(metrics::Duration(timestamp + kTimestampEpochMicroseconds));
}

// Builds the binary form of an array; elements are appended in order. Each Append must fit the
// element type given.
class ArrayEncoder {
 public:
  ArrayEncoder(TypeOid element, size_t expected_count);

  void AppendNull();
  void AppendShort(int16_t value);  // int2
  void AppendInt(int32_t value);    // int4
  void AppendLong(int64_t value);   // int8
  void AppendDouble(double value);  // float8
  void AppendInstant(metrics::Instant value);
  void AppendText(std::string_view value);

  TypeOid element() const { return element_; }
  bool has_null() const { return has_null_; }

  // Whether all elements are the same, or all null. REQUIRES: it has one.
  bool AllEqual() const;

  // The binary form of the first element. REQUIRES: it has one, which is not null.
  std::string First() const;

  // The array; the encoder is empty afterwards.
  std::string Finish();

 private:
  TypeOid element_;
  bool has_null_ = false;
  int32_t count_ = 0;
  std::string bytes_;
};

// Most fields of a row that CopyReader takes; more than any statement here asks for.
inline constexpr int kCopyFieldsMax = 32;

// A field of a row; length -1 is null. Points into the bytes that the row was read from.
struct FieldView {
  const char* data = nullptr;
  int32_t length = -1;

  bool null() const { return length < 0; }
  // REQUIRES: not null, and of that type.
  int16_t Short() const { return ReadInt16(data); }
  int32_t Int() const { return ReadInt32(data); }
  int64_t Long() const { return ReadInt64(data); }
  double Double() const { return std::bit_cast<double>(ReadInt64(data)); }
  metrics::Instant Time() const { return InstantOf(ReadInt64(data)); }
  std::string_view Text() const { return {data, static_cast<size_t>(length)}; }
};

// Calls `element` for each element of an int4 array without nulls. Returns false when the bytes
// are not one.
bool ForEachInt(FieldView array, const std::function<void(int32_t)>& element);

// Splits a binary COPY stream, given in chunks cut anywhere, into rows.
class CopyReader {
 public:
  // Reads a chunk and calls `sink`, which takes a std::span<const FieldView> and returns an
  // absl::Status, for each row that is complete with it. INTERNAL when the bytes are not a COPY
  // stream; the sink's error otherwise.
  template <class RowSink>
  absl::Status Feed(std::string_view chunk, const RowSink& sink) {
    size_t used = 0;
    if (pending_.empty()) {
      const absl::Status status = FeedWhole(chunk, sink, &used);
      if (status.ok() && used < chunk.size()) pending_.assign(chunk.substr(used));
      return status;
    }
    pending_.append(chunk);
    const absl::Status status = FeedWhole(pending_, sink, &used);
    if (status.ok()) pending_.erase(0, used);
    return status;
  }

  // Whether the end marker was read.
  bool finished() const { return finished_; }

 private:
  enum class Found { kRow, kEnd, kIncomplete, kMalformed };

  // Reads all complete rows; *used says how many bytes they took.
  template <class RowSink>
  absl::Status FeedWhole(std::string_view bytes, const RowSink& sink, size_t* used) {
    if (!header_read_ && !ReadHeader(bytes, used)) return Malformed();
    if (!header_read_) return absl::OkStatus();
    while (!finished_) {
      size_t field_count = 0;
      switch (FindRow(bytes, used, &field_count)) {
        case Found::kRow:
          break;
        case Found::kEnd:
          finished_ = true;
          return absl::OkStatus();
        case Found::kIncomplete:
          return absl::OkStatus();
        case Found::kMalformed:
          return Malformed();
      }
      const absl::Status status = sink(std::span<const FieldView>(fields_.data(), field_count));
      if (!status.ok()) return status;
    }
    return absl::OkStatus();
  }

  // False when it is not one; nothing is read while it is incomplete.
  bool ReadHeader(std::string_view bytes, size_t* used);
  // The row at *at, which moves behind it.
  Found FindRow(std::string_view bytes, size_t* at, size_t* field_count);
  static absl::Status Malformed();

  bool header_read_ = false;
  bool finished_ = false;
  std::string pending_;  // An incomplete header or row.
  std::array<FieldView, kCopyFieldsMax> fields_;
};

}  // namespace kpid::storage
