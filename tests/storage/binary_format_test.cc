#include "storage/binary_format.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace kpid::storage {
namespace {

std::string Bytes(std::initializer_list<int> values) {
  std::string bytes;
  for (const int value : values) bytes.push_back(static_cast<char>(value));
  return bytes;
}

TEST(BinaryFormat, IntegersAreBigEndian) {
  std::string out;
  AppendInt16(&out, 0x0102);
  AppendInt32(&out, -2);
  AppendInt64(&out, 0x0102030405060708);
  EXPECT_EQ(out, Bytes({1, 2, 255, 255, 255, 254, 1, 2, 3, 4, 5, 6, 7, 8}));
  EXPECT_EQ(ReadInt16(out.data()), 0x0102);
  EXPECT_EQ(ReadInt32(out.data() + 2), -2);
  EXPECT_EQ(ReadInt64(out.data() + 6), 0x0102030405060708);
}

TEST(BinaryFormat, DoublesAreTheirBits) {
  ArrayEncoder array(TypeOid::kFloat8, 2);
  array.AppendDouble(-2.5);
  array.AppendNull();
  const std::string bytes = array.Finish();
  EXPECT_EQ(ReadInt32(bytes.data() + 8), static_cast<int32_t>(TypeOid::kFloat8));
  EXPECT_EQ(bytes.substr(20), Bytes({0, 0, 0, 8, 0xC0, 4, 0, 0, 0, 0, 0, 0, 255, 255, 255, 255}));
  EXPECT_EQ((FieldView{bytes.data() + 24, 8}.Double()), -2.5);
}

TEST(BinaryFormat, TimestampsCountFrom2000) {
  EXPECT_EQ(TimestampOf(metrics::Instant(std::chrono::seconds(946'684'800))), 0);
  EXPECT_EQ(TimestampOf(metrics::kInstantMin), -946'684'800'000'000);
  const metrics::Instant instant{metrics::Duration(1'740'787'200'000'001)};
  EXPECT_EQ(InstantOf(TimestampOf(instant)), instant);
}

TEST(BinaryFormat, ArrayHasHeaderAndElements) {
  ArrayEncoder array(TypeOid::kInt4, 2);
  array.AppendInt(7);
  array.AppendNull();
  EXPECT_EQ(array.Finish(), Bytes({0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 23, 0,   0,   0,   2,
                                   0, 0, 0, 1, 0, 0, 0, 4, 0, 0, 0, 7,  255, 255, 255, 255}));
}

TEST(BinaryFormat, EmptyArrayHasNoDimensions) {
  ArrayEncoder array(TypeOid::kText, 0);
  EXPECT_EQ(array.Finish(), Bytes({0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 25}));
}

TEST(BinaryFormat, ReadsBackIntArrays) {
  ArrayEncoder array(TypeOid::kInt4, 3);
  for (const int value : {3, 1, 2}) array.AppendInt(value);
  const std::string bytes = array.Finish();
  std::vector<int32_t> values;
  EXPECT_TRUE(ForEachInt({bytes.data(), static_cast<int32_t>(bytes.size())},
                         [&](int32_t value) { values.push_back(value); }));
  EXPECT_EQ(values, (std::vector<int32_t>{3, 1, 2}));
  EXPECT_FALSE(ForEachInt({bytes.data(), static_cast<int32_t>(bytes.size()) - 1}, [](int32_t) {}));
}

// A COPY stream of the rows (1, "ab"), (null, ""), with a header extension of 3 bytes.
std::string CopyStream() {
  std::string stream("PGCOPY\n\377\r\n\0", 11);
  AppendInt32(&stream, 0);
  AppendInt32(&stream, 3);
  stream += "xyz";
  AppendInt16(&stream, 2);
  AppendInt32(&stream, 4);
  AppendInt32(&stream, 1);
  AppendInt32(&stream, 2);
  stream += "ab";
  AppendInt16(&stream, 2);
  AppendInt32(&stream, -1);
  AppendInt32(&stream, 0);
  AppendInt16(&stream, -1);
  return stream;
}

std::vector<std::string> ReadInChunks(const std::string& stream, size_t chunk_bytes) {
  CopyReader reader;
  std::vector<std::string> rows;
  const auto sink = [&](std::span<const FieldView> row) {
    std::string text;
    for (const FieldView field : row) {
      text += field.null() ? "null" : std::string(field.Text());
      text += '|';
    }
    rows.push_back(text);
    return absl::OkStatus();
  };
  for (size_t at = 0; at < stream.size(); at += chunk_bytes) {
    const absl::Status status = reader.Feed(std::string_view(stream).substr(at, chunk_bytes), sink);
    EXPECT_TRUE(status.ok()) << status;
  }
  EXPECT_TRUE(reader.finished());
  return rows;
}

TEST(CopyReader, ReadsRowsHoweverTheStreamIsCut) {
  const std::string stream = CopyStream();
  const std::vector<std::string> whole = ReadInChunks(stream, stream.size());
  ASSERT_EQ(whole.size(), 2u);
  EXPECT_EQ(whole[0], std::string("\0\0\0\1|ab|", 8));
  EXPECT_EQ(whole[1], "null||");
  for (size_t bytes = 1; bytes < stream.size(); ++bytes) {
    EXPECT_EQ(ReadInChunks(stream, bytes), whole) << bytes;
  }
}

TEST(CopyReader, RefusesOtherData) {
  CopyReader reader;
  const auto sink = [](std::span<const FieldView>) { return absl::OkStatus(); };
  EXPECT_FALSE(reader.Feed("this is not a binary COPY stream", sink).ok());
}

TEST(CopyReader, GivesTheErrorOfTheSink) {
  CopyReader reader;
  const auto sink = [](std::span<const FieldView>) { return absl::CancelledError("enough"); };
  EXPECT_TRUE(absl::IsCancelled(reader.Feed(CopyStream(), sink)));
}

}  // namespace
}  // namespace kpid::storage
