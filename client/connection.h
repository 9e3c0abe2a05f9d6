// The way to a server, and the options that say where it is.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "client/console.h"
#include "grpcpp/grpcpp.h"

namespace CLI {
class App;
}

namespace kpid::client {

inline constexpr char kDefaultServer[] = "127.0.0.1:50051";

// Answers can be large (5 million values); what a client takes is bounded all the same.
inline constexpr int kReceiveBytesMax = 1024 * 1024 * 1024;

// A server that does not accept a connection within this time is unreachable.
inline constexpr std::chrono::seconds kConnectTimeout{10};

struct ServerOptions {
  std::string address = kDefaultServer;
  std::string timeout = "60s";  // As metrics::ParseDuration takes it.
};

// Adds --server (environment KPID_SERVER) and --timeout.
void AddServerOptions(CLI::App* app, ServerOptions* options);

// The timeout; options were checked when they were read.
std::chrono::milliseconds TimeoutOf(const ServerOptions& options);

// A channel without TLS, with a connection of its own; connects when first used.
std::shared_ptr<grpc::Channel> OpenChannel(const ServerOptions& options);

// Waits for the connection. False, and a notice on the console, when the server is unreachable.
bool WaitForServer(grpc::Channel* channel, const ServerOptions& options, const Console& console);

// Prints the error of a call and returns the exit code for it.
int ReportError(const grpc::Status& status, const grpc::ClientContext& context,
                const ServerOptions& options, const Console& console);

}  // namespace kpid::client
