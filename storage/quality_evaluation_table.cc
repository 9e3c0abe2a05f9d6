#include <vector>

#include "storage/quality_item_flags.h"
#include "storage/record_tables.h"
#include "storage/text_array.h"

namespace kpid::storage {
namespace {

using Record = QualityEvaluationRecord;
using Column = RecordColumn<Record>;

using Item = QualityItemRecord;

template <int64_t Item::*Member>
int64_t ValueOf(const Item& item, const BatchNames&) {
  return item.*Member;
}

// 0 for an item without a name.
template <std::string Item::*Member, DictionaryKind Kind>
int64_t KeyOf(const Item& item, const BatchNames& names) {
  return names.Key(Kind, item.*Member);
}

template <std::string Item::*Member, DictionaryKind Kind>
void AddItemNames(const Record& record, BatchNames* names) {
  for (const Item& item : record.items) names->Add(Kind, item.*Member);
}

int64_t FlagsOf(const Item& item, const BatchNames&) {
  return (item.not_applicable ? kItemNotApplicable : 0) | (item.auto_fail ? kItemAutoFail : 0);
}

// One array of a row: a number of each item, as text like all arrays of arrays.
template <int64_t (*NumberOf)(const Item&, const BatchNames&)>
constexpr Column ItemColumn(std::string_view name,
                            void (*add_names)(const Record&, BatchNames*) = nullptr) {
  return MadeColumn<Record>(
      name, TypeOid::kText,
      [](ArrayEncoder* array, const Record& record, const RowContext& context) {
        std::vector<int64_t> numbers;
        numbers.reserve(record.items.size());
        for (const Item& item : record.items) numbers.push_back(NumberOf(item, context.names));
        array->AppendText(IntArrayText(numbers));
      },
      add_names, "::integer[]");
}

template <std::string Item::*Member, DictionaryKind Kind>
constexpr Column ItemKeyColumn(std::string_view name) {
  return ItemColumn<KeyOf<Member, Kind>>(name, AddItemNames<Member, Kind>);
}

constexpr Column kColumns[] = {
    ValueColumn<&Record::evaluation_id>("evaluation_id", ColumnRole::kIdentity),
    ValueColumn<&Record::revision>("revision", ColumnRole::kRevision),
    ValueColumn<&Record::evaluate>("evaluate_time"),
    KeyColumn<&Record::agent_id, DictionaryKind::kAgents>("agent_key"),
    OptionalTextColumn<&Record::interaction_id>("interaction_id"),
    OptionalTextColumn<&Record::evaluator_id>("evaluator_id"),
    ItemKeyColumn<&Item::criterion, DictionaryKind::kQualityCriteria>("item_criterion_keys"),
    ItemKeyColumn<&Item::category, DictionaryKind::kQualityCategories>("item_category_keys"),
    ItemColumn<ValueOf<&Item::score_thousandths>>("item_scores_thousandths"),
    ItemColumn<ValueOf<&Item::maximum_thousandths>>("item_maximums_thousandths"),
    ItemColumn<ValueOf<&Item::weight_thousandths>>("item_weights_thousandths"),
    ItemColumn<FlagsOf>("item_flags"),
    StampedKeyColumn<Record, &Stamp::queue>("stamped_queue_key"),
    StampedEnumColumn<Record, &Stamp::channel>("stamped_channel"),
    StampedEnumColumn<Record, &Stamp::direction>("stamped_direction"),
};

}  // namespace

constinit const RecordTable<QualityEvaluationRecord> kQualityEvaluationTable{
    "quality_evaluations", &Record::evaluation_id, kColumns, &Record::interaction_id,
    "CASE WHEN stamped_direction IS NULL THEN interaction_id END"};

}  // namespace kpid::storage
