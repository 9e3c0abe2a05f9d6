#include "tests/bench/bare_insert.h"

#include <libpq-fe.h>

#include <algorithm>
#include <array>
#include <memory>
#include <span>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "storage/binary_format.h"

namespace kpid::bench {
namespace {

using storage::ArrayEncoder;
using storage::TypeOid;

using Connection = std::unique_ptr<PGconn, decltype(&PQfinish)>;
using Answer = std::unique_ptr<PGresult, decltype(&PQclear)>;

// The table of the bare side: the same columns and indexes.
constexpr char kMakeTable[] =
    "CREATE SCHEMA bare; "
    "CREATE TABLE bare.interactions (LIKE kpid.interactions INCLUDING ALL)";

constexpr char kEmptyTables[] = "TRUNCATE kpid.interactions, bare.interactions";
constexpr char kCheckpoint[] = "CHECKPOINT";

// One batch: an upsert, as that of any service that is sent records twice.
constexpr char kInsert[] =
    "INSERT INTO bare.interactions AS stored (revision, direction, resolution, flags, arrive_time,"
    " enqueue_time, answer_time, end_time, hold_microseconds, wrap_up_microseconds, customer_key,"
    " queue_key, agent_key, channel, outcome, interaction_id) "
    "SELECT 0, 1, 0, 0, r.* "
    "FROM unnest($1::timestamptz[], $2::timestamptz[], $3::timestamptz[], $4::timestamptz[],"
    " $5::int8[], $6::int8[], $7::int4[], $8::int4[], $9::int4[], $10::int2[], $11::int2[],"
    " $12::text[]) AS r "
    "ON CONFLICT (interaction_id) DO UPDATE SET revision = excluded.revision,"
    " arrive_time = excluded.arrive_time, enqueue_time = excluded.enqueue_time,"
    " answer_time = excluded.answer_time, end_time = excluded.end_time,"
    " hold_microseconds = excluded.hold_microseconds,"
    " wrap_up_microseconds = excluded.wrap_up_microseconds,"
    " customer_key = excluded.customer_key, queue_key = excluded.queue_key,"
    " agent_key = excluded.agent_key, channel = excluded.channel, outcome = excluded.outcome,"
    " changed_xid = pg_current_xact_id() WHERE excluded.revision > stored.revision";

// What one table holds.
constexpr char kSums[] =
    "SELECT count(*), coalesce(sum(extract(epoch FROM arrive_time)), 0)::bigint,"
    " coalesce(sum(extract(epoch FROM end_time)), 0)::bigint,"
    " coalesce(sum(hold_microseconds), 0)::bigint, count(answer_time),"
    " count(DISTINCT customer_key) FROM ";

absl::StatusOr<Connection> Connect(const std::string& url) {
  Connection connection(PQconnectdb(url.c_str()), &PQfinish);
  if (PQstatus(connection.get()) != CONNECTION_OK) {
    return absl::UnavailableError(PQerrorMessage(connection.get()));
  }
  return connection;
}

absl::Status StatusOf(PGconn* connection, const Answer& answer) {
  const ExecStatusType status = PQresultStatus(answer.get());
  if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK) return absl::OkStatus();
  return absl::InternalError(PQerrorMessage(connection));
}

absl::Status Run(const std::string& url, std::span<const char* const> statements) {
  absl::StatusOr<Connection> connection = Connect(url);
  if (!connection.ok()) return connection.status();
  for (const char* statement : statements) {
    const Answer answer(PQexec(connection->get(), statement), &PQclear);
    if (absl::Status status = StatusOf(connection->get(), answer); !status.ok()) return status;
  }
  return absl::OkStatus();
}

// The arrays of one batch, in the order of kInsert's parameters.
std::vector<std::string> EncodeBatch(std::span<const BenchRecord> records) {
  const size_t count = records.size();
  ArrayEncoder arrive(TypeOid::kTimestamptz, count), enqueue(TypeOid::kTimestamptz, count),
      answer(TypeOid::kTimestamptz, count), end(TypeOid::kTimestamptz, count);
  ArrayEncoder hold(TypeOid::kInt8, count), wrap_up(TypeOid::kInt8, count);
  ArrayEncoder customer(TypeOid::kInt4, count), queue(TypeOid::kInt4, count),
      agent(TypeOid::kInt4, count);
  ArrayEncoder channel(TypeOid::kInt2, count), outcome(TypeOid::kInt2, count);
  ArrayEncoder id(TypeOid::kText, count);
  for (const BenchRecord& record : records) {
    arrive.AppendInstant(record.arrive);
    enqueue.AppendInstant(record.enqueue);
    record.answer ? answer.AppendInstant(*record.answer) : answer.AppendNull();
    end.AppendInstant(record.end);
    hold.AppendLong(record.hold.count());
    wrap_up.AppendLong(record.wrap_up.count());
    customer.AppendInt(record.customer);
    queue.AppendInt(record.queue);
    record.agent != 0 ? agent.AppendInt(record.agent) : agent.AppendNull();
    channel.AppendShort(record.channel);
    outcome.AppendShort(record.outcome);
    id.AppendText(record.interaction_id);
  }
  std::vector<std::string> arrays;
  for (ArrayEncoder* encoder : {&arrive, &enqueue, &answer, &end, &hold, &wrap_up, &customer,
                                &queue, &agent, &channel, &outcome, &id}) {
    arrays.push_back(encoder->Finish());
  }
  return arrays;
}

absl::Status InsertBatch(PGconn* connection, std::span<const BenchRecord> records) {
  const std::vector<std::string> arrays = EncodeBatch(records);
  std::vector<const char*> values;
  std::vector<int> lengths;
  const std::vector<int> formats(arrays.size(), 1);
  for (const std::string& array : arrays) {
    values.push_back(array.data());
    lengths.push_back(static_cast<int>(array.size()));
  }
  const Answer answer(PQexecPrepared(connection, "insert_batch", static_cast<int>(arrays.size()),
                                     values.data(), lengths.data(), formats.data(), 1),
                      &PQclear);
  return StatusOf(connection, answer);
}

}  // namespace

