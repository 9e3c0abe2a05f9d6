// The arrow of an interaction: message -> checked -> storage record.
#pragma once

#include "kpid/v1/interaction.pb.h"
#include "server/field_path.h"
#include "server/violation_list.h"
#include "storage/records.h"

namespace kpid::server {

// Most attributes of one interaction.
inline constexpr int kAttributesMax = 16;

// Adds a violation for everything that interaction.proto does not allow.
void ValidateInteraction(const v1::Interaction& message, const FieldPath& path,
                         ViolationList* violations);

// REQUIRES: ValidateInteraction found nothing.
storage::InteractionRecord ToInteractionRecord(const v1::Interaction& message);

}  // namespace kpid::server
