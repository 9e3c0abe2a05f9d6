#include "storage/record_tables.h"

namespace kpid::storage {
namespace {

using Record = TicketRecord;

constexpr RecordColumn<Record> kColumns[] = {
    ValueColumn<&Record::ticket_id>("ticket_id", ColumnRole::kIdentity),
    ValueColumn<&Record::revision>("revision", ColumnRole::kRevision),
    ValueColumn<&Record::open>("open_time"),
    ValueColumn<&Record::first_response>("first_response_time"),
    ValueColumn<&Record::first_resolve>("first_resolve_time"),
    ValueColumn<&Record::last_resolve>("last_resolve_time"),
    ValueColumn<&Record::close>("close_time"),
    KeyColumn<&Record::customer_id, DictionaryKind::kCustomers>("customer_key"),
    KeyColumn<&Record::agent_id, DictionaryKind::kAgents>("agent_key"),
    KeyColumn<&Record::queue_id, DictionaryKind::kQueues>("queue_key"),
    KeyColumn<&Record::priority, DictionaryKind::kPriorities>("priority_key"),
    ValueColumn<&Record::reopen_count>("reopen_count"),
    ValueColumn<&Record::reassignment_count>("reassignment_count"),
    ValueColumn<&Record::channel>("channel"),
};

}  // namespace

constinit const RecordTable<TicketRecord> kTicketTable{"tickets", &Record::ticket_id, kColumns};

}  // namespace kpid::storage
