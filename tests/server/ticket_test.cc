#include "server/ticket.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "record_builders.h"
#include "wrong_fields.h"

namespace kpid::server {
namespace {

using testing::IsEmpty;

const WrongFieldCase<v1::Ticket> kTicketCases[] = {
    {"no ticket_id", [](auto* m) { m->clear_ticket_id(); }, {"ticket_id FIELD_REQUIRED"}},
    {"long ticket_id", [](auto* m) { m->set_ticket_id(kLong); }, {"ticket_id FIELD_TOO_LONG"}},
    {"bad ticket_id", [](auto* m) { m->set_ticket_id(kNul); }, {"ticket_id FIELD_INVALID_TEXT"}},
    {"long customer_id",
     [](auto* m) { m->set_customer_id(kLong); },
     {"customer_id FIELD_TOO_LONG"}},
    {"bad customer_id",
     [](auto* m) { m->set_customer_id(kNul); },
     {"customer_id FIELD_INVALID_TEXT"}},
    {"long agent_id", [](auto* m) { m->set_agent_id(kLong); }, {"agent_id FIELD_TOO_LONG"}},
    {"bad agent_id", [](auto* m) { m->set_agent_id(kNul); }, {"agent_id FIELD_INVALID_TEXT"}},
    {"long queue_id", [](auto* m) { m->set_queue_id(kLong); }, {"queue_id FIELD_TOO_LONG"}},
    {"bad queue_id", [](auto* m) { m->set_queue_id(kNul); }, {"queue_id FIELD_INVALID_TEXT"}},
    {"unknown channel",
     [](auto* m) { m->set_channel(static_cast<v1::Channel>(7)); },
     {"channel ENUM_UNKNOWN"}},
    {"long priority",
     [](auto* m) { m->set_priority(std::string(65, 'x')); },
     {"priority FIELD_TOO_LONG"}},
    {"bad priority", [](auto* m) { m->set_priority(kNul); }, {"priority FIELD_INVALID_TEXT"}},
    {"no open_time", [](auto* m) { m->clear_open_time(); }, {"open_time FIELD_REQUIRED"}},
    {"open_time before 1970",
     [](auto* m) { m->mutable_open_time()->set_seconds(-1); },
     {"open_time TIME_OUT_OF_RANGE"}},
    {"open_time at odd nanos",
     [](auto* m) { m->mutable_open_time()->set_nanos(-1); },
     {"open_time FIELD_MALFORMED"}},
    {"first_response_time before 1970",
     [](auto* m) { m->mutable_first_response_time()->set_seconds(-1); },
     {"first_response_time TIME_OUT_OF_RANGE"}},
    {"first_response_time in 2200",
     [](auto* m) { m->mutable_first_response_time()->set_seconds(kYear2200); },
     {"first_response_time TIME_OUT_OF_RANGE"}},
    {"first_response_time at odd nanos",
     [](auto* m) { m->mutable_first_response_time()->set_nanos(-1); },
     {"first_response_time FIELD_MALFORMED"}},
    {"first_resolve_time before 1970",
     [](auto* m) { m->mutable_first_resolve_time()->set_seconds(-1); },
     {"first_resolve_time TIME_OUT_OF_RANGE"}},
    {"first_resolve_time at odd nanos",
     [](auto* m) { m->mutable_first_resolve_time()->set_nanos(-1); },
     {"first_resolve_time FIELD_MALFORMED"}},
    {"last_resolve_time before 1970",
     [](auto* m) { m->mutable_last_resolve_time()->set_seconds(-1); },
     {"last_resolve_time TIME_OUT_OF_RANGE"}},
    {"last_resolve_time in 2200",
     [](auto* m) { m->mutable_last_resolve_time()->set_seconds(kYear2200); },
     {"last_resolve_time TIME_OUT_OF_RANGE"}},
    {"last_resolve_time at odd nanos",
     [](auto* m) { m->mutable_last_resolve_time()->set_nanos(-1); },
     {"last_resolve_time FIELD_MALFORMED"}},
    {"close_time before 1970",
     [](auto* m) { m->mutable_close_time()->set_seconds(-1); },
     {"close_time TIME_OUT_OF_RANGE"}},
    {"close_time in 2200",
     [](auto* m) { m->mutable_close_time()->set_seconds(kYear2200); },
     {"close_time TIME_OUT_OF_RANGE"}},
    {"close_time at odd nanos",
     [](auto* m) { m->mutable_close_time()->set_nanos(-1); },
     {"close_time FIELD_MALFORMED"}},
    {"first_response_time before open",
     [](auto* m) { *m->mutable_first_response_time() = At(-1); },
     {"first_response_time TIME_ORDER"}},
    {"first_resolve_time before open",
     [](auto* m) { *m->mutable_first_resolve_time() = At(-1); },
     {"first_resolve_time TIME_ORDER"}},
    {"last_resolve_time before open",
     [](auto* m) { *m->mutable_last_resolve_time() = At(-1); },
     {"last_resolve_time TIME_ORDER"}},
    {"close_time before open",
     [](auto* m) { *m->mutable_close_time() = At(-1); },
     {"close_time TIME_ORDER"}},
    {"first resolve in 2200",
     [](auto* m) { m->mutable_first_resolve_time()->set_seconds(kYear2200); },
     {"first_resolve_time TIME_OUT_OF_RANGE"}},
    {"open in 2200",
     [](auto* m) { m->mutable_open_time()->set_seconds(kYear2200); },
     {"open_time TIME_OUT_OF_RANGE"}},
    {"last resolve before the first",
     [](auto* m) { *m->mutable_last_resolve_time() = At(3'599); },
     {"last_resolve_time TIME_ORDER"}},
    {"negative reopen_count",
     [](auto* m) { m->set_reopen_count(-1); },
     {"reopen_count NUMBER_OUT_OF_RANGE"}},
    {"huge reopen_count",
     [](auto* m) { m->set_reopen_count(1'000'001); },
     {"reopen_count NUMBER_OUT_OF_RANGE"}},
    {"negative reassignment_count",
     [](auto* m) { m->set_reassignment_count(-1); },
     {"reassignment_count NUMBER_OUT_OF_RANGE"}},
    {"huge reassignment_count",
     [](auto* m) { m->set_reassignment_count(1'000'001); },
     {"reassignment_count NUMBER_OUT_OF_RANGE"}},
    {"revision", [](auto* m) { m->set_revision(-1); }, {"revision NUMBER_OUT_OF_RANGE"}},
};

TEST(TicketTest, EveryWrongFieldIsNamed) {
  ExpectNamed(kTicketCases, ValidTicket(), ValidateTicket);
}

TEST(TicketTest, TakesWhatTheContractAllows) {
  v1::Ticket message = ValidTicket();
  EXPECT_THAT(LinesOf(ValidateTicket, message), IsEmpty());
  message.clear_last_resolve_time();
  EXPECT_THAT(LinesOf(ValidateTicket, message), IsEmpty()) << "resolved, reopened, closed as it is";
  message.Clear();
  message.set_ticket_id("t1");
  *message.mutable_open_time() = At(0);
  EXPECT_THAT(LinesOf(ValidateTicket, message), IsEmpty()) << "just opened";
  *message.mutable_last_resolve_time() = At(0);
  message.set_reopen_count(1'000'000);
  EXPECT_THAT(LinesOf(ValidateTicket, message), IsEmpty()) << "resolved at once";
}

TEST(TicketTest, BecomesTheRecord) {
  v1::Ticket message = ValidTicket();
  message.set_customer_id("c1");
  message.set_queue_id("mail");
  message.set_channel(v1::CHANNEL_EMAIL);
  message.set_reopen_count(2);
  message.set_reassignment_count(3);
  message.set_revision(4);
  const auto at = [](int64_t seconds) {
    return metrics::Instant(std::chrono::seconds(kNineOClock + seconds));
  };
  storage::TicketRecord record = ToTicketRecord(message);
  EXPECT_EQ(record.ticket_id, "t1");
  EXPECT_EQ(record.customer_id, "c1");
  EXPECT_EQ(record.agent_id, "anna");
  EXPECT_EQ(record.queue_id, "mail");
  EXPECT_EQ(record.priority, "high");
  EXPECT_EQ(record.channel, metrics::Channel::kEmail);
  EXPECT_EQ(record.open, at(0));
  EXPECT_EQ(record.first_response, at(600));
  EXPECT_EQ(record.first_resolve, at(3'600));
  EXPECT_EQ(record.last_resolve, at(7'200));
  EXPECT_EQ(record.close, at(9'000));
  EXPECT_EQ(record.reopen_count, 2);
  EXPECT_EQ(record.reassignment_count, 3);
  EXPECT_EQ(record.revision, 4);
  message.clear_first_response_time();
  message.clear_first_resolve_time();
  message.clear_last_resolve_time();
  message.clear_close_time();
  record = ToTicketRecord(message);
  EXPECT_FALSE(record.first_response || record.first_resolve || record.last_resolve ||
               record.close);
}

}  // namespace
}  // namespace kpid::server
