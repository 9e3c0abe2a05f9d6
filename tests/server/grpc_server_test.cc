// The server over a real connection, with storage and facts that tests make up.
#include "server/grpc_server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <future>
#include <optional>
#include <semaphore>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "grpc/health/v1/health.grpc.pb.h"
#include "grpcpp/generic/generic_stub.h"
#include "made_up_server_fixture.h"
#include "record_builders.h"
#include "server/admitted_facts.h"
#include "violation_matchers.h"

namespace kpid::server {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

// A client that speaks as much HTTP/2 as it must, and never reads what it is told.
class MuteConnection {
 public:
  explicit MuteConnection(const std::string& address)
      : socket_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in where{};
    where.sin_family = AF_INET;
    where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    where.sin_port =
        htons(static_cast<uint16_t>(std::stoi(address.substr(address.rfind(':') + 1))));
    EXPECT_EQ(connect(socket_, reinterpret_cast<sockaddr*>(&where), sizeof(where)), 0);
    Send("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
    Send(Frame(kSettings, 0, 0, ""));
    char answered = 0;
    EXPECT_EQ(recv(socket_, &answered, 1, 0), 1);
  }
  ~MuteConnection() { close(socket_); }
  MuteConnection(const MuteConnection&) = delete;
  MuteConnection& operator=(const MuteConnection&) = delete;

  void Ask(const std::string& path, const std::string& message) const {
    std::string headers;
    for (const auto& [name, value] :
         std::vector<std::pair<std::string, std::string>>{{":method", "POST"},
                                                          {":scheme", "http"},
                                                          {":path", path},
                                                          {":authority", "localhost"},
                                                          {"content-type", "application/grpc"},
                                                          {"te", "trailers"}}) {
      headers += '\0';  // Literal, without index.
      for (const std::string& text : {name, value})
        headers += static_cast<char>(text.size()) + text;
    }
    Send(Frame(kHeaders, kEndOfHeaders, 1, headers));
    Send(Frame(kData, kEndOfStream, 1, '\0' + Number(message.size(), 4) + message));
  }

 private:
  static constexpr char kData = 0;
  static constexpr char kHeaders = 1;
  static constexpr char kSettings = 4;
  static constexpr char kEndOfStream = 1;
  static constexpr char kEndOfHeaders = 4;

  // The highest byte first.
  static std::string Number(size_t number, int bytes) {
    std::string text;
    while (bytes-- > 0) text += static_cast<char>(number >> (8 * bytes));
    return text;
  }

  static std::string Frame(char type, char flags, size_t stream, const std::string& payload) {
    return Number(payload.size(), 3) + type + flags + Number(stream, 4) + payload;
  }

  void Send(const std::string& bytes) const {
    EXPECT_EQ(send(socket_, bytes.data(), bytes.size(), 0), static_cast<ssize_t>(bytes.size()));
  }

  const int socket_;
};

class GrpcServerTest : public MadeUpServerTest {
 protected:
  static grpc::Status Ask(TestServer& server, grpc::ClientContext* context,
                          const v1::QueryKpisRequest& request = MarchQuestion()) {
    v1::QueryKpisResponse response;
    return server.query->QueryKpis(context, request, &response);
  }

  static grpc::Status Ask(TestServer& server,
                          const v1::QueryKpisRequest& request = MarchQuestion()) {
    grpc::ClientContext context;
    return Ask(server, &context, request);
  }

  // Calls until one fails, for a minute at most.
  static grpc::Status AwaitFailure(TestServer& server) {
    const auto give_up = std::chrono::steady_clock::now() + std::chrono::minutes(1);
    grpc::Status status;
    while (status.ok() && std::chrono::steady_clock::now() < give_up) {
      grpc::ClientContext context;
      v1::ListKpisResponse response;
      status = server.query->ListKpis(&context, v1::ListKpisRequest(), &response);
    }
    return status;
  }

