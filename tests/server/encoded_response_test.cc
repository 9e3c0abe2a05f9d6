#include "server/encoded_response.h"

#include <google/protobuf/util/message_differencer.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "decoded_response.h"
#include "kpid/v1/query_service.pb.h"
#include "metrics/error_reason.h"

namespace kpid::server {
namespace {

using google::protobuf::util::MessageDifferencer;

constexpr int64_t kPlenty = int64_t{1} << 30;
constexpr int kSlices = v1::QueryKpisResponse::kSlicesFieldNumber;

v1::Slice SliceOf(int number, size_t text_bytes) {
  v1::Slice slice;
  slice.add_dimensions()->set_value(std::to_string(number) + std::string(text_bytes, 'x'));
  slice.mutable_total()->add_values()->set_value(number);
  return slice;
}

TEST(EncodedResponseTest, IsThePartsMerged) {
  v1::QueryKpisResponse expected;
  expected.set_time_zone("Europe/Amsterdam");
  expected.add_kpis()->set_id("csat");
  EncodedResponse encoded(kPlenty);
  ASSERT_TRUE(encoded.Append(expected).ok());
  // Empty ones, small ones, and such that are larger than any block.
  for (int i = 0; i < 400; ++i) {
    const size_t bytes = i % 100 == 99 ? 400'000 : static_cast<size_t>(i * 37 % 5'000);
    *expected.add_slices() = i % 10 == 0 ? v1::Slice() : SliceOf(i, bytes);
    ASSERT_TRUE(encoded.AppendField(kSlices, *expected.slices().rbegin()).ok());
  }
  v1::QueryKpisResponse end;
  end.set_next_page_token("next");
  ASSERT_TRUE(encoded.Append(end).ok());
  expected.MergeFrom(end);
  EXPECT_EQ(encoded.bytes(), static_cast<int64_t>(expected.ByteSizeLong()));
  EXPECT_TRUE(MessageDifferencer::Equals(Decoded<v1::QueryKpisResponse>(encoded), expected));
}

TEST(EncodedResponseTest, PartsAreJoinedInOrder) {
  EncodedResponse expected(kPlenty);
  EncodedResponse joined(kPlenty);
  std::vector<EncodedResponse> parts(3, joined.NewPart());
  for (int i = 0; i < 90; ++i) {
    const v1::Slice slice = SliceOf(i, static_cast<size_t>(i * 37 % 5'000));
    ASSERT_TRUE(expected.AppendField(kSlices, slice).ok());
    ASSERT_TRUE(parts[static_cast<size_t>(i / 30)].AppendField(kSlices, slice).ok());
  }
  for (EncodedResponse& part : parts) joined.Join(std::move(part));
  ASSERT_TRUE(expected.AppendField(kSlices, SliceOf(90, 10)).ok());
  ASSERT_TRUE(joined.AppendField(kSlices, SliceOf(90, 10)).ok());
  EXPECT_EQ(joined.bytes(), expected.bytes());
  EXPECT_EQ(joined.Joined(), expected.Joined());
}

TEST(EncodedResponseTest, PartsShareTheLimit) {
  const v1::Slice slice = SliceOf(1, 1'000);
  EncodedResponse whole(2'500);
  EncodedResponse part = whole.NewPart();
  ASSERT_TRUE(whole.AppendField(kSlices, slice).ok());
  ASSERT_TRUE(part.AppendField(kSlices, slice).ok());
  EXPECT_FALSE(part.AppendField(kSlices, slice).ok());
  EXPECT_FALSE(whole.AppendField(kSlices, slice).ok());
  EXPECT_TRUE(part.AppendField(kSlices, SliceOf(1, 0)).ok()) << "what was refused takes no room";
}

TEST(EncodedResponseTest, EqualPartsAreEqualBytes) {
  std::string first;
  for (int order = 0; order < 20; ++order) {
    v1::QueryKpisResponse part;
    auto& counts = *part.mutable_total()->add_values()->mutable_counts();
    for (int i = 0; i < 50; ++i) counts[std::to_string((i + order * 7) % 50)] = 1;
    EncodedResponse encoded(kPlenty);
    ASSERT_TRUE(encoded.Append(part).ok());
    if (order == 0) first = encoded.Joined();
    EXPECT_EQ(encoded.Joined(), first);
  }
}

TEST(EncodedResponseTest, NothingIsNothing) {
  const EncodedResponse encoded(0);
  EXPECT_EQ(Decoded<v1::QueryKpisResponse>(encoded).ByteSizeLong(), 0u);
}

TEST(EncodedResponseTest, RefusesWhatIsTooLargeAndStaysAsItWas) {
  v1::QueryKpisResponse one;
  *one.add_slices() = SliceOf(1, 100);
  const auto bytes = static_cast<int64_t>(one.ByteSizeLong());
  EncodedResponse encoded(2 * bytes);
  ASSERT_TRUE(encoded.Append(one).ok());
  ASSERT_TRUE(encoded.AppendField(kSlices, one.slices(0)).ok()) << "just as large as it may be";
  v1::QueryKpisResponse end;
  end.set_slice_count(1);
  for (const absl::Status& status :
       {encoded.Append(end), encoded.AppendField(kSlices, one.slices(0))}) {
    EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted);
    ASSERT_TRUE(metrics::ReasonOf(status).has_value());
    EXPECT_EQ(metrics::ReasonOf(status)->reason, "RESULT_TOO_LARGE");
    EXPECT_EQ(metrics::ReasonOf(status)->metadata.at("limit"), std::to_string(2 * bytes));
  }
  EXPECT_EQ(encoded.bytes(), 2 * bytes);
  EXPECT_EQ(Decoded<v1::QueryKpisResponse>(encoded).slices_size(), 2);
}

// gRPC may send it after the call's handler has gone.
TEST(EncodedResponseTest, BytesOutliveIt) {
  std::optional<EncodedResponse> encoded(kPlenty);
  ASSERT_TRUE(encoded->AppendField(kSlices, SliceOf(7, 300'000)).ok());
  const grpc::ByteBuffer buffer = encoded->Buffer();
  encoded.reset();
  std::vector<grpc::Slice> slices;
  ASSERT_TRUE(buffer.Dump(&slices).ok());
  ASSERT_EQ(slices.size(), 1u);
  v1::QueryKpisResponse response;
  ASSERT_TRUE(response.ParseFromArray(slices[0].begin(), static_cast<int>(slices[0].size())));
  EXPECT_EQ(response.slices(0).total().values(0).value(), 7);
}

}  // namespace
}  // namespace kpid::server
