// A response that is encoded part by part while it is made, instead of being built as one message
// first: large answers take their bytes and one part, not a tree of messages.
#pragma once

#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/status.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "google/protobuf/message_lite.h"
#include "grpcpp/impl/codegen/serialization_traits.h"

namespace kpid::server {

// Equal parts are equal bytes. Thread-compatible.
class EncodedResponse {
 public:
  // Of at most bytes_max bytes.
  explicit EncodedResponse(int64_t bytes_max) : bytes_max_(bytes_max) {}

  // Adds some fields of the response. What a client reads is all parts merged, as protobuf
  // defines it for messages that follow one another: repeated fields are joined.
  // RESOURCE_EXHAUSTED (RESULT_TOO_LARGE) beyond bytes_max; then nothing is added.
  absl::Status Append(const google::protobuf::MessageLite& part);

  // Adds one message to a field of messages of the response. Errors as Append.
  absl::Status AppendField(int field_number, const google::protobuf::MessageLite& message);

  int64_t bytes() const { return bytes_; }
  int64_t bytes_max() const { return bytes_max_; }

  // A copy of what has been added.
  std::string Joined() const;

  // What has been added, for gRPC; it shares the bytes, nothing is copied. Nothing may be added
  // after it.
  grpc::ByteBuffer Buffer() const;

 private:
  uint8_t* Extend(int64_t bytes);

  const int64_t bytes_max_;
  int64_t bytes_ = 0;
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
