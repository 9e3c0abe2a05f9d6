#include "client/generator/ticket_maker.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "client/generator/proto_time.h"

namespace kpid::client {
namespace {

constexpr int64_t kHour = 3'600'000;

struct Priority {
  const char* name;
  double share;         // Of tickets.
  double median_hours;  // Until it is resolved, when the first contact did not do it.
};
constexpr Priority kPriorities[] = {
    {"urgent", 0.06, 6}, {"high", 0.19, 20}, {"normal", 0.60, 44}, {"low", 0.15, 90}};

constexpr double kReopenedRate = 0.07;
constexpr int kReopenedMax = 3;

int64_t Hours(double hours) { return static_cast<int64_t>(hours * kHour); }

}  // namespace

std::string CaseId(const std::string& id_prefix, int64_t case_number) {
  return absl::StrCat(id_prefix, "case-", case_number);
}

TicketMaker::TicketMaker(uint64_t seed, std::string id_prefix, int64_t data_end)
    : random_(seed ^ 0x71C4E7), id_prefix_(std::move(id_prefix)), data_end_(data_end) {}

void TicketMaker::AddTicket(const HandledContact& handled, RecordSink* sink) {
  const Contact& contact = *handled.contact;
  if (contact.case_number == 0 || contact.kind != ContactKind::kNew) return;
  double place = random_.Uniform();
  const Priority* priority = kPriorities;
  while (place >= priority->share && priority + 1 != std::end(kPriorities)) {
    place -= (priority++)->share;
  }
  // Resolved in the contact, or when the back office has done its part.
  const int64_t first_resolve =
      handled.end + (handled.resolved ? 0 : Hours(random_.LogNormal(priority->median_hours, 0.8)));
  int64_t last_resolve = first_resolve;
  int reopened = 0;
  while (reopened < kReopenedMax && random_.Chance(kReopenedRate)) {
    const int64_t reopen = last_resolve + Hours(random_.Between(2, 60));
    if (reopen >= data_end_) break;
    ++reopened;
    last_resolve = reopen + Hours(random_.LogNormal(priority->median_hours / 2, 0.7));
  }
  const int64_t close = last_resolve + Hours(random_.Between(24, 72));
  const int reassigned = (handled.resolved ? 0 : static_cast<int>(random_.Below(3))) + reopened;

  v1::Ticket* ticket = sink->Add()->mutable_ticket();
  ++tickets_;
  ticket->set_ticket_id(CaseId(id_prefix_, contact.case_number));
  if (contact.customer != 0)
    absl::StrAppend(ticket->mutable_customer_id(), "cust-", contact.customer);
  ticket->set_agent_id(handled.agent->id);
  ticket->set_queue_id(handled.queue->id);
  ticket->set_channel(handled.queue->profile.channel);
  ticket->set_priority(priority->name);
  SetMilliseconds(contact.arrive, ticket->mutable_open_time());
  if (handled.first_response < data_end_) {
    SetMilliseconds(handled.first_response, ticket->mutable_first_response_time());
  }
  if (first_resolve < data_end_)
    SetMilliseconds(first_resolve, ticket->mutable_first_resolve_time());
  if (last_resolve < data_end_) SetMilliseconds(last_resolve, ticket->mutable_last_resolve_time());
  if (close < data_end_) SetMilliseconds(close, ticket->mutable_close_time());
  ticket->set_reopen_count(reopened);
  ticket->set_reassignment_count(reassigned);
}

}  // namespace kpid::client
