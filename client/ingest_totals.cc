#include "client/ingest_totals.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace kpid::client {

std::string GroupedNumber(int64_t number) {
  std::string digits = absl::StrCat(number);
  const size_t sign = number < 0 ? 1 : 0;
  for (size_t at = digits.size(); at > sign + 3;) {
    at -= 3;
    digits.insert(at, ",");
  }
  return digits;
}

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
