// The file that rejected rows go to: CSV with the columns line, reason and those of the source.
#pragma once

#include <cstdint>
#include <fstream>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"

namespace kpid::client {

// Rows are collected and written in the order of their lines whenever so many have come together:
// they come from several streams, and nearly always there are fewer.
inline constexpr size_t kRejectedRowsHeldMax = 10'000;

// "calls.csv" -> "calls.rejected.csv"; "-" -> "stdin.rejected.csv".
std::string RejectedPath(const std::string& source_path);

// Safe for concurrent use. The file is made with the first row.
class RejectedFile {
 public:
  // `header` are the source's columns; an apostrophe guards against formulas only what kpid
  // writes itself (reason), the source's cells stay as they were.
  RejectedFile(std::string path, const std::vector<std::string>& header);

  void Add(int64_t line, std::string_view reason, const std::vector<std::string_view>& cells);

  int64_t count() const;
  const std::string& path() const { return path_; }

  // Writes what is held. The first error that writing met, if any.
  absl::Status Close();

 private:
  struct Row {
    int64_t line;
    std::string text;
  };
  void Flush();

  const std::string path_;
  std::string header_line_;
  mutable std::mutex mutex_;
  std::ofstream file_;
  std::vector<Row> held_;
  int64_t count_ = 0;
  bool failed_ = false;
};

}  // namespace kpid::client
