#include "server/query_response.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "metrics/scan_threads.h"
#include "server/dimension.h"
#include "server/effective_targets.h"
#include "server/interval.h"
#include "server/kpi_request.h"
#include "server/kpi_value.h"
#include "server/time_conversion.h"

namespace kpid::server {
namespace {

using Slots = google::protobuf::RepeatedPtrField<v1::KpiValue>;

// Refuses what is far too large while one part of it is made, before it takes memory many times
// over.
class SizeLimit {
 public:
  // Nothing is counted where `values` stay below the limit anyhow.
  SizeLimit(int64_t bytes_max, int64_t values)
      : bytes_max_(bytes_max), counts_(values > bytes_max / kValueBytesMost) {}

  // The next part begins.
  void Begin() { bytes_ = 0; }

  absl::Status Add(const google::protobuf::MessageLite& message) {
    if (!counts_) return absl::OkStatus();
    bytes_ += static_cast<int64_t>(message.ByteSizeLong());
    return bytes_ <= bytes_max_ ? absl::OkStatus() : AnswerTooLarge(bytes_max_);
  }

 private:
  // A value with six named counts, a target of the longest id and a comparison.
  static constexpr int64_t kValueBytesMost = 600;

  const int64_t bytes_max_;
  const bool counts_;
  int64_t bytes_ = 0;
};

void SetDimensions(const metrics::Query& query, const metrics::Slice& slice, v1::Slice* message) {
  message->set_other(slice.other);
  for (size_t d = 0; d < slice.dimensions.size(); ++d) {
    const metrics::DimensionValue& value = slice.dimensions[d];
    v1::DimensionValue* added = message->add_dimensions();
    SetDimension(query.group_by[d], added->mutable_dimension());
    added->set_value(value.value);
    added->set_missing(value.missing);
    added->set_display_name(value.display_name);
  }
}

// Writes the parts of an answer, a message for each value.
class ValueWriter {
 public:
  // Values that make it worth to wake a thread.
  static constexpr size_t kValuesPerThreadMin = 2'000;

  ValueWriter(const metrics::Question& question, const metrics::Answer& answer, SizeLimit size)
      : query_(question.query), answer_(answer), size_(size), targets_(query_, *answer.snapshot) {}

  void WriteTotal(v1::QueryKpisResponse* message) {
    targets_.Begin(nullptr);
    WriteValues({}, {}, message->mutable_total()->mutable_values());
  }

  absl::Status WriteSlice(size_t s, v1::Slice* message) {
    const metrics::Slice& slice = answer_.result.slices[s];
    SetDimensions(query_, slice, message);
    targets_.Begin(&slice);
    WriteValues(s, {}, message->mutable_total()->mutable_values());
    size_.Begin();
    message->mutable_series()->Reserve(static_cast<int>(query_.buckets.size()));
    for (size_t b = 0; b < query_.buckets.size(); ++b) {
      v1::Point* point = message->add_series();
      SetInterval(query_.buckets[b], point->mutable_interval());
      if (answer_.before && answer_.compared.counterpart[b]) {
        SetInterval(answer_.compared.buckets[*answer_.compared.counterpart[b]],
                    point->mutable_comparison_interval());
      }
      WriteValues(s, b, point->mutable_values());
      if (absl::Status status = size_.Add(*point); !status.ok()) return status;
    }
    return absl::OkStatus();
  }

 private:
  // That of a slice or the total, of a bucket or the whole range.
  metrics::Value ValueOf(const metrics::Result& result, std::optional<size_t> slice,
                         std::optional<size_t> bucket, size_t kpi) const {
    if (!slice) return result.total[kpi];
    if (!bucket) return result.slices[*slice].total[kpi];
    return result.slices[*slice].series[*bucket * query_.kpis.size() + kpi];
  }

  void WriteValues(std::optional<size_t> slice, std::optional<size_t> bucket, Slots* messages) {
    const metrics::Instant start = bucket ? query_.buckets[*bucket].start : query_.range.start;
    messages->Reserve(static_cast<int>(query_.kpis.size()));
    for (size_t k = 0; k < query_.kpis.size(); ++k) {
      const metrics::ResolvedKpi& kpi = query_.kpis[k];
      const metrics::Value value = ValueOf(answer_.result, slice, bucket, k);
      v1::KpiValue* message = messages->Add();
      const std::string_view currency = CurrencyOf(value, answer_.result.currencies);
      SetKpiValue(*kpi.definition, value, currency, query_.value_detail, message);
      if (const metrics::Target* target = targets_.Find(k, start); target != nullptr) {
        SetTarget(metrics::Assess(*target, value, currency), message);
      }
      if (answer_.before) {
        SetComparison(ValueOf(*answer_.before, slice, bucket, k),
                      metrics::ChangeOf(answer_, slice, bucket, k), query_.value_detail, message);
      }
    }
  }

  const metrics::Query& query_;
  const metrics::Answer& answer_;
  SizeLimit size_;
  EffectiveTargets targets_;
};

// Writes the parts of an answer in lists of numbers.
class NumberWriter {
 public:
  static constexpr size_t kValuesPerThreadMin = 5'000;

  NumberWriter(const metrics::Query& query, const metrics::Answer& answer)
      : query_(query),
        answer_(answer),
        has_money_(std::any_of(query.kpis.begin(), query.kpis.end(),
                               [](const auto& kpi) { return kpi.unit == metrics::Unit::kMoney; })) {
  }

