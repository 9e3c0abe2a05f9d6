#include "client/generator/csv_sink.h"

#include "absl/strings/str_cat.h"
#include "client/generator/csv_lines.h"

namespace kpid::client {
namespace {

constexpr size_t kLinesBytesMax = 1 << 20;  // Written in pieces of about this size.

absl::Status CannotWrite(const std::string& path) {
  return absl::UnavailableError(absl::StrCat("cannot write ", path));
}

absl::Status WriteFile(const std::string& path, const std::string& text) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file << text;
  file.close();
  return file ? absl::OkStatus() : CannotWrite(path);
}

}  // namespace

CsvSink::CsvSink(const std::string& folder) {
  for (const std::string& name : RecordKindNames()) {
    Output& output = outputs_.emplace_back();
    output.path = absl::StrCat(folder, "/", name, ".csv");
    output.file.open(output.path, std::ios::binary | std::ios::trunc);
    output.lines = HeaderLine(*FindRecordKind(name));
    Flush(&output);
  }
}

v1::StreamRecord* CsvSink::Add() {
  WriteRecord();
  return &record_;
}

void CsvSink::WriteRecord() {
  if (record_.record_case() == v1::StreamRecord::RECORD_NOT_SET) return;
  Output& output = outputs_[static_cast<size_t>(KindOf(record_))];
  AppendRecordLines(record_, &output.lines);
  record_.Clear();
  if (output.lines.size() >= kLinesBytesMax) Flush(&output);
}

void CsvSink::Flush(Output* output) {
  output->file << output->lines;
  output->lines.clear();
  Check(*output);
}

void CsvSink::Check(const Output& output) {
  if (output.file || failed_) return;
  failed_ = true;
  failed_path_ = output.path;
}

absl::Status CsvSink::Close() {
  WriteRecord();
  for (Output& output : outputs_) {
    Flush(&output);
    output.file.close();
    Check(output);
  }
  return failed_ ? CannotWrite(failed_path_) : absl::OkStatus();
}

absl::Status WriteRosterCsv(const Centre& centre, const std::string& folder) {
  absl::Status status = WriteFile(folder + "/agents.csv", AgentLines(centre));
  status.Update(WriteFile(folder + "/agent_groups.csv", AgentGroupLines(centre)));
  status.Update(WriteFile(folder + "/memberships.csv", MembershipLines(centre)));
  status.Update(WriteFile(folder + "/queues.csv", QueueLines(centre)));
  status.Update(WriteFile(folder + "/scorecards.csv", ScorecardLines(centre)));
  return status;
}

}  // namespace kpid::client
