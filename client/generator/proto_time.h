// Milliseconds as protobuf times.
#pragma once

#include <cstdint>

#include "google/protobuf/duration.pb.h"
#include "google/protobuf/timestamp.pb.h"

namespace kpid::client {

// REQUIRES: milliseconds >= 0. For Timestamp since 1970.
template <class Message>
void SetMilliseconds(int64_t milliseconds, Message* message) {
  message->set_seconds(milliseconds / 1000);
  message->set_nanos(static_cast<int32_t>(milliseconds % 1000) * 1'000'000);
}

}  // namespace kpid::client
