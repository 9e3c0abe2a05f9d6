#include "client/watch_command.h"

#include <condition_variable>
#include <memory>
#include <mutex>
#include <ostream>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "client/error_report.h"
#include "client/exit_code.h"
#include "client/stop_signals.h"
#include "client/text_width.h"
#include "client/watch_view.h"
#include "kpid/v1/query_service.grpc.pb.h"
#include "metrics/catalogue.h"

namespace kpid::client {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

void SetDuration(metrics::Duration value, google::protobuf::Duration* duration) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(value);
  duration->set_seconds(seconds.count());
  duration->set_nanos(static_cast<int32_t>(std::chrono::nanoseconds(value - seconds).count()));
}

absl::Status SetSlidingRange(const TimeRangeOptions& range, v1::WatchKpisRequest* request) {
  const std::optional<metrics::Duration> last = LastUpToNow(range.last);
  if (!range.from.empty() && range.to.empty()) {
    return absl::InvalidArgumentError(
        "--from needs --to: a watch goes on; --today, --this-month and --last 30m move with the "
        "clock");
  }
  if (!range.today && !range.this_month && !last) return absl::OkStatus();
  request->mutable_query()->clear_interval();
  v1::SlidingRange* sliding = request->mutable_sliding_range();
  if (last) {
    SetDuration(*last, sliding->mutable_last_duration());
  } else {
    sliding->set_current_period(range.today ? v1::GRANULARITY_DAY : v1::GRANULARITY_MONTH);
  }
  return absl::OkStatus();
}

// A watch over as many connections as it takes.
class Watching {
 public:
  Watching(const WatchOptions& options, const v1::WatchKpisRequest& request, const Console& console,
           const RetryPolicy& policy)
      : options_(options), request_(request), console_(console), policy_(policy) {}

  // Returns an exit code.
  int Run() {
    const std::shared_ptr<grpc::Channel> channel = OpenChannel(options_.query.server);
    if (!WaitForServer(channel.get(), options_.query.server, console_)) return kExitUnreachable;
    const std::unique_ptr<v1::QueryService::Stub> stub = v1::QueryService::NewStub(channel);
    view_ = MakeWatchView({options_.query.format, !options_.query.detail.empty(), options_.every,
                           options_.query.server.address},
                          request_.query(), console_);
    int tries = 0;
    while (true) {
      const int64_t shown_before = shown_;
      const grpc::Status status = Attempt(stub.get());
      if (stopped() || enough()) return kExitOk;
      if (shown_ > shown_before) tries = 0;
      if (shown_ == 0 || (!status.ok() && !IsWorthRetrying(status))) return Report(status);
      WaitForNextTry(status, ++tries);
      if (stopped()) return kExitOk;
    }
  }

  // The three may be called from another thread.
  void Stop() {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
    if (context_ != nullptr) context_->TryCancel();
    changed_.notify_all();
  }
  void Resize() {
    const std::lock_guard lock(view_mutex_);
    if (view_ != nullptr) view_->Resize();
  }
  // Breaks off a connection on which no first answer came in time.
  void Tick() {
    const std::lock_guard lock(mutex_);
    if (context_ != nullptr && steady_clock::now() >= answer_due_) context_->TryCancel();
  }

 private:
  bool stopped() {
    const std::lock_guard lock(mutex_);
    return stopped_;
  }
  bool enough() const { return options_.count > 0 && shown_ >= options_.count; }

  // One connection from its first answer to its end; its status.
  grpc::Status Attempt(v1::QueryService::Stub* stub) {
    grpc::ClientContext context;
    {
      const std::lock_guard lock(mutex_);
      if (stopped_) return grpc::Status::CANCELLED;
      context_ = &context;
      answer_due_ = steady_clock::now() + TimeoutOf(options_.query.server);
    }
    const auto reader = stub->WatchKpis(&context, request_);
    v1::WatchKpisResponse response;
    while (!enough() && reader->Read(&response)) {
      {
        const std::lock_guard lock(mutex_);
        answer_due_ = steady_clock::time_point::max();
      }
      Show(response);
    }
    if (enough()) context.TryCancel();
    const grpc::Status status = reader->Finish();
    const std::lock_guard lock(mutex_);
    const bool late = !stopped_ && answer_due_ != steady_clock::time_point::max() &&
                      steady_clock::now() >= answer_due_;
    context_ = nullptr;
    request_id_ = RequestIdOf(context);
    if (!late) return status;
    return {grpc::StatusCode::UNAVAILABLE,
            absl::StrCat("no answer came within ", options_.query.server.timeout)};
  }

