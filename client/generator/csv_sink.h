// Generated records as CSV files that `kpid import` takes.
#pragma once

#include <cstdint>
#include <fstream>
#include <string>

#include "absl/status/status.h"
#include "client/generator/centre.h"
#include "client/generator/record_sink.h"

namespace kpid::client {

// Writes interactions.csv and surveys.csv into a folder.
class CsvSink : public RecordSink {
 public:
  // REQUIRES: the folder exists.
  explicit CsvSink(const std::string& folder);

  v1::Interaction* AddInteraction() override;
  v1::SurveyResponse* AddSurvey() override;
  bool IsOpen() const override { return interactions_.good() && surveys_.good(); }

  // Writes what is held. The error of writing, if any.
  absl::Status Close();

 private:
  void WriteInteraction();
  void WriteSurvey();

  std::ofstream interactions_;
  std::ofstream surveys_;
  v1::Interaction interaction_;
  v1::SurveyResponse survey_;
  std::string interaction_lines_;
  std::string survey_lines_;
};

// One interaction or survey as a line of these files.
void AppendInteractionLine(const v1::Interaction& interaction, std::string* lines);
void AppendSurveyLine(const v1::SurveyResponse& survey, std::string* lines);

// agents.csv, agent_groups.csv, memberships.csv, queues.csv: for reference; field names as in
// roster_service.proto.
absl::Status WriteRosterCsv(const Centre& centre, const std::string& folder);

}  // namespace kpid::client
