// A target service in memory. The client is the subject of these tests.
#pragma once

#include <mutex>
#include <utility>
#include <vector>

#include "grpcpp/grpcpp.h"
#include "kpid/v1/target_service.grpc.pb.h"

namespace kpid::client {

class FakeTargetService : public v1::TargetService::Service {
 public:
  grpc::Status UpsertScorecards(grpc::ServerContext*, const v1::UpsertScorecardsRequest* request,
                                v1::UpsertScorecardsResponse* response) override {
    const std::lock_guard lock(mutex_);
    if (!refusals_.empty()) {
      const grpc::Status refusal = refusals_.back();
      refusals_.pop_back();
      return refusal;
    }
    requests_.push_back(*request);
    response->set_inserted_count(request->scorecards_size());
    return grpc::Status::OK;
  }

  // Answers of the next calls, the last first.
  void set_refusals(std::vector<grpc::Status> refusals) {
    const std::lock_guard lock(mutex_);
    refusals_ = std::move(refusals);
  }

  std::vector<v1::UpsertScorecardsRequest> requests() const {
    const std::lock_guard lock(mutex_);
    return requests_;
  }

 private:
  mutable std::mutex mutex_;
  std::vector<grpc::Status> refusals_;
  std::vector<v1::UpsertScorecardsRequest> requests_;
};

}  // namespace kpid::client
