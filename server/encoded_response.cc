#include "server/encoded_response.h"

#include <algorithm>

#include "google/protobuf/io/coded_stream.h"
#include "google/protobuf/io/zero_copy_stream_impl_lite.h"
#include "google/protobuf/wire_format_lite.h"
#include "metrics/error_reason.h"
#include "server/join_text.h"
#include "server/reasons.h"

namespace kpid::server {
namespace {

using google::protobuf::internal::WireFormatLite;
using google::protobuf::io::CodedOutputStream;

// Large enough that answers are few pieces, small enough that malloc gives it without a system
// call.
constexpr int64_t kBlockBytes = 256 << 10;

void DeleteBlock(void* block) { delete static_cast<std::shared_ptr<std::string>*>(block); }

// Maps in the order of their keys. REQUIRES: ByteSizeLong() was just called, and gave `bytes`.
void WriteTo(const google::protobuf::MessageLite& message, int64_t bytes, uint8_t* target) {
  google::protobuf::io::ArrayOutputStream stream(target, static_cast<int>(bytes));
  CodedOutputStream output(&stream);
  output.SetSerializationDeterministic(true);
  message.SerializeWithCachedSizes(&output);
}

}  // namespace

absl::Status AnswerTooLarge(int64_t bytes_max) {
  return metrics::ErrorWithReason(absl::StatusCode::kResourceExhausted,
                                  JoinText("the answer would have more than send_bytes_max = ",
                                           bytes_max, " bytes: ask for less"),
                                  {reason::kResultTooLarge, {{"limit", JoinText(bytes_max)}}});
}

absl::Status EncodedResponse::Append(const google::protobuf::MessageLite& part) {
  const auto bytes = static_cast<int64_t>(part.ByteSizeLong());
  if (bytes_ + bytes > bytes_max_) return AnswerTooLarge(bytes_max_);
  WriteTo(part, bytes, Extend(bytes));
  return absl::OkStatus();
}

absl::Status EncodedResponse::AppendField(int field_number,
                                          const google::protobuf::MessageLite& message) {
  const auto bytes = static_cast<int64_t>(message.ByteSizeLong());
  const uint32_t tag =
      WireFormatLite::MakeTag(field_number, WireFormatLite::WIRETYPE_LENGTH_DELIMITED);
  const auto prefix =
      static_cast<int64_t>(CodedOutputStream::VarintSize32(tag) +
                           CodedOutputStream::VarintSize64(static_cast<uint64_t>(bytes)));
  if (bytes_ + prefix + bytes > bytes_max_) return AnswerTooLarge(bytes_max_);
  uint8_t* target = Extend(prefix + bytes);
  target = CodedOutputStream::WriteVarint32ToArray(tag, target);
  target = CodedOutputStream::WriteVarint64ToArray(static_cast<uint64_t>(bytes), target);
  WriteTo(message, bytes, target);
  return absl::OkStatus();
}

uint8_t* EncodedResponse::Extend(int64_t bytes) {
  const auto wanted = static_cast<size_t>(bytes);
  if (blocks_.empty() || blocks_.back()->capacity() - blocks_.back()->size() < wanted) {
    blocks_.push_back(std::make_shared<std::string>());
    blocks_.back()->reserve(std::max(wanted, static_cast<size_t>(kBlockBytes)));
  }
  std::string& block = *blocks_.back();
  const size_t begin = block.size();
  block.resize(begin + wanted);
  bytes_ += bytes;
  return reinterpret_cast<uint8_t*>(block.data()) + begin;
}

std::string EncodedResponse::Joined() const {
  std::string joined;
  joined.reserve(static_cast<size_t>(bytes_));
  for (const std::shared_ptr<std::string>& block : blocks_) joined += *block;
  return joined;
}

grpc::ByteBuffer EncodedResponse::Buffer() const {
  std::vector<grpc::Slice> slices;
  for (const std::shared_ptr<std::string>& block : blocks_) {
    slices.emplace_back(block->data(), block->size(), &DeleteBlock,
                        new std::shared_ptr<std::string>(block));
  }
  return {slices.data(), slices.size()};
}

}  // namespace kpid::server
