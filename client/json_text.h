// Messages as JSON.
#pragma once

#include <string>

#include "google/protobuf/message.h"

namespace kpid::client {

// The protobuf JSON of a message, indented, with a line end.
std::string JsonText(const google::protobuf::Message& message);

// The same on one line, with a line end.
std::string JsonLine(const google::protobuf::Message& message);

}  // namespace kpid::client
