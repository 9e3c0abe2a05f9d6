// What every call goes through: request id, deadline, admission, size of the answer, the error
// model, one log line. A handler inside does its own work and nothing else.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "google/protobuf/arena.h"
#include "google/protobuf/message.h"
#include "grpcpp/server_context.h"
#include "grpcpp/support/status.h"
#include "grpcpp/support/sync_stream.h"
#include "metrics/call_limits.h"
#include "server/admission.h"
#include "server/calls_in_flight.h"
#include "server/clock.h"
#include "server/encoded_response.h"

namespace kpid::server {

// An RPC.
struct Method {
  std::string_view name;  // "kpid.v1.QueryService/QueryKpis".
  CallClass call_class;
};

// Metadata in which a caller may give a request id (1 to 64 of [A-Za-z0-9._-]; otherwise one is
// made), and in which it comes back with the end of the call.
inline constexpr char kRequestIdKey[] = "x-request-id";

// One call at work.
class Call {
 public:
  // A watch has no end of its own: that its caller or the server goes is no failure.
  enum class Life : uint8_t { kUnary, kStream, kWatch };

  Call(std::string_view method, std::string request_id, metrics::CallLimits limits,
       Life life = Life::kUnary)
      : method_(method),
        request_id_(std::move(request_id)),
        limits_(std::move(limits)),
        life_(life) {}

  std::string_view method() const { return method_; }
  const std::string& request_id() const { return request_id_; }

  // The caller's deadline, clamped to the server's, and whether the caller has gone.
  const metrics::CallLimits& limits() const { return limits_; }

  // Adds a number to the log line of the call. `name` must be a constant.
  void Count(std::string_view name, int64_t value) { counts_.emplace_back(name, value); }
  const std::vector<std::pair<std::string_view, int64_t>>& counts() const { return counts_; }

