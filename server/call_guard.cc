#include "server/call_guard.h"

#include <algorithm>
#include <exception>
#include <random>

#include "absl/strings/str_format.h"
#include "metrics/error_reason.h"
#include "server/error_model.h"
#include "server/join_text.h"
#include "server/log.h"
#include "server/reasons.h"

namespace kpid::server {
namespace {

constexpr size_t kRequestIdBytesMax = 64;

// What a status means to whoever reads the log.
spdlog::level::level_enum LevelOf(const absl::Status& status, bool slow) {
  if (ToGrpcCode(status.code()) == grpc::StatusCode::INTERNAL) return spdlog::level::err;
  return status.ok() && !slow ? spdlog::level::info : spdlog::level::warn;
}

absl::Status ShuttingDown() {
  return metrics::ErrorWithReason(absl::StatusCode::kUnavailable, "the server is shutting down",
                                  {reason::kShuttingDown, {}});
}

// Whether a caller has gone. To ask gRPC takes the lock of the call's queue and a look at the
// network, which costs more than a small question and makes its threads wait for one another, so
// it is asked now and then.
class CallerWatch {
 public:
  explicit CallerWatch(grpc::ServerContextBase* context) : context_(context) {}

  bool Gone() {
    if (gone_.load(std::memory_order_relaxed)) return true;
    const auto now = std::chrono::steady_clock::now().time_since_epoch();
    auto next_look = next_look_.load(std::memory_order_relaxed);
    if (now < next_look || !next_look_.compare_exchange_strong(next_look, now + kLookInterval)) {
      return false;
    }
    if (!context_->IsCancelled()) return false;
    gone_.store(true, std::memory_order_relaxed);
    return true;
  }

 private:
  using Time = std::chrono::steady_clock::duration;
  static constexpr Time kLookInterval = std::chrono::milliseconds(5);

