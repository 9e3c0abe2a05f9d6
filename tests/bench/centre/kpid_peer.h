// kpid as a client sees it, and a bare gRPC call beside it.
#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "kpid/v1/query_service.grpc.pb.h"
#include "tests/bench/centre/answer.h"

namespace kpid::bench {

// Most refusals of one client.
inline constexpr int64_t kRefusalsMax = 10'000;

struct ClientsTiming {
  Timing timing;         // Of the calls that were answered.
  int64_t refusals = 0;  // Calls that were told RESOURCE_EXHAUSTED, and made again at once.
};

// One connection. Thread-compatible.
class KpidPeer {
 public:
  explicit KpidPeer(const std::string& address);

  // Asked once to warm up, then `runs` times; timed from the call to the decoded answer.
  absl::StatusOr<TimedAnswer> Ask(const v1::QueryKpisRequest& request, int runs);

  // Times only.
  absl::StatusOr<Timing> Time(const v1::QueryKpisRequest& request, int runs);

  // As Time, but calls that are refused are counted, and made again.
  absl::StatusOr<ClientsTiming> TimeBusy(const v1::QueryKpisRequest& request, int runs);

  // The answer of the last call.
  const v1::QueryKpisResponse& last() const { return last_; }

 private:
  std::unique_ptr<v1::QueryService::Stub> stub_;
  v1::QueryKpisResponse last_;
};

// A sync server in this process that answers every QueryKpis with one stored answer: what a call
// of that size costs at least.
class EchoServer {
 public:
  explicit EchoServer(v1::QueryKpisResponse answer);
  ~EchoServer();
  EchoServer(const EchoServer&) = delete;
  EchoServer& operator=(const EchoServer&) = delete;

  const std::string& address() const { return address_; }

 private:
  class Service;
  std::unique_ptr<Service> service_;
  std::unique_ptr<grpc::Server> server_;
  std::string address_;
};

// When `clients` connections ask at once, until each has `runs` answers. RESOURCE_EXHAUSTED when
// one is refused kRefusalsMax times.
absl::StatusOr<ClientsTiming> TimeClients(const std::string& address,
                                          const v1::QueryKpisRequest& request, int clients,
                                          int runs);

}  // namespace kpid::bench