  // Sends bytes as a unary request.
  static grpc::Status SendBytes(TestServer& server, const std::string& method,
                                const std::string& bytes) {
    grpc::GenericStub stub(server.channel());
    grpc::ClientContext context;
    grpc::CompletionQueue queue;
    const grpc::Slice slice(bytes);
    const auto call = stub.PrepareUnaryCall(&context, method, grpc::ByteBuffer(&slice, 1), &queue);
    call->StartCall();
    grpc::ByteBuffer answer;
    grpc::Status status;
    call->Finish(&answer, &status, nullptr);
    void* tag = nullptr;
    bool ok = false;
    queue.Next(&tag, &ok);
    return status;
  }
};

TEST_F(GrpcServerTest, TheRequestIdComesBack) {
  TestServer server = Make();
  grpc::ClientContext context;
  context.AddMetadata("x-request-id", "my-id.7");
  EXPECT_TRUE(Ask(server, &context).ok());
  const auto& trailers = context.GetServerTrailingMetadata();
  ASSERT_EQ(trailers.count("x-request-id"), 1u);
  EXPECT_EQ(trailers.find("x-request-id")->second, "my-id.7");
  for (const char* odd : {"", "has space", "semi;colon"}) {
    grpc::ClientContext other;
    other.AddMetadata("x-request-id", odd);
    EXPECT_TRUE(Ask(server, &other).ok());
    const auto& made = other.GetServerTrailingMetadata().find("x-request-id")->second;
    EXPECT_EQ(made.size(), 32u) << "one is made instead of " << odd;
  }
}

TEST_F(GrpcServerTest, AnExceptionIsAnInternalErrorWithoutDetails) {
  facts_.function = [](const auto&, const auto&) -> FakeFacts::Function::result_type {
    throw std::runtime_error("secret");
  };
  TestServer server = Make();
  grpc::ClientContext context;
  context.AddMetadata("x-request-id", "r5");
  const grpc::Status status = Ask(server, &context);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INTERNAL);
  EXPECT_THAT(status.error_message() + status.error_details(), Not(HasSubstr("secret")));
  EXPECT_EQ(DetailsOf(status).metadata.at("request_id"), "r5");
}

