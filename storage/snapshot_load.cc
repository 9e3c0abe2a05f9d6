#include "storage/snapshot_load.h"

#include <algorithm>
#include <array>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/substitute.h"
#include "metrics/error_reason.h"
#include "storage/load_plan.h"

namespace kpid::storage {
namespace {

using metrics::Code;
using metrics::Duration;
using metrics::Instant;
using metrics::InteractionFact;
using metrics::TimeRange;

// Parts of a range for each connection: more than one, so that the last ones end together.
constexpr int kPartsPerConnection = 2;

// Contacts that end at most this long after the range have their repeats looked for by time, for
// all customers at once; longer ones (cases by mail) by customer.
constexpr Duration kLongContact = std::chrono::hours(24);

// Customers or cases that one statement looks up.
constexpr size_t kKeysPerLookup = 10'000;

// Facts between two looks at the limit.
constexpr int64_t kFactsPerCheck = 1'024;

// The last statement takes the snapshot: whether there are conversations by name, and targets. $0:
// the tables, which are locked before, since one that is emptied by TRUNCATE after the snapshot was
// taken would be empty in it.
constexpr const char* kBeginLoad =
    "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;"
    "LOCK TABLE $0 IN ACCESS SHARE MODE;"
    "SELECT EXISTS (SELECT FROM kpid.conversations), EXISTS (SELECT FROM kpid.targets)";

constexpr Statement kExportSnapshot{"export_snapshot", "SELECT pg_export_snapshot()"};

// $1 does not exist in SET, and the name comes from PostgreSQL: digits and dashes.
constexpr const char* kBeginShared =
    "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET TRANSACTION SNAPSHOT '";

constexpr Statement kLatestArrive{"latest_arrive",
                                  "SELECT max(arrive_time) FROM kpid.interactions"};
constexpr Statement kLatestArriveSince{
    "latest_arrive_since",
    "SELECT max(arrive_time) FROM kpid.interactions WHERE arrive_time >= $1"};

// Conditions on listed customers, from after $3 until each one's instant, and on listed cases,
// outside of [$2, $3).
constexpr const char* kOfListedCustomers =
    " JOIN unnest($1, $2) AS listed(customer_key, until_time)"
    " ON i.customer_key = listed.customer_key"
    " AND i.arrive_time > $3 AND i.arrive_time <= listed.until_time";
constexpr const char* kOfListedCases =
    " WHERE i.case_key = ANY($1) AND NOT (i.arrive_time >= $2 AND i.arrive_time < $3)";

Instant ContactEnd(const InteractionFact& fact) {
  return fact.end ? *fact.end : fact.answer.value_or(fact.arrive);
}

// What a fact counts for against the limit.
template <typename Fact>
int64_t FactCount(const Fact&) {
  return 1;
}
int64_t FactCount(const metrics::QualityFact& fact) {
  return 1 + static_cast<int64_t>(fact.items.size());
}

int64_t DayOf(Instant instant) {
  return std::chrono::floor<std::chrono::days>(instant).time_since_epoch().count();
}

// The tables of facts that a load reads; that of interactions always, for the latest arrival.
std::string TablesOf(const metrics::FactDemand& demand) {
  std::string tables = "kpid.targets, kpid.interactions";
  const auto add = [&](bool demanded, const char* table) {
    if (demanded) absl::StrAppend(&tables, ", kpid.", table);
  };
  add(demand.surveys_by_respond || demand.surveys_by_invite, "survey_responses");
  add(demand.quality_evaluations.has_value(), "quality_evaluations");
  add(demand.agent_activities.has_value(), "agent_activities");
  add(demand.scheduled_activities.has_value(), "scheduled_activities");
  add(demand.tickets.has_value(), "tickets");
  add(demand.costs.has_value(), "costs");
  return tables;
}

}  // namespace

// Adds to the load's count now and then, so that threads do not meet at it for every fact.
class SnapshotLoad::FactCounter {
 public:
  explicit FactCounter(SnapshotLoad* load) : load_(load) {}

