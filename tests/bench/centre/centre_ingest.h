// Sends the benchmark's contact centre to a server, as a client of any make would.
#pragma once

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "kpid/v1/ingest_service.grpc.pb.h"
#include "tests/bench/centre/centre_data.h"

namespace grpc {
class Channel;
}

namespace kpid::bench {

// A connection of its own, that takes answers of any size.
std::shared_ptr<grpc::Channel> ConnectTo(const std::string& address);

// Stores agents, teams and memberships.
absl::Status SendRoster(const std::string& address, const CentreData& data);

// Sends all records of a kind through StreamRecords on several connections at once. Returns rows
// per second from the first message to the last acknowledgement; an error unless every record was
// inserted.
absl::StatusOr<double> SendRecords(const std::string& address, const CentreData& data,
                                   CentreKind kind, int streams);

}  // namespace kpid::bench