TEST_F(GrpcServerTest, OverloadIsRefusedAndWorkUnderWayFinishes) {
  std::binary_semaphore started(0);
  std::binary_semaphore go_on(0);
  facts_.function = [&](const auto&, const auto&) -> FakeFacts::Function::result_type {
    started.release();
    go_on.acquire();
    return metrics::FactSnapshot::Builder().Build();
  };
  Configuration configuration = TestConfiguration();
  configuration.query_calls = 1;
  configuration.call_waiters = 0;
  TestServer server = Make(configuration);
  auto first = std::async(std::launch::async, [&] { return Ask(server); });
  started.acquire();
  const grpc::Status refused = Ask(server);
  EXPECT_EQ(refused.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  const ErrorDetails details = DetailsOf(refused);
  EXPECT_EQ(details.reason, "OVERLOADED");
  EXPECT_EQ(details.metadata.at("class"), "query");
  EXPECT_TRUE(details.has_retry);
  v1::IngestInteractionsRequest ingest;
  *ingest.add_interactions() = ValidInteraction();
  v1::IngestInteractionsResponse response;
  grpc::ClientContext context;
  EXPECT_TRUE(server.ingest->IngestInteractions(&context, ingest, &response).ok())
      << "other classes go on";
  go_on.release();
  EXPECT_TRUE(first.get().ok());
}

// Of one place for large questions the first has it until it is answered.
TEST_F(GrpcServerTest, SmallQuestionsAreAnsweredWhileLargeOnesWork) {
  std::binary_semaphore started(0);
  std::binary_semaphore go_on(0);
  std::atomic<bool> large = true;
  facts_.estimate = [&](const auto&) {
    return large ? kSmallQuestionFactsMax + 1 : kSmallQuestionFactsMax;
  };
  facts_.function = [&](const auto&, const auto&) -> FakeFacts::Function::result_type {
    if (large) {
      started.release();
      go_on.acquire();
    }
    return metrics::FactSnapshot::Builder().Build();
  };
  Configuration configuration = TestConfiguration();
  configuration.large_query_calls = 1;
  configuration.call_waiters = 0;
  TestServer server = Make(configuration);
  auto first = std::async(std::launch::async, [&] { return Ask(server); });
  started.acquire();
  const ErrorDetails details = DetailsOf(Ask(server));
  EXPECT_EQ(details.reason, "OVERLOADED");
  EXPECT_EQ(details.metadata.at("class"), "large_query");
  EXPECT_TRUE(details.has_retry);
  large = false;
  EXPECT_TRUE(Ask(server).ok());
  go_on.release();
  EXPECT_TRUE(first.get().ok());
  large = true;
  go_on.release();
  EXPECT_TRUE(Ask(server).ok()) << "the place was given back";
}

TEST_F(GrpcServerTest, WorkStopsAtTheDeadlineOfCallerOrServer) {
  facts_.function = [](const auto&,
                       const metrics::CallLimits& limits) -> FakeFacts::Function::result_type {
    absl::Status status;
    while (status.ok()) status = limits.Check();
    return status;
  };
  Configuration configuration = TestConfiguration();
  configuration.deadline_max = milliseconds(20);
  TestServer server = Make(configuration);
  const grpc::Status status = Ask(server);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::DEADLINE_EXCEEDED);
  EXPECT_EQ(DetailsOf(status).reason, "DEADLINE_EXCEEDED");
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + milliseconds(5));
  EXPECT_EQ(Ask(server, &context).error_code(), grpc::StatusCode::DEADLINE_EXCEEDED);
}

TEST_F(GrpcServerTest, WorkStopsWhenTheCallerHasGone) {
  std::binary_semaphore started(0);
  std::promise<absl::Status> seen;
  facts_.function = [&](const auto&,
                        const metrics::CallLimits& limits) -> FakeFacts::Function::result_type {
    started.release();
    absl::Status status;
    while (status.ok()) status = limits.Check();
    seen.set_value(status);
    return status;
  };
  TestServer server = Make();
  grpc::ClientContext context;
  auto call = std::async(std::launch::async, [&] { return Ask(server, &context); });
  started.acquire();
  context.TryCancel();
  EXPECT_EQ(call.get().error_code(), grpc::StatusCode::CANCELLED);
  EXPECT_EQ(seen.get_future().get().code(), absl::StatusCode::kCancelled);
}

TEST_F(GrpcServerTest, WhatCannotBeReadIsInvalid) {
  TestServer server = Make();
  const std::string method = "/kpid.v1.QueryService/QueryKpis";
  // Garbage; a KPI whose id is not UTF-8; a name that is.
  for (const char* bytes : {"\xff\xff\xff", "\x0a\x03\x0a\x01\xff"}) {
    const grpc::Status status = SendBytes(server, method, bytes);
    EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
    EXPECT_EQ(DetailsOf(status).reason, "REQUEST_INVALID");
  }
  EXPECT_EQ(DetailsOf(SendBytes(server, method, "\x0a\x04\x0a\x02sl")).violations,
            std::vector<std::string>{"interval FIELD_REQUIRED"});
}