  absl::Status Add(int64_t facts = 1) {
    pending_ += facts;
    return pending_ < kFactsPerCheck ? absl::OkStatus() : Flush();
  }

  absl::Status Flush() {
    const int64_t added = std::exchange(pending_, 0);
    if (load_->fact_count_.fetch_add(added) + added <= load_->facts_max_) {
      return absl::OkStatus();
    }
    const std::string limit = absl::StrCat(load_->facts_max_);
    return metrics::ErrorWithReason(
        absl::StatusCode::kResourceExhausted,
        absl::StrCat("the question reads more than ", limit, " facts: ask for a shorter range"),
        {"TOO_MANY_FACTS", {{"limit", limit}}});
  }

 private:
  SnapshotLoad* const load_;
  int64_t pending_ = 0;
};

void SnapshotLoad::Neighbourhood::Merge(const Neighbourhood& other) {
  customers.Merge(other.customers);
  cases.Merge(other.cases);
  end_max = std::max(end_max, other.end_max);
  for (const auto& [customer, end] : other.long_ends) {
    Instant& known = long_ends.try_emplace(customer, end).first->second;
    known = std::max(known, end);
  }
}

SnapshotLoad::SnapshotLoad(Database* database, const metrics::FactDemand& demand,
                           const metrics::CallLimits& limits, int64_t facts_max,
                           std::atomic<int64_t>* latest_arrive_hint)
    : database_(database),
      demand_(demand),
      facts_max_(facts_max),
      latest_arrive_hint_(latest_arrive_hint) {
  limits_.deadline = limits.deadline;
  limits_.cancelled = [this, caller = limits.cancelled] {
    return failed_.load(std::memory_order_relaxed) || (caller && caller());
  };
}

SnapshotLoad::~SnapshotLoad() = default;

absl::StatusOr<std::shared_ptr<const metrics::FactSnapshot>> SnapshotLoad::Run(Instant now) {
  absl::Status status = OpenFirst();
  if (!status.ok()) return status;
  absl::StatusOr<LoadedNames> names = LoadNames(workers_.front().session.get(), demand_, limits_);
  if (!names.ok()) return names.status();
  names_ = *std::move(names);
  columns_.attributes = !names_.attributes.empty();
  status = ReadLatestArrive();
  if (status.ok()) status = ReadTargets();
  if (!status.ok()) return status;
  const std::vector<Task> range_tasks = RangeTasks();
  status = OpenOthers(range_tasks.size());
  if (status.ok()) status = RunTasks(range_tasks);
  if (status.ok()) status = RunTasks(NeighbourTasks());
  if (status.ok()) status = CloseAll();
  if (!status.ok()) return status;
  builder_.SetDictionaries(std::move(names_.dictionaries));
  builder_.SetRoster(std::move(names_.roster));
  builder_.SetEmployments(std::move(names_.employments));
  builder_.SetTargets(std::move(targets_.targets));
  builder_.SetDataWatermark(now);
  builder_.SetLatestArrive(latest_arrive_);
  return builder_.Build();
}

absl::Status SnapshotLoad::OpenFirst() {
  absl::StatusOr<SessionLease> session = database_->readers().Acquire(limits_);
  if (!session.ok()) return session.status();
  const std::string begin = absl::Substitute(kBeginLoad, TablesOf(demand_));
  absl::StatusOr<Transaction> transaction =
      Transaction::Begin(session->get(), {"begin_load", begin}, limits_);
  if (!transaction.ok()) return transaction.status();
  columns_.own_conversations = transaction->begin_rows().At(0, 0).Text() == "t";
  has_targets_ = transaction->begin_rows().At(0, 1).Text() == "t";
  workers_.push_back({*std::move(session), *std::move(transaction)});
  return absl::OkStatus();
}

// Mostly there are none, which the first statement has told.
absl::Status SnapshotLoad::ReadTargets() {
  if (!has_targets_) return absl::OkStatus();
  absl::StatusOr<LoadedTargets> targets = LoadTargets(workers_.front().session.get(), limits_);
  if (!targets.ok()) return targets.status();
  targets_ = *std::move(targets);
  return absl::OkStatus();
}

// Takes further connections into the snapshot, as many as there is work for and are free.
absl::Status SnapshotLoad::OpenOthers(size_t task_count) {
  const size_t count =
      std::min(task_count, static_cast<size_t>(database_->options().connections_per_load_max));
  if (count < 2) return absl::OkStatus();
  absl::StatusOr<Rows> exported = workers_.front().session->Execute(kExportSnapshot, {}, limits_);
  if (!exported.ok()) return exported.status();
  const std::string begin = absl::StrCat(kBeginShared, std::string(exported->At(0, 0).Text()), "'");
  while (workers_.size() < count) {
    absl::StatusOr<std::optional<SessionLease>> session = database_->readers().TryAcquire(limits_);
    // Without a further connection it takes longer, that is all.
    if (!session.ok() || !session->has_value()) return limits_.Check();
    absl::StatusOr<Transaction> transaction =
        Transaction::Begin((*session)->get(), {"begin_shared", begin}, limits_);
    if (!transaction.ok()) return transaction.status();
    workers_.push_back({**std::move(session), *std::move(transaction)});
  }
  return absl::OkStatus();
}

// Block-range indexes give no maximum. It seldom becomes less, so it is looked for from where it
// was; the whole table is read by the first load of a process only.
absl::Status SnapshotLoad::ReadLatestArrive() {
  Session* session = workers_.front().session.get();
  const int64_t hint = latest_arrive_hint_->load();
  if (hint != kNoLatestArriveHint) {
    const Parameter since = InstantParameter(Instant(Duration(hint)));
    absl::StatusOr<Rows> rows = session->Execute(kLatestArriveSince, {&since, 1}, limits_);
    if (!rows.ok()) return rows.status();
    if (!rows->At(0, 0).null()) latest_arrive_ = rows->At(0, 0).Time();
  }
  if (!latest_arrive_) {
    absl::StatusOr<Rows> rows = session->Execute(kLatestArrive, {}, limits_);
    if (!rows.ok()) return rows.status();
    if (!rows->At(0, 0).null()) latest_arrive_ = rows->At(0, 0).Time();
  }
  latest_arrive_hint_->store(latest_arrive_ ? latest_arrive_->time_since_epoch().count()
                                            : kNoLatestArriveHint);
  return absl::OkStatus();
}

// Runs the tasks on all connections; returns the first error.
absl::Status SnapshotLoad::RunTasks(const std::vector<Task>& tasks) {
  if (tasks.empty()) return absl::OkStatus();
  std::atomic<size_t> next{0};
  std::vector<std::thread> threads;
  for (size_t i = 1; i < std::min(workers_.size(), tasks.size()); ++i) {
    threads.emplace_back(
        [&, session = workers_[i].session.get()] { RunNext(session, tasks, &next); });
  }
  RunNext(workers_.front().session.get(), tasks, &next);
  for (std::thread& thread : threads) thread.join();
  const std::lock_guard lock(mutex_);
  return first_error_;
}

void SnapshotLoad::RunNext(Session* session, const std::vector<Task>& tasks,
                           std::atomic<size_t>* next) {
  for (size_t i = next->fetch_add(1); i < tasks.size(); i = next->fetch_add(1)) {
    const absl::Status status = tasks[i](session);
    if (status.ok()) continue;
    const std::lock_guard lock(mutex_);
    // The error of another thread cancels this one; the first is the cause.
    if (first_error_.ok()) first_error_ = status;
    failed_.store(true);
    return;
  }
}

// Ends the transactions, so that the connections can serve others.
absl::Status SnapshotLoad::CloseAll() {
  for (Worker& worker : workers_) {
    const absl::Status status = worker.transaction.Commit(limits_);
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

std::vector<SnapshotLoad::Task> SnapshotLoad::RangeTasks() {
  const int parts_max = database_->options().connections_per_load_max * kPartsPerConnection;
  std::vector<Task> tasks;
  if (demand_.interactions) {
    for (const TimeRange& part : SplitByDays(*demand_.interactions, parts_max)) {
      tasks.push_back([this, part](Session* session) { return LoadRange(session, part); });
    }
  }
  AddTasks(SurveyConditions(demand_, parts_max), kSurveyReading,
           &metrics::FactSnapshot::Builder::AddSurveys, &tasks);
  AddFurtherTasks(parts_max, &tasks);
  return tasks;
}

void SnapshotLoad::AddFurtherTasks(int parts_max, std::vector<Task>* tasks) {
  using Builder = metrics::FactSnapshot::Builder;
  if (const auto& range = demand_.quality_evaluations) {
    AddTasks(QualityConditions(*range, parts_max), kQualityReading, &Builder::AddQualityEvaluations,
             tasks);
  }
  if (const auto& range = demand_.agent_activities) {
    AddTasks(AgentActivityConditions(*range, parts_max), kAgentActivityReading,
             &Builder::AddAgentActivities, tasks);
  }
  if (const auto& range = demand_.scheduled_activities) {
    AddTasks(ScheduledActivityConditions(*range, parts_max), kScheduledActivityReading,
             &Builder::AddScheduledActivities, tasks);
  }
  if (const auto& range = demand_.tickets) {
    AddTasks(TicketConditions(*range, parts_max), kTicketReading, &Builder::AddTickets, tasks);
  }
  if (const auto& range = demand_.costs) {
    AddTasks(CostConditions(*range, parts_max), kCostReading, &Builder::AddCosts, tasks);
  }
}

// Adds a task for each condition that reads the facts which meet it.
template <typename Fact>
void SnapshotLoad::AddTasks(std::vector<std::string> conditions, const FactReading<Fact>& reading,
                            void (metrics::FactSnapshot::Builder::*add)(std::vector<Fact>),
                            std::vector<Task>* tasks) {
  for (std::string& condition : conditions) {
    tasks->push_back([this, &reading, add, condition = std::move(condition)](Session* session) {
      std::vector<Fact> facts;
      const absl::Status status = LoadFacts(session, reading, condition, &facts);
      if (!status.ok()) return status;
      const std::lock_guard lock(mutex_);
      (builder_.*add)(std::move(facts));
      return absl::OkStatus();
    });
  }
}

std::vector<SnapshotLoad::Task> SnapshotLoad::NeighbourTasks() {
  std::vector<Task> tasks;
  if (!demand_.interactions || demand_.interactions->Empty()) return tasks;
  if (demand_.repeat_window.count() > 0) AddFollowingTasks(&tasks);
  if (demand_.first_contact_window.count() > 0) AddPrecedingTask(&tasks);
  if (demand_.whole_cases) AddCaseTasks(&tasks);
  return tasks;
}

// Contacts of the range's customers after the range.
void SnapshotLoad::AddFollowingTasks(std::vector<Task>* tasks) {
  const Instant range_end = demand_.interactions->end;
  const Instant last =
      std::min(neighbourhood_.end_max, range_end + kLongContact) + demand_.repeat_window;
  if (neighbourhood_.end_max == Instant::min() || last < range_end) return;
  tasks->push_back([this, after = TimeRange{range_end, last + Duration(1)}](Session* session) {
    return LoadNeighbours(session, ArrivesIn(after), [this](const InteractionFact& fact) {
      return neighbourhood_.customers.Contains(fact.customer);
    });
  });
  auto at = neighbourhood_.long_ends.begin();
  while (at != neighbourhood_.long_ends.end()) {
    ArrayEncoder customers(TypeOid::kInt4, kKeysPerLookup);
    ArrayEncoder until(TypeOid::kTimestamptz, kKeysPerLookup);
    for (size_t i = 0; i < kKeysPerLookup && at != neighbourhood_.long_ends.end(); ++i, ++at) {
      customers.AppendInt(static_cast<int32_t>(at->first));
      until.AppendInstant(at->second + demand_.repeat_window);
    }
    std::vector<Parameter> parameters;
    parameters.push_back(ArrayParameter(&customers));
    parameters.push_back(ArrayParameter(&until));
    parameters.push_back(InstantParameter(last));
    tasks->push_back([this, parameters = std::move(parameters)](Session* session) {
      const std::string sql = absl::StrCat(SelectInteractions(columns_), kOfListedCustomers);
      return LoadListed(session, {"load_following", sql}, parameters);
    });
  }
}

// Handled contacts of the range's customers and cases that reach it from before.
void SnapshotLoad::AddPrecedingTask(std::vector<Task>* tasks) {
  const Instant start = demand_.interactions->start;
  const std::string condition = HandledBefore(start, start - demand_.first_contact_window);
  tasks->push_back([this, condition](Session* session) {
    return LoadNeighbours(session, condition, [this](const InteractionFact& fact) {
      return neighbourhood_.customers.Contains(fact.customer) ||
             neighbourhood_.cases.Contains(fact.case_code);
    });
  });
}

// All contacts of the range's cases.
void SnapshotLoad::AddCaseTasks(std::vector<Task>* tasks) {
  const std::vector<Code> codes = neighbourhood_.cases.Codes();
  for (size_t begin = 0; begin < codes.size(); begin += kKeysPerLookup) {
    const size_t end = std::min(codes.size(), begin + kKeysPerLookup);
    ArrayEncoder cases(TypeOid::kInt4, end - begin);
    for (size_t i = begin; i < end; ++i) cases.AppendInt(static_cast<int32_t>(codes[i]));
    std::vector<Parameter> parameters;
    parameters.push_back(ArrayParameter(&cases));
    parameters.push_back(InstantParameter(demand_.interactions->start));
    parameters.push_back(InstantParameter(demand_.interactions->end));
    tasks->push_back([this, parameters = std::move(parameters)](Session* session) {
      const std::string sql = absl::StrCat(SelectInteractions(columns_), kOfListedCases);
      return LoadListed(session, {"load_cases", sql}, parameters);
    });
  }
}

void SnapshotLoad::Note(const InteractionFact& fact, Neighbourhood* neighbourhood) const {
  neighbourhood->cases.Insert(fact.case_code);
  if (fact.customer == metrics::kNoCode) return;
  neighbourhood->customers.Insert(fact.customer);
  const Instant end = ContactEnd(fact);
  neighbourhood->end_max = std::max(neighbourhood->end_max, end);
  if (end > demand_.interactions->end + kLongContact) {
    Instant& known = neighbourhood->long_ends.try_emplace(fact.customer, end).first->second;
    known = std::max(known, end);
  }
}

// Reads all interactions of a part of the range and hands them over by days.
absl::Status SnapshotLoad::LoadRange(Session* session, TimeRange range) {
  const bool noted = demand_.repeat_window.count() > 0 ||
                     demand_.first_contact_window.count() > 0 || demand_.whole_cases;
  const int64_t first_day = DayOf(range.start);
  std::vector<std::vector<InteractionFact>> days(
      static_cast<size_t>(DayOf(range.end - Duration(1)) - first_day + 1));
  Neighbourhood neighbourhood;
  FactCounter counter(this);
  absl::Status status =
      CopyInteractions(session, ArrivesIn(range), [&](InteractionFact fact) -> absl::Status {
        if (noted) Note(fact, &neighbourhood);
        days[static_cast<size_t>(DayOf(fact.arrive) - first_day)].push_back(std::move(fact));
        return counter.Add();
      });
  if (status.ok()) status = counter.Flush();
  if (!status.ok()) return status;
  for (std::vector<InteractionFact>& day : days) {
    if (!day.empty()) builder_.AddInteractions(std::move(day));
  }
  if (noted) {
    const std::lock_guard lock(mutex_);
    neighbourhood_.Merge(neighbourhood);
  }
  return absl::OkStatus();
}

absl::Status SnapshotLoad::LoadNeighbours(Session* session, const std::string& condition,
                                          const FactFilter& filter) {
  std::vector<InteractionFact> facts;
  FactCounter counter(this);
  absl::Status status = CopyInteractions(session, condition, [&](InteractionFact fact) {
    if (!filter(fact)) return absl::OkStatus();
    facts.push_back(std::move(fact));
    return counter.Add();
  });
  if (status.ok()) status = counter.Flush();
  if (!status.ok()) return status;
  return AddNeighbours(std::move(facts));
}

// Reads interactions by a statement with parameters, which COPY does not take.
absl::Status SnapshotLoad::LoadListed(Session* session, const Statement& statement,
                                      std::vector<Parameter> parameters) {
  absl::StatusOr<Rows> rows = session->Execute(statement, parameters, limits_);
  if (!rows.ok()) return rows.status();
  const size_t column_count = static_cast<size_t>(InteractionColumnCount(columns_));
  std::array<FieldView, kCopyFieldsMax> fields;
  std::vector<InteractionFact> facts(static_cast<size_t>(rows->size()));
  FactCounter counter(this);
  for (int i = 0; i < rows->size(); ++i) {
    for (size_t column = 0; column < column_count; ++column) {
      fields[column] = rows->At(i, static_cast<int>(column));
    }
    absl::Status status = DecodeInteraction({fields.data(), column_count}, names_.attributes,
                                            &facts[static_cast<size_t>(i)]);
    if (status.ok()) status = counter.Add();
    if (!status.ok()) return status;
  }
  const absl::Status status = counter.Flush();
  if (!status.ok()) return status;
  return AddNeighbours(std::move(facts));
}

absl::Status SnapshotLoad::CopyInteractions(
    Session* session, const std::string& condition,
    const std::function<absl::Status(InteractionFact)>& sink) {
  const std::string sql = absl::StrCat("COPY (", SelectInteractions(columns_), " WHERE ", condition,
                                       ") TO STDOUT (FORMAT binary)");
  CopyReader reader;
  const auto decode = [&](std::span<const FieldView> row) {
    InteractionFact fact;
    const absl::Status status = DecodeInteraction(row, names_.attributes, &fact);
    return status.ok() ? sink(std::move(fact)) : status;
  };
  return session->CopyOut({"copy_interactions", sql}, limits_,
                          [&](std::string_view chunk) { return reader.Feed(chunk, decode); });
}

template <typename Fact>
absl::Status SnapshotLoad::LoadFacts(Session* session, const FactReading<Fact>& reading,
                                     const std::string& condition, std::vector<Fact>* facts) {
  const std::string sql =
      absl::StrCat("COPY (", reading.select, " WHERE ", condition, ") TO STDOUT (FORMAT binary)");
  CopyReader reader;
  FactCounter counter(this);
  const auto decode = [&](std::span<const FieldView> row) {
    const absl::Status status = reading.decode(row, &facts->emplace_back());
    return status.ok() ? counter.Add(FactCount(facts->back())) : status;
  };
  const absl::Status status =
      session->CopyOut({reading.name, sql}, limits_,
                       [&](std::string_view chunk) { return reader.Feed(chunk, decode); });
  return status.ok() ? counter.Flush() : status;
}

// Adds interactions outside of the range, each once although it may be found in several ways.
absl::Status SnapshotLoad::AddNeighbours(std::vector<InteractionFact> facts) {
  std::map<int64_t, std::vector<InteractionFact>> days;
  {
    const std::lock_guard lock(mutex_);
    for (InteractionFact& fact : facts) {
      if (!neighbour_keys_.insert(fact.row_key).second) continue;
      days[DayOf(fact.arrive)].push_back(std::move(fact));
    }
  }
  for (auto& [day, of_day] : days) builder_.AddInteractions(std::move(of_day));
  return absl::OkStatus();
}

}  // namespace kpid::storage
