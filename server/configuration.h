// The configuration of the program: one struct, its sources and their order.
//
// A setting has one name: `listen` in the TOML file, --listen as flag, KPID_LISTEN in the
// environment. Order: flag, environment, file, default. Unknown names are errors.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace kpid::server {

using std::chrono::milliseconds;

// A number of bytes; its text may have KiB, MiB or GiB.
struct ByteCount {
  int64_t value = 0;
  constexpr operator int64_t() const { return value; }
};

// Every setting with its default. Names, units and meaning: Settings().
struct Configuration {
  std::string listen = "127.0.0.1:50051";
  std::string data_dir = "./kpid-data";
  std::string database_url;
  std::string database_url_file;
  std::string postgresql_dir;
  std::string postgresql_user;
  bool migrate = true;

  std::string log_level = "info";
  std::string log_format = "text";
  milliseconds slow_call{1'000};

  int64_t write_connections = 8;
  int64_t read_connections = 8;
  int64_t connections_per_query = 4;
  int64_t connection_waiters = 256;
  milliseconds connection_wait{5'000};
  milliseconds connect_timeout{5'000};
  milliseconds statement_timeout{120'000};

  milliseconds deadline_max{120'000};
  int64_t ingest_calls = 8;
  int64_t query_calls = 64;
  int64_t large_query_calls = 4;
  int64_t roster_calls = 4;
  int64_t streams = 64;
  int64_t watchers_max = 1'000;
  int64_t call_waiters = 64;
  milliseconds call_wait{2'000};
  int64_t query_threads = 0;
  int64_t facts_max = 20'000'000;

  bool resident = true;
  int64_t resident_days = 0;
  ByteCount resident_memory_max{int64_t{4} << 30};
  milliseconds feed_poll_interval{20};
  milliseconds verify_interval{3'600'000};

  ByteCount receive_bytes_max{16 << 20};
  ByteCount send_bytes_max{64 << 20};
  ByteCount memory_max{512 << 20};
  int64_t threads = 512;
  int64_t calls_per_connection = 256;
  milliseconds handshake_timeout{5'000};
  milliseconds connection_idle{900'000};
  milliseconds connection_age{0};
  milliseconds connection_age_grace{600'000};
  milliseconds keepalive_interval{60'000};
  milliseconds keepalive_timeout{20'000};
  milliseconds client_ping_interval{30'000};
  bool reflection = true;

  std::optional<milliseconds> drain_delay;
  milliseconds shutdown_grace{30'000};
  milliseconds health_interval{1'000};
  milliseconds self_probe_interval{5'000};
  milliseconds survey_sweep_interval{60'000};

  // INVALID_ARGUMENT that names every setting that is out of its range or does not fit another.
  absl::Status Validate() const;

  // drain_delay, or when not given 0 for a loopback or unix address, else 5 s.
  milliseconds DrainDelay() const;

  // query_threads, or when 0 the number of processors.
  int QueryThreads() const;
};

// Whether only this machine can reach an address ("127.0.0.1:50051", "[::1]:0", "unix:/...").
bool IsLoopback(std::string_view listen);

// One setting: what help, file, environment and `kpid config` know of it.
struct Setting {
  std::string_view name;   // "drain_delay"
  std::string_view group;  // Heading in help.
  std::string_view description;

  // Text of its value, as a source would give it; "" for none.
  std::string (*get)(const Configuration&);
  // Sets it from text. INVALID_ARGUMENT says what would be right.
  absl::Status (*set)(std::string_view text, Configuration*);

  bool secret = false;  // Shown masked.

  std::string FlagName() const;         // "--drain-delay"
  std::string EnvironmentName() const;  // "KPID_DRAIN_DELAY"
};

// All settings, in the order of help.
std::span<const Setting> Settings();

enum class Source : uint8_t { kDefault, kFile, kEnvironment, kFlag };
std::string_view SourceName(Source source);

struct LoadedConfiguration {
  Configuration configuration;
  std::map<std::string, Source, std::less<>> sources;  // By setting; those not default.
};

// Text of settings by name.
using SettingTexts = std::map<std::string, std::string, std::less<>>;

// Puts the sources together and validates. `environment` are "NAME=value" entries; of them
// KPID_... must be settings (KPID_CONFIG names the file when `file` is empty; variables that
// Kubernetes makes for a service called kpid, and KPID_SERVER and KPID_ZONE of the client, are left
// alone). NOT_FOUND when the file cannot be read; INVALID_ARGUMENT otherwise. Reads
// database_url_file.
absl::StatusOr<LoadedConfiguration> LoadConfiguration(const SettingTexts& flags,
                                                      const std::vector<std::string>& environment,
                                                      const std::string& file);

// The effective configuration as a TOML file, with where each value is from; secrets masked.
std::string ConfigurationText(const LoadedConfiguration& loaded);

// A connection string without its password and other secrets, for people.
std::string MaskDatabaseUrl(const std::string& url);

}  // namespace kpid::server