TEST_F(GrpcServerTest, TooLargeRequestsAreRefusedByTheTransport) {
  Configuration configuration = TestConfiguration();
  configuration.receive_bytes_max = {64 << 10};
  TestServer server = Make(configuration);
  const grpc::Status status =
      SendBytes(server, "/kpid.v1.QueryService/ListKpis", std::string(65 << 10, 'x'));
  EXPECT_EQ(status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_THAT(status.error_message(), HasSubstr("65536"));
}

TEST_F(GrpcServerTest, TooLargeAnswersNameTheLimit) {
  Configuration configuration = TestConfiguration();
  configuration.send_bytes_max = {64 << 10};
  TestServer server = Make(configuration);
  v1::QueryKpisRequest request = MarchQuestion();
  request.set_granularity(v1::GRANULARITY_HOUR);  // 744 points: some 30 KiB.
  EXPECT_TRUE(Ask(server, request).ok());
  request.set_granularity(v1::GRANULARITY_MINUTES_15);  // 2,976 points: some 110 KiB.
  for (const int more_kpis : {0, 20}) {  // One is found after building the answer, one before.
    for (int i = 0; i < more_kpis; ++i) {
      request.add_kpis()->set_id("contacts_offered");
      request.mutable_kpis(i + 1)->set_name("k" + std::to_string(i));
    }
    const grpc::Status status = Ask(server, request);
    EXPECT_EQ(status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
    EXPECT_EQ(DetailsOf(status).reason, "RESULT_TOO_LARGE");
    EXPECT_EQ(DetailsOf(status).metadata.at("limit"), "65536");
    EXPECT_FALSE(DetailsOf(status).has_retry);
  }
}

TEST_F(GrpcServerTest, HealthFollowsTheDatabaseAndShutdown) {
  database_up_ = false;
  Configuration configuration = TestConfiguration();
  configuration.health_interval = milliseconds(1);
  TestServer server = Make(configuration);
  auto stub = grpc::health::v1::Health::NewStub(server.channel());
  grpc::health::v1::HealthCheckRequest request;
  request.set_service("kpid.v1.QueryService");
  grpc::ClientContext context;
  const auto watch = stub->Watch(&context, request);
  grpc::health::v1::HealthCheckResponse response;
  ASSERT_TRUE(watch->Read(&response));
  EXPECT_EQ(response.status(), grpc::health::v1::HealthCheckResponse::NOT_SERVING);
  database_up_ = true;
  ASSERT_TRUE(watch->Read(&response));
  EXPECT_EQ(response.status(), grpc::health::v1::HealthCheckResponse::SERVING);
  auto stopped = std::async(std::launch::async, [&] {
    server.server().Shutdown(milliseconds(0), std::chrono::minutes(1));
  });
  ASSERT_TRUE(watch->Read(&response));
  EXPECT_EQ(response.status(), grpc::health::v1::HealthCheckResponse::NOT_SERVING);
  context.TryCancel();  // The shutdown waits for it.
  stopped.get();
}

TEST_F(GrpcServerTest, TheSelfProbeGetsAnAnswer) {
  database_up_ = false;  // Alive all the same.
  TestServer server = Make();
  EXPECT_TRUE(AnswersAt(server.server().address(), milliseconds(10'000)));
}

// What reflection answers to one request, as bytes.
std::string Reflect(TestServer& server, const std::string& request, grpc::Status* status) {
  grpc::GenericStub stub(server.channel());
  grpc::ClientContext context;
  grpc::CompletionQueue queue;
  void* tag = nullptr;
  bool ok = false;
  auto call = stub.PrepareCall(
      &context, "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo", &queue);
  call->StartCall(nullptr);
  queue.Next(&tag, &ok);
  const grpc::Slice slice(request);
  call->WriteLast(grpc::ByteBuffer(&slice, 1), grpc::WriteOptions(), nullptr);
  queue.Next(&tag, &ok);
  grpc::ByteBuffer answer;
  call->Read(&answer, nullptr);
  queue.Next(&tag, &ok);
  std::vector<grpc::Slice> slices;
  if (ok) answer.Dump(&slices);
  call->Finish(status, nullptr);
  queue.Next(&tag, &ok);
  std::string bytes;
  for (const grpc::Slice& part : slices) {
    bytes.append(reinterpret_cast<const char*>(part.begin()), part.size());
  }
  return bytes;
}

TEST_F(GrpcServerTest, ReflectionDescribesEverythingAlsoHealth) {
  TestServer server = Make();
  grpc::Status status;
  const std::string services = Reflect(server, std::string("\x3a\x00", 2), &status);
  for (const char* name :
       {"kpid.v1.IngestService", "kpid.v1.RosterService", "kpid.v1.TargetService",
        "kpid.v1.QueryService", "grpc.health.v1.Health"}) {
    EXPECT_THAT(services, HasSubstr(name));
  }
  EXPECT_THAT(Reflect(server, "\x22\x15grpc.health.v1.Health", &status),
              HasSubstr("HealthCheckRequest"));
}

TEST_F(GrpcServerTest, ReflectionCanBeOff) {
  Configuration configuration = TestConfiguration();
  configuration.reflection = false;
  TestServer server = Make(configuration);
  grpc::Status status;
  Reflect(server, std::string("\x3a\x00", 2), &status);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNIMPLEMENTED);
}

TEST_F(GrpcServerTest, ABusyAddressIsAClearError) {
  TestServer server = Make();
  Configuration configuration = TestConfiguration();
  configuration.listen = server.server().address();
  ServerDependencies dependencies;
  dependencies.ping = [](const metrics::CallLimits&) { return absl::OkStatus(); };
  const auto second = GrpcServer::Start(configuration, std::move(dependencies));
  EXPECT_EQ(second.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(second.status().message()),
              testing::AllOf(HasSubstr(configuration.listen), HasSubstr("in use")));
}

TEST_F(GrpcServerTest, ShutdownLetsWorkFinish) {
  std::binary_semaphore started(0);
  std::binary_semaphore go_on(0);
  facts_.function = [&](const auto&, const auto&) -> FakeFacts::Function::result_type {
    started.release();
    go_on.acquire();
    return metrics::FactSnapshot::Builder().Build();
  };
  TestServer server = Make();
  auto call = std::async(std::launch::async, [&] { return Ask(server); });
  started.acquire();
  auto stopped = std::async(std::launch::async, [&] {
    server.server().Shutdown(milliseconds(0), std::chrono::hours(24));
  });
  EXPECT_EQ(DetailsOf(AwaitFailure(server)).reason, "SHUTTING_DOWN") << "nothing new begins";
  go_on.release();
  EXPECT_TRUE(call.get().ok());
  stopped.get();
  EXPECT_EQ(Ask(server).error_code(), grpc::StatusCode::UNAVAILABLE);
}

// Who only watches its health, and does not even look at the connection, which a ping of the
// server would have it do.
TEST_F(GrpcServerTest, ShutdownDoesNotWaitForIdleClients) {
  TestServer server = Make();
  auto health = grpc::health::v1::Health::NewStub(server.channel());
  grpc::health::v1::HealthCheckRequest request;
  grpc::ClientContext context;
  const auto watch = health->Watch(&context, request);
  grpc::health::v1::HealthCheckResponse response;
  ASSERT_TRUE(watch->Read(&response));
  const MuteConnection mute(server.server().address());
  EXPECT_TRUE(Ask(server).ok());
  server.server().Shutdown(milliseconds(0), std::chrono::hours(24));
  EXPECT_EQ(Ask(server).error_code(), grpc::StatusCode::UNAVAILABLE);
}

// The answer is larger than what is sent to one who reads nothing.
TEST_F(GrpcServerTest, ShutdownGivesAnswersTimeToBeSent) {
  std::binary_semaphore started(0);
  facts_.function = [&](const auto&, const auto&) -> FakeFacts::Function::result_type {
    started.release();
    return metrics::FactSnapshot::Builder().Build();
  };
  TestServer server = Make();
  v1::QueryKpisRequest request = MarchQuestion();
  request.set_granularity(v1::GRANULARITY_MINUTES_15);
  std::optional<MuteConnection> mute(std::in_place, server.server().address());
  mute->Ask("/kpid.v1.QueryService/QueryKpis", request.SerializeAsString());
  started.acquire();
  auto stopped = std::async(std::launch::async, [&] {
    server.server().Shutdown(milliseconds(0), std::chrono::hours(24));
  });
  // Longer than connections without calls have.
  EXPECT_EQ(stopped.wait_for(milliseconds(1'500)), std::future_status::timeout);
  mute.reset();
  stopped.get();
}

TEST_F(GrpcServerTest, HurryEndsTheWaitsAndTheWork) {
  std::binary_semaphore started(0);
  facts_.function = [&](const auto&,
                        const metrics::CallLimits& limits) -> FakeFacts::Function::result_type {
    started.release();
    absl::Status status;
    while (status.ok()) status = limits.Check();
    return status;
  };
  TestServer server = Make();
  auto call = std::async(std::launch::async, [&] { return Ask(server); });
  started.acquire();
  auto stopped = std::async(std::launch::async, [&] {
    server.server().Shutdown(std::chrono::hours(1), std::chrono::hours(1));
  });
  server.server().Hurry();
  stopped.get();
  EXPECT_EQ(call.get().error_code(), grpc::StatusCode::UNAVAILABLE);
}

TEST_F(GrpcServerTest, IngestCountsAndRejects) {
  TestServer server = Make();
  v1::IngestInteractionsRequest request;
  request.set_allow_partial(true);
  *request.add_interactions() = ValidInteraction();
  request.add_interactions();
  v1::IngestInteractionsResponse response;
  grpc::ClientContext context;
  ASSERT_TRUE(server.ingest->IngestInteractions(&context, request, &response).ok());
  EXPECT_EQ(response.counts().inserted_count(), 1);
  EXPECT_EQ(response.counts().rejected_count(), 1);
  EXPECT_EQ(response.rejected_records_size(), 1);
  request.set_allow_partial(false);
  grpc::ClientContext strict;
  EXPECT_EQ(server.ingest->IngestInteractions(&strict, request, &response).error_code(),
            grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(stored_, 1);
}

// Sends an empty batch; the first violation tells which list the method reads.
template <typename Stub, typename Request, typename Response>
std::string ListOf(Stub& stub,
                   grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Response*)) {
  grpc::ClientContext context;
  Response response;
  const grpc::Status status = (stub.*method)(&context, Request(), &response);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  return DetailsOf(status).violations.at(0);
}

TEST_F(GrpcServerTest, EveryKindOfRecordHasItsMethod) {
  using Stub = v1::IngestService::Stub;
  TestServer server = Make();
  EXPECT_EQ(ListOf(*server.ingest, &Stub::IngestInteractions), "interactions TOO_FEW_ITEMS");
  EXPECT_EQ(ListOf(*server.ingest, &Stub::IngestSurveyResponses), "survey_responses TOO_FEW_ITEMS");
  EXPECT_EQ(ListOf(*server.ingest, &Stub::IngestQualityEvaluations),
            "quality_evaluations TOO_FEW_ITEMS");
  EXPECT_EQ(ListOf(*server.ingest, &Stub::IngestAgentActivities), "agent_activities TOO_FEW_ITEMS");
  EXPECT_EQ(ListOf(*server.ingest, &Stub::IngestScheduledActivities),
            "scheduled_activities TOO_FEW_ITEMS");
  EXPECT_EQ(ListOf(*server.ingest, &Stub::IngestTickets), "tickets TOO_FEW_ITEMS");
  EXPECT_EQ(ListOf(*server.ingest, &Stub::IngestCosts), "costs TOO_FEW_ITEMS");
  using TargetStub = v1::TargetService::Stub;
  EXPECT_EQ(ListOf(*server.target, &TargetStub::UpsertTargets), "targets TOO_FEW_ITEMS");
  EXPECT_EQ(ListOf(*server.target, &TargetStub::UpsertScorecards), "scorecards TOO_FEW_ITEMS");
  EXPECT_EQ(stored_, 0);
}

}  // namespace
}  // namespace kpid::server
