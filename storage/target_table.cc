#include "storage/kpi_text.h"
#include "storage/record_tables.h"

namespace kpid::storage {
namespace {

using Record = TargetRecord;

// A text of the KPI.
template <std::string KpiText::*Member>
constexpr RecordColumn<Record> KpiColumn(std::string_view name) {
  return MadeColumn<Record>(name, TypeOid::kText,
                            [](ArrayEncoder* array, const Record& record, const RowContext&) {
                              array->AppendText(record.kpi.*Member);
                            });
}

constexpr RecordColumn<Record> kParametersColumn = MadeColumn<Record>(
    "parameters", TypeOid::kText,
    [](ArrayEncoder* array, const Record& record, const RowContext&) {
      array->AppendText(ParametersJson(record.kpi.parameters));
    },
    nullptr, "::jsonb");

constexpr RecordColumn<Record> kColumns[] = {
    ValueColumn<&Record::target_id>("target_id", ColumnRole::kIdentity),
    ValueColumn<&Record::revision>("revision", ColumnRole::kRevision),
    KpiColumn<&KpiText::kpi_id>("kpi_id"),
    kParametersColumn,
    KpiColumn<&KpiText::statistic>("statistic"),
    ValueColumn<&Record::scope>("scope"),
    ValueColumn<&Record::scope_id>("scope_id"),
    ValueColumn<&Record::target_value>("target_value"),
    ValueColumn<&Record::worst_value>("worst_value"),
    ValueColumn<&Record::best_value>("best_value"),
    ValueColumn<&Record::band_end_value>("band_end_value"),
    ValueColumn<&Record::currency_code>("currency_code"),
    ValueColumn<&Record::weight_thousandths>("weight_thousandths"),
    ValueColumn<&Record::start>("start_time"),
    ValueColumn<&Record::end>("end_time"),
};

}  // namespace

constinit const RecordTable<TargetRecord> kTargetTable{"targets", &Record::target_id, kColumns};

}  // namespace kpid::storage
