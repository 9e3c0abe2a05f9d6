#include "storage/record_tables.h"

namespace kpid::storage {
namespace {

using Record = CostRecord;

constexpr RecordColumn<Record> kAmountColumn =
    MadeColumn<Record>("amount_micros", TypeOid::kInt8,
                       [](ArrayEncoder* array, const Record& record, const RowContext&) {
                         array->AppendLong(record.amount.micros);
                       });

constexpr RecordColumn<Record> kCurrencyColumn = MadeColumn<Record>(
    "currency_key", TypeOid::kInt4,
    [](ArrayEncoder* array, const Record& record, const RowContext& context) {
      AppendKey(array, context.names.Key(DictionaryKind::kCurrencies, record.amount.currency));
    },
    [](const Record& record, BatchNames* names) {
      names->Add(DictionaryKind::kCurrencies, record.amount.currency);
    });

constexpr RecordColumn<Record> kColumns[] = {
    ValueColumn<&Record::cost_id>("cost_id", ColumnRole::kIdentity),
    ValueColumn<&Record::revision>("revision", ColumnRole::kRevision),
    ValueColumn<&Record::start>("start_time"),
    ValueColumn<&Record::end>("end_time"),
    kAmountColumn,
    kCurrencyColumn,
    KeyColumn<&Record::queue_id, DictionaryKind::kQueues>("queue_key"),
    KeyColumn<&Record::group_id, DictionaryKind::kAgentGroups>("group_key"),
    ValueColumn<&Record::channel>("channel"),
    ValueColumn<&Record::category>("category"),
};

}  // namespace

constinit const RecordTable<CostRecord> kCostTable{"costs", &Record::cost_id, kColumns};

}  // namespace kpid::storage
