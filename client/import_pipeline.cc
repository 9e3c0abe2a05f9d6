#include "client/import_pipeline.h"

#include <atomic>
#include <functional>
#include <mutex>
#include <optional>
#include <string_view>
#include <thread>
#include <utility>

#include "absl/hash/hash.h"
#include "absl/strings/str_format.h"
#include "client/bounded_queue.h"
#include "client/error_report.h"
#include "client/record_rows.h"
#include "client/row_batch.h"

namespace kpid::client {
namespace {

// The bytes of rows make more bytes of messages (times of 20 bytes become about 8, but absent
// ones none): half the message limit leaves room.
constexpr size_t kRowBytesOfBatchMax = kMessageBytesMax / 2;

// A message and the rows that its records came from.
class ImportBatch : public RecordBatch {
 public:
  explicit ImportBatch(std::unique_ptr<RowBatch> rows) : rows_(std::move(rows)) {}

  const RowBatch& rows() const { return *rows_; }

  // Rows [begin, end) made the record that was added last.
  void AddRows(size_t begin, size_t end) { rows_of_record_.emplace_back(begin, end); }
  std::pair<size_t, size_t> rows_of_record(int index) const {
    return rows_of_record_[static_cast<size_t>(index)];
  }

 private:
  std::unique_ptr<RowBatch> rows_;
  std::vector<std::pair<size_t, size_t>> rows_of_record_;
};

class Import : public RecordStreamObserver {
 public:
  explicit Import(const ImportJob& job) : job_(job) {}

  ImportOutcome Run() {
    for (int i = 0; i < job_.streams; ++i) lanes_.push_back(std::make_unique<Lane>());
    for (const std::unique_ptr<Lane>& lane : lanes_) {
      lane->thread = std::thread([this, &lane] { RunLane(lane.get()); });
    }
    absl::Status read_status = ReadRows();
    for (const std::unique_ptr<Lane>& lane : lanes_) {
      if (!failed_ && lane->filling->size() > 0) lane->queue.Push(std::move(lane->filling));
      lane->queue.Close();
    }
    for (const std::unique_ptr<Lane>& lane : lanes_) lane->thread.join();
    return {std::move(read_status), send_status_};
  }

  void OnAcknowledged(const RecordBatch& batch) override {
    const auto& imported = static_cast<const ImportBatch&>(batch);
    job_.totals->settled += batch.request().records_size();
    job_.totals->settled_bytes += imported.rows().source_bytes;
  }

  void OnRejected(const RecordBatch& batch, const v1::RejectedRecord& rejected) override {
    const auto& imported = static_cast<const ImportBatch&>(batch);
    const auto [begin, end] = imported.rows_of_record(rejected.index());
    RejectRows(imported.rows(), begin, end, RejectionText(rejected.status()));
  }

  void OnCounts(const v1::IngestCounts& counts) override {
    job_.totals->inserted += counts.inserted_count();
    job_.totals->updated += counts.updated_count();
    job_.totals->unchanged += counts.unchanged_count();
    job_.totals->rejected += counts.rejected_count();
  }

  void OnRetry(const grpc::Status& status, int tries, std::chrono::milliseconds delay,
               int64_t records) override {
    job_.totals->sent_again += records;
    if (tries % kTriesPerNotice != 1) return;
    job_.notice(RetryNotice(status, tries, job_.retry.tries_max, delay));
  }

 private:
  // A stream with its thread and the batches that wait for it.
  struct Lane {
    BoundedQueue<std::unique_ptr<RowBatch>> queue{kBatchesQueuedMax};
    std::unique_ptr<RowBatch> filling = std::make_unique<RowBatch>();
    std::thread thread;
  };

  absl::Status ReadRows() {
    CsvRow row;
    int64_t bytes_before = job_.reader->bytes_consumed();
    while (!failed_) {
      absl::StatusOr<bool> more = job_.reader->Next(&row);
      if (!more.ok()) return more.status();
      if (!*more) break;
      const int64_t row_bytes = job_.reader->bytes_consumed() - bytes_before;
      bytes_before = job_.reader->bytes_consumed();
      if (!row.problem.empty() || row.fields.size() != job_.header_size) {
        RejectBroken(row);
        job_.totals->settled_bytes += row_bytes;
        continue;
      }
      AddRow(row, row_bytes);
    }
    return absl::OkStatus();
  }

