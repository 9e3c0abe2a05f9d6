#include "client/import_command.h"

#include <chrono>
#include <memory>
#include <optional>
#include <ostream>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "client/byte_source.h"
#include "client/error_report.h"
#include "client/exit_code.h"
#include "client/import_pipeline.h"
#include "client/progress_bar.h"
#include "client/scorecard_import.h"
#include "client/text_width.h"

namespace kpid::client {
namespace {

constexpr std::string_view kUtf16Marks[] = {"\xFF\xFE", "\xFE\xFF"};

// The header: the first row.
absl::StatusOr<std::vector<std::string>> ReadHeader(CsvReader* reader) {
  CsvRow row;
  absl::StatusOr<bool> more = reader->Next(&row);
  if (!more.ok()) return more.status();
  if (!*more) return absl::InvalidArgumentError("the file is empty; it needs a header line");
  if (!row.problem.empty()) {
    return absl::InvalidArgumentError(absl::StrCat("header: ", std::string(row.problem)));
  }
  for (const std::string_view mark : kUtf16Marks) {
    if (row.fields.front().starts_with(mark)) {
      return absl::InvalidArgumentError("the file is UTF-16; save it as UTF-8");
    }
  }
  return std::vector<std::string>(row.fields.begin(), row.fields.end());
}

int UsageError(const ImportOptions& options, const absl::Status& status, const Console& console) {
  *console.err << "kpid: " << PrintableText(options.path) << ": "
               << PrintableText(std::string(status.message())) << '\n';
  return kExitUsage;
}

// What to say and return after the rows have gone their way.
int Conclude(const ImportOptions& options, const ImportOutcome& outcome, RejectedFile* rejected,
             const IngestTotals& totals, double seconds, const Console& console) {
  const absl::Status closed = rejected->Close();
  if (options.dry_run) {
    *console.out << "parsed " << totals.settled - totals.rejected << ", rejected "
                 << totals.rejected << '\n';
  } else {
    *console.out << SummaryText(totals, seconds) << '\n';
  }
  console.out->flush();
  if (totals.sent_again > 0) {
    *console.err << "kpid: " << totals.sent_again
                 << " rows were sent again after broken streams; those that were stored already "
                    "count as unchanged\n";
  }
  if (rejected->count() > 0) {
    *console.err << "kpid: " << rejected->count() << " rejected rows are in "
                 << PrintableText(rejected->path()) << '\n';
  }
  if (!closed.ok()) *console.err << "kpid: " << closed.message() << '\n';
  if (!outcome.read_status.ok()) return UsageError(options, outcome.read_status, console);
  if (!outcome.send_status.ok()) {
    *console.err << "kpid: import given up: " << ErrorText(outcome.send_status, std::string())
                 << "\n  importing the same file again is safe: rows that are stored count as "
                    "unchanged\n";
    const bool unreachable = outcome.send_status.error_code() == grpc::StatusCode::UNAVAILABLE;
    return unreachable ? kExitUnreachable : kExitRejected;
  }
  return totals.rejected > 0 || !closed.ok() ? kExitRejected : kExitOk;
}

}  // namespace

int RunImportCommand(const ImportOptions& options, const Console& console) {
  if (options.scorecards) return RunScorecardImport(options, console);
  absl::StatusOr<std::unique_ptr<ByteSource>> source = OpenByteSource(options.path);
  if (!source.ok()) return UsageError(options, source.status(), console);
  CsvReader reader(source->get());
  const absl::StatusOr<std::vector<std::string>> header = ReadHeader(&reader);
  if (!header.ok()) return UsageError(options, header.status(), console);
  const absl::StatusOr<RecordColumns> columns =
      RecordColumns::Create(options.kind, *header, options.ignore_unknown);
  if (!columns.ok()) return UsageError(options, columns.status(), console);

  if (!options.dry_run &&
      !WaitForServer(OpenChannel(options.server).get(), options.server, console)) {
    return kExitUnreachable;
  }
  const auto leading = static_cast<std::ptrdiff_t>(columns->leading_columns());
  RejectedFile rejected(
      options.rejected_path.empty() ? RejectedPath(options.path) : options.rejected_path,
      std::vector<std::string>(header->begin() + leading, header->end()));
  IngestTotals totals;
  const std::optional<int64_t> size = (*source)->Size();
  const auto start = std::chrono::steady_clock::now();
  ProgressBar progress(console, totals, [&]() -> std::optional<double> {
    if (!size.has_value() || *size == 0) return std::nullopt;
    return static_cast<double>(totals.settled_bytes) / static_cast<double>(*size);
  });

  ImportJob job;
  job.reader = &reader;
  job.columns = &*columns;
  job.header_size = header->size();
  if (!options.dry_run) job.open_channel = [&] { return OpenChannel(options.server); };
  job.streams = options.streams;
  job.batch_rows = options.batch_rows;
  job.retry.silence_max = TimeoutOf(options.server);
  job.rejected = &rejected;
  job.totals = &totals;
  job.notice = [&](const std::string& text) { progress.Notice(text); };
  const ImportOutcome outcome = RunImport(job);
  progress.Stop();
  const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - start;
  return Conclude(options, outcome, &rejected, totals, elapsed.count(), console);
}

}  // namespace kpid::client
