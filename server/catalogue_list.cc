#include "server/catalogue_list.h"

#include <set>
#include <string>

#include "metrics/catalogue.h"
#include "server/field_checks.h"
#include "server/join_text.h"
#include "server/reasons.h"

namespace kpid::server {
namespace {

static_assert(static_cast<int>(metrics::BetterDirection::kBand) == v1::BETTER_DIRECTION_BAND);

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
      violations->Add(root.Element("kpi_ids", i), reason::kKpiUnknown,
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