absl::Status MakeBareTable(const std::string& url) {
  return Run(url, std::array<const char*, 1>{kMakeTable});
}

absl::Status EmptyTables(const std::string& url) {
  return Run(url, std::array<const char*, 2>{kEmptyTables, kCheckpoint});
}

absl::StatusOr<TableSums> SumsOf(const std::string& url, const std::string& table) {
  absl::StatusOr<Connection> connection = Connect(url);
  if (!connection.ok()) return connection.status();
  const Answer answer(PQexec(connection->get(), absl::StrCat(kSums, table).c_str()), &PQclear);
  if (absl::Status status = StatusOf(connection->get(), answer); !status.ok()) return status;
  TableSums sums;
  int column = 0;
  for (int64_t* field : {&sums.rows, &sums.arrive_seconds, &sums.end_seconds,
                         &sums.hold_microseconds, &sums.answered, &sums.distinct_customers}) {
    if (!absl::SimpleAtoi(PQgetvalue(answer.get(), 0, column++), field)) {
      return absl::InternalError("a sum is no number");
    }
  }
  return sums;
}

absl::Status InsertBare(const std::string& url, const std::vector<BenchRecord>& records,
                        size_t batch) {
  absl::StatusOr<Connection> connection = Connect(url);
  if (!connection.ok()) return connection.status();
  const Answer prepared(PQprepare(connection->get(), "insert_batch", kInsert, 0, nullptr),
                        &PQclear);
  if (absl::Status status = StatusOf(connection->get(), prepared); !status.ok()) return status;
  const std::span<const BenchRecord> all(records);
  for (size_t first = 0; first < all.size(); first += batch) {
    const size_t count = std::min(batch, all.size() - first);
    if (absl::Status status = InsertBatch(connection->get(), all.subspan(first, count));
        !status.ok()) {
      return status;
    }
  }
  return absl::OkStatus();
}

}  // namespace kpid::bench
