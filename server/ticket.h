// The arrow of a ticket: message -> checked -> storage record.
#pragma once

#include <cstddef>
#include <cstdint>

#include "kpid/v1/ticket.pb.h"
#include "server/field_path.h"
#include "server/violation_list.h"
#include "storage/records.h"

namespace kpid::server {

// Longest priority, in bytes.
inline constexpr size_t kPriorityBytesMax = 64;

// Most times that a ticket is reopened or reassigned.
inline constexpr int32_t kTicketChangesMax = 1'000'000;

// Adds a violation for everything that ticket.proto does not allow.
void ValidateTicket(const v1::Ticket& message, const FieldPath& path, ViolationList* violations);

// REQUIRES: ValidateTicket found nothing.
storage::TicketRecord ToTicketRecord(const v1::Ticket& message);

}  // namespace kpid::server