  void Show(const v1::WatchKpisResponse& response) {
    const std::lock_guard lock(view_mutex_);
    ++shown_;
    if (lost_) view_->Say("");
    lost_ = false;
    view_->Show(response, shown_);
  }

  void WaitForNextTry(const grpc::Status& status, int tries) {
    const milliseconds delay = RetryDelay(policy_, tries, ErrorDetailsOf(status).retry_delay);
    if (!lost_ || tries % kTriesPerNotice == 0 || console_.screen_size) {
      const std::string why =
          status.ok() ? "it was ended by the server" : ErrorText(status, std::string());
      const std::lock_guard lock(view_mutex_);
      view_->Say(absl::StrFormat("kpid: watch broken off, try %d in %.1f s: %s", tries,
                                 static_cast<double>(delay.count()) / 1000.0, why));
    }
    lost_ = true;
    if (policy_.sleep) {
      policy_.sleep(delay);
      return;
    }
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, delay, [this] { return stopped_; });
  }

  int Report(const grpc::Status& status) {
    {
      const std::lock_guard lock(view_mutex_);
      view_.reset();
    }
    const bool away = status.error_code() == grpc::StatusCode::UNAVAILABLE &&
                      ErrorDetailsOf(status).reason.empty();
    *console_.err << "kpid: " << ErrorText(status, request_id_) << '\n';
    return away ? kExitUnreachable : kExitRejected;
  }

  const WatchOptions& options_;
  const v1::WatchKpisRequest& request_;
  const Console& console_;
  const RetryPolicy& policy_;
  int64_t shown_ = 0;
  bool lost_ = false;
  std::string request_id_;  // Of the last connection.

  std::mutex view_mutex_;
  std::unique_ptr<WatchView> view_;

  std::mutex mutex_;  // Guards what follows; not taken together with the other.
  std::condition_variable changed_;
  bool stopped_ = false;
  grpc::ClientContext* context_ = nullptr;  // Of the connection there is.
  steady_clock::time_point answer_due_ = steady_clock::time_point::max();
};

}  // namespace

absl::StatusOr<v1::WatchKpisRequest> MakeWatchRequest(const WatchOptions& options,
                                                      metrics::Instant now) {
  QueryOptions query = options.query;
  query.page_size = static_cast<int>(query.limit);
  query.limit = 0;
  absl::StatusOr<v1::QueryKpisRequest> question = MakeQueryRequest(query, now);
  if (!question.ok()) return question.status();
  v1::WatchKpisRequest request;
  *request.mutable_query() = *std::move(question);
  const std::optional<metrics::Duration> every = metrics::ParseDuration(options.every);
  if (!every || *every < kWatchEveryMin || *every > kWatchEveryMax) {
    return absl::InvalidArgumentError(
        absl::StrCat("--every \"", options.every, "\": expected 20ms to 1h"));
  }
  SetDuration(*every, request.mutable_minimum_interval());
  if (absl::Status status = SetSlidingRange(query.range, &request); !status.ok()) return status;
  return request;
}

int RunWatchCommand(const WatchOptions& options, const Console& console,
                    const RetryPolicy& policy) {
  const absl::StatusOr<v1::WatchKpisRequest> request = MakeWatchRequest(options, console.now());
  if (!request.ok()) {
    *console.err << "kpid: " << PrintableText(std::string(request.status().message())) << '\n';
    return kExitUsage;
  }
  Watching watching(options, *request, console, policy);
  // First: all threads, also gRPC's, are started with these signals blocked.
  const StopSignals signals([&] { watching.Stop(); }, [&] { watching.Resize(); },
                            [&] { watching.Tick(); });
  return watching.Run();
}

int RunWatchCommand(const WatchOptions& options, const Console& console) {
  RetryPolicy policy;
  policy.delay_first = milliseconds(500);
  policy.delay_max = milliseconds(4'000);
  return RunWatchCommand(options, console, policy);
}

}  // namespace kpid::client