  grpc::ServerContextBase* const context_;
  std::atomic<bool> gone_{false};
  std::atomic<Time> next_look_{Time::min()};
};

std::string CodeText(const absl::Status& status) {
  const auto code = static_cast<absl::StatusCode>(ToGrpcCode(status.code()));
  return absl::StatusCodeToString(code);  // The values are the same.
}

}  // namespace

CallGuard::CallGuard(CallGuardOptions options, Admission* admission, Clock* clock,
                     std::function<std::string()> new_request_id)
    : options_(options),
      admission_(admission),
      clock_(clock),
      new_request_id_(std::move(new_request_id)) {}

google::protobuf::ArenaOptions CallGuard::ArenaOptions() {
  google::protobuf::ArenaOptions options;
  options.start_block_size = 4 << 10;  // Small calls take one block,
  options.max_block_size = 1 << 20;    // large ones few.
  return options;
}

Call CallGuard::Begin(grpc::ServerContextBase* context, const Method& method, Call::Life life) {
  metrics::CallLimits limits;
  const Clock::TimePoint now = clock_->Now();
  std::optional<std::chrono::milliseconds> longest;
  if (life == Call::Life::kUnary) longest = options_.deadline_max;
  limits.deadline =
      ClampDeadline(context->deadline(), std::chrono::system_clock::now(), now, longest);
  limits.cancelled = [this, watch = std::make_shared<CallerWatch>(context)] {
    return abandoned_ || watch->Gone();
  };
  Call call(method.name, RequestIdOf(*context), std::move(limits), life);
  if (life != Call::Life::kUnary) call.in_flight_ = in_flight_.Enter();
  call.start_ = now;
  call.peer_ = context->peer();
  context->AddTrailingMetadata(kRequestIdKey, call.request_id());
  return call;
}

grpc::Status CallGuard::End(Call& call, grpc::ServerContextBase* context,
                            const absl::Status& status) {
  absl::Status result = status;
  if (absl::IsCancelled(status) || absl::IsDeadlineExceeded(status)) {
    // Work was stopped: by the caller's deadline, the caller, this server's end, or its limit.
    if (std::chrono::system_clock::now() >= context->deadline()) {
      result = absl::DeadlineExceededError("the deadline passed");
    } else if (abandoned_ && !context->IsCancelled()) {
      result = ShuttingDown();
    }
  }
  Log(call, result);
  return ToGrpcStatus(result, call.request_id());
}

absl::Status CallGuard::Guard(const Call& call, absl::FunctionRef<absl::Status()> work) {
  std::string what;
  try {
    return work();
  } catch (const std::exception& error) {
    what = error.what();
  } catch (...) {
    what = "an exception of unknown type";
  }
  LogLine(spdlog::level::err, "exception")
      .Field("request_id", call.request_id())
      .Field("method", call.method())
      .Field("what", what)
      .Write();
  return absl::InternalError("exception");
}

absl::StatusOr<Admission::Place> CallGuard::EnterUnary(const Call& call, CallClass call_class) {
  if (draining_) return ShuttingDown();
  if (absl::Status status = call.limits().Check(); !status.ok()) return status;
  return admission_->Enter(call_class, call.limits());
}

absl::StatusOr<Admission::Place> CallGuard::EnterLargeQuery(const Call& call) {
  return admission_->Enter(CallClass::kLargeQuery, call.limits());
}

absl::StatusOr<Admission::Place> CallGuard::EnterStream(const Call& call) {
  return EnterUnary(call, CallClass::kStream);
}

absl::StatusOr<Admission::Place> CallGuard::EnterWatch(const Call& call) {
  return EnterUnary(call, CallClass::kWatch);
}

absl::StatusOr<Admission::Place> CallGuard::EnterTransaction(const Call& call) {
  return admission_->Enter(CallClass::kIngest, call.limits(), Admission::Patience::kPatient);
}

metrics::CallLimits CallGuard::TransactionLimits(const Call& call) const {
  metrics::CallLimits limits = call.limits();
  limits.deadline = std::min(limits.deadline, clock_->Now() + options_.deadline_max);
  return limits;
}

absl::Status CallGuard::UnreadableRequest(const Call& call) {
  if (absl::Status status = call.limits().Check(); !status.ok()) return status;
  return metrics::ErrorWithReason(
      absl::StatusCode::kInvalidArgument,
      "the request cannot be read: it is not the expected message, or text in it is not UTF-8",
      {reason::kRequestInvalid, {}});
}

absl::Status CallGuard::CheckResponseSize(const google::protobuf::Message& response) const {
  const int64_t bytes = static_cast<int64_t>(response.ByteSizeLong());
  if (bytes <= options_.send_bytes_max) return absl::OkStatus();
  return metrics::ErrorWithReason(
      absl::StatusCode::kResourceExhausted,
      JoinText("the answer has ", bytes, " bytes; at most send_bytes_max = ",
               options_.send_bytes_max, " are sent: ask for less"),
      {reason::kResultTooLarge,
       {{"bytes", JoinText(bytes)}, {"limit", JoinText(options_.send_bytes_max)}}});
}

std::string CallGuard::RequestIdOf(const grpc::ServerContextBase& context) const {
  const auto& metadata = context.client_metadata();
  const auto found = metadata.find(kRequestIdKey);
  if (found != metadata.end()) {
    const std::string_view given(found->second.data(), found->second.size());
    if (IsRequestId(given)) return std::string(given);
  }
  return new_request_id_();
}

void CallGuard::Log(const Call& call, const absl::Status& status) const {
  const std::chrono::duration<double, std::milli> duration = clock_->Now() - call.start_;
  const bool slow = duration > options_.slow_call && call.life_ == Call::Life::kUnary;
  const bool usual = call.life_ == Call::Life::kWatch &&
                     (absl::IsCancelled(status) || ReasonText(status) == reason::kShuttingDown);
  LogLine line(usual ? spdlog::level::info : LevelOf(status, slow), "call");
  line.Field("request_id", call.request_id())
      .Field("method", call.method())
      .Field("code", CodeText(status));
  if (!status.ok()) {
    line.Field("reason", ReasonText(status));
    if (const int violations = ViolationCount(status); violations > 0) {
      line.Field("violations", violations);
    }
    // Other messages may hold what a caller wrote; these tell what is broken here.
    if (ToGrpcCode(status.code()) == grpc::StatusCode::INTERNAL) {
      line.Field("error", StdView(status.message()));
    }
  }
  line.Field("duration_ms", duration.count()).Field("peer", call.peer_);
  for (const auto& [name, value] : call.counts()) line.Field(name, value);
  line.Write();
}

bool IsRequestId(std::string_view text) {
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '_' || c == '-';
  };
  return !text.empty() && text.size() <= kRequestIdBytesMax &&
         std::all_of(text.begin(), text.end(), allowed);
}

std::string RandomRequestId() {
  thread_local std::mt19937_64 engine = [] {
    std::random_device device;
    std::seed_seq seed{device(), device(), device(), device()};
    return std::mt19937_64(seed);
  }();
  return absl::StrFormat("%016x%016x", engine(), engine());
}

Clock::TimePoint ClampDeadline(std::chrono::system_clock::time_point deadline,
                               std::chrono::system_clock::time_point wall_now, Clock::TimePoint now,
                               std::optional<std::chrono::milliseconds> longest) {
  const Clock::TimePoint limit = longest ? now + *longest : Clock::TimePoint::max();
  // A caller without deadline has one in the far future, where differences overflow.
  if (deadline > wall_now + std::chrono::years(100)) return limit;
  return std::min(
      limit, now + std::chrono::duration_cast<Clock::TimePoint::duration>(deadline - wall_now));
}

}  // namespace kpid::server
