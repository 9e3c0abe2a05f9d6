// An encoded response as a client reads it.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "server/encoded_response.h"

namespace kpid::server {

template <class Response>
Response Decoded(const EncodedResponse& encoded) {
  grpc::ByteBuffer buffer = encoded.Buffer();
  std::vector<grpc::Slice> slices;
  EXPECT_TRUE(buffer.Dump(&slices).ok());
  std::string bytes;
  for (const grpc::Slice& slice : slices) {
    bytes.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
  }
  EXPECT_EQ(static_cast<int64_t>(bytes.size()), encoded.bytes());
  Response response;
  EXPECT_TRUE(response.ParseFromString(bytes));
  return response;
}

}  // namespace kpid::server
