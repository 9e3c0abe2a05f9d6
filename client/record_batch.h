// One message of a stream and what must be remembered of it until it is acknowledged.
#pragma once

#include <cstdint>

#include "google/protobuf/arena.h"
#include "kpid/v1/ingest_service.pb.h"

namespace kpid::client {

// Derive to remember where the records came from. Thread-compatible.
class RecordBatch {
 public:
  RecordBatch()
      : request_(google::protobuf::Arena::CreateMessage<v1::StreamRecordsRequest>(&arena_)) {}
  virtual ~RecordBatch() = default;
  RecordBatch(const RecordBatch&) = delete;
  RecordBatch& operator=(const RecordBatch&) = delete;

  v1::StreamRecordsRequest& request() { return *request_; }
  const v1::StreamRecordsRequest& request() const { return *request_; }

 private:
  google::protobuf::Arena arena_;  // Thousands of small messages: freed in one go.
  v1::StreamRecordsRequest* request_;
};

}  // namespace kpid::client
