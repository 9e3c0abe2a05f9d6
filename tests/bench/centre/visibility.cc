#include "tests/bench/centre/visibility.h"

#include <grpcpp/grpcpp.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "kpid/v1/ingest_service.grpc.pb.h"
#include "kpid/v1/query_service.grpc.pb.h"
#include "tests/bench/centre/centre_ingest.h"
#include "tests/bench/centre/feed_lag.h"
#include "tests/bench/centre/pace.h"

namespace kpid::bench {
namespace {

using std::chrono::steady_clock;

constexpr std::chrono::seconds kSeenMax{10};
constexpr int kMessagesPerSecond = 100;
constexpr int64_t kDaySeconds = 86'400;
constexpr int64_t kLastDay = CentreData::kStartSeconds + (CentreData::kDays - 1) * kDaySeconds;
constexpr char kQueue[] = "probe";

// The least that a watch may ask for.
constexpr int kWatchIntervalNanos = 20'000'000;

absl::Status ToStatus(const grpc::Status& status, const char* what) {
  if (status.ok()) return absl::OkStatus();
  return absl::UnavailableError(absl::StrCat(what, ": ", status.error_message()));
}

v1::QueryKpisRequest HowMany() {
  v1::QueryKpisRequest request;
  request.add_kpis()->set_id("contacts_offered");
  request.mutable_interval()->mutable_start_time()->set_seconds(kLastDay);
  request.mutable_interval()->mutable_end_time()->set_seconds(kLastDay + kDaySeconds);
  v1::DimensionFilter* filter = request.add_filters();
  filter->mutable_dimension()->set_kind(v1::DIMENSION_KIND_QUEUE);
  filter->add_values(kQueue);
  return request;
}

int64_t CountIn(const v1::QueryKpisResponse& response) {
  return static_cast<int64_t>(response.total().values(0).value());
}

// Interactions of the last day, at a steady rate, until it is stopped.
class Load {
 public:
  Load(const std::string& address, const CentreData& data, int rate)
      : thread_([this, address, &data, rate] { Send(address, data, rate); }) {}
  ~Load() { Stop(); }
  Load(const Load&) = delete;
  Load& operator=(const Load&) = delete;

  // Interactions per second that were acknowledged.
  double Stop() {
    stopping_.store(true);
    if (thread_.joinable()) thread_.join();
    return rate_;
  }

 private:
  using Stream = grpc::ClientReaderWriter<v1::StreamRecordsRequest, v1::StreamRecordsResponse>;

  void Send(const std::string& address, const CentreData& data, int rate) {
    const auto stub = v1::IngestService::NewStub(ConnectTo(address));
    grpc::ClientContext context;
    const std::unique_ptr<Stream> stream = stub->StreamRecords(&context);
    const auto begin = steady_clock::now();
    std::thread reader([&] {
      v1::StreamRecordsResponse response;
      int64_t inserted = 0;
      while (stream->Read(&response)) inserted += response.counts().inserted_count();
      rate_ = static_cast<double>(inserted) /
              std::chrono::duration<double>(steady_clock::now() - begin).count();
    });
    Pace pace(std::chrono::nanoseconds(std::chrono::seconds(1)) / kMessagesPerSecond);
    const int64_t last_day = data.contacts() - data.contacts() / CentreData::kDays;
    int64_t sent = 0;
    v1::StreamRecordsRequest request;
    for (int64_t message = 1; !stopping_.load(); ++message) {
      request.Clear();
      request.set_sequence(message);
      for (; sent < message * rate / kMessagesPerSecond; ++sent) {
        v1::StreamRecord* record = request.add_records();
        const int64_t number = last_day + sent % (data.contacts() - last_day);
        data.Fill(CentreKind::kContacts, number, record);
        record->mutable_interaction()->set_interaction_id(absl::StrCat("live-", sent));
      }
      if (request.records_size() > 0 && !stream->Write(request)) break;
      pace.AwaitNext();
    }
    stream->WritesDone();
    reader.join();
    stream->Finish();
  }

  std::atomic<bool> stopping_{false};
  double rate_ = 0;
  std::thread thread_;  // Last: it uses the members above.
};

// When a watch said that there are so many.
class Watch {
 public:
  explicit Watch(const std::string& address)
      : stub_(v1::QueryService::NewStub(ConnectTo(address))), thread_([this] { Read(); }) {}
  ~Watch() {
    context_.TryCancel();
    thread_.join();
  }
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;

