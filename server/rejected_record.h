// Lists refused records in answers.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "google/protobuf/repeated_ptr_field.h"
#include "kpid/v1/ingest_service.pb.h"
#include "server/violation_list.h"

namespace kpid::server {

// Adds refused records to one answer. Every one is listed; to keep a hopeless batch of 10,000
// below the 4 MiB that clients take by default, records after the first kFullDetailBytesMax of
// details carry their first violation only, and briefly.
class RejectionList {
 public:
  static constexpr size_t kFullDetailBytesMax = 512 << 10;
  static constexpr size_t kRecordIdBytesMax = 128;

  RejectionList(google::protobuf::RepeatedPtrField<v1::RejectedRecord>* records,
                std::string_view request_id)
      : records_(records), request_id_(request_id) {}

  // REQUIRES: !violations.empty().
  void Add(int index, int64_t sequence, std::string_view record_id,
           const ViolationList& violations);

  // Puts the records into the order of their messages and places, as those added later may not be.
  void Sort();

  int size() const { return records_->size(); }

 private:
  google::protobuf::RepeatedPtrField<v1::RejectedRecord>* records_;
  std::string request_id_;
  size_t bytes_ = 0;
};

}  // namespace kpid::server
