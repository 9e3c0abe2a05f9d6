#include "client/rejected_file.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "client/csv_cell.h"

namespace kpid::client {

std::string RejectedPath(const std::string& source_path) {
  constexpr std::string_view kExtension = ".csv";
  if (source_path == "-") return "stdin.rejected.csv";
  std::string stem = source_path;
  if (stem.size() > kExtension.size() && stem.ends_with(kExtension)) {
    stem.resize(stem.size() - kExtension.size());
  }
  return stem + ".rejected.csv";
}

RejectedFile::RejectedFile(std::string path, const std::vector<std::string>& header)
    : path_(std::move(path)), header_line_("line,reason") {
  for (const std::string& name : header) {
    header_line_.push_back(',');
    AppendCsvCell(name, &header_line_);
  }
  header_line_.push_back('\n');
}

void RejectedFile::Add(int64_t line, std::string_view reason,
                       const std::vector<std::string_view>& cells) {
  std::string text = absl::StrCat(line, ",");
  AppendGuardedCsvCell(reason, &text);
  for (const std::string_view cell : cells) {
    text.push_back(',');
    AppendCsvCell(cell, &text);
  }
  text.push_back('\n');
  const std::lock_guard lock(mutex_);
  ++count_;
  held_.push_back({line, std::move(text)});
  if (held_.size() >= kRejectedRowsHeldMax) Flush();
}

int64_t RejectedFile::count() const {
  const std::lock_guard lock(mutex_);
  return count_;
}

absl::Status RejectedFile::Close() {
  const std::lock_guard lock(mutex_);
  if (!held_.empty()) Flush();
  if (file_.is_open()) {
    file_.close();
    if (file_.fail()) failed_ = true;
  }
  return failed_ ? absl::UnavailableError(absl::StrCat("cannot write ", path_)) : absl::OkStatus();
}

void RejectedFile::Flush() {
  if (!file_.is_open() && !failed_) {
    file_.open(path_, std::ios::binary | std::ios::trunc);
    file_ << header_line_;
  }
  std::stable_sort(held_.begin(), held_.end(),
                   [](const Row& a, const Row& b) { return a.line < b.line; });
  for (const Row& row : held_) file_ << row.text;
  file_.flush();
  if (!file_) failed_ = true;
  held_.clear();
}

}  // namespace kpid::client
