#include "server/command_line.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "CLI/CLI.hpp"
#include "google/protobuf/stubs/common.h"
#include "grpcpp/grpcpp.h"
#include "server/configuration.h"
#include "server/join_text.h"
#include "server/serve.h"
#include "storage/migrations.h"

namespace kpid::server {
namespace {

constexpr char kServeExamples[] =
    "Every option can also be set in the environment (KPID_LISTEN for --listen) or in a TOML file\n"
    "(listen = \"...\"). The command line wins over the environment, that over the file.\n"
    "\n"
    "Examples:\n"
    "  kpid serve\n"
    "      serves on 127.0.0.1:50051 with a private PostgreSQL in ./kpid-data\n"
    "  kpid serve --listen 0.0.0.0:50051 --database-url-file /run/secrets/kpid-database\n"
    "      serves to the network with your PostgreSQL\n"
    "  KPID_LOG_FORMAT=json kpid serve --config kpid.toml\n"
    "\n"
    "SIGTERM or SIGINT (Ctrl-C) ends it in order, a second one at once.\n"
    "Exit codes: 0 ended by a signal; 2 wrong configuration; 3 the database cannot be used, or a "
    "private one\n"
    "ended; 4 the address cannot be listened on; 70 connections are no longer accepted: restart; 1 "
    "other.";

constexpr char kMigrateExamples[] =
    "serve does the same at start unless migrate = false. Safe to repeat and to run at once from\n"
    "several places.\n"
    "\n"
    "Example:\n"
    "  kpid migrate --database-url postgresql://kpid@db.example/kpid\n"
    "\n"
    "Exit codes: 0 up to date; 2 wrong configuration; 3 the database cannot be used.";

constexpr char kConfigExamples[] =
    "Takes the options, environment and file that serve would. The output is a valid file for\n"
    "--config, but for secrets, which are masked.\n"
    "\n"
    "Example:\n"
    "  KPID_STREAMS=16 kpid config --listen 0.0.0.0:50051\n"
    "\n"
    "Exit codes: 0 valid; 2 wrong configuration.";

// What the command line says: texts of the settings given, and the file.
struct Flags {
  SettingTexts texts;
  std::string file;
};

std::vector<std::string> Environment() {
  std::vector<std::string> entries;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    entries.emplace_back(*entry);
  }
  return entries;
}

// Adds an option for each setting in `names`; empty: for all.
void AddSettings(CLI::App* command, const std::vector<std::string_view>& names,
                 const std::shared_ptr<Flags>& flags) {
  const Configuration defaults;
  command->add_option("--config", flags->file, "TOML file with settings (KPID_CONFIG)")
      ->type_name("FILE");
  for (const Setting& setting : Settings()) {
    if (!names.empty() && std::find(names.begin(), names.end(), setting.name) == names.end()) {
      continue;
    }
    const std::string value = setting.get(defaults);
    std::string description(setting.description);
    if (!value.empty()) AppendText(&description, " [", value, "]");
    command
        ->add_option_function<std::string>(
            setting.FlagName(),
            [flags, name = std::string(setting.name)](const std::string& text) {
              flags->texts[name] = text;
            },
            description)
        ->type_name("")
        ->group(std::string(setting.group));
  }
}

// Lets a command load the configuration and do its work with it.
void RunsWith(CLI::App* command, const std::shared_ptr<Flags>& flags,
              int (*work)(const LoadedConfiguration&), std::function<int()>* run) {
  command->callback([flags, work, run] {
    *run = [flags, work] {
      const auto loaded = LoadConfiguration(flags->texts, Environment(), flags->file);
      if (!loaded.ok()) {
        std::fprintf(stderr, "kpid: %s\n", std::string(loaded.status().message()).c_str());
        return static_cast<int>(kExitUsage);
      }
      return work(*loaded);
    };
  });
}

int PrintVersion() {
  std::printf("kpid %s (schema %d, gRPC %s, protobuf %s)\n", KPID_VERSION, storage::SchemaVersion(),
              grpc::Version().c_str(),
              google::protobuf::internal::VersionString(GOOGLE_PROTOBUF_VERSION).c_str());
  return kExitOk;
}

}  // namespace

void AddServerCommands(CLI::App& app, std::function<int()>* run) {
  auto serve_flags = std::make_shared<Flags>();
  CLI::App* serve = app.add_subcommand("serve", "Runs the server until it is told to stop.");
  AddSettings(serve, {}, serve_flags);
  serve->footer(kServeExamples);
  RunsWith(
      serve, serve_flags,
      [](const LoadedConfiguration& loaded) { return Serve(loaded.configuration); }, run);

  auto migrate_flags = std::make_shared<Flags>();
  CLI::App* migrate =
      app.add_subcommand("migrate", "Brings the database to the schema of this program.");
  AddSettings(
      migrate,
      {"database_url", "database_url_file", "data_dir", "postgresql_dir", "postgresql_user"},
      migrate_flags);
  migrate->footer(kMigrateExamples);
  RunsWith(
      migrate, migrate_flags,
      [](const LoadedConfiguration& loaded) { return MigrateDatabase(loaded.configuration); }, run);

  auto config_flags = std::make_shared<Flags>();
  CLI::App* config = app.add_subcommand(
      "config", "Prints the effective configuration and where each value is from.");
  AddSettings(config, {}, config_flags);
  config->footer(kConfigExamples);
  RunsWith(
      config, config_flags,
      [](const LoadedConfiguration& loaded) {
        std::fputs(ConfigurationText(loaded).c_str(), stdout);
        return static_cast<int>(kExitOk);
      },
      run);

  CLI::App* version = app.add_subcommand("version", "Prints the version.");
  version->callback([run] { *run = PrintVersion; });
}

}  // namespace kpid::server
