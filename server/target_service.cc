#include "server/target_service.h"

#include <string>
#include <utility>
#include <vector>

#include "metrics/catalogue.h"
#include "metrics/scorecard.h"
#include "server/field_checks.h"
#include "server/join_text.h"
#include "server/page_token.h"
#include "server/reasons.h"
#include "server/roster_lists.h"
#include "server/scorecard_definition.h"
#include "server/target.h"

namespace kpid::server {
namespace {

constexpr Method kUpsertTargets = {"kpid.v1.TargetService/UpsertTargets", CallClass::kIngest};
constexpr Method kListTargets = {"kpid.v1.TargetService/ListTargets", CallClass::kRoster};
constexpr Method kUpsertScorecards = {"kpid.v1.TargetService/UpsertScorecards", CallClass::kRoster};
constexpr Method kListScorecards = {"kpid.v1.TargetService/ListScorecards", CallClass::kRoster};

std::string AfterId(const ListPage& page) {
  return page.position.empty() ? std::string() : page.position[0];
}

// The catalogue's id of the KPI asked for; empty for all.
std::string ReadKpiFilter(const v1::ListTargetsRequest& request, ViolationList* violations) {
  const FieldPath root = FieldPath::Root();
  const FieldChecks checks(root, violations);
  const int64_t found_before = violations->found();
  checks.Id("kpi_id", request.kpi_id(), Presence::kOptional);
  if (request.kpi_id().empty() || violations->found() != found_before) return {};
  const metrics::KpiDefinition* definition = metrics::FindKpi(request.kpi_id());
  if (definition != nullptr) return std::string(definition->id);
  checks.Add("kpi_id", reason::kKpiUnknown, "is no KPI; QueryService.ListKpis lists them");
  return {};
}

}  // namespace

TargetService::TargetService(StoreBatch store_batch, storage::TargetStore* store, CallGuard* guard)
    : store_batch_(std::move(store_batch)), store_(store), guard_(guard) {}

absl::Status TargetService::List(Call& call, const v1::ListTargetsRequest& request,
                                 v1::ListTargetsResponse* response) {
  ViolationList violations;
  const std::string kpi_id = ReadKpiFilter(request, &violations);
  const std::vector<std::string> arguments = {"targets", kpi_id};
  const ListPage page = ReadListPage(request.page_size(), request.page_token(), arguments,
                                     /*position_size=*/1, &violations);
  if (!violations.empty()) return violations.ToStatus();
  const auto read = store_->ListTargets(AfterId(page), page.size, kpi_id, call.limits());
  if (!read.ok()) return read.status();
  for (const storage::TargetRecord& record : read->records) {
    SetTarget(record, response->add_targets());
  }
  if (read->more) {
    const std::vector<std::string> position = {read->records.back().target_id};
    response->set_next_page_token(MakePageToken(arguments, position));
  }
  call.Count("entries", static_cast<int64_t>(read->records.size()));
  return absl::OkStatus();
}

absl::Status TargetService::Upsert(Call& call, const v1::UpsertScorecardsRequest& request,
                                   v1::UpsertScorecardsResponse* response) {
  ViolationList violations;
  ValidateUpsertScorecards(request, &violations);
  if (!violations.empty()) return violations.ToStatus();
  std::vector<storage::ScorecardRecord> records;
  for (const v1::Scorecard& scorecard : request.scorecards()) {
    records.push_back(ToScorecardRecord(scorecard));
  }
  const auto outcome = store_->UpsertScorecards(records, call.limits());
  if (!outcome.ok()) return outcome.status();
  response->set_inserted_count(outcome->inserted);
  response->set_updated_count(outcome->updated);
  response->set_unchanged_count(outcome->unchanged);
  call.Count("inserted", outcome->inserted);
  call.Count("updated", outcome->updated);
  call.Count("unchanged", outcome->unchanged);
  return absl::OkStatus();
}

// The one that is built in takes a place of the first page; a list that goes on after it alone goes
// on after no id.
absl::Status TargetService::List(Call& call, const v1::ListScorecardsRequest& request,
                                 v1::ListScorecardsResponse* response) {
  ViolationList violations;
  const std::vector<std::string> arguments = {"scorecards"};
  const ListPage page = ReadListPage(request.page_size(), request.page_token(), arguments,
                                     /*position_size=*/1, &violations);
  if (!violations.empty()) return violations.ToStatus();
  int room = page.size;
  if (page.position.empty()) {
    const storage::ScorecardRecord balanced = BalancedScorecardRecord();
    const auto stored = store_->GetScorecard(balanced.scorecard_id, call.limits());
    if (!stored.ok()) return stored.status();
    if (!stored->has_value()) {
      SetScorecard(balanced, response->add_scorecards());
      --room;
    }
  }
  const auto read = store_->ListScorecards(AfterId(page), room, call.limits());
  if (!read.ok()) return read.status();
  for (const storage::ScorecardRecord& record : read->records) {
    SetScorecard(record, response->add_scorecards());
  }
  if (read->more) {
    const std::vector<std::string> position = {
        read->records.empty() ? std::string() : read->records.back().scorecard_id};
    response->set_next_page_token(MakePageToken(arguments, position));
  }
  call.Count("entries", response->scorecards_size());
  return absl::OkStatus();
}

grpc::Status TargetService::StreamedUpsertTargets(
    grpc::ServerContext* context,
    UnaryStreamer<v1::UpsertTargetsRequest, v1::UpsertTargetsResponse>* streamer) {
  return guard_->RunUnary(context, streamer, kUpsertTargets,
                          [this](Call& call, const v1::UpsertTargetsRequest& request,
                                 v1::UpsertTargetsResponse* response) {
                            return IngestBatch(store_batch_, call, request, response);
                          });
}

grpc::Status TargetService::StreamedListTargets(
    grpc::ServerContext* context,
    UnaryStreamer<v1::ListTargetsRequest, v1::ListTargetsResponse>* streamer) {
  return guard_->RunUnary(
      context, streamer, kListTargets,
      [this](Call& call, const v1::ListTargetsRequest& request, v1::ListTargetsResponse* response) {
        return List(call, request, response);
      });
}

grpc::Status TargetService::StreamedUpsertScorecards(
    grpc::ServerContext* context,
    UnaryStreamer<v1::UpsertScorecardsRequest, v1::UpsertScorecardsResponse>* streamer) {
  return guard_->RunUnary(
      context, streamer, kUpsertScorecards,
      [this](Call& call, const v1::UpsertScorecardsRequest& request,
             v1::UpsertScorecardsResponse* response) { return Upsert(call, request, response); });
}

grpc::Status TargetService::StreamedListScorecards(
    grpc::ServerContext* context,
    UnaryStreamer<v1::ListScorecardsRequest, v1::ListScorecardsResponse>* streamer) {
  return guard_->RunUnary(
      context, streamer, kListScorecards,
      [this](Call& call, const v1::ListScorecardsRequest& request,
             v1::ListScorecardsResponse* response) { return List(call, request, response); });
}

}  // namespace kpid::server
