// The arrow of list requests: request -> checked -> where the page starts and how long it is.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "kpid/v1/roster_service.pb.h"
#include "server/violation_list.h"
#include "storage/records.h"

namespace kpid::server {

// A checked list request: the position of its token (empty: from the start) and its page size.
struct ListPage {
  int size = 0;
  std::vector<std::string> position;
};

// Checks page_size and page_token. `arguments` are those that tokens are bound to: the list's
// name and its filters; `position_size` is the number of parts of an identity.
ListPage ReadListPage(int page_size, const std::string& page_token,
                      const std::vector<std::string>& arguments, size_t position_size,
                      ViolationList* violations);

// What tokens of each list are bound to; filters are checked too.
std::vector<std::string> ListArguments(const v1::ListAgentsRequest& request,
                                       ViolationList* violations);
std::vector<std::string> ListArguments(const v1::ListAgentGroupsRequest& request,
                                       ViolationList* violations);
std::vector<std::string> ListArguments(const v1::ListMembershipsRequest& request,
                                       ViolationList* violations);
std::vector<std::string> ListArguments(const v1::ListQueuesRequest& request,
                                       ViolationList* violations);

// A membership's place in its list, and back; nullopt when the parts are none.
std::vector<std::string> MembershipPosition(const storage::MembershipRecord& record);
std::optional<storage::MembershipRecord> MembershipAt(const std::vector<std::string>& position);

}  // namespace kpid::server