  void WriteTotal(v1::QueryKpisResponse* message) const {
    for (const metrics::TimeRange& bucket : query_.buckets) {
      SetInterval(bucket, message->add_buckets());
    }
    WriteNumbers(metrics::ValueList(answer_.result.total), message->mutable_total_numbers());
  }

  absl::Status WriteSlice(size_t s, v1::Slice* message) const {
    const metrics::Slice& slice = answer_.result.slices[s];
    SetDimensions(query_, slice, message);
    WriteNumbers(slice.total, message->mutable_total_numbers());
    if (query_.buckets.size() > 1) WriteNumbers(slice.series, message->mutable_series_numbers());
    return absl::OkStatus();
  }

 private:
  void WriteNumbers(const metrics::ValueList& values, v1::Numbers* message) const {
    const auto size = static_cast<int>(values.size());
    message->mutable_values()->Resize(size, 0);
    double* const numbers = message->mutable_values()->mutable_data();
    bool all_there = true;
    for (size_t i = 0; i < values.size(); ++i) {
      numbers[i] = values.Bare(i).value;
      all_there &= !std::isnan(numbers[i]);
    }
    if (!all_there) {
      message->mutable_no_value_reasons()->Resize(size, 0);
      int* const reasons = message->mutable_no_value_reasons()->mutable_data();
      for (size_t i = 0; i < values.size(); ++i) {
        reasons[i] = static_cast<int>(values.Bare(i).no_value_reason);
      }
    }
    if (!has_money_) return;
    for (const metrics::Value& value : values) {
      const std::string_view currency = CurrencyOf(value, answer_.result.currencies);
      message->add_currency_codes(currency.data(), currency.size());
    }
  }

  const metrics::Query& query_;
  const metrics::Answer& answer_;
  const bool has_money_;
};

// What a slice costs beside its values: names, and a message.
constexpr size_t kValuesOfSlice = 40;

// Adds slices from `first` to before `end`.
template <class Writer>
absl::Status AppendSlices(Writer* writer, size_t first, size_t end, EncodedResponse* response) {
  v1::Slice message;  // One for all: its memory is used again, and stays in the caches.
  for (size_t s = first; s < end; ++s) {
    message.Clear();
    if (absl::Status status = writer->WriteSlice(s, &message); !status.ok()) return status;
    if (absl::Status status =
            response->AppendField(v1::QueryKpisResponse::kSlicesFieldNumber, message);
        !status.ok()) {
      return status;
    }
  }
  return absl::OkStatus();
}

// The same of all slices, by several threads: each encodes ranges of them.
template <class Writer>
absl::Status AppendSlicesByThreads(const Writer& writer, size_t slices, size_t threads,
                                   EncodedResponse* response) {
  // Several for each thread, because some start later.
  const size_t ranges = std::min(slices, threads * 4);
  std::vector<EncodedResponse> parts(ranges, response->NewPart());
  std::atomic<size_t> next = 0;
  const absl::Status status = metrics::RunParts(threads, [&](size_t) -> absl::Status {
    Writer own = writer;
    for (size_t range = next++; range < ranges; range = next++) {
      absl::Status appended =
          AppendSlices(&own, slices * range / ranges, slices * (range + 1) / ranges, &parts[range]);
      if (!appended.ok()) return appended;
    }
    return absl::OkStatus();
  });
  if (!status.ok()) return status;
  for (EncodedResponse& part : parts) response->Join(std::move(part));
  return absl::OkStatus();
}

template <class Writer>
absl::Status AppendParts(Writer writer, const metrics::Answer& answer, size_t values_of_slice,
                         int threads_max, EncodedResponse* response) {
  v1::QueryKpisResponse once;
  writer.WriteTotal(&once);
  once.set_slice_count(answer.slice_count);
  if (absl::Status status = response->Append(once); !status.ok()) return status;
  const size_t slices = answer.result.slices.size();
  const size_t threads =
      std::min({static_cast<size_t>(std::max(1, threads_max)), slices,
                slices * (values_of_slice + kValuesOfSlice) / Writer::kValuesPerThreadMin});
  if (threads <= 1) return AppendSlices(&writer, 0, slices, response);
  return AppendSlicesByThreads(writer, slices, threads, response);
}

}  // namespace

void SetQuestion(const Question& question, v1::QueryKpisResponse* response) {
  const metrics::Query& query = question.query();
  for (const metrics::ResolvedKpi& kpi : query.kpis) SetResolvedKpi(kpi, response->add_kpis());
  SetInterval(query.range, response->mutable_interval());
  response->set_time_zone(query.time_zone);
  response->set_confidence_level(query.confidence_level);
  if (question.compared) SetInterval(*question.compared, response->mutable_comparison_interval());
}

absl::Status AppendAnswer(const Question& question, const metrics::Answer& answer, int threads_max,
                          EncodedResponse* response) {
  const metrics::Query& query = question.query();
  const size_t values = (query.buckets.size() + 1) * query.kpis.size();
  if (question.numbers) {
    return AppendParts(NumberWriter(query, answer), answer, values, threads_max, response);
  }
  const SizeLimit size(response->bytes_max(), static_cast<int64_t>(values));
  return AppendParts(ValueWriter(question.asked, answer, size), answer, values, threads_max,
                     response);
}

}  // namespace kpid::server
