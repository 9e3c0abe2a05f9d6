#include "server/request_bytes.h"

#include "google/protobuf/io/coded_stream.h"
#include "google/protobuf/io/zero_copy_stream_impl_lite.h"

namespace kpid::server {

std::string RequestBytes(const google::protobuf::Message& request) {
  std::string bytes;
  google::protobuf::io::StringOutputStream stream(&bytes);
  google::protobuf::io::CodedOutputStream output(&stream);
  output.SetSerializationDeterministic(true);
  request.SerializeToCodedStream(&output);
  output.Trim();
  return bytes;
}

}  // namespace kpid::server
