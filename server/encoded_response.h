// A response that is encoded part by part while it is made, instead of being built as one message
// first: large answers take their bytes and one part, not a tree of messages.
#pragma once

#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/status.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "google/protobuf/message_lite.h"
#include "grpcpp/impl/codegen/serialization_traits.h"

namespace kpid::server {

// Equal parts are equal bytes. Thread-compatible.
class EncodedResponse {
 public:
  // Of at most bytes_max bytes.
  explicit EncodedResponse(int64_t bytes_max)
      : bytes_max_(bytes_max), all_bytes_(std::make_shared<std::atomic<int64_t>>(0)) {}

  // Adds some fields of the response. What a client reads is all parts merged, as protobuf
  // defines it for messages that follow one another: repeated fields are joined.
  // RESOURCE_EXHAUSTED (RESULT_TOO_LARGE) beyond bytes_max; then nothing is added.
  absl::Status Append(const google::protobuf::MessageLite& part);

  // Adds one message to a field of messages of the response. Errors as Append.
  absl::Status AppendField(int field_number, const google::protobuf::MessageLite& message);

  // An empty one to be joined to this one, for another thread to fill. Together, joined or not,
  // they have at most bytes_max bytes.
  EncodedResponse NewPart() const { return EncodedResponse(bytes_max_, all_bytes_); }

  // Adds what has been added to a part of this one.
  void Join(EncodedResponse part);

  int64_t bytes() const { return bytes_; }
  int64_t bytes_max() const { return bytes_max_; }

  // A copy of what has been added.
  std::string Joined() const;

  // What has been added, for gRPC; it shares the bytes, nothing is copied. Nothing may be added
  // after it.
  grpc::ByteBuffer Buffer() const;

 private:
  EncodedResponse(int64_t bytes_max, std::shared_ptr<std::atomic<int64_t>> all_bytes)
      : bytes_max_(bytes_max), all_bytes_(std::move(all_bytes)) {}
  absl::Status Reserve(int64_t bytes);
  uint8_t* Extend(int64_t bytes);

  int64_t bytes_max_;
  int64_t bytes_ = 0;
  std::shared_ptr<std::atomic<int64_t>> all_bytes_;  // Of all parts.
  // Each is only appended to within its capacity.
  std::vector<std::shared_ptr<std::string>> blocks_;
};

// That an answer is larger than bytes_max.
absl::Status AnswerTooLarge(int64_t bytes_max);

}  // namespace kpid::server

namespace grpc {

// How gRPC sends it; it is never received.
template <>
class SerializationTraits<kpid::server::EncodedResponse> {
 public:
  static Status Serialize(const kpid::server::EncodedResponse& response, ByteBuffer* buffer,
                          bool* own_buffer) {
    *buffer = response.Buffer();
    *own_buffer = true;
    return Status::OK;
  }
};

}  // namespace grpc
