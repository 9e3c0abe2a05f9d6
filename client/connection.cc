#include "client/connection.h"

#include <algorithm>
#include <ostream>

#include "CLI/CLI.hpp"
#include "client/error_report.h"
#include "client/exit_code.h"
#include "client/text_width.h"
#include "metrics/catalogue.h"

namespace kpid::client {
namespace {

// Often enough to notice within two minutes that a peer has gone without a word, seldom enough
// for servers that take more for abuse.
constexpr int kKeepaliveMilliseconds = 60'000;
constexpr int kKeepaliveTimeoutMilliseconds = 20'000;

// A restarted server must be noticed soon: gRPC's own default is two minutes.
constexpr int kReconnectMillisecondsFirst = 100;
constexpr int kReconnectMillisecondsMax = 2'000;

// How long one attempt to connect may take; gRPC calls it the minimum backoff.
constexpr int kConnectAttemptMilliseconds = 5'000;

std::string CheckTimeout(const std::string& text) {
  const std::optional<metrics::Duration> timeout = metrics::ParseDuration(text);
  if (timeout.has_value() && timeout->count() > 0) return {};
  return "not a duration longer than 0, for example 30s: " + text;
}

void SayUnreachable(const ServerOptions& options, const Console& console) {
  *console.err << "kpid: no server answers at " << PrintableText(options.address)
               << " (is it running? --server or KPID_SERVER says where)\n";
}

}  // namespace

void AddServerOptions(CLI::App* app, ServerOptions* options) {
  app->add_option("--server", options->address, "Address of the server, HOST:PORT")
      ->envname("KPID_SERVER")
      ->capture_default_str()
      ->group("Server");
  app->add_option("--timeout", options->timeout,
                  "Longest wait for an answer; of streams for an acknowledgement (then they are "
                  "tried again)")
      ->check(CLI::Validator(CheckTimeout, "DURATION"))
      ->capture_default_str()
      ->group("Server");
}

std::chrono::milliseconds TimeoutOf(const ServerOptions& options) {
  const std::optional<metrics::Duration> timeout = metrics::ParseDuration(options.timeout);
  return std::max(std::chrono::milliseconds(1),
                  std::chrono::duration_cast<std::chrono::milliseconds>(
                      timeout.value_or(std::chrono::seconds(60))));
}

std::shared_ptr<grpc::Channel> OpenChannel(const ServerOptions& options) {
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(kReceiveBytesMax);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, kKeepaliveMilliseconds);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, kKeepaliveTimeoutMilliseconds);
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, kReconnectMillisecondsFirst);
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, kConnectAttemptMilliseconds);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, kReconnectMillisecondsMax);
  // Otherwise channels to one address share a connection, and streams a thread of the server.
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  return grpc::CreateCustomChannel(options.address, grpc::InsecureChannelCredentials(), arguments);
}

bool WaitForServer(grpc::Channel* channel, const ServerOptions& options, const Console& console) {
  const auto wait = std::min<std::chrono::milliseconds>(kConnectTimeout, TimeoutOf(options));
  if (channel->WaitForConnected(std::chrono::system_clock::now() + wait)) return true;
  SayUnreachable(options, console);
  return false;
}

int ReportError(const grpc::Status& status, const grpc::ClientContext& context,
                const ServerOptions& options, const Console& console) {
  const bool unreachable =
      status.error_code() == grpc::StatusCode::UNAVAILABLE && ErrorDetailsOf(status).reason.empty();
  if (unreachable) {
    SayUnreachable(options, console);
    *console.err << "  " << PrintableText(status.error_message()) << '\n';
    return kExitUnreachable;
  }
  *console.err << "kpid: " << ErrorText(status, RequestIdOf(context)) << '\n';
  return kExitRejected;
}

}  // namespace kpid::client
