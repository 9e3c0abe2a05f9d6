#include "tests/bench/centre/feed_lag.h"

#include <grpcpp/grpcpp.h>

#include <algorithm>
#include <chrono>

#include "kpid/v1/query_service.grpc.pb.h"
#include "tests/bench/centre/centre_ingest.h"
#include "tests/bench/centre/pace.h"

namespace kpid::bench {
namespace {

constexpr std::chrono::milliseconds kLookInterval{20};

}  // namespace

FeedLag::FeedLag(const std::string& address) : thread_([this, address] { Watch(address); }) {}

FeedLag::~FeedLag() { Stop(); }

double FeedLag::Stop() {
  stopping_.store(true);
  if (thread_.joinable()) thread_.join();
  return longest_;
}

void FeedLag::Watch(const std::string& address) {
  const auto stub = v1::QueryService::NewStub(ConnectTo(address));
  Pace pace(kLookInterval);
  while (!stopping_.load()) {
    grpc::ClientContext context;
    v1::ListKpisResponse response;
    const grpc::Status status = stub->ListKpis(&context, v1::ListKpisRequest(), &response);
    if (status.ok() && response.resident_facts().has_lag()) {
      const auto& lag = response.resident_facts().lag();
      longest_ = std::max(longest_, static_cast<double>(lag.seconds()) * 1e3 +
                                        static_cast<double>(lag.nanos()) / 1e6);
    }
    pace.AwaitNext();
  }
}

}  // namespace kpid::bench
