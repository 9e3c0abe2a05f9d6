// What kpid explain and kpid comments ask for, and lists of pages.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "client/time_range.h"
#include "google/protobuf/repeated_ptr_field.h"
#include "kpid/v1/query_service.pb.h"

namespace kpid::client {

// Most entries that a list prints, and entries of a page.
inline constexpr int64_t kListedMax = 1'000'000;
inline constexpr int kListPageSize = 1'000;

// A slice of the records of some time.
struct SliceOptions {
  TimeRangeOptions range;
  std::string zone = "UTC";  // IANA name.
  std::vector<std::string> where;
};

// Asks page after page until `limit` entries are there or the last page is. get(request, response)
// -> grpc::Status; entries(response) is the repeated field. *all is the last page's response with
// the entries of all.
template <typename Request, typename Response, typename Get, typename Entries>
auto ReadPages(Request request, int64_t limit, Get get, Entries entries, Response* all) {
  auto* kept = entries(all);
  while (true) {
    const int64_t rest = limit - kept->size();
    request.set_page_size(static_cast<int>(rest < kListPageSize ? rest : kListPageSize));
    Response page;
    auto status = get(request, &page);
    if (!status.ok()) return status;
    auto earlier = *kept;
    *all = std::move(page);
    kept = entries(all);
    earlier.MergeFrom(*kept);
    kept->Swap(&earlier);
    if (all->next_page_token().empty() || kept->size() >= limit) return status;
    request.set_page_token(all->next_page_token());
  }
}

}  // namespace kpid::client
