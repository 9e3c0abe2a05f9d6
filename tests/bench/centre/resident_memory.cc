#include "tests/bench/centre/resident_memory.h"

#include <grpcpp/grpcpp.h>

#include <chrono>
#include <condition_variable>
#include <fstream>
#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>
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

// Calls `look` now and then until it returns something. Another process is waited for: there is
// nothing that would tell.
template <class Look>
auto Await(const Look& look) -> absl::StatusOr<typename decltype(look())::value_type> {
  const auto give_up = std::chrono::steady_clock::now() + kLoadMax;
  std::mutex mutex;
  std::condition_variable never;
  std::unique_lock lock(mutex);
  while (std::chrono::steady_clock::now() < give_up) {
    if (auto found = look()) return *std::move(found);
    never.wait_for(lock, kLoadPoll);
  }
  return absl::DeadlineExceededError("the facts are not loaded in time");
}

// Seconds of the load, when the log tells it; memory that the load does not need has been given
// back by then.
std::optional<double> LoadSeconds(const std::string& log_path) {
  std::ifstream log(log_path);
  for (std::string line; std::getline(log, line);) {
    const auto entry = nlohmann::json::parse(line, nullptr, /*allow_exceptions=*/false);
    if (entry.is_object() && entry.value("event", "") == "facts_resident") {
      return entry.value("seconds", 0.0);
    }
  }
  return std::nullopt;
}

absl::StatusOr<v1::ResidentFacts> HeldBy(v1::QueryService::Stub* stub) {
  grpc::ClientContext context;
  v1::ListKpisResponse response;
  const grpc::Status status = stub->ListKpis(&context, v1::ListKpisRequest(), &response);
  if (!status.ok()) return absl::InternalError(status.error_message());
  return response.resident_facts();
}

// The facts held, when they are loaded; or why that cannot be told.
std::optional<absl::StatusOr<v1::ResidentFacts>> Loaded(v1::QueryService::Stub* stub) {
  auto held = HeldBy(stub);
  if (held.ok() && held->loading()) return std::nullopt;
  return held;
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
  const auto loaded = Await([&] { return Loaded(stub.get()); });
  if (!loaded.ok()) return loaded.status();
  if (!loaded->ok()) return loaded->status();
  memory.start_seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  const auto load_seconds = Await([&] { return LoadSeconds(log_path); });
  if (!load_seconds.ok()) return load_seconds.status();
  memory.load_seconds = *load_seconds;
  if (absl::Status status = Ask(stub.get(), question); !status.ok()) return status;
  const auto held = HeldBy(stub.get());
  if (!held.ok()) return held.status();
  memory.interactions = held->interaction_count();
  memory.counted_bytes = held->interaction_memory_bytes();
  memory.process_bytes += (*server)->ResidentBytes();
  return memory;
}

}  // namespace kpid::bench
