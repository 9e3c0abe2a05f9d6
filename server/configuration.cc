#include "server/configuration.h"

#include <algorithm>
#include <thread>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "metrics/catalogue.h"
#include "server/join_text.h"

namespace kpid::server {
namespace {

// How values of a type are written.
std::string TextOf(const std::string& value) { return value; }
std::string TextOf(bool value) { return value ? "true" : "false"; }
std::string TextOf(int64_t value) { return JoinText(value); }
std::string TextOf(ByteCount count) {
  constexpr int64_t kMebibyte = 1 << 20;
  const int64_t bytes = count;
  return bytes > 0 && bytes % kMebibyte == 0 ? JoinText(bytes / kMebibyte, "MiB") : JoinText(bytes);
}
std::string TextOf(milliseconds value) { return metrics::DurationText(value); }
std::string TextOf(const std::optional<milliseconds>& value) { return value ? TextOf(*value) : ""; }

absl::Status Parse(std::string_view text, std::string* value) {
  *value = std::string(text);
  return absl::OkStatus();
}

absl::Status Parse(std::string_view text, bool* value) {
  if (text != "true" && text != "false") {
    return absl::InvalidArgumentError("must be true or false");
  }
  *value = text == "true";
  return absl::OkStatus();
}

absl::Status Parse(std::string_view text, int64_t* value) {
  int64_t number = 0;
  if (!absl::SimpleAtoi(AbslView(text), &number) || number < 0) {
    return absl::InvalidArgumentError("must be a number of 0 or more");
  }
  *value = number;
  return absl::OkStatus();
}

absl::Status Parse(std::string_view text, ByteCount* value) {
  constexpr std::pair<std::string_view, int> kUnits[] = {{"KiB", 10}, {"MiB", 20}, {"GiB", 30}};
  constexpr int64_t kBytesMax = int64_t{1} << 50;  // Far above any limit; keeps the shift safe.
  int shift = 0;
  for (const auto& [unit, unit_shift] : kUnits) {
    if (!text.ends_with(unit)) continue;
    shift = unit_shift;
    text.remove_suffix(unit.size());
    break;
  }
  int64_t number = 0;
  if (!absl::SimpleAtoi(AbslView(text), &number) || number < 0 || number > kBytesMax >> shift) {
    return absl::InvalidArgumentError("must be a number of bytes (KiB, MiB, GiB may follow)");
  }
  value->value = number << shift;
  return absl::OkStatus();
}

absl::Status Parse(std::string_view text, milliseconds* value) {
  const auto duration = metrics::ParseDuration(text);
  if (!duration || *duration < metrics::Duration(0) ||
      *duration % milliseconds(1) != metrics::Duration(0)) {
    return absl::InvalidArgumentError("must be a duration like 500ms, 20s, 5m or 1h");
  }
  *value = std::chrono::duration_cast<milliseconds>(*duration);
  return absl::OkStatus();
}

absl::Status Parse(std::string_view text, std::optional<milliseconds>* value) {
  milliseconds parsed{};
  absl::Status status = Parse(text, &parsed);
  if (status.ok()) *value = parsed;
  return status;
}

template <auto Member>
constexpr Setting Row(std::string_view name, std::string_view group, std::string_view description,
                      bool secret = false) {
  return {name,
          group,
          description,
          [](const Configuration& configuration) { return TextOf(configuration.*Member); },
          [](std::string_view text, Configuration* configuration) {
            return Parse(text, &(configuration->*Member));
          },
          secret};
}

using C = Configuration;
constexpr std::string_view kService = "Service";
constexpr std::string_view kDatabase = "Database";
constexpr std::string_view kLog = "Log";
constexpr std::string_view kWork = "Bounds of work";
constexpr std::string_view kResident = "Facts in memory";
constexpr std::string_view kTransport = "Connections and messages";
constexpr std::string_view kLifecycle = "Start, health and shutdown";

constexpr Setting kSettings[] = {
    Row<&C::listen>("listen", kService,
                    "Address to serve on: HOST:PORT, port 0 for any free one, or unix:PATH. "
                    "There is no authentication yet: keep it on loopback or a private network"),
    Row<&C::reflection>("reflection", kService,
                        "Whether clients may ask for the contract (grpcurl, buf curl)"),

    Row<&C::database_url>("database_url", kDatabase,
                          "PostgreSQL to use: connection URI or string. Empty: a private "
                          "PostgreSQL in data_dir. For passwords prefer database_url_file",
                          /*secret=*/true),
    Row<&C::database_url_file>("database_url_file", kDatabase,
                               "File that holds database_url, for secret stores"),
    Row<&C::data_dir>("data_dir", kDatabase,
                      "Directory of the private PostgreSQL; made when missing"),
    Row<&C::postgresql_dir>("postgresql_dir", kDatabase,
                            "Directory of initdb and postgres. Empty: the newest installed"),
    Row<&C::postgresql_user>("postgresql_user", kDatabase,
                             "User that the private PostgreSQL runs as when kpid is root. "
                             "Empty: postgres, or nobody"),
    Row<&C::migrate>("migrate", kDatabase, "Whether serve brings the schema up to date at start"),
    Row<&C::write_connections>("write_connections", kDatabase,
                               "Most connections for writing, 1 to 1000"),
    Row<&C::read_connections>("read_connections", kDatabase,
                              "Most connections for reading, 1 to 1000"),
    Row<&C::connections_per_query>("connections_per_query", kDatabase,
                                   "Most read connections of one query, at most "
                                   "read_connections"),
    Row<&C::connection_waiters>("connection_waiters", kDatabase,
                                "Most calls that wait for a connection"),
    Row<&C::connection_wait>("connection_wait", kDatabase,
                             "How long a call waits for a connection"),
    Row<&C::connect_timeout>("connect_timeout", kDatabase, "How long to try to reach PostgreSQL"),
    Row<&C::statement_timeout>("statement_timeout", kDatabase,
                               "When PostgreSQL ends a statement: the backstop behind deadlines"),

    Row<&C::log_level>("log_level", kLog, "trace, debug, info, warn, error, critical or off"),
    Row<&C::log_format>("log_format", kLog, "text or json, one line each, to standard error"),
    Row<&C::slow_call>("slow_call", kLog, "Calls that take longer are logged as warnings"),

    Row<&C::deadline_max>("deadline_max", kWork,
                          "Longest that a call may work, whatever its deadline; at most 1 h"),
    Row<&C::ingest_calls>("ingest_calls", kWork, "Ingest transactions at once"),
    Row<&C::query_calls>("query_calls", kWork, "Queries at once"),
    Row<&C::large_query_calls>("large_query_calls", kWork,
                               "Of them, such as read over 1,000,000 facts or load theirs. A "
                               "quarter of query_calls is never given to these that wait"),
    Row<&C::roster_calls>("roster_calls", kWork, "Roster calls at once"),
    Row<&C::streams>("streams", kWork, "StreamRecords calls at once"),
    Row<&C::watchers_max>("watchers_max", kWork, "WatchKpis calls at once"),
    Row<&C::call_waiters>("call_waiters", kWork,
                          "Calls of a kind that wait for their turn; more are refused"),
    Row<&C::call_wait>("call_wait", kWork,
                       "How long a call waits for its turn before it is refused"),
    Row<&C::query_threads>("query_threads", kWork,
                           "Most threads of one query; 0: as many as processors"),
    Row<&C::facts_max>("facts_max", kWork,
                       "Most records that one query may load from PostgreSQL, at about 200 bytes "
                       "each"),

    Row<&C::resident>("resident", kResident,
                      "Whether facts are held in memory, kept true to PostgreSQL. Without, each "
                      "query loads its own"),
    Row<&C::resident_days>("resident_days", kResident,
                           "Whole UTC days before today that are held; 0: all. Queries about "
                           "earlier ones load their facts"),
    Row<&C::resident_memory_max>("resident_memory_max", kResident,
                                 "Memory of facts; when more is needed the oldest days are let "
                                 "go. 48 bytes an interaction; 0: no limit"),
    Row<&C::feed_poll_interval>("feed_poll_interval", kResident,
                                "How soon commits of other servers and programs are seen, above "
                                "0s, at most 1s"),
    Row<&C::verify_interval>("verify_interval", kResident,
                             "How often facts in memory are held against SQL, day by day; days "
                             "that differ are read anew, and logged as errors. 0: never"),

    Row<&C::receive_bytes_max>("receive_bytes_max", kTransport, "Largest request message"),
    Row<&C::send_bytes_max>("send_bytes_max", kTransport, "Largest response message"),
    Row<&C::memory_max>("memory_max", kTransport,
                        "Memory of messages on their way in and out, before clients are slowed"),
    Row<&C::threads>("threads", kTransport,
                     "Most threads for calls; at least all calls at work and waiting, plus 8"),
    Row<&C::calls_per_connection>("calls_per_connection", kTransport,
                                  "Most calls at once on one connection"),
    Row<&C::handshake_timeout>("handshake_timeout", kTransport,
                               "When a connection that says nothing is closed"),
    Row<&C::connection_idle>("connection_idle", kTransport,
                             "When a connection without calls is closed; 0: never"),
    Row<&C::connection_age>("connection_age", kTransport,
                            "When a connection is asked to reconnect, for balancers; 0: never"),
    Row<&C::connection_age_grace>("connection_age_grace", kTransport,
                                  "How long its calls may go on after connection_age"),
    Row<&C::keepalive_interval>("keepalive_interval", kTransport,
                                "How often a quiet connection is probed"),
    Row<&C::keepalive_timeout>("keepalive_timeout", kTransport,
                               "When a probed connection that does not answer is closed"),
    Row<&C::client_ping_interval>("client_ping_interval", kTransport,
                                  "How often clients may probe; those that do more are closed"),

    Row<&C::drain_delay>("drain_delay", kLifecycle,
                         "At shutdown, how long to say NOT_SERVING before refusing calls. "
                         "Empty: 0s when only this machine can connect, else 5s"),
    Row<&C::shutdown_grace>("shutdown_grace", kLifecycle,
                            "At shutdown, how long calls at work may go on"),
    Row<&C::health_interval>("health_interval", kLifecycle,
                             "How often the database is asked, for health"),
    Row<&C::self_probe_interval>("self_probe_interval", kLifecycle,
                                 "How often kpid connects to itself; after 3 misses it exits "
                                 "with 70 to be restarted. 0: never"),
    Row<&C::survey_sweep_interval>("survey_sweep_interval", kLifecycle,
                                   "How often surveys that miss their interaction's dimensions "
                                   "are looked for"),
};

constexpr int64_t kResidentDaysMax = 36'600;  // A hundred years.

// A state that is older than some seconds is not used: polls must come well before.
constexpr milliseconds kFeedPollIntervalMax{1'000};

constexpr milliseconds kDeadlineMaxMax = std::chrono::hours(1);
constexpr int64_t kSpareThreads = 8;  // For health, reflection and self-probe.

class Problems {
 public:
  void Check(bool good, std::string_view what) {
    if (!good) texts_.emplace_back(what);
  }
  void CheckRange(std::string_view name, int64_t value, int64_t minimum, int64_t maximum) {
    Check(value >= minimum && value <= maximum,
          JoinText(name, " must be ", minimum, " to ", maximum));
  }
  void CheckPositive(std::string_view name, milliseconds value) {
    Check(value > milliseconds(0), JoinText(name, " must be above 0s"));
  }
  absl::Status Status() const {
    if (texts_.empty()) return absl::OkStatus();
    return absl::InvalidArgumentError(absl::StrJoin(texts_, "; "));
  }

 private:
  std::vector<std::string> texts_;
};

void CheckCounts(const Configuration& c, Problems* problems) {
  problems->CheckRange("write_connections", c.write_connections, 1, 1'000);
  problems->CheckRange("read_connections", c.read_connections, 1, 1'000);
  problems->CheckRange("connections_per_query", c.connections_per_query, 1, c.read_connections);
  problems->CheckRange("connection_waiters", c.connection_waiters, 0, 100'000);
  problems->CheckRange("ingest_calls", c.ingest_calls, 1, 1'000);
  problems->CheckRange("query_calls", c.query_calls, 1, 1'000);
  problems->CheckRange("large_query_calls", c.large_query_calls, 1, 1'000);
  problems->CheckRange("roster_calls", c.roster_calls, 1, 1'000);
  problems->CheckRange("streams", c.streams, 1, 10'000);
  problems->CheckRange("watchers_max", c.watchers_max, 1, 100'000);
  problems->CheckRange("call_waiters", c.call_waiters, 0, 10'000);
  problems->CheckRange("query_threads", c.query_threads, 0, 256);
  problems->CheckRange("facts_max", c.facts_max, 1, 1'000'000'000);
  problems->CheckRange("resident_days", c.resident_days, 0, kResidentDaysMax);
  problems->CheckRange("receive_bytes_max", c.receive_bytes_max, 64 << 10, 1 << 30);
  problems->CheckRange("send_bytes_max", c.send_bytes_max, 64 << 10, 1 << 30);
  problems->CheckRange("memory_max", c.memory_max, 16 << 20, int64_t{1} << 40);
  problems->CheckRange("calls_per_connection", c.calls_per_connection, 1, 100'000);
  // gRPC refuses calls above the quota without our error details, so it must never be reached by
  // calls that Admission would hold.
  const int64_t calls = c.ingest_calls + c.query_calls + c.roster_calls + 3 * c.call_waiters;
  problems->CheckRange("threads", c.threads, calls + kSpareThreads, 100'000);
}

}  // namespace

absl::Status Configuration::Validate() const {
  Problems problems;
  problems.Check(!listen.empty(), "listen must not be empty");
  problems.Check(!database_url.empty() || !data_dir.empty(),
                 "database_url or data_dir must be given");
  problems.Check(log_format == "text" || log_format == "json", "log_format must be text or json");
  constexpr std::string_view kLevels[] = {"trace", "debug",    "info", "warn",
                                          "error", "critical", "off"};
  problems.Check(std::find(std::begin(kLevels), std::end(kLevels), log_level) != std::end(kLevels),
                 "log_level must be trace, debug, info, warn, error, critical or off");
  CheckCounts(*this, &problems);
  problems.CheckPositive("connection_wait", connection_wait);
  problems.CheckPositive("connect_timeout", connect_timeout);
  problems.CheckPositive("statement_timeout", statement_timeout);
  problems.CheckPositive("deadline_max", deadline_max);
  problems.Check(deadline_max <= kDeadlineMaxMax, "deadline_max must be at most 1h");
  problems.CheckPositive("feed_poll_interval", feed_poll_interval);
  problems.Check(feed_poll_interval <= kFeedPollIntervalMax,
                 "feed_poll_interval must be at most 1s");
  problems.CheckPositive("handshake_timeout", handshake_timeout);
  problems.CheckPositive("keepalive_interval", keepalive_interval);
  problems.CheckPositive("keepalive_timeout", keepalive_timeout);
  problems.CheckPositive("health_interval", health_interval);
  problems.CheckPositive("survey_sweep_interval", survey_sweep_interval);
  return problems.Status();
}

milliseconds Configuration::DrainDelay() const {
  if (drain_delay) return *drain_delay;
  return IsLoopback(listen) ? milliseconds(0) : milliseconds(5'000);
}

int Configuration::QueryThreads() const {
  if (query_threads > 0) return static_cast<int>(query_threads);
  return std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
}

bool IsLoopback(std::string_view listen) {
  return listen.starts_with("127.") || listen.starts_with("localhost:") ||
         listen.starts_with("[::1]:") || listen.starts_with("unix:");
}

std::string Setting::FlagName() const {
  return JoinText("--", absl::StrReplaceAll(AbslView(name), {{"_", "-"}}));
}

std::string Setting::EnvironmentName() const {
  return JoinText("KPID_", absl::AsciiStrToUpper(AbslView(name)));
}

std::span<const Setting> Settings() { return kSettings; }

}  // namespace kpid::server
