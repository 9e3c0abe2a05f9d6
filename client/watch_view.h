// How the answers of a watch are shown.
#pragma once

#include <memory>
#include <string>

#include "client/console.h"
#include "kpid/v1/query_service.pb.h"

namespace kpid::client {

// One thread at a time.
class WatchView {
 public:
  virtual ~WatchView() = default;

  // An answer; `number` counts all that were shown, over several connections.
  virtual void Show(const v1::WatchKpisResponse& response, int64_t number) = 0;

  // What happened besides: a lost connection. Empty: all is well again.
  virtual void Say(const std::string& notice) = 0;

  // The terminal has another size.
  virtual void Resize() {}
};

struct WatchViewOptions {
  std::string format = "table";  // table, csv, json.
  bool details = false;          // Of CSV: as QueryCsv.
  std::string every;             // Minimum interval, in words.
  std::string server;            // Address.
};

// On a terminal a table that is drawn anew in place, which leaves the last one when it ends;
// otherwise one answer after the other: tables, rows of CSV (the column `sequence` counts answers)
// or a line of JSON (WatchKpisResponse) each. `request` and `console` must outlive the view.
std::unique_ptr<WatchView> MakeWatchView(const WatchViewOptions& options,
                                         const v1::QueryKpisRequest& request,
                                         const Console& console);

}  // namespace kpid::client
