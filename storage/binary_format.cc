#include "storage/binary_format.h"

#include <algorithm>
#include <cstring>

namespace kpid::storage {
namespace {

constexpr size_t kArrayHeaderBytes = 20;
constexpr size_t kLengthBytes = 4;  // In front of each element.
constexpr std::string_view kCopySignature{"PGCOPY\n\377\r\n\0", 11};

template <typename Unsigned>
void AppendBigEndian(std::string* out, Unsigned value) {
  value = ToBigEndian(value);
  out->append(reinterpret_cast<const char*>(&value), sizeof value);
}

}  // namespace

TypeOid ArrayTypeOf(TypeOid element) {
  switch (element) {
    case TypeOid::kInt2:
      return TypeOid::kInt2Array;
    case TypeOid::kInt4:
      return TypeOid::kInt4Array;
    case TypeOid::kInt8:
      return TypeOid::kInt8Array;
    case TypeOid::kFloat8:
      return TypeOid::kFloat8Array;
    case TypeOid::kTimestamptz:
      return TypeOid::kTimestamptzArray;
    default:
      return TypeOid::kTextArray;
  }
}

void AppendInt16(std::string* out, int16_t value) {
  AppendBigEndian(out, static_cast<uint16_t>(value));
}
void AppendInt32(std::string* out, int32_t value) {
  AppendBigEndian(out, static_cast<uint32_t>(value));
}
void AppendInt64(std::string* out, int64_t value) {
  AppendBigEndian(out, static_cast<uint64_t>(value));
}
ArrayEncoder::ArrayEncoder(TypeOid element, size_t expected_count) : element_(element) {
  const size_t element_bytes = element == TypeOid::kText ? 28 : 12;
  bytes_.reserve(kArrayHeaderBytes + expected_count * element_bytes);
  bytes_.append(kArrayHeaderBytes, '\0');
}

void ArrayEncoder::AppendNull() {
  has_null_ = true;
  ++count_;
  AppendInt32(&bytes_, -1);
}

void ArrayEncoder::AppendShort(int16_t value) {
  ++count_;
  AppendInt32(&bytes_, 2);
  AppendInt16(&bytes_, value);
}

void ArrayEncoder::AppendInt(int32_t value) {
  ++count_;
  AppendInt32(&bytes_, 4);
  AppendInt32(&bytes_, value);
}

void ArrayEncoder::AppendLong(int64_t value) {
  ++count_;
  AppendInt32(&bytes_, 8);
  AppendInt64(&bytes_, value);
}

void ArrayEncoder::AppendDouble(double value) { AppendLong(std::bit_cast<int64_t>(value)); }

void ArrayEncoder::AppendInstant(metrics::Instant value) { AppendLong(TimestampOf(value)); }

void ArrayEncoder::AppendText(std::string_view value) {
  ++count_;
  AppendInt32(&bytes_, static_cast<int32_t>(value.size()));
  bytes_.append(value);
}

// Elements are equal when each, with its length, has the bytes of the one before it. Mostly two of
// the first differ, and the comparison ends there.
bool ArrayEncoder::AllEqual() const {
  const char* first = bytes_.data() + kArrayHeaderBytes;
  const size_t step = kLengthBytes + static_cast<size_t>(std::max(ReadInt32(first), 0));
  const size_t size = bytes_.size() - kArrayHeaderBytes;
  return size == step * static_cast<size_t>(count_) &&
         std::memcmp(first, first + step, size - step) == 0;
}

std::string ArrayEncoder::First() const {
  const char* first = bytes_.data() + kArrayHeaderBytes;
  return {first + kLengthBytes, static_cast<size_t>(ReadInt32(first))};
}

std::string ArrayEncoder::Finish() {
  std::string header;
  AppendInt32(&header, count_ == 0 ? 0 : 1);  // Dimensions.
  AppendInt32(&header, has_null_ ? 1 : 0);
  AppendInt32(&header, static_cast<int32_t>(element_));
  if (count_ == 0) {
    bytes_.clear();
    return header;
  }
  AppendInt32(&header, count_);
  AppendInt32(&header, 1);  // Lower bound.
  bytes_.replace(0, kArrayHeaderBytes, header);
  count_ = 0;
  has_null_ = false;
  return std::move(bytes_);
}

bool ForEachInt(FieldView array, const std::function<void(int32_t)>& element) {
  if (array.length < 12) return false;
  const int32_t dimensions = ReadInt32(array.data);
  if (dimensions == 0) return true;
  if (dimensions != 1 || array.length < static_cast<int32_t>(kArrayHeaderBytes)) return false;
  const int64_t count = ReadInt32(array.data + 12);
  if (count < 0 || array.length != static_cast<int64_t>(kArrayHeaderBytes) + count * 8) {
    return false;
  }
  const char* at = array.data + kArrayHeaderBytes;
  for (int64_t i = 0; i < count; ++i, at += 8) {
    if (ReadInt32(at) != 4) return false;
    element(ReadInt32(at + 4));
  }
  return true;
}

absl::Status CopyReader::Malformed() {
  return absl::InternalError("malformed COPY data from the database");
}

bool CopyReader::ReadHeader(std::string_view bytes, size_t* used) {
  const size_t fixed = kCopySignature.size() + 8;
  if (bytes.size() < fixed) return true;
  if (bytes.substr(0, kCopySignature.size()) != kCopySignature) return false;
  const int32_t extension = ReadInt32(bytes.data() + kCopySignature.size() + 4);
  if (extension < 0) return false;
  if (bytes.size() < fixed + static_cast<size_t>(extension)) return true;
  header_read_ = true;
  *used = fixed + static_cast<size_t>(extension);
  return true;
}

CopyReader::Found CopyReader::FindRow(std::string_view bytes, size_t* at, size_t* field_count) {
  const char* from = bytes.data() + *at;
  const char* const end = bytes.data() + bytes.size();
  if (end - from < 2) return Found::kIncomplete;
  const int16_t count = ReadInt16(from);
  from += 2;
  if (count < -1 || count > kCopyFieldsMax) return Found::kMalformed;
  for (int16_t i = 0; i < count; ++i) {
    if (end - from < 4) return Found::kIncomplete;
    const int32_t length = ReadInt32(from);
    from += 4;
    fields_[i] = {from, length};
    if (length <= 0) continue;
    if (end - from < length) return Found::kIncomplete;
    from += length;
  }
  *at = static_cast<size_t>(from - bytes.data());
  if (count == -1) return Found::kEnd;
  *field_count = static_cast<size_t>(count);
  return Found::kRow;
}

}  // namespace kpid::storage