  // When the first answer of `count` or more came.
  absl::StatusOr<steady_clock::time_point> Await(int64_t count) {
    std::unique_lock lock(mutex_);
    const auto there = [&] { return ended_ || static_cast<int64_t>(times_.size()) > count; };
    if (!changed_.wait_for(lock, kSeenMax, there)) {
      return absl::DeadlineExceededError("a watch does not get what was committed");
    }
    if (static_cast<int64_t>(times_.size()) > count) return times_[static_cast<size_t>(count)];
    return status_;
  }

 private:
  void Read() {
    v1::WatchKpisRequest request;
    *request.mutable_query() = HowMany();
    request.mutable_minimum_interval()->set_nanos(kWatchIntervalNanos);
    const auto stream = stub_->WatchKpis(&context_, request);
    v1::WatchKpisResponse response;
    while (stream->Read(&response)) {
      const auto now = steady_clock::now();
      const std::lock_guard lock(mutex_);
      times_.resize(std::max(times_.size(), static_cast<size_t>(CountIn(response.answer()) + 1)),
                    now);
      changed_.notify_all();
    }
    const grpc::Status status = stream->Finish();
    const std::lock_guard lock(mutex_);
    ended_ = true;
    status_ = absl::UnavailableError(absl::StrCat("WatchKpis: ", status.error_message()));
    changed_.notify_all();
  }

  const std::unique_ptr<v1::QueryService::Stub> stub_;
  grpc::ClientContext context_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<steady_clock::time_point> times_;  // By count: when so many were there first.
  bool ended_ = false;
  absl::Status status_;
  std::thread thread_;  // Last: it uses the members above.
};

absl::Status SendMarked(v1::IngestService::Stub* stub, int64_t number) {
  v1::IngestInteractionsRequest request;
  v1::Interaction* interaction = request.add_interactions();
  interaction->set_interaction_id(absl::StrCat("probe-", number));
  interaction->set_queue_id(kQueue);
  interaction->set_direction(v1::DIRECTION_INBOUND);
  interaction->set_outcome(v1::OUTCOME_ABANDONED);
  interaction->mutable_arrive_time()->set_seconds(kLastDay + number);
  grpc::ClientContext context;
  v1::IngestInteractionsResponse response;
  return ToStatus(stub->IngestInteractions(&context, request, &response), "IngestInteractions");
}

// Asks until there are so many.
absl::Status AwaitCount(v1::QueryService::Stub* stub, int64_t count) {
  const auto give_up = steady_clock::now() + kSeenMax;
  const v1::QueryKpisRequest request = HowMany();
  while (steady_clock::now() < give_up) {
    grpc::ClientContext context;
    v1::QueryKpisResponse response;
    const absl::Status status =
        ToStatus(stub->QueryKpis(&context, request, &response), "QueryKpis");
    if (!status.ok() || CountIn(response) >= count) return status;
  }
  return absl::DeadlineExceededError("a question does not get what was committed");
}

double MillisecondsBetween(steady_clock::time_point begin, steady_clock::time_point end) {
  return std::max(0.0, std::chrono::duration<double, std::milli>(end - begin).count());
}

}  // namespace

absl::StatusOr<Visibility> MeasureVisibility(const std::string& address, const CentreData& data,
                                             int probes, int rate) {
  const auto writer = v1::IngestService::NewStub(ConnectTo(address));
  const auto reader = v1::QueryService::NewStub(ConnectTo(address));
  Visibility visibility;
  Watch watch(address);
  FeedLag lag(address);
  Load load(address, data, rate);
  for (int64_t number = 1; number <= probes; ++number) {
    if (absl::Status status = SendMarked(writer.get(), number); !status.ok()) return status;
    const auto acknowledged = steady_clock::now();
    if (absl::Status status = AwaitCount(reader.get(), number); !status.ok()) return status;
    visibility.queries.milliseconds.push_back(
        MillisecondsBetween(acknowledged, steady_clock::now()));
    const auto pushed = watch.Await(number);
    if (!pushed.ok()) return pushed.status();
    visibility.pushes.milliseconds.push_back(MillisecondsBetween(acknowledged, *pushed));
  }
  visibility.rate = load.Stop();
  visibility.lag_milliseconds = lag.Stop();
  return visibility;
}

}  // namespace kpid::bench
