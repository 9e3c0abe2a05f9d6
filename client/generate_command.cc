#include "client/generate_command.h"

#include <chrono>
#include <filesystem>
#include <ostream>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "client/error_report.h"
#include "client/exit_code.h"
#include "client/generator/centre.h"
#include "client/generator/contact_generator.h"
#include "client/generator/csv_sink.h"
#include "client/ingest_totals.h"
#include "client/progress_bar.h"
#include "client/roster_upload.h"
#include "client/stream_sink.h"
#include "client/text_width.h"
#include "client/time_range.h"

namespace kpid::client {
namespace {

using Clock = std::chrono::steady_clock;

double SecondsSince(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

std::string CountsText(const RecordCounts& counts) {
  std::string text = absl::StrFormat(
      "%d interactions, %d surveys, %d quality evaluations, %d tickets, %d costs, %d targets",
      counts.interactions, counts.surveys, counts.quality_evaluations, counts.tickets, counts.costs,
      counts.targets);
  if (counts.scheduled_activities > 0) {
    absl::StrAppend(&text, ", ", counts.scheduled_activities, " scheduled and ",
                    counts.agent_activities, " actual activities");
  }
  return text;
}

// About how many there will be: some for each interaction and some for each day of an agent.
double ExpectedRecords(const GenerateOptions& options) {
  constexpr double kForInteraction = 1.5;
  constexpr double kActivitiesForInteraction = 2.5;
  constexpr double kActivitiesForAgentDay = 10;
  const auto interactions = static_cast<double>(options.interactions);
  const auto agent_days = static_cast<double>(int64_t{options.agents} * options.days);
  double expected = kForInteraction * interactions;
  if (!options.without_activities) {
    expected += kActivitiesForInteraction * interactions + kActivitiesForAgentDay * agent_days;
  }
  return expected;
}

int GenerateToFolder(const GenerateOptions& options, const GeneratorOptions& generator_options,
                     const Console& console) {
  std::error_code error;
  std::filesystem::create_directories(options.output, error);
  if (error) {
    *console.err << "kpid: cannot make " << PrintableText(options.output) << ": " << error.message()
                 << '\n';
    return kExitUsage;
  }
  const auto start = Clock::now();
  const Centre centre = MakeCentre(generator_options);
  ContactGenerator generator(generator_options, &centre);
  CsvSink sink(options.output);
  generator.Generate(&sink);
  absl::Status status = sink.Close();
  status.Update(WriteRosterCsv(centre, options.output));
  if (!status.ok()) {
    *console.err << "kpid: " << PrintableText(options.output) << ": "
                 << std::string(status.message()) << '\n';
    return kExitRejected;
  }
  const double seconds = SecondsSince(start);
  const RecordCounts counts = generator.counts();
  *console.out << absl::StrFormat(
      "wrote %s to %s in %.1f s (%d records/s)\n", CountsText(counts), options.output, seconds,
      static_cast<int64_t>(static_cast<double>(counts.total()) / std::max(seconds, 1e-3)));
  return kExitOk;
}

int GenerateToServer(const GenerateOptions& options, const GeneratorOptions& generator_options,
                     const Console& console) {
  const std::shared_ptr<grpc::Channel> channel = OpenChannel(options.server);
  if (!WaitForServer(channel.get(), options.server, console)) return kExitUnreachable;
  const Centre centre = MakeCentre(generator_options);
  const RosterUpload roster = UploadRoster(centre, channel, TimeoutOf(options.server));
  if (!roster.status.ok()) {
    *console.err << "kpid: roster: " << ErrorText(roster.status, roster.request_id) << '\n';
    return kExitRejected;
  }
  IngestTotals totals;
  ProgressBar progress(console, totals, [&]() -> std::optional<double> {
    return static_cast<double>(totals.settled) / ExpectedRecords(options);
  });
  const auto start = Clock::now();
  ContactGenerator generator(generator_options, &centre);
  RetryPolicy retry;
  retry.silence_max = TimeoutOf(options.server);
  StreamSink sink([&] { return OpenChannel(options.server); }, options.streams,
                  options.batch_records, retry, &totals,
                  [&](const std::string& text) { progress.Notice(text); });
  generator.Generate(&sink);
  const grpc::Status status = sink.Finish();
  progress.Stop();
  *console.out << absl::StrFormat("generated %d agents in %d teams, %d queues, %s\n",
                                  options.agents, options.teams, options.queues,
                                  CountsText(generator.counts()))
               << SummaryText(totals, SecondsSince(start)) << '\n';
  console.out->flush();
  if (!status.ok()) {
    *console.err << "kpid: given up: " << ErrorText(status, std::string())
                 << "\n  running it again with the same options is safe: what is stored counts as "
                    "unchanged\n";
    return status.error_code() == grpc::StatusCode::UNAVAILABLE ? kExitUnreachable : kExitRejected;
  }
  return totals.rejected > 0 ? kExitRejected : kExitOk;
}

}  // namespace

absl::StatusOr<GeneratorOptions> MakeGeneratorOptions(const GenerateOptions& options,
                                                      metrics::Instant now) {
  const absl::StatusOr<metrics::Calendar> calendar = metrics::Calendar::Create(options.zone);
  if (!calendar.ok()) {
    return absl::InvalidArgumentError(
        absl::StrCat("--zone \"", options.zone, "\": not a time zone of this system"));
  }
  metrics::CivilDay end = LocalDay(*calendar, now);
  if (!options.end.empty()) {
    const absl::StatusOr<metrics::CivilDay> parsed = ParseDate(options.end);
    if (!parsed.ok()) {
      return absl::InvalidArgumentError(
          absl::StrCat("--end ", std::string(parsed.status().message())));
    }
    end = *parsed;
  }
  if (options.teams > options.agents) {
    return absl::InvalidArgumentError("--teams must not be more than --agents");
  }
  GeneratorOptions generator;
  generator.seed = options.seed;
  generator.agents = options.agents;
  generator.teams = options.teams;
  generator.queues = options.queues;
  generator.interactions = options.interactions;
  generator.activities = !options.without_activities;
  generator.first_day = DaysAfter(end, -options.days);
  for (int i = 0; i <= options.days; ++i) {
    generator.day_starts.push_back(calendar->DayStart(DaysAfter(generator.first_day, i)));
  }
  // Agents were hired up to seven years before the first day.
  if (generator.day_starts.front() < metrics::kInstantMin + std::chrono::days(3'000)) {
    return absl::InvalidArgumentError("the data would begin before 1979");
  }
  return generator;
}

int RunGenerateCommand(const GenerateOptions& options, const Console& console) {
  const absl::StatusOr<GeneratorOptions> generator_options =
      MakeGeneratorOptions(options, console.now());
  if (!generator_options.ok()) {
    *console.err << "kpid: " << PrintableText(std::string(generator_options.status().message()))
                 << '\n';
    return kExitUsage;
  }
  return options.output.empty() ? GenerateToServer(options, *generator_options, console)
                                : GenerateToFolder(options, *generator_options, console);
}

}  // namespace kpid::client
