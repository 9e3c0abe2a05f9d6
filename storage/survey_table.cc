#include "storage/record_tables.h"

namespace kpid::storage {
namespace {

using Record = SurveyRecord;

constexpr RecordColumn<Record> kColumns[] = {
    ValueColumn<&Record::response_id>("response_id", ColumnRole::kIdentity),
    ValueColumn<&Record::revision>("revision", ColumnRole::kRevision),
    ValueColumn<&Record::invite>("invite_time"),
    ValueColumn<&Record::respond>("respond_time"),
    ValueColumn<&Record::score_thousandths>("score_thousandths"),
    ValueColumn<&Record::scale_minimum_thousandths>("scale_minimum_thousandths"),
    ValueColumn<&Record::scale_maximum_thousandths>("scale_maximum_thousandths"),
    KeyColumn<&Record::customer_id, DictionaryKind::kCustomers>("given_customer_key"),
    KeyColumn<&Record::queue_id, DictionaryKind::kQueues>("given_queue_key"),
    KeyColumn<&Record::agent_id, DictionaryKind::kAgents>("given_agent_key"),
    ValueColumn<&Record::channel>("given_channel"),
    ValueColumn<&Record::kind>("kind"),
    OptionalTextColumn<&Record::interaction_id>("interaction_id"),
    ValueColumn<&Record::comment>("comment"),
    StampedKeyColumn<Record, &Stamp::customer>("stamped_customer_key"),
    StampedKeyColumn<Record, &Stamp::queue>("stamped_queue_key"),
    StampedKeyColumn<Record, &Stamp::agent>("stamped_agent_key"),
    StampedEnumColumn<Record, &Stamp::channel>("stamped_channel"),
    StampedEnumColumn<Record, &Stamp::direction>("stamped_direction"),
};

}  // namespace

constinit const RecordTable<SurveyRecord> kSurveyTable{
    "survey_responses", &Record::response_id, kColumns, &Record::interaction_id,
    "CASE WHEN stamped_direction IS NULL THEN interaction_id END"};

}  // namespace kpid::storage
