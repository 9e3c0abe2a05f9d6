#include "client/json_text.h"

#include "google/protobuf/util/json_util.h"

namespace kpid::client {

std::string JsonText(const google::protobuf::Message& message) {
  google::protobuf::util::JsonPrintOptions options;
  options.add_whitespace = true;
  std::string text;
  // Cannot fail: the messages hold no Any of an unknown type.
  (void)google::protobuf::util::MessageToJsonString(message, &text, options);
  return text;
}

std::string JsonLine(const google::protobuf::Message& message) {
  std::string text;
  (void)google::protobuf::util::MessageToJsonString(message, &text);
  return text + "\n";
}

}  // namespace kpid::client
