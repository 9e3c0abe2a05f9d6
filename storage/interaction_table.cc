#include <vector>

#include "storage/interaction_flags.h"
#include "storage/record_tables.h"
#include "storage/text_array.h"

namespace kpid::storage {
namespace {

using Record = InteractionRecord;
using Column = RecordColumn<Record>;

// A conversation that is named by its own interaction is the one that it has anyway.
std::string_view ConversationOf(const Record& record) {
  return record.conversation_id == record.interaction_id ? std::string_view()
                                                         : record.conversation_id;
}

int16_t FlagsOf(const Record& record) {
  return static_cast<int16_t>((record.transferred ? kFlagTransferred : 0) |
                              (record.conversion_eligible ? kFlagConversionEligible : 0) |
                              (record.converted ? kFlagConverted : 0) |
                              (record.upsell_offered ? kFlagUpsellOffered : 0) |
                              (record.upsell_accepted ? kFlagUpsellAccepted : 0));
}

metrics::Direction DirectionOf(const Record& record) {
  return record.direction == metrics::Direction::kNone ? metrics::Direction::kInbound
                                                       : record.direction;
}

constexpr Column kConversationColumn = MadeColumn<Record>(
    "conversation_key", TypeOid::kInt4,
    [](ArrayEncoder* array, const Record& record, const RowContext& context) {
      AppendKey(array, context.names.Key(DictionaryKind::kConversations, ConversationOf(record)));
    },
    [](const Record& record, BatchNames* names) {
      names->Add(DictionaryKind::kConversations, ConversationOf(record));
    });

constexpr Column kRevenueColumn =
    MadeColumn<Record>("revenue_micros", TypeOid::kInt8,
                       [](ArrayEncoder* array, const Record& record, const RowContext&) {
                         if (record.revenue) {
                           array->AppendLong(record.revenue->micros);
                         } else {
                           array->AppendNull();
                         }
                       });

constexpr Column kCurrencyColumn = MadeColumn<Record>(
    "currency_key", TypeOid::kInt4,
    [](ArrayEncoder* array, const Record& record, const RowContext& context) {
      AppendKey(array, record.revenue ? context.names.Key(DictionaryKind::kCurrencies,
                                                          record.revenue->currency)
                                      : 0);
    },
    [](const Record& record, BatchNames* names) {
      if (record.revenue) names->Add(DictionaryKind::kCurrencies, record.revenue->currency);
    });

constexpr Column kDirectionColumn = MadeColumn<Record>(
    "direction", TypeOid::kInt2, [](ArrayEncoder* array, const Record& record, const RowContext&) {
      array->AppendShort(static_cast<int16_t>(DirectionOf(record)));
    });

constexpr Column kFlagsColumn = MadeColumn<Record>(
    "flags", TypeOid::kInt2, [](ArrayEncoder* array, const Record& record, const RowContext&) {
      array->AppendShort(FlagsOf(record));
    });

// An array of arrays would have to be rectangular, so each row's array travels as text.
constexpr Column kAttributesColumn = MadeColumn<Record>(
    "attribute_keys", TypeOid::kText,
    [](ArrayEncoder* array, const Record& record, const RowContext& context) {
      if (record.attributes.empty()) {
        array->AppendNull();
        return;
      }
      std::vector<int64_t> keys;
      keys.reserve(record.attributes.size());
      for (const auto& [name, value] : record.attributes) {
        keys.push_back(context.names.AttributeKey(name, value));
      }
      array->AppendText(IntArrayText(keys));
    },
    [](const Record& record, BatchNames* names) {
      for (const auto& [name, value] : record.attributes) names->AddAttribute(name, value);
    },
    "::integer[]");

constexpr Column kColumns[] = {
    ValueColumn<&Record::interaction_id>("interaction_id", ColumnRole::kIdentity),
    ValueColumn<&Record::revision>("revision", ColumnRole::kRevision),
    ValueColumn<&Record::arrive>("arrive_time"),
    ValueColumn<&Record::enqueue>("enqueue_time"),
    ValueColumn<&Record::answer>("answer_time"),
    ValueColumn<&Record::first_response>("first_response_time"),
    ValueColumn<&Record::end>("end_time"),
    ValueColumn<&Record::talk>("talk_microseconds"),
    ValueColumn<&Record::hold>("hold_microseconds"),
    ValueColumn<&Record::wrap_up>("wrap_up_microseconds"),
    kRevenueColumn,
    KeyColumn<&Record::customer_id, DictionaryKind::kCustomers>("customer_key"),
    kConversationColumn,
    KeyColumn<&Record::case_id, DictionaryKind::kCases>("case_key"),
    KeyColumn<&Record::queue_id, DictionaryKind::kQueues>("queue_key"),
    KeyColumn<&Record::agent_id, DictionaryKind::kAgents>("agent_key"),
    kCurrencyColumn,
    ValueColumn<&Record::channel>("channel"),
    kDirectionColumn,
    ValueColumn<&Record::outcome>("outcome"),
    ValueColumn<&Record::resolution>("resolution"),
    kFlagsColumn,
    kAttributesColumn,
};

}  // namespace

constinit const RecordTable<InteractionRecord> kInteractionTable{
    "interactions", &Record::interaction_id, kColumns, nullptr,
    "CASE WHEN xmax <> 0 THEN interaction_id END"};

}  // namespace kpid::storage
