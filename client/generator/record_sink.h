// Where generated records go.
#pragma once

#include "kpid/v1/ingest_service.pb.h"

namespace kpid::client {

// For one thread. A record that was asked for is filled in place and complete when the next one
// is asked for, or at the end.
class RecordSink {
 public:
  virtual ~RecordSink() = default;

  // A new, empty record; valid until the next call.
  virtual v1::StreamRecord* Add() = 0;

  // Whether more is wanted; false after a failure.
  virtual bool IsOpen() const = 0;
};

}  // namespace kpid::client