  // Deals a row out. Rows that are joined go into one batch, and no more of them than a record
  // can have: one row too many goes along and makes the record rejected.
  void AddRow(const CsvRow& row, int64_t row_bytes) {
    const std::string_view id = row.fields[job_.columns->id_column()];
    Lane& lane = *lanes_[hash_(id) % lanes_.size()];
    bool joined = false;
    if (job_.columns->rows_are_joined()) {
      joined = last_lane_ != nullptr && last_id_ == id;
      if (!joined) last_id_rows_ = last_id_bytes_ = 0;
      if (last_id_rows_ > kRowsOfRecordMax || last_id_bytes_ > kRowBytesOfRecordMax) {
        RejectCells(row.line, "belongs to an evaluation that is too long", row.fields);
        job_.totals->settled_bytes += row_bytes;
        return;
      }
      last_id_.assign(id);
      ++last_id_rows_;
      for (const std::string_view field : row.fields) last_id_bytes_ += field.size();
      last_lane_ = &lane;
    }
    const bool full = lane.filling->size() >= static_cast<size_t>(job_.batch_rows) ||
                      lane.filling->byte_count() >= kRowBytesOfBatchMax;
    if (full && !joined) {
      lane.queue.Push(std::move(lane.filling));
      lane.filling = std::make_unique<RowBatch>();
    }
    lane.filling->Append(row,
                         {.continues = joined, .doubtful = std::exchange(doubts_next_, false)});
    lane.filling->source_bytes += row_bytes;
  }

  void RunLane(Lane* lane) {
    std::optional<RecordStream> stream;
    if (job_.open_channel) stream.emplace(job_.open_channel(), job_.retry, this);
    grpc::Status status;
    while (status.ok()) {
      std::optional<std::unique_ptr<RowBatch>> rows = lane->queue.Pop();
      if (!rows.has_value()) break;
      status = SendRows(std::move(*rows), stream.has_value() ? &*stream : nullptr);
    }
    if (status.ok() && stream.has_value() && !failed_) status = stream->Finish();
    if (!status.ok()) Fail(status);
    lane->queue.Close();
  }

  grpc::Status SendRows(std::unique_ptr<RowBatch> rows, RecordStream* stream) {
    auto batch = std::make_shared<ImportBatch>(std::move(rows));
    google::protobuf::RepeatedPtrField<v1::StreamRecord>* records =
        batch->request().mutable_records();
    records->Reserve(static_cast<int>(batch->rows().size()));
    std::string reason;
    for (size_t row = 0; row < batch->rows().size();) {
      const size_t end = EndOfRecord(batch->rows(), row);
      if (ReadRecord(*job_.columns, batch->rows(), row, end, records->Add(), &reason)) {
        batch->AddRows(row, end);
      } else {
        records->RemoveLast();
        RejectRows(batch->rows(), row, end, reason);
        ++job_.totals->rejected;
        ++job_.totals->settled;
      }
      row = end;
    }
    if (stream != nullptr && !records->empty()) return stream->Send(std::move(batch));
    job_.totals->settled += records->size();
    job_.totals->settled_bytes += batch->rows().source_bytes;
    return grpc::Status::OK;
  }

  void RejectRows(const RowBatch& rows, size_t begin, size_t end, std::string_view reason) {
    std::vector<std::string_view> cells;
    for (size_t row = begin; row < end; ++row) {
      cells.clear();
      for (size_t i = 0; i < rows.field_count(row); ++i) cells.push_back(rows.field(row, i));
      RejectCells(rows.line(row), reason, cells);
    }
  }

  // Cells of the file that the source was made from: a file of rejected rows has two in front.
  void RejectCells(int64_t line, std::string_view reason,
                   const std::vector<std::string_view>& cells) {
    const size_t leading = std::min(job_.columns->leading_columns(), cells.size());
    job_.rejected->Add(line, reason,
                       {cells.begin() + static_cast<std::ptrdiff_t>(leading), cells.end()});
  }

  // Nobody can tell which record a broken row belongs to: of joined rows its neighbours go too.
  void RejectBroken(const CsvRow& row) {
    ++job_.totals->rejected;
    ++job_.totals->settled;
    if (job_.columns->rows_are_joined()) {
      if (last_lane_ != nullptr) last_lane_->filling->DoubtLast();
      doubts_next_ = true;
    }
    if (!row.problem.empty()) {
      job_.rejected->Add(row.line, row.problem, {row.raw_line});
      return;
    }
    RejectCells(row.line,
                absl::StrFormat("the row has %d fields, the header has %d", row.fields.size(),
                                job_.header_size),
                row.fields);
  }

  // Ends everything: the first failure is the one that is told.
  void Fail(const grpc::Status& status) {
    {
      const std::lock_guard lock(mutex_);
      if (send_status_.ok()) send_status_ = status;
    }
    failed_ = true;
    for (const std::unique_ptr<Lane>& lane : lanes_) lane->queue.Close();
  }

  const ImportJob& job_;
  const absl::Hash<std::string_view> hash_{};

  // Of rows that are joined: the last one's lane and id, and how many of this id came together.
  Lane* last_lane_ = nullptr;
  std::string last_id_;
  size_t last_id_rows_ = 0;
  size_t last_id_bytes_ = 0;
  bool doubts_next_ = false;  // The row before the next could not be read.
  std::vector<std::unique_ptr<Lane>> lanes_;
  std::atomic<bool> failed_{false};
  std::mutex mutex_;
  grpc::Status send_status_;
};

}  // namespace

ImportOutcome RunImport(const ImportJob& job) { return Import(job).Run(); }

}  // namespace kpid::client
