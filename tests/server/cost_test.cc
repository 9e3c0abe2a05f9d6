#include "server/cost.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "record_builders.h"
#include "wrong_fields.h"

namespace kpid::server {
namespace {

using testing::IsEmpty;

const WrongFieldCase<v1::Cost> kCostCases[] = {
    {"no cost_id", [](auto* m) { m->clear_cost_id(); }, {"cost_id FIELD_REQUIRED"}},
    {"long cost_id", [](auto* m) { m->set_cost_id(kLong); }, {"cost_id FIELD_TOO_LONG"}},
    {"bad cost_id", [](auto* m) { m->set_cost_id(kNul); }, {"cost_id FIELD_INVALID_TEXT"}},
    {"long category",
     [](auto* m) { m->set_category(std::string(65, 'x')); },
     {"category FIELD_TOO_LONG"}},
    {"bad category", [](auto* m) { m->set_category(kNul); }, {"category FIELD_INVALID_TEXT"}},
    {"no amount", [](auto* m) { m->clear_amount(); }, {"amount FIELD_REQUIRED"}},
    {"no currency",
     [](auto* m) { m->mutable_amount()->clear_currency_code(); },
     {"amount.currency_code FIELD_REQUIRED"}},
    {"currency",
     [](auto* m) { m->mutable_amount()->set_currency_code("eur"); },
     {"amount.currency_code FIELD_MALFORMED"}},
    {"too much",
     [](auto* m) { m->mutable_amount()->set_units(1'000'000'000'001); },
     {"amount.units NUMBER_OUT_OF_RANGE"}},
    {"too little",
     [](auto* m) { m->mutable_amount()->set_units(-1'000'000'000'001); },
     {"amount.units NUMBER_OUT_OF_RANGE"}},
    {"nanos",
     [](auto* m) { m->mutable_amount()->set_nanos(1'000'000'000); },
     {"amount.nanos NUMBER_OUT_OF_RANGE"}},
    {"sign of nanos",
     [](auto* m) { m->mutable_amount()->set_nanos(-1'000); },
     {"amount.nanos FIELD_CONTRADICTS"}},
    {"fine nanos",
     [](auto* m) { m->mutable_amount()->set_nanos(1); },
     {"amount.nanos NUMBER_TOO_PRECISE"}},
    {"no interval", [](auto* m) { m->clear_interval(); }, {"interval FIELD_REQUIRED"}},
    {"empty interval",
     [](auto* m) { m->mutable_interval()->Clear(); },
     {"interval.start_time FIELD_REQUIRED", "interval.end_time FIELD_REQUIRED"}},
    {"start before 1970",
     [](auto* m) { m->mutable_interval()->mutable_start_time()->set_seconds(-1); },
     {"interval.start_time TIME_OUT_OF_RANGE"}},
    {"end in 2200",
     [](auto* m) { m->mutable_interval()->mutable_end_time()->set_seconds(kYear2200); },
     {"interval.end_time TIME_OUT_OF_RANGE"}},
    {"odd nanos of start",
     [](auto* m) { m->mutable_interval()->mutable_start_time()->set_nanos(-1); },
     {"interval.start_time FIELD_MALFORMED"}},
    {"odd nanos of end",
     [](auto* m) { m->mutable_interval()->mutable_end_time()->set_nanos(1'000'000'000); },
     {"interval.end_time FIELD_MALFORMED"}},
    {"no length",
     [](auto* m) { *m->mutable_interval()->mutable_end_time() = At(0); },
     {"interval.end_time TIME_ORDER"}},
    {"less than a microsecond",
     [](auto* m) { *m->mutable_interval()->mutable_end_time() = At(0, 999); },
     {"interval.end_time TIME_ORDER"}},
    {"turned around",
     [](auto* m) { *m->mutable_interval()->mutable_end_time() = At(-1); },
     {"interval.end_time TIME_ORDER"}},
    {"long queue_id", [](auto* m) { m->set_queue_id(kLong); }, {"queue_id FIELD_TOO_LONG"}},
    {"bad queue_id", [](auto* m) { m->set_queue_id(kNul); }, {"queue_id FIELD_INVALID_TEXT"}},
    {"long group_id", [](auto* m) { m->set_group_id(kLong); }, {"group_id FIELD_TOO_LONG"}},
    {"bad group_id", [](auto* m) { m->set_group_id(kNul); }, {"group_id FIELD_INVALID_TEXT"}},
    {"unknown channel",
     [](auto* m) { m->set_channel(static_cast<v1::Channel>(7)); },
     {"channel ENUM_UNKNOWN"}},
    {"revision", [](auto* m) { m->set_revision(-1); }, {"revision NUMBER_OUT_OF_RANGE"}},
};

TEST(CostTest, EveryWrongFieldIsNamed) { ExpectNamed(kCostCases, ValidCost(), ValidateCost); }

TEST(CostTest, BecomesTheRecord) {
  v1::Cost message = ValidCost();
  message.mutable_amount()->set_units(-12);
  message.mutable_amount()->set_nanos(-500'001'000);
  message.set_queue_id("sales");
  message.set_group_id("blue");
  message.set_channel(v1::CHANNEL_CHAT);
  message.set_revision(4);
  EXPECT_THAT(LinesOf(ValidateCost, message), IsEmpty()) << "a refund";
  const storage::CostRecord record = ToCostRecord(message);
  EXPECT_EQ(record.cost_id, "k1");
  EXPECT_EQ(record.category, "wages");
  EXPECT_EQ(record.amount.currency, "EUR");
  EXPECT_EQ(record.amount.micros, -12'500'001);
  EXPECT_EQ(record.start, metrics::Instant(std::chrono::seconds(kNineOClock)));
  EXPECT_EQ(record.end, metrics::Instant(std::chrono::seconds(kNineOClock + 86'400)));
  EXPECT_EQ(record.queue_id, "sales");
  EXPECT_EQ(record.group_id, "blue");
  EXPECT_EQ(record.channel, metrics::Channel::kChat);
  EXPECT_EQ(record.revision, 4);
}

}  // namespace
}  // namespace kpid::server
