#include "server/query_response.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <string>
#include <vector>

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
  ValueWriter(const metrics::Question& question, const metrics::Answer& answer, SizeLimit* size)
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
    size_->Begin();
    message->mutable_series()->Reserve(static_cast<int>(query_.buckets.size()));
    for (size_t b = 0; b < query_.buckets.size(); ++b) {
      v1::Point* point = message->add_series();
      SetInterval(query_.buckets[b], point->mutable_interval());
      if (answer_.before && answer_.compared.counterpart[b]) {
        SetInterval(answer_.compared.buckets[*answer_.compared.counterpart[b]],
                    point->mutable_comparison_interval());
      }
      WriteValues(s, b, point->mutable_values());
      if (absl::Status status = size_->Add(*point); !status.ok()) return status;
    }
    return absl::OkStatus();
  }

 private:
  // Those of a slice or the total, of a bucket or the whole range.
  const metrics::Value* ValuesOf(const metrics::Result& result, std::optional<size_t> slice,
                                 std::optional<size_t> bucket) const {
    if (!slice) return result.total.data();
    if (!bucket) return result.slices[*slice].total.data();
    return result.slices[*slice].series.data() + *bucket * query_.kpis.size();
  }

  void WriteValues(std::optional<size_t> slice, std::optional<size_t> bucket, Slots* messages) {
    const metrics::Value* values = ValuesOf(answer_.result, slice, bucket);
    const metrics::Value* before =
        answer_.before ? ValuesOf(*answer_.before, slice, bucket) : nullptr;
    const metrics::Instant start = bucket ? query_.buckets[*bucket].start : query_.range.start;
    messages->Reserve(static_cast<int>(query_.kpis.size()));
    for (size_t k = 0; k < query_.kpis.size(); ++k) {
      const metrics::ResolvedKpi& kpi = query_.kpis[k];
      v1::KpiValue* message = messages->Add();
      const std::string_view currency = CurrencyOf(values[k], answer_.result.currencies);
      SetKpiValue(*kpi.definition, values[k], currency, query_.value_detail, message);
      if (const metrics::Target* target = targets_.Find(k, start); target != nullptr) {
        SetTarget(metrics::Assess(*target, values[k], currency), message);
      }
      if (before != nullptr) {
        SetComparison(before[k], metrics::ChangeOf(answer_, slice, bucket, k), query_.value_detail,
                      message);
      }
    }
  }

  const metrics::Query& query_;
  const metrics::Answer& answer_;
  SizeLimit* const size_;
  EffectiveTargets targets_;
};

// Writes the parts of an answer in lists of numbers.
class NumberWriter {
 public:
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
    WriteNumbers(answer_.result.total, message->mutable_total_numbers());
  }

  absl::Status WriteSlice(size_t s, v1::Slice* message) const {
    const metrics::Slice& slice = answer_.result.slices[s];
    SetDimensions(query_, slice, message);
    WriteNumbers(slice.total, message->mutable_total_numbers());
    if (query_.buckets.size() > 1) WriteNumbers(slice.series, message->mutable_series_numbers());
    return absl::OkStatus();
  }

 private:
  void WriteNumbers(const std::vector<metrics::Value>& values, v1::Numbers* message) const {
    message->mutable_values()->Reserve(static_cast<int>(values.size()));
    bool all_there = true;
    for (const metrics::Value& value : values) {
      message->add_values(value.value.value_or(std::numeric_limits<double>::quiet_NaN()));
      all_there &= value.value.has_value();
    }
    for (const metrics::Value& value : values) {
      if (all_there) break;
      message->add_no_value_reasons(static_cast<v1::NoValueReason>(value.no_value_reason));
    }
    for (const metrics::Value& value : values) {
      if (!has_money_) break;
      const std::string_view currency = CurrencyOf(value, answer_.result.currencies);
      message->add_currency_codes(currency.data(), currency.size());
    }
  }

  const metrics::Query& query_;
  const metrics::Answer& answer_;
  const bool has_money_;
};

template <class Writer>
absl::Status AppendParts(Writer* writer, const metrics::Answer& answer, EncodedResponse* response) {
  v1::QueryKpisResponse once;
  writer->WriteTotal(&once);
  once.set_slice_count(answer.slice_count);
  if (absl::Status status = response->Append(once); !status.ok()) return status;
  v1::Slice message;  // One for all: its memory is used again, and stays in the caches.
  for (size_t s = 0; s < answer.result.slices.size(); ++s) {
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

}  // namespace

void SetQuestion(const Question& question, v1::QueryKpisResponse* response) {
  const metrics::Query& query = question.query();
  for (const metrics::ResolvedKpi& kpi : query.kpis) SetResolvedKpi(kpi, response->add_kpis());
  SetInterval(query.range, response->mutable_interval());
  response->set_time_zone(query.time_zone);
  response->set_confidence_level(query.confidence_level);
  if (question.compared) SetInterval(*question.compared, response->mutable_comparison_interval());
}

absl::Status AppendAnswer(const Question& question, const metrics::Answer& answer,
                          EncodedResponse* response) {
  const metrics::Query& query = question.query();
  if (question.numbers) {
    NumberWriter writer(query, answer);
    return AppendParts(&writer, answer, response);
  }
  SizeLimit size(response->bytes_max(),
                 static_cast<int64_t>(query.buckets.size() * query.kpis.size()));
  ValueWriter writer(question.asked, answer, &size);
  return AppendParts(&writer, answer, response);
}

}  // namespace kpid::server
