// Tickets of the cases that contacts open.
#pragma once

#include <cstdint>
#include <string>

#include "client/generator/handled_contact.h"
#include "client/generator/random.h"
#include "client/generator/record_sink.h"

namespace kpid::client {

// The first contact of a case opens its ticket, whose id is that of the case. Thread-compatible.
class TicketMaker {
 public:
  // `data_end`: nothing after it is known (milliseconds since 1970).
  TicketMaker(uint64_t seed, std::string id_prefix, int64_t data_end);

  void AddTicket(const HandledContact& handled, RecordSink* sink);

  int64_t tickets() const { return tickets_; }

 private:
  Random random_;
  std::string id_prefix_;
  int64_t data_end_;
  int64_t tickets_ = 0;
};

// Id of a case and of its ticket.
std::string CaseId(const std::string& id_prefix, int64_t case_number);

}  // namespace kpid::client
