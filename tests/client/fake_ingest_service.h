// An ingest service in memory that can be told to misbehave. The client is the subject of these
// tests; the real service has its own.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "grpcpp/grpcpp.h"
#include "kpid/v1/ingest_service.grpc.pb.h"

namespace kpid::client {

// What one stream does; streams take theirs in the order in which they come, then the default.
struct StreamScript {
  grpc::Status refuse = grpc::Status::OK;  // Not OK: the answer at once.
  int messages_max = 1 << 30;              // After so many messages (the last not acknowledged) ...
  grpc::Status break_with = grpc::Status(grpc::StatusCode::UNAVAILABLE, "gone");  // ... it ends.
  bool lose_last = false;         // ... and what it read last is not applied either.
  int acknowledge_every = 1;      // Messages for each acknowledgement (and at the end).
  int64_t acknowledge_ahead = 0;  // Added to the sequence: a server that errs.
  bool silent = false;            // Takes messages and never answers.
};

class FakeIngestService : public v1::IngestService::Service {
 public:
  grpc::Status StreamRecords(grpc::ServerContext* context,
                             grpc::ServerReaderWriter<v1::StreamRecordsResponse,
                                                      v1::StreamRecordsRequest>* stream) override {
    const StreamScript script = NextScript();
    if (!script.refuse.ok()) return script.refuse;
    v1::StreamRecordsRequest request;
    v1::StreamRecordsResponse response;
    int64_t last_sequence = 0;
    for (int messages = 1; stream->Read(&request); ++messages) {
      if (request.sequence() <= last_sequence) {
        return {grpc::StatusCode::INVALID_ARGUMENT, "sequence"};
      }
      last_sequence = request.sequence();
      if (messages >= script.messages_max && script.lose_last) return script.break_with;
      Apply(request, &response);
      if (script.silent) continue;
      if (messages >= script.messages_max) return script.break_with;
      if (messages % script.acknowledge_every != 0) continue;
      Acknowledge(last_sequence + script.acknowledge_ahead, stream, &response);
    }
    if (response.counts().ByteSizeLong() > 0 && !context->IsCancelled()) {
      Acknowledge(last_sequence, stream, &response);
    }
    return grpc::Status::OK;
  }

  void AddScript(StreamScript script) {
    const std::lock_guard lock(mutex_);
    scripts_.push_back(std::move(script));
  }

  // Ids of records that are refused.
  void Refuse(const std::string& id) {
    const std::lock_guard lock(mutex_);
    refused_.insert(id);
  }

  int streams() const {
    const std::lock_guard lock(mutex_);
    return streams_;
  }

  // The revisions of each id in the order in which they were applied.
  std::map<std::string, std::vector<int64_t>> applied() const {
    const std::lock_guard lock(mutex_);
    return applied_;
  }

  // Items of each quality evaluation.
  std::map<std::string, int> items() const {
    const std::lock_guard lock(mutex_);
    return items_;
  }

  int largest_message() const {
    const std::lock_guard lock(mutex_);
    return largest_message_;
  }

 private:
  using Stream = grpc::ServerReaderWriter<v1::StreamRecordsResponse, v1::StreamRecordsRequest>;

  StreamScript NextScript() {
    const std::lock_guard lock(mutex_);
    ++streams_;
    if (scripts_.empty()) return {};
    StreamScript script = scripts_.front();
    scripts_.pop_front();
    return script;
  }

  void Apply(const v1::StreamRecordsRequest& request, v1::StreamRecordsResponse* response) {
    const std::lock_guard lock(mutex_);
    largest_message_ = std::max(largest_message_, request.records_size());
    v1::IngestCounts* counts = response->mutable_counts();
    for (int i = 0; i < request.records_size(); ++i) {
      const v1::StreamRecord& record = request.records(i);
      const std::string& id = IdOf(record);
      const int64_t revision = record.interaction().revision();
      if (refused_.contains(id)) {
        counts->set_rejected_count(counts->rejected_count() + 1);
        v1::RejectedRecord* rejected = response->add_rejected_records();
        rejected->set_index(i);
        rejected->set_sequence(request.sequence());
        rejected->set_record_id(id);
        rejected->mutable_status()->set_code(3);
        rejected->mutable_status()->set_message("=refused by the test");
        continue;
      }
      if (record.has_quality_evaluation()) {
        items_[id] = record.quality_evaluation().items_size();
      }
      std::vector<int64_t>& revisions = applied_[id];
      if (revisions.empty()) {
        counts->set_inserted_count(counts->inserted_count() + 1);
      } else if (revisions.back() == revision) {
        counts->set_unchanged_count(counts->unchanged_count() + 1);
      } else {
        counts->set_updated_count(counts->updated_count() + 1);
      }
      revisions.push_back(revision);
    }
  }

  static const std::string& IdOf(const v1::StreamRecord& record) {
    switch (record.record_case()) {
      case v1::StreamRecord::kInteraction:
        return record.interaction().interaction_id();
      case v1::StreamRecord::kQualityEvaluation:
        return record.quality_evaluation().evaluation_id();
      case v1::StreamRecord::kAgentActivity:
        return record.agent_activity().activity_id();
      case v1::StreamRecord::kScheduledActivity:
        return record.scheduled_activity().schedule_id();
      case v1::StreamRecord::kTicket:
        return record.ticket().ticket_id();
      case v1::StreamRecord::kCost:
        return record.cost().cost_id();
      case v1::StreamRecord::kTarget:
        return record.target().target_id();
      default:
        return record.survey_response().response_id();
    }
  }

  static void Acknowledge(int64_t sequence, Stream* stream, v1::StreamRecordsResponse* response) {
    response->set_acknowledged_sequence(sequence);
    stream->Write(*response);
    response->Clear();
  }

  mutable std::mutex mutex_;
  std::deque<StreamScript> scripts_;
  std::set<std::string> refused_;
  std::map<std::string, std::vector<int64_t>> applied_;
  std::map<std::string, int> items_;
  int streams_ = 0;
  int largest_message_ = 0;
};

// A server on loopback that can go and come back on the same port.
class LoopbackServer {
 public:
  explicit LoopbackServer(grpc::Service* service) : service_(service) { Start(); }
  ~LoopbackServer() { Stop(); }

  void Start() {
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:" + std::to_string(port_),
                             grpc::InsecureServerCredentials(), &port_);
    builder.RegisterService(service_);
    server_ = builder.BuildAndStart();
  }

  // Breaks everything off.
  void Stop() {
    if (server_ == nullptr) return;
    server_->Shutdown(std::chrono::system_clock::now());
    server_->Wait();
    server_.reset();
  }

  std::string address() const { return "127.0.0.1:" + std::to_string(port_); }

 private:
  grpc::Service* service_;
  int port_ = 0;
  std::unique_ptr<grpc::Server> server_;
};

}  // namespace kpid::client
