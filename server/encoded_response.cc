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

// Blocks are as large as all before them, so that small answers are small and large ones few
// pieces: up to a size that malloc gives without a system call.
constexpr int64_t kBlockBytesMin = 8 << 10;
constexpr int64_t kBlockBytesMax = 256 << 10;

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
  if (absl::Status status = Reserve(bytes); !status.ok()) return status;
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
  if (absl::Status status = Reserve(prefix + bytes); !status.ok()) return status;
  uint8_t* target = Extend(prefix + bytes);
  target = CodedOutputStream::WriteVarint32ToArray(tag, target);
  target = CodedOutputStream::WriteVarint64ToArray(static_cast<uint64_t>(bytes), target);
  WriteTo(message, bytes, target);
  return absl::OkStatus();
}

absl::Status EncodedResponse::Reserve(int64_t bytes) {
  if (all_bytes_->fetch_add(bytes) + bytes <= bytes_max_) return absl::OkStatus();
  all_bytes_->fetch_sub(bytes);
  return AnswerTooLarge(bytes_max_);
}

void EncodedResponse::Join(EncodedResponse part) {
  bytes_ += part.bytes_;
  for (std::shared_ptr<std::string>& block : part.blocks_) blocks_.push_back(std::move(block));
}

uint8_t* EncodedResponse::Extend(int64_t bytes) {
  const auto wanted = static_cast<size_t>(bytes);
  if (blocks_.empty() || blocks_.back()->capacity() - blocks_.back()->size() < wanted) {
    blocks_.push_back(std::make_shared<std::string>());
    const int64_t usual = std::clamp(bytes_, kBlockBytesMin, kBlockBytesMax);
    blocks_.back()->reserve(std::max(wanted, static_cast<size_t>(usual)));
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
