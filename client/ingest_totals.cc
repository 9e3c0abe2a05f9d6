#include "client/ingest_totals.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/str_format.h"

namespace kpid::client {

std::string SummaryText(const IngestTotals& totals, double seconds) {
  const int64_t inserted = totals.inserted;
  const int64_t updated = totals.updated;
  const int64_t unchanged = totals.unchanged;
  const int64_t rejected = totals.rejected;
  const double rows = static_cast<double>(inserted + updated + unchanged + rejected);
  const double rate = rows / std::max(seconds, 1e-3);
  return absl::StrFormat("inserted %d, updated %d, unchanged %d, rejected %d in %.1f s (%d rows/s)",
                         inserted, updated, unchanged, rejected, seconds,
                         static_cast<int64_t>(std::llround(rate)));
}

}  // namespace kpid::client
