#include "server/query_response.h"

#include <set>
#include <string>

#include "server/dimension.h"
#include "server/field_checks.h"
#include "server/interval.h"
#include "server/join_text.h"
#include "server/kpi_request.h"
#include "server/kpi_value.h"
#include "server/reasons.h"
#include "server/time_conversion.h"

namespace kpid::server {
namespace {

static_assert(static_cast<int>(metrics::BetterDirection::kBand) == v1::BETTER_DIRECTION_BAND);

// Fills values with what the query's detail asks for.
class ValueWriter {
 public:
  ValueWriter(const metrics::Query& query, const metrics::Result& result)
      : query_(query), result_(result) {}

  // `values` begins at the first KPI of a total or a bucket.
  void Write(const metrics::Value* values,
             google::protobuf::RepeatedPtrField<v1::KpiValue>* messages) const {
    messages->Reserve(static_cast<int>(query_.kpis.size()));
    for (size_t k = 0; k < query_.kpis.size(); ++k) {
      SetKpiValue(*query_.kpis[k].definition, values[k], CurrencyOf(values[k], result_.currencies),
                  query_.value_detail, messages->Add());
    }
  }

 private:
  const metrics::Query& query_;
  const metrics::Result& result_;
};

void SetSlice(const metrics::Query& query, const metrics::Slice& slice, const ValueWriter& writer,
              v1::Slice* message) {
  for (size_t d = 0; d < slice.dimensions.size(); ++d) {
    const metrics::DimensionValue& value = slice.dimensions[d];
    v1::DimensionValue* added = message->add_dimensions();
    SetDimension(query.group_by[d], added->mutable_dimension());
    added->set_value(value.value);
    added->set_missing(value.missing);
    added->set_display_name(value.display_name);
  }
  writer.Write(slice.total.data(), message->mutable_total()->mutable_values());
  message->mutable_series()->Reserve(static_cast<int>(query.buckets.size()));
  for (size_t b = 0; b < query.buckets.size(); ++b) {
    v1::Point* point = message->add_series();
    SetInterval(query.buckets[b], point->mutable_interval());
    writer.Write(slice.series.data() + b * query.kpis.size(), point->mutable_values());
  }
}

void SetDefinition(const metrics::KpiDefinition& definition, v1::KpiDefinition* message) {
  const auto text = [](std::string_view view) { return std::string(view); };
  message->set_id(text(definition.id));
  for (const std::string_view alias : definition.aliases) message->add_aliases(text(alias));
  message->set_title(text(definition.title));
  message->set_area(text(definition.area));
  message->set_formula(text(definition.formula));
  message->set_unit(static_cast<v1::Unit>(definition.unit));
  message->set_better_direction(static_cast<v1::BetterDirection>(definition.better));
  message->set_time_basis(text(metrics::TimeBasisName(definition.time_basis)));
  for (const metrics::ParameterDefinition& parameter : definition.parameters) {
    v1::KpiParameter* added = message->add_parameters();
    added->set_name(text(parameter.name));
    added->set_kind(text(metrics::ParameterKindName(parameter.kind)));
    added->set_default_value(text(parameter.default_text));
    for (const std::string_view choice : parameter.choices) added->add_choices(text(choice));
    added->set_minimum(text(parameter.minimum_text));
    added->set_maximum(text(parameter.maximum_text));
    added->set_description(text(parameter.description));
  }
  if (definition.has_statistics) {
    for (const char* statistic :
         {"mean", "median", "p1 to p99", "minimum", "maximum", "standard_deviation"}) {
      message->add_statistics(statistic);
    }
  }
  for (const metrics::DimensionKind kind : definition.dimensions) {
    message->add_dimensions(static_cast<v1::DimensionKind>(kind));
  }
  for (const std::string_view count : definition.counts) message->add_counts(text(count));
  message->set_definition_version(definition.definition_version);
}

}  // namespace

void SetQuestion(const Question& question, v1::QueryKpisResponse* response) {
  const metrics::Query& query = question.query;
  for (const metrics::ResolvedKpi& kpi : query.kpis) {
    SetResolvedKpi(kpi, response->add_kpis());
  }
  SetInterval(query.range, response->mutable_interval());
  response->set_time_zone(query.time_zone);
  response->set_confidence_level(query.confidence_level);
}

void SetResult(const metrics::Query& query, const metrics::Result& result,
               v1::QueryKpisResponse* response) {
  const ValueWriter writer(query, result);
  writer.Write(result.total.data(), response->mutable_total()->mutable_values());
  response->mutable_slices()->Reserve(static_cast<int>(result.slices.size()));
  for (const metrics::Slice& slice : result.slices) {
    SetSlice(query, slice, writer, response->add_slices());
  }
  SetTimestamp(result.data_watermark, response->mutable_data_watermark());
}

int64_t LeastResultBytes(const metrics::Query& query, const metrics::Result& result) {
  // A value without anything is a tag, a length and a reason; a point has two instants.
  constexpr int64_t kValueBytes = 4;
  constexpr int64_t kPointBytes = 16;
  const int64_t buckets = static_cast<int64_t>(query.buckets.size());
  const int64_t values = static_cast<int64_t>(query.kpis.size()) * kValueBytes;
  const int64_t slices = static_cast<int64_t>(result.slices.size());
  return slices * (values + buckets * (kPointBytes + values));
}

void ListCatalogue(const v1::ListKpisRequest& request, ViolationList* violations,
                   v1::ListKpisResponse* response) {
  const FieldPath root = FieldPath::Root();
  std::set<const metrics::KpiDefinition*> asked;
  if (request.kpi_ids_size() > kBatchItemsMax) {
    violations->Add(root.Field("kpi_ids"), reason::kTooManyItems,
                    JoinText("at most ", kBatchItemsMax, " are allowed"));
    return;
  }
  for (int i = 0; i < request.kpi_ids_size(); ++i) {
    const metrics::KpiDefinition* definition = metrics::FindKpi(request.kpi_ids(i));
    if (definition == nullptr) {
      violations->Add(root.Element("kpi_ids", i), "KPI_UNKNOWN",
                      "is no KPI or alias; ListKpis without ids lists them");
    } else {
      asked.insert(definition);
    }
  }
  if (!violations->empty()) return;
  for (const metrics::KpiDefinition& definition : metrics::Catalogue()) {
    if (request.kpi_ids_size() == 0 || asked.contains(&definition)) {
      SetDefinition(definition, response->add_kpis());
    }
  }
}

}  // namespace kpid::server
