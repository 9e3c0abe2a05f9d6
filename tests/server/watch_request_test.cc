#include "server/watch_request.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "test_server.h"
#include "wrong_fields.h"

namespace kpid::server {
namespace {

using metrics::Instant;
using testing::ElementsAre;
using testing::IsEmpty;

// 2026-03-29 22:30:10 UTC, a Sunday: 00:30:10 on Monday in Amsterdam, in summer time since that
// night.
constexpr Instant kNow{std::chrono::seconds(1'774'823'410)};

v1::WatchKpisRequest ValidWatch() {
  v1::WatchKpisRequest request;
  *request.mutable_query() = MarchQuestion();
  return request;
}

v1::SlidingRange* Slide(v1::WatchKpisRequest* request) {
  request->mutable_query()->clear_interval();
  return request->mutable_sliding_range();
}

const WrongFieldCase<v1::WatchKpisRequest> kCases[] = {
    {"no query", [](auto* m) { m->clear_query(); }, {"query FIELD_REQUIRED"}},
    {"no range",
     [](auto* m) { m->mutable_query()->clear_interval(); },
     {"query.interval FIELD_REQUIRED"}},
    {"both ranges",
     [](auto* m) { m->mutable_sliding_range()->set_current_period(v1::GRANULARITY_DAY); },
     {"query.interval FIELD_CONTRADICTS"}},
    {"empty sliding range", [](auto* m) { Slide(m); }, {"sliding_range FIELD_REQUIRED"}},
    {"whole range slides",
     [](auto* m) { Slide(m)->set_current_period(v1::GRANULARITY_RANGE); },
     {"sliding_range.current_period FIELD_CONTRADICTS"}},
    {"no period",
     [](auto* m) { Slide(m)->set_current_period(v1::GRANULARITY_UNSPECIFIED); },
     {"sliding_range.current_period FIELD_REQUIRED"}},
    {"unknown period",
     [](auto* m) { Slide(m)->set_current_period(static_cast<v1::Granularity>(99)); },
     {"sliding_range.current_period ENUM_UNKNOWN"}},
    {"shorter than a second",
     [](auto* m) { Slide(m)->mutable_last_duration()->set_nanos(999'999'999); },
     {"sliding_range.last_duration DURATION_OUT_OF_RANGE"}},
    {"longer than a year",
     [](auto* m) { Slide(m)->mutable_last_duration()->set_seconds(367 * 86'400); },
     {"sliding_range.last_duration DURATION_OUT_OF_RANGE"}},
    {"negative",
     [](auto* m) { Slide(m)->mutable_last_duration()->set_seconds(-1); },
     {"sliding_range.last_duration DURATION_OUT_OF_RANGE"}},
    {"too often",
     [](auto* m) { m->mutable_minimum_interval()->set_nanos(19'999'999); },
     {"minimum_interval DURATION_OUT_OF_RANGE"}},
    {"too seldom",
     [](auto* m) { m->mutable_minimum_interval()->set_seconds(3'601); },
     {"minimum_interval DURATION_OUT_OF_RANGE"}},
    {"malformed interval",
     [](auto* m) {
       m->mutable_minimum_interval()->set_seconds(1);
       m->mutable_minimum_interval()->set_nanos(-1);
     },
     {"minimum_interval FIELD_MALFORMED"}},
    {"a later page",
     [](auto* m) { m->mutable_query()->set_page_token("x"); },
     {"query.page_token FIELD_CONTRADICTS"}},
    {"only to validate",
     [](auto* m) { m->mutable_query()->set_validate_only(true); },
     {"query.validate_only FIELD_CONTRADICTS"}},
    {"all of it",
     [](auto* m) {
       m->mutable_minimum_interval()->set_seconds(-1);
       m->mutable_query()->set_time_zone("Mars/Base");
       m->mutable_query()->mutable_kpis(0)->set_id("happiness");
       Slide(m)->set_current_period(v1::GRANULARITY_DAY);
     },
     {"minimum_interval DURATION_OUT_OF_RANGE", "query.kpis[0].id KPI_UNKNOWN",
      "query.time_zone TIME_ZONE_UNKNOWN"}},
};

TEST(WatchRequestTest, EverythingWrongIsSaidWithItsPath) {
  const auto read = [](const v1::WatchKpisRequest& request, ViolationList* violations) {
    ReadWatchKpis(request, kNow, violations);
  };
  EXPECT_THAT(LinesOf(read, ValidWatch()), IsEmpty());
  ExpectNamed(kCases, ValidWatch(), read);
}

TEST(WatchRequestTest, TheMinimumIntervalIsNoPartOfTheQuestion) {
  ViolationList violations;
  v1::WatchKpisRequest request = ValidWatch();
  const WatchRequest one = ReadWatchKpis(request, kNow, &violations);
  EXPECT_EQ(one.minimum_interval, milliseconds(1'000));
  request.mutable_minimum_interval()->set_nanos(20'000'000);
  const WatchRequest other = ReadWatchKpis(request, kNow, &violations);
  EXPECT_EQ(other.minimum_interval, milliseconds(20));
  EXPECT_EQ(one.key, other.key);
  Slide(&request)->mutable_last_duration()->set_seconds(60);
  EXPECT_NE(ReadWatchKpis(request, kNow, &violations).key, one.key);
  EXPECT_THAT(Lines(violations), IsEmpty());
}

// Start, end and next move of a range, in seconds from kNow.
std::vector<int64_t> Offsets(const WatchedRange& range) {
  const auto offset = [](Instant instant) {
    return std::chrono::floor<std::chrono::seconds>(instant - kNow).count();
  };
  std::vector<int64_t> offsets = {offset(range.range.start), offset(range.range.end)};
  if (range.moves) offsets.push_back(offset(*range.moves));
  return offsets;
}

TEST(WatchRequestTest, TheLastSoMuchTimeMovesInSteps) {
  // A sixtieth of half an hour; now is 10 s into its step.
  const RangeRule half_hour = RangeRule::Last(std::chrono::minutes(30));
  EXPECT_THAT(Offsets(half_hour.At(kNow)), ElementsAre(20 - 1'800, 20, 20));
  EXPECT_THAT(Offsets(half_hour.At(kNow + std::chrono::seconds(19))),
              ElementsAre(20 - 1'800, 20, 20));
  EXPECT_THAT(Offsets(half_hour.At(kNow + std::chrono::seconds(20))),
              ElementsAre(50 - 1'800, 50, 50));
  EXPECT_THAT(Offsets(RangeRule::Last(std::chrono::seconds(10)).At(kNow)), ElementsAre(-9, 1, 1));
  EXPECT_THAT(Offsets(RangeRule::Last(std::chrono::days(7)).At(kNow)),
              ElementsAre(50 - 7 * 86'400, 50, 50));
}

TEST(WatchRequestTest, ThePeriodThatNowIsInIsLocal) {
  v1::WatchKpisRequest request = ValidWatch();
  const auto offsets = [&](v1::Granularity period) {
    Slide(&request)->set_current_period(period);
    ViolationList violations;
    const WatchRequest watch = ReadWatchKpis(request, kNow, &violations);
    EXPECT_THAT(Lines(violations), IsEmpty());
    EXPECT_EQ(
        watch.query.interval().end_time().seconds(),
        kNow.time_since_epoch() / std::chrono::seconds(1) + Offsets(watch.range->At(kNow))[1]);
    return Offsets(watch.range->At(kNow));
  };
  constexpr int64_t kDay = 86'400;
  constexpr int64_t kMidnight = -(22 * 3'600 + 30 * 60 + 10);
  EXPECT_THAT(offsets(v1::GRANULARITY_DAY),
              ElementsAre(kMidnight, kMidnight + kDay, kMidnight + kDay));
  EXPECT_THAT(offsets(v1::GRANULARITY_WEEK),
              ElementsAre(kMidnight - 6 * kDay, kMidnight + kDay, kMidnight + kDay));
  request.mutable_query()->set_week_start(v1::WEEKDAY_SUNDAY);
  EXPECT_THAT(offsets(v1::GRANULARITY_WEEK),
              ElementsAre(kMidnight, kMidnight + 7 * kDay, kMidnight + 7 * kDay));
  request.mutable_query()->set_time_zone("Europe/Amsterdam");
  EXPECT_THAT(offsets(v1::GRANULARITY_HOUR), ElementsAre(-1'810, 1'790, 1'790));
  EXPECT_THAT(offsets(v1::GRANULARITY_MINUTES_15), ElementsAre(-10, 890, 890));
  EXPECT_THAT(offsets(v1::GRANULARITY_DAY), ElementsAre(-1'810, kDay - 1'810, kDay - 1'810));
  // From 1 March, in winter time.
  EXPECT_EQ(offsets(v1::GRANULARITY_MONTH)[0], -1'810 - 29 * kDay + 3'600);
  EXPECT_EQ(offsets(v1::GRANULARITY_YEAR)[0], -1'810 - 88 * kDay + 3'600);
}

TEST(WatchRequestTest, AFixedRangeDoesNotMove) {
  ViolationList violations;
  const WatchRequest watch = ReadWatchKpis(ValidWatch(), kNow, &violations);
  EXPECT_FALSE(watch.range->slides());
  EXPECT_FALSE(watch.range->At(kNow).moves.has_value());
  EXPECT_EQ(watch.range->At(kNow).range.start.time_since_epoch(),
            std::chrono::seconds(1'772'323'200));
}

}  // namespace
}  // namespace kpid::server
