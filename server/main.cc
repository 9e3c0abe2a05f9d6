// kpid: the contact-centre KPI service and its command-line client.
#include <cstdio>
#include <exception>
#include <functional>
#include <string_view>

#include "CLI/CLI.hpp"
#include "client/command_line.h"
#include "server/command_line.h"
#include "server/huge_pages.h"
#include "server/serve.h"

namespace {

constexpr char kExamples[] =
    "Examples:\n"
    "  kpid serve                                          # terminal 1\n"
    "  kpid import calls.csv --kind interactions           # terminal 2\n"
    "  kpid query --kpi sl --kpi aht --last-month --group-by queue\n"
    "\n"
    "kpid COMMAND --help says more.";

int Main(int argc, char** argv) {
  CLI::App app("kpid: contact-centre KPIs, exact, from the raw records, over gRPC.", "kpid");
  app.require_subcommand(1);
  app.footer(kExamples);
  app.set_version_flag("--version", std::string("kpid ") + KPID_VERSION);
  std::function<int()> run;
  kpid::server::AddServerCommands(app, &run);
  kpid::client::AddClientCommands(app, &run);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    // --help and --version end here too, with 0.
    return app.exit(error) == 0 ? kpid::server::kExitOk : kpid::server::kExitUsage;
  }
  return run();
}

}  // namespace

int main(int argc, char** argv) {
  if (argc > 1 && std::string_view(argv[1]) == "serve") kpid::server::RequestHugePages(argv);
  try {
    return Main(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "kpid: %s\n", error.what());
    return kpid::server::kExitFailed;
  }
}
