#include "client/command_line.h"

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "CLI/CLI.hpp"
#include "client/comments_command.h"
#include "client/console.h"
#include "client/explain_command.h"
#include "client/generate_command.h"
#include "client/import_command.h"
#include "client/kpis_command.h"
#include "client/probe_command.h"
#include "client/query_command.h"
#include "client/scorecard_command.h"
#include "client/scorecard_import.h"
#include "client/verify_command.h"
#include "client/watch_command.h"
#include "metrics/question.h"

namespace kpid::client {
namespace {

constexpr char kExitCodes[] =
    "Exit codes: 0 done; 1 something was rejected, or the server refused; 2 wrong command line\n"
    "or unusable file; 3 the server cannot be reached.";

constexpr char kQueryExamples[] =
    "Examples:\n"
    "  kpid query -k sl -k aht -k fcr --last-month --group-by team\n"
    "  kpid query -k service_level:threshold=60s,abandoned_as=ignore -k aht:statistic=p90 \\\n"
    "      --from 2026-01-01 --to 2026-02-01 --zone Europe/Amsterdam --granularity day\n"
    "  kpid query -k csat -k nps --last 7d --where channel=voice,chat --detail interval\n"
    "  kpid query -k fcr -k aht --last-month --group-by team --compare previous\n"
    "  kpid query -k contacts_offered -k sl --last 4w --group-by queue \\\n"
    "      --order-by 'contacts_offered desc' --top 5\n"
    "  kpid query -k csat --last-month --group-by agent --compare last-year --minimum-sample 30 "
    "\\\n"
    "      --order-by csat:change --limit 10\n\n";

constexpr char kWatchExamples[] =
    "Examples:\n"
    "  kpid watch -k sl -k contacts_offered -k asa --today --group-by queue\n"
    "  kpid watch -k abandonment_rate --last 30m --granularity 15m --every 5s\n"
    "  kpid watch -k contacts_offered --today --count 1 --format json\n\n";

constexpr char kScorecardExamples[] =
    "Examples:\n"
    "  kpid scorecard --team blue --last-month --zone Europe/Amsterdam\n"
    "  kpid scorecard --agent a42 --from 2026-01-01 --to 2026-02-01 --peers team\n\n";

using Run = std::function<int()>;

// Lets a subcommand, once parsed, be what runs. The options live as long as the app.
template <class Options>
void RunsCommand(CLI::App* command, std::shared_ptr<Options> options,
                 int (*function)(const Options&, const Console&), Run* run) {
  command->footer(kExitCodes);
  command->callback([options, function, run] {
    *run = [options, function] { return function(*options, SystemConsole()); };
  });
}

void AddImport(CLI::App& app, Run* run) {
  auto options = std::make_shared<ImportOptions>();
  CLI::App* command = app.add_subcommand(
      "import",
      "Sends the rows of a CSV file to the server. Importing again is safe.\n"
      "Header names are the field names of the records (attributes.KEY for attributes); times are\n"
      "RFC 3339, durations seconds, amounts 12.50 EUR, enum values are lower case without prefix\n"
      "(voice, abandoned_before_queue, wrap_up), empty cells are absent. A cost has start_time "
      "and\n"
      "end_time. A quality evaluation has a row for each item (criterion, category, score,\n"
      "maximum_score, weight, not_applicable, auto_fail): rows that follow one another with the\n"
      "same evaluation_id are one evaluation and repeat its other columns. Parameters of a target\n"
      "are one cell: threshold=60s;abandoned_as=ignore. Scorecards have a row for each entry\n"
      "(scorecard_id, name, kpi_id, parameters, statistic, area, weight), and are stored all or\n"
      "nothing.");
  std::vector<std::string> kinds = RecordKindNames();
  kinds.emplace_back(kScorecardsKind);
  command->add_option("FILE", options->path, "CSV file; - is standard input")->required();
  command
      ->add_option_function<std::string>(
          "--kind",
          [options](const std::string& kind) {
            options->scorecards = kind == kScorecardsKind;
            options->kind = FindRecordKind(kind).value_or(RecordKind::kInteractions);
          },
          "What the rows are")
      ->required()
      ->check(CLI::IsMember(kinds))
      ->type_name("KIND");
  command->add_flag("--ignore-unknown", options->ignore_unknown,
                    "Leave unknown columns out instead of refusing the file");
  command->add_flag("--dry-run", options->dry_run, "Only parse; no server is needed");
  command->add_option("--streams", options->streams, "Streams at once")
      ->check(CLI::Range(1, kStreamsMax))
      ->capture_default_str();
  command->add_option("--batch", options->batch_rows, "Rows a message (and transaction)")
      ->check(CLI::Range(1, kBatchRowsMax))
      ->capture_default_str();
  command->add_option("--rejected", options->rejected_path,
                      "File for rejected rows; default: FILE.rejected.csv beside the file");
  AddServerOptions(command, &options->server);
  RunsCommand(command, options, RunImportCommand, run);
}

constexpr char kRangeGroup[] = "Range of time (one way to say it)";

void AddRange(CLI::App* command, TimeRangeOptions* range, std::string* zone) {
  command
      ->add_option("--from", range->from,
                   "First instant: a date (its start in the zone) or RFC 3339")
      ->group(kRangeGroup);
  command
      ->add_option("--to", range->to,
                   "First instant after, likewise: a date itself is not in; default: now")
      ->group(kRangeGroup);
  command->add_option("--last", range->last, "7d, 4w: whole days before today; 24h, 90m: up to now")
      ->group(kRangeGroup);
  command->add_flag("--today", range->today, "Today, the whole day")->group(kRangeGroup);
  command->add_flag("--last-month", range->last_month, "The calendar month before this")
      ->group(kRangeGroup);
  command->add_flag("--this-month", range->this_month, "This month, up to and with today")
      ->group(kRangeGroup);
  command->add_option("--zone", *zone, "IANA time zone of dates and buckets")
      ->envname("KPID_ZONE")
      ->capture_default_str()
      ->group(kRangeGroup);
}

void AddQueryRange(CLI::App* command, QueryOptions* options) {
  AddRange(command, &options->range, &options->zone);
  command
      ->add_option("--granularity", options->granularity,
                   "Buckets: 15m 30m hour day week month quarter year range")
      ->capture_default_str()
      ->group(kRangeGroup);
  command->add_option("--week-start", options->week_start, "First day of weeks; default monday")
      ->group(kRangeGroup);
}

constexpr char kSlicesGroup[] = "Comparison and order";

void AddQuerySlices(CLI::App* command, QueryOptions* options) {
  constexpr const char* kGroup = kSlicesGroup;
  command
      ->add_option("--compare", options->compare,
                   "Also the earlier values, and how they changed: previous (period), last-week, "
                   "last-month, last-year (the same dates)")
      ->group(kGroup);
  command
      ->add_option("--order-by", options->order_by,
                   "Order of slices by a --kpi: 'KPI desc', 'KPI:change', 'KPI:relative desc'; "
                   "ascending unless desc; repeatable")
      ->allow_extra_args(false)
      ->group(kGroup);
  CLI::Option* top =
      command->add_option("--top", options->top, "Only the first slices, and the others as one")
          ->check(CLI::Range(1, metrics::kTopMax))
          ->group(kGroup);
  command->add_flag("--no-other", options->no_other, "With --top: leave the others out")
      ->needs(top)
      ->group(kGroup);
  command
      ->add_option("--minimum-sample", options->minimum_sample,
                   "Withhold rates, means and scores of fewer records")
      ->check(CLI::Range(int64_t{0}, metrics::kSampleMinimumMax))
      ->group(kGroup);
}

void AddQueryPages(CLI::App* command, QueryOptions* options) {
  CLI::Option* top = command->get_option("--top");
  command
      ->add_option("--limit", options->limit,
                   "Most slices; asks for page after page (--page-size; default 1000)")
      ->check(CLI::Range(int64_t{1}, metrics::kCellsMax))
      ->excludes(top)
      ->group(kSlicesGroup);
  CLI::Option* page_size =
      command->add_option("--page-size", options->page_size, "Slices a page; prints one page")
          ->check(CLI::Range(1, metrics::kSlicesPerPageMax))
          ->excludes(top)
          ->group(kSlicesGroup);
  command
      ->add_option("--page-token", options->page_token,
                   "Page to begin with, as the page before told")
      ->needs(page_size)
      ->group(kSlicesGroup);
}

// What is asked, of kpid query and kpid watch.
void AddQuestion(CLI::App* command, QueryOptions* options) {
  command
      ->add_option("--kpi,-k", options->kpis,
                   "KPI by id or alias (kpid kpis lists them), with parameters, statistic=p90, "
                   "name=TEXT; repeatable")
      ->required()
      ->allow_extra_args(false);
  AddQueryRange(command, options);
  command
      ->add_option("--group-by,-g", options->group_by,
                   "Split by agent, queue, channel, direction, priority (of tickets), a group type "
                   "(team), attribute:KEY")
      ->allow_extra_args(false);
  command
      ->add_option("--where,-w", options->where,
                   "Only facts of these values: queue=PS,PE; (none) stands for no value")
      ->allow_extra_args(false);
  AddQuerySlices(command, options);
  command->add_option("--detail", options->detail,
                      "What values carry: bare, counts (default) or interval (confidence)");
  command->add_option("--confidence", options->confidence,
                      "Level of intervals, 0.5 to 0.9999; default 0.95");
}

void AddQuery(CLI::App& app, Run* run) {
  auto options = std::make_shared<QueryOptions>();
  CLI::App* command = app.add_subcommand("query", "Asks for KPIs and prints the answer.");
  AddQuestion(command, options.get());
  AddQueryPages(command, options.get());
  command->add_option("--format", options->format, "table, csv, or json (QueryKpisResponse)")
      ->check(CLI::IsMember({"table", "csv", "json"}))
      ->capture_default_str();
  command->add_flag("--validate-only", options->validate_only,
                    "Only check the question, and say what it resolves to");
  AddServerOptions(command, &options->server);
  RunsCommand(command, options, RunQueryCommand, run);
  command->footer(std::string(kQueryExamples) + kExitCodes);
}

void AddWatch(CLI::App& app, Run* run) {
  auto options = std::make_shared<WatchOptions>();
  CLI::App* command = app.add_subcommand(
      "watch",
      "Asks for KPIs and shows the answer anew whenever it has changed: on a terminal as a table\n"
      "in place, with changed values marked. --today, --this-month and --last 30m move with the\n"
      "clock. A server that goes away is waited for. Ctrl-C ends it.");
  AddQuestion(command, &options->query);
  command->add_option("--limit", options->query.limit, "Most slices: the first ones in the order")
      ->check(CLI::Range(int64_t{1}, int64_t{metrics::kSlicesPerPageMax}))
      ->excludes(command->get_option("--top"))
      ->group(kSlicesGroup);
  command->add_option("--every", options->every, "Least time between two answers, 20ms to 1h")
      ->capture_default_str();
  command->add_option("--count", options->count, "Ends after so many answers")
      ->check(CLI::PositiveNumber);
  command
      ->add_option("--format", options->query.format,
                   "table, csv (with the number of the answer), or json (a WatchKpisResponse a "
                   "line)")
      ->check(CLI::IsMember({"table", "csv", "json"}))
      ->capture_default_str();
  AddServerOptions(command, &options->query.server);
  RunsCommand<WatchOptions>(command, options, RunWatchCommand, run);
  command->footer(std::string(kWatchExamples) + kExitCodes);
}

void AddScorecard(CLI::App& app, Run* run) {
  auto options = std::make_shared<ScorecardOptions>();
  CLI::App* command = app.add_subcommand(
      "scorecard", "Shows the scorecard of one team or agent, against the previous period.");
  CLI::Option_group* subject = command->add_option_group("Whom it is about");
  subject->add_option("--team,--group", options->group_id, "A group of agents, by its id");
  subject->add_option("--agent", options->agent_id, "An agent, by the id");
  subject->require_option(1);
  command->add_option("--scorecard", options->scorecard_id,
                      "Definition, by its id; default: balanced");
  AddRange(command, &options->range, &options->zone);
  command->add_option("--peers", options->peers,
                      "Rank an agent within the group of this type (team); default: all agents");
  command->add_option("--confidence", options->confidence,
                      "Level of intervals, 0.5 to 0.9999; default 0.95");
  command
      ->add_option("--minimum-sample", options->minimum_sample,
                   "Withhold rates, means and scores of fewer records")
      ->check(CLI::Range(int64_t{0}, metrics::kSampleMinimumMax));
  command->add_option("--format", options->format, "table, csv, or json (GetScorecardResponse)")
      ->check(CLI::IsMember({"table", "csv", "json"}))
      ->capture_default_str();
  AddServerOptions(command, &options->server);
  RunsCommand(command, options, RunScorecardCommand, run);
  command->footer(std::string(kScorecardExamples) + kExitCodes);
}

// Which records, and how many of them, a list shows.
void AddListOptions(CLI::App* command, SliceOptions* slice, int64_t* limit, std::string* format,
                    const char* response) {
  AddRange(command, &slice->range, &slice->zone);
  command
      ->add_option("--where,-w", slice->where,
                   "Only records of these values: queue=PS,PE; team=north; (none) stands for no "
                   "value")
      ->allow_extra_args(false);
  command->add_option("--limit", *limit, "How many are printed")
      ->check(CLI::Range(int64_t{1}, kListedMax))
      ->capture_default_str();
  command->add_option("--format", *format, std::string("table, csv, or json (") + response + ")")
      ->check(CLI::IsMember({"table", "csv", "json"}))
      ->capture_default_str();
}

void AddExplain(CLI::App& app, Run* run) {
  auto options = std::make_shared<ExplainOptions>();
  CLI::App* command = app.add_subcommand(
      "explain",
      "Shows the records behind one value: those in its numerator, those in its denominator only,\n"
      "and those left out, with the reason. What they add sums up to the value.");
  command
      ->add_option("KPI", options->kpi,
                   "KPI by id or alias (kpid kpis lists them), with parameters, statistic=p90")
      ->required();
  command
      ->add_option("--role", options->roles,
                   "Only records of this part: numerator, denominator (only), excluded; repeatable")
      ->delimiter(',')
      ->allow_extra_args(false);
  AddListOptions(command, &options->slice, &options->limit, &options->format, "ExplainKpiResponse");
  AddServerOptions(command, &options->server);
  RunsCommand(command, options, RunExplainCommand, run);
}

void AddComments(CLI::App& app, Run* run) {
  auto options = std::make_shared<CommentsOptions>();
  CLI::App* command =
      app.add_subcommand("comments", "Lists what was written in answered surveys, newest first.");
  command
      ->add_option("--kind", options->kinds,
                   "Only surveys of these kinds: csat, nps, ces, resolution_confirmed, esat; "
                   "default: all but esat")
      ->delimiter(',')
      ->allow_extra_args(false);
  command->add_option("--min-score", options->minimum_score,
                      "Only answers with at least this score");
  command->add_option("--max-score", options->maximum_score,
                      "Only answers with at most this score");
  AddListOptions(command, &options->slice, &options->limit, &options->format,
                 "ListSurveyCommentsResponse");
  AddServerOptions(command, &options->server);
  RunsCommand(command, options, RunCommentsCommand, run);
}

void AddKpis(CLI::App& app, Run* run) {
  auto options = std::make_shared<KpisOptions>();
  CLI::App* command =
      app.add_subcommand("kpis", "Lists the KPIs; with ids: formula, parameters, dimensions.");
  command->add_option("ID", options->ids, "KPIs by id or alias");
  command->add_option("--format", options->format, "table or json (ListKpisResponse)")
      ->check(CLI::IsMember({"table", "json"}))
      ->capture_default_str();
  AddServerOptions(command, &options->server);
  RunsCommand(command, options, RunKpisCommand, run);
}

void AddProbe(CLI::App& app, Run* run) {
  auto options = std::make_shared<ServerOptions>();
  options->timeout = "3s";
  CLI::App* command =
      app.add_subcommand("probe", "Exits 0 when the server's health check says SERVING.");
  AddServerOptions(command, options.get());
  RunsCommand(command, options, RunProbeCommand, run);
}

void AddVerify(CLI::App& app, Run* run) {
  auto options = std::make_shared<VerifyOptions>();
  CLI::App* command = app.add_subcommand(
      "verify",
      "Holds the facts in the server's memory against its database, day by day; days that differ\n"
      "are read anew, printed, and end it with 1. The server does the same on a schedule\n"
      "(verify_interval).");
  command->add_option("--format", options->format, "table or json (VerifyFactsResponse)")
      ->check(CLI::IsMember({"table", "json"}))
      ->capture_default_str();
  AddServerOptions(command, &options->server);
  RunsCommand(command, options, RunVerifyCommand, run);
}

void AddGenerate(CLI::App& app, Run* run) {
  auto options = std::make_shared<GenerateOptions>();
  CLI::App* command = app.add_subcommand(
      "generate",
      "Makes the records of an invented contact centre, for demos and tests: roster, "
      "interactions,\n"
      "surveys, quality evaluations, tickets, costs, targets and a scorecard, schedules and\n"
      "activities of agents; the same for the same options. Sends them to the server, or with "
      "--output writes CSV files, one for\n"
      "each kind of `kpid import` (costs name teams: those need the roster).");
  const auto whole = [&](const char* name, int* value, int maximum, const char* description) {
    command->add_option(name, *value, description)
        ->check(CLI::Range(1, maximum))
        ->capture_default_str();
  };
  command->add_option("--output", options->output, "Folder for CSV files, instead of the server");
  command->add_option("--seed", options->seed, "Another seed, another centre")
      ->capture_default_str();
  whole("--agents", &options->agents, kGeneratedAgentsMax, "Agents");
  whole("--teams", &options->teams, kGeneratedTeamsMax, "Teams, three to a site");
  whole("--queues", &options->queues, kGeneratedQueuesMax, "Queues");
  whole("--days", &options->days, kGeneratedDaysMax, "Days of data");
  command->add_option("--end", options->end, "First day after the data; default: today");
  command->add_option("--interactions", options->interactions, "Interactions, exactly")
      ->check(CLI::Range(int64_t{1}, kGeneratedInteractionsMax))
      ->capture_default_str();
  command->add_flag("--without-activities", options->without_activities,
                    "Leave out schedules and activities, which are most of the records");
  command->add_option("--zone", options->zone, "IANA time zone of the centre")
      ->envname("KPID_ZONE")
      ->capture_default_str();
  whole("--streams", &options->streams, kStreamsMax, "Streams at once");
  whole("--batch", &options->batch_records, kBatchRowsMax, "Records a message");
  AddServerOptions(command, &options->server);
  RunsCommand(command, options, RunGenerateCommand, run);
}

}  // namespace

void AddClientCommands(CLI::App& app, std::function<int()>* run) {
  AddImport(app, run);
  AddQuery(app, run);
  AddWatch(app, run);
  AddScorecard(app, run);
  AddExplain(app, run);
  AddComments(app, run);
  AddKpis(app, run);
  AddProbe(app, run);
  AddVerify(app, run);
  AddGenerate(app, run);
}

}  // namespace kpid::client
