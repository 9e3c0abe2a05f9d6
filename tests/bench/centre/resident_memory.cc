#include "tests/bench/centre/resident_memory.h"

#include <grpcpp/grpcpp.h>

#include <chrono>
#include <condition_variable>
#include <fstream>
#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "kpid/v1/query_service.grpc.pb.h"
#include "tests/bench/centre/centre_ingest.h"
#include "tests/bench/server_process.h"

namespace kpid::bench {
namespace {

constexpr std::chrono::minutes kLoadMax{30};
constexpr std::chrono::milliseconds kLoadPoll{5};

absl::StatusOr<std::unique_ptr<ServerProcess>> Start(const std::string& program,
                                                     const std::string& url,
                                                     const std::string& log_path,
                                                     const char* resident) {
  return ServerProcess::Start(
      program, url, log_path,
      {"--resident", resident, "--resident-memory-max", "0", "--log-format", "json"});
}

// Seconds of the load, as the log says.
absl::StatusOr<double> LoadSeconds(const std::string& log_path) {
  std::ifstream log(log_path);
  for (std::string line; std::getline(log, line);) {
    const auto entry = nlohmann::json::parse(line, nullptr, /*allow_exceptions=*/false);
    if (entry.is_object() && entry.value("event", "") == "facts_resident") {
      return entry.value("seconds", 0.0);
    }
  }
  return absl::InternalError("the log does not tell of the load");
}

absl::StatusOr<v1::ResidentFacts> HeldBy(v1::QueryService::Stub* stub) {
  grpc::ClientContext context;
  v1::ListKpisResponse response;
  const grpc::Status status = stub->ListKpis(&context, v1::ListKpisRequest(), &response);
  if (!status.ok()) return absl::InternalError(status.error_message());
  return response.resident_facts();
}

absl::StatusOr<v1::ResidentFacts> AwaitLoad(v1::QueryService::Stub* stub) {
  const auto give_up = std::chrono::steady_clock::now() + kLoadMax;
  std::mutex mutex;
  std::condition_variable never;  // Another process loads: it can only be asked now and then.
  std::unique_lock lock(mutex);
  while (std::chrono::steady_clock::now() < give_up) {
    auto held = HeldBy(stub);
    if (!held.ok() || !held->loading()) return held;
    never.wait_for(lock, kLoadPoll);
  }
  return absl::DeadlineExceededError("the facts are not loaded in time");
}

absl::Status Ask(v1::QueryService::Stub* stub, const v1::QueryKpisRequest& question) {
  grpc::ClientContext context;
  v1::QueryKpisResponse response;
  const grpc::Status status = stub->QueryKpis(&context, question, &response);
  return status.ok() ? absl::OkStatus() : absl::InternalError(status.error_message());
}

}  // namespace

absl::StatusOr<ResidentMemory> MeasureResidentMemory(const std::string& program,
                                                     const std::string& database_url,
                                                     const std::string& log_path,
                                                     const v1::QueryKpisRequest& question) {
  ResidentMemory memory;
  v1::QueryKpisRequest small = question;
  *small.mutable_interval()->mutable_end_time() = question.interval().start_time();
  small.mutable_interval()->mutable_end_time()->set_seconds(
      question.interval().start_time().seconds() + 1);
  {
    auto bare = Start(program, database_url, log_path, "false");
    if (!bare.ok()) return bare.status();
    const auto stub = v1::QueryService::NewStub(ConnectTo((*bare)->address()));
    if (absl::Status status = Ask(stub.get(), small); !status.ok()) return status;
    memory.process_bytes = -(*bare)->ResidentBytes();
  }
  const auto begin = std::chrono::steady_clock::now();
  auto server = Start(program, database_url, log_path, "true");
  if (!server.ok()) return server.status();
  const auto stub = v1::QueryService::NewStub(ConnectTo((*server)->address()));
  auto held = AwaitLoad(stub.get());
  if (!held.ok()) return held.status();
  memory.start_seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  const auto load_seconds = LoadSeconds(log_path);
  if (!load_seconds.ok()) return load_seconds.status();
  memory.load_seconds = *load_seconds;
  if (absl::Status status = Ask(stub.get(), question); !status.ok()) return status;
  held = HeldBy(stub.get());
  if (!held.ok()) return held.status();
  memory.interactions = held->interaction_count();
  memory.counted_bytes = held->interaction_memory_bytes();
  memory.process_bytes += (*server)->ResidentBytes();
  return memory;
}

}  // namespace kpid::bench
