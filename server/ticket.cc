#include "server/ticket.h"

#include "server/field_checks.h"
#include "server/join_text.h"
#include "server/reasons.h"
#include "server/time_conversion.h"

namespace kpid::server {
namespace {

void ValidateTimes(const v1::Ticket& message, const FieldChecks& checks) {
  const auto open =
      checks.Time("open_time", message.has_open_time(), message.open_time(), Presence::kRequired);
  const auto optional = [&](std::string_view field, bool has,
                            const google::protobuf::Timestamp& value) {
    const auto time = checks.Time(field, has, value, Presence::kOptional);
    checks.Order("open_time", open, field, time);
    return time;
  };
  optional("first_response_time", message.has_first_response_time(), message.first_response_time());
  const auto first_resolve = optional("first_resolve_time", message.has_first_resolve_time(),
                                      message.first_resolve_time());
  const auto last_resolve =
      optional("last_resolve_time", message.has_last_resolve_time(), message.last_resolve_time());
  optional("close_time", message.has_close_time(), message.close_time());
  // One violation for one wrong time: a resolution before open_time is named already.
  const bool named = open && last_resolve && *last_resolve < *open;
  if (!named) {
    checks.Order("first_resolve_time", first_resolve, "last_resolve_time", last_resolve);
  }
}

void CheckChanges(std::string_view field, int32_t value, const FieldChecks& checks) {
  if (value >= 0 && value <= kTicketChangesMax) return;
  checks.Add(field, reason::kNumberOutOfRange, JoinText("must be 0 to ", kTicketChangesMax));
}

}  // namespace

void ValidateTicket(const v1::Ticket& message, const FieldPath& path, ViolationList* violations) {
  const FieldChecks checks(path, violations);
  checks.Id("ticket_id", message.ticket_id(), Presence::kRequired);
  checks.Id("customer_id", message.customer_id(), Presence::kOptional);
  checks.Id("agent_id", message.agent_id(), Presence::kOptional);
  checks.Id("queue_id", message.queue_id(), Presence::kOptional);
  checks.Enum("channel", message.channel(), v1::Channel_IsValid(message.channel()),
              Presence::kOptional);
  checks.Text("priority", message.priority(), kPriorityBytesMax);
  ValidateTimes(message, checks);
  CheckChanges("reopen_count", message.reopen_count(), checks);
  CheckChanges("reassignment_count", message.reassignment_count(), checks);
  checks.Revision("revision", message.revision());
}

storage::TicketRecord ToTicketRecord(const v1::Ticket& message) {
  storage::TicketRecord record;
  record.ticket_id = message.ticket_id();
  record.customer_id = message.customer_id();
  record.agent_id = message.agent_id();
  record.queue_id = message.queue_id();
  record.priority = message.priority();
  record.channel = static_cast<metrics::Channel>(message.channel());
  record.open = ToInstant(message.open_time());
  if (message.has_first_response_time()) {
    record.first_response = ToInstant(message.first_response_time());
  }
  if (message.has_first_resolve_time()) {
    record.first_resolve = ToInstant(message.first_resolve_time());
  }
  if (message.has_last_resolve_time()) record.last_resolve = ToInstant(message.last_resolve_time());
  if (message.has_close_time()) record.close = ToInstant(message.close_time());
  record.reopen_count = message.reopen_count();
  record.reassignment_count = message.reassignment_count();
  record.revision = message.revision();
  return record;
}

}  // namespace kpid::server
