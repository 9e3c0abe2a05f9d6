// Generated records as CSV files that `kpid import` takes.
#pragma once

#include <fstream>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "client/generator/centre.h"
#include "client/generator/record_sink.h"

namespace kpid::client {

// Writes a file for each kind of records into a folder: interactions.csv, surveys.csv ...
class CsvSink : public RecordSink {
 public:
  // REQUIRES: the folder exists.
  explicit CsvSink(const std::string& folder);

  v1::StreamRecord* Add() override;
  bool IsOpen() const override { return !failed_; }

  // Writes what is held. The error of writing, if any.
  absl::Status Close();

 private:
  struct Output {
    std::string path;
    std::ofstream file;
    std::string lines;  // Not yet written.
  };
  void WriteRecord();
  void Flush(Output* output);
  void Check(const Output& output);

  std::vector<Output> outputs_;  // In the order of RecordKind.
  v1::StreamRecord record_;
  std::string failed_path_;
  bool failed_ = false;
};

// agents.csv, agent_groups.csv, memberships.csv, queues.csv: for reference.
absl::Status WriteRosterCsv(const Centre& centre, const std::string& folder);

}  // namespace kpid::client
