#include "client/probe_command.h"

#include <ostream>
#include <string>

#include "client/error_report.h"
#include "client/exit_code.h"
#include "google/protobuf/io/coded_stream.h"
#include "google/protobuf/wire_format_lite.h"
#include "grpcpp/generic/generic_stub.h"

namespace kpid::client {
namespace {

constexpr char kHealthCheck[] = "/grpc.health.v1.Health/Check";
constexpr int kServing = 1;

std::string BytesOf(const grpc::ByteBuffer& buffer) {
  std::vector<grpc::Slice> slices;
  std::string bytes;
  if (!buffer.Dump(&slices).ok()) return bytes;
  for (const grpc::Slice& slice : slices) {
    bytes.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
  }
  return bytes;
}

std::string HealthName(int status) {
  switch (status) {
    case 0:
      return "UNKNOWN";
    case 2:
      return "NOT_SERVING";
    case 3:
      return "SERVICE_UNKNOWN";
    default:
      return "status " + std::to_string(status);
  }
}

}  // namespace

int HealthStatusOf(std::string_view response) {
  using google::protobuf::internal::WireFormatLite;
  google::protobuf::io::CodedInputStream input(reinterpret_cast<const uint8_t*>(response.data()),
                                               static_cast<int>(response.size()));
  int status = 0;
  for (uint32_t tag = input.ReadTag(); tag != 0; tag = input.ReadTag()) {
    uint64_t value = 0;
    if (tag != WireFormatLite::MakeTag(1, WireFormatLite::WIRETYPE_VARINT)) {
      if (!WireFormatLite::SkipField(&input, tag)) return 0;
    } else if (input.ReadVarint64(&value)) {
      status = static_cast<int>(value);
    } else {
      return 0;
    }
  }
  return input.ConsumedEntireMessage() ? status : 0;
}

// A generic call: the answer is one number, so no generated code is needed for it.
int RunProbeCommand(const ServerOptions& options, const Console& console) {
  grpc::GenericStub stub(OpenChannel(options));
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + TimeoutOf(options));
  grpc::CompletionQueue queue;
  const grpc::ByteBuffer request(nullptr, 0);  // An empty HealthCheckRequest: the whole server.
  const auto call = stub.PrepareUnaryCall(&context, kHealthCheck, request, &queue);
  grpc::ByteBuffer response;
  grpc::Status status;
  call->StartCall();
  call->Finish(&response, &status, &queue);
  void* tag = nullptr;
  bool ok = false;
  queue.Next(&tag, &ok);
  if (!status.ok()) {
    *console.err << "kpid: not serving at " << options.address << ": "
                 << CodeName(status.error_code()) << ": " << status.error_message() << '\n';
    return kExitRejected;
  }
  const int health = HealthStatusOf(BytesOf(response));
  if (health == kServing) return kExitOk;
  *console.err << "kpid: not serving at " << options.address << ": " << HealthName(health) << '\n';
  return kExitRejected;
}

}  // namespace kpid::client