 private:
  friend class CallGuard;
  CallsInFlight::Entry in_flight_;  // First: all else has ended when it does.
  std::string_view method_;
  std::string request_id_;
  metrics::CallLimits limits_;
  Life life_;
  std::string peer_;
  Clock::TimePoint start_{};
  std::vector<std::pair<std::string_view, int64_t>> counts_;
};

struct CallGuardOptions {
  // Longest that a call may work, whatever its deadline. Streams live as long as they like; for
  // them it bounds each transaction.
  std::chrono::milliseconds deadline_max{120'000};

  // Calls that take longer are logged as warnings.
  std::chrono::milliseconds slow_call{1'000};

  // Largest answer, in bytes; larger ones are RESULT_TOO_LARGE.
  int64_t send_bytes_max = 64 << 20;
};

// Safe for concurrent use.
class CallGuard {
 public:
  // `admission` and `clock` must outlive this. `new_request_id` is called from any thread.
  CallGuard(CallGuardOptions options, Admission* admission, Clock* clock,
            std::function<std::string()> new_request_id);

  // Runs a unary call: handler(Call&, const Request&, Response*) -> absl::Status.
  template <typename Request, typename Response, typename Handler>
  grpc::Status RunUnary(grpc::ServerContext* context,
                        grpc::ServerUnaryStreamer<Request, Response>* streamer,
                        const Method& method, Handler&& handler) {
    google::protobuf::Arena arena(ArenaOptions());
    auto* response = google::protobuf::Arena::CreateMessage<Response>(&arena);
    return Run(context, streamer, method, &arena, response, handler);
  }

  // The same where the response is encoded while it is made:
  // handler(Call&, const Request&, EncodedResponse*) -> absl::Status.
  template <typename Request, typename Handler>
  grpc::Status RunEncoded(grpc::ServerContext* context,
                          grpc::ServerUnaryStreamer<Request, EncodedResponse>* streamer,
                          const Method& method, Handler&& handler) {
    google::protobuf::Arena arena(ArenaOptions());
    EncodedResponse response(options_.send_bytes_max);
    return Run(context, streamer, method, &arena, &response, handler);
  }

  // The same steps for calls that are no function: StreamRecords, WatchKpis.
  Call Begin(grpc::ServerContextBase* context, const Method& method, Call::Life life);
  grpc::Status End(Call& call, grpc::ServerContextBase* context, const absl::Status& status);

  // Runs work; an exception becomes INTERNAL and is logged.
  absl::Status Guard(const Call& call, absl::FunctionRef<absl::Status()> work);

  // A second place, for a query that is large.
  absl::StatusOr<Admission::Place> EnterLargeQuery(const Call& call);

  // What a message that is not the request's is answered with.
  static absl::Status UnreadableRequest(const Call& call);

  // A place for a stream; UNAVAILABLE (reason SHUTTING_DOWN) when draining.
  absl::StatusOr<Admission::Place> EnterStream(const Call& call);
  absl::StatusOr<Admission::Place> EnterWatch(const Call& call);

  // A place and limits for one transaction of a stream.
  absl::StatusOr<Admission::Place> EnterTransaction(const Call& call);
  metrics::CallLimits TransactionLimits(const Call& call) const;

  // From now on new calls are refused: UNAVAILABLE, reason SHUTTING_DOWN.
  void Drain() { draining_ = true; }

  // Waits until every call has ended and its answer has been sent; not longer than that, nor after
  // Abandon.
  void AwaitEnds(std::chrono::milliseconds longest) { in_flight_.AwaitNone(longest); }

  // From now on calls at work find themselves cancelled.
  void Abandon() {
    abandoned_ = true;
    in_flight_.Hurry();
  }

 private:
  template <typename Request, typename Response, typename Handler>
  grpc::Status Run(grpc::ServerContext* context,
                   grpc::ServerUnaryStreamer<Request, Response>* streamer, const Method& method,
                   google::protobuf::Arena* arena, Response* response, const Handler& handler) {
    in_flight_.EnterUntilSent();
    Call call = Begin(context, method, Call::Life::kUnary);
    const absl::Status status = Guard(call, [&]() -> absl::Status {
      auto place = EnterUnary(call, method.call_class);
      if (!place.ok()) return place.status();
      auto* request = google::protobuf::Arena::CreateMessage<Request>(arena);
      if (!streamer->Read(request)) return UnreadableRequest(call);
      if (absl::Status result = handler(call, *request, response); !result.ok()) return result;
      return CheckResponseSize(*response);
    });
    if (status.ok()) streamer->WriteLast(*response, grpc::WriteOptions());
    return End(call, context, status);
  }

  static google::protobuf::ArenaOptions ArenaOptions();
  absl::StatusOr<Admission::Place> EnterUnary(const Call& call, CallClass call_class);
  absl::Status CheckResponseSize(const google::protobuf::Message& response) const;
  static absl::Status CheckResponseSize(const EncodedResponse&) { return absl::OkStatus(); }
  std::string RequestIdOf(const grpc::ServerContextBase& context) const;
  void Log(const Call& call, const absl::Status& status) const;

  const CallGuardOptions options_;
  Admission* const admission_;
  Clock* const clock_;
  const std::function<std::string()> new_request_id_;
  CallsInFlight in_flight_;
  std::atomic<bool> draining_{false};
  std::atomic<bool> abandoned_{false};
};

// Whether a text may be a request id.
bool IsRequestId(std::string_view text);

// 32 hexadecimal digits from the system's randomness. Safe for concurrent use.
std::string RandomRequestId();

// The earlier of a caller's deadline (100 years ahead or more: none) and now + longest;
// TimePoint::max() when there is neither.
Clock::TimePoint ClampDeadline(std::chrono::system_clock::time_point deadline,
                               std::chrono::system_clock::time_point wall_now, Clock::TimePoint now,
                               std::optional<std::chrono::milliseconds> longest);

}  // namespace kpid::server
