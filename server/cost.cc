#include "server/cost.h"

#include "server/field_checks.h"
#include "server/money.h"
#include "server/reasons.h"
#include "server/time_conversion.h"

namespace kpid::server {
namespace {

void ValidateInterval(const v1::Interval& interval, const FieldPath& path,
                      ViolationList* violations) {
  const FieldChecks checks(path, violations);
  const auto start = checks.Time("start_time", interval.has_start_time(), interval.start_time(),
                                 Presence::kRequired);
  const auto end =
      checks.Time("end_time", interval.has_end_time(), interval.end_time(), Presence::kRequired);
  if (start && end && *end <= *start) {
    checks.Add("end_time", reason::kTimeOrder, "must be later than start_time");
  }
}

}  // namespace

void ValidateCost(const v1::Cost& message, const FieldPath& path, ViolationList* violations) {
  const FieldChecks checks(path, violations);
  checks.Id("cost_id", message.cost_id(), Presence::kRequired);
  checks.Text("category", message.category(), kCostCategoryBytesMax);
  if (message.has_amount()) {
    ValidateMoney(message.amount(), path.Field("amount"), violations);
  } else {
    checks.Add("amount", reason::kFieldRequired, "is required");
  }
  if (message.has_interval()) {
    ValidateInterval(message.interval(), path.Field("interval"), violations);
  } else {
    checks.Add("interval", reason::kFieldRequired, "is required");
  }
  checks.Id("queue_id", message.queue_id(), Presence::kOptional);
  checks.Id("group_id", message.group_id(), Presence::kOptional);
  checks.Enum("channel", message.channel(), v1::Channel_IsValid(message.channel()),
              Presence::kOptional);
  checks.Revision("revision", message.revision());
}

storage::CostRecord ToCostRecord(const v1::Cost& message) {
  storage::CostRecord record;
  record.cost_id = message.cost_id();
  record.category = message.category();
  record.amount = ToMoneyAmount(message.amount());
  record.start = ToInstant(message.interval().start_time());
  record.end = ToInstant(message.interval().end_time());
  record.queue_id = message.queue_id();
  record.group_id = message.group_id();
  record.channel = static_cast<metrics::Channel>(message.channel());
  record.revision = message.revision();
  return record;
}

}  // namespace kpid::server
