#include "server/roster_lists.h"

#include <algorithm>

#include "absl/strings/numbers.h"
#include "server/field_checks.h"
#include "server/join_text.h"
#include "server/page_token.h"
#include "server/reasons.h"

namespace kpid::server {

ListPage ReadListPage(int page_size, const std::string& page_token,
                      const std::vector<std::string>& arguments, size_t position_size,
                      ViolationList* violations) {
  const FieldPath root = FieldPath::Root();
  ListPage page;
  if (page_size < 0) {
    violations->Add(root.Field("page_size"), reason::kNumberOutOfRange, "must not be negative");
  }
  page.size = page_size == 0 ? kPageSizeDefault : std::min(page_size, kPageSizeMax);
  if (page_token.empty()) return page;
  auto position = ReadPageToken(page_token, arguments, position_size);
  if (position) {
    page.position = *std::move(position);
  } else {
    violations->Add(root.Field("page_token"), reason::kPageTokenInvalid,
                    "is damaged or belongs to another request; start without one");
  }
  return page;
}

std::vector<std::string> ListArguments(const v1::ListAgentsRequest&, ViolationList*) {
  return {"agents"};
}

std::vector<std::string> ListArguments(const v1::ListAgentGroupsRequest& request,
                                       ViolationList* violations) {
  if (!request.type().empty() && !IsName(request.type(), /*dot_allowed=*/false)) {
    violations->Add(FieldPath::Root().Field("type"), reason::kFieldMalformed,
                    "must be 1 to 64 bytes of [a-z0-9_-] starting with a letter");
  }
  return {"agent_groups", request.type()};
}

std::vector<std::string> ListArguments(const v1::ListMembershipsRequest& request,
                                       ViolationList* violations) {
  const FieldPath root = FieldPath::Root();
  const FieldChecks checks(root, violations);
  checks.Id("agent_id", request.agent_id(), Presence::kOptional);
  checks.Id("group_id", request.group_id(), Presence::kOptional);
  return {"memberships", request.agent_id(), request.group_id()};
}

std::vector<std::string> ListArguments(const v1::ListQueuesRequest&, ViolationList*) {
  return {"queues"};
}

std::vector<std::string> MembershipPosition(const storage::MembershipRecord& record) {
  return {record.agent_id, record.group_id, JoinText(record.start.time_since_epoch().count())};
}

std::optional<storage::MembershipRecord> MembershipAt(const std::vector<std::string>& position) {
  int64_t start = 0;
  if (position.size() != 3 || !absl::SimpleAtoi(position[2], &start)) return std::nullopt;
  storage::MembershipRecord record;
  record.agent_id = position[0];
  record.group_id = position[1];
  record.start = metrics::Instant(metrics::Duration(start));
  return record;
}

}  // namespace kpid::server
