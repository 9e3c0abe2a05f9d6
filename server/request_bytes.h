// What page tokens are bound to.
#pragma once

#include <string>

#include "google/protobuf/message.h"

namespace kpid::server {

// A request's bytes, the same for the same fields whatever the order of its maps.
std::string RequestBytes(const google::protobuf::Message& request);

}  // namespace kpid::server
