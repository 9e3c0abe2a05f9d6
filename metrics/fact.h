// Facts: records as the engine sees them, with names replaced by dictionary codes.
//
// A code is a small positive number given by a Dictionary (PostgreSQL's dictionary keys where
// the facts come from there); 0 (kNoCode) means that the record has no value. Enum values are
// those of the .proto files and of the database's smallint columns.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "metrics/time.h"

namespace kpid::metrics {

using Code = uint32_t;
inline constexpr Code kNoCode = 0;

enum class Channel : uint8_t { kNone, kVoice, kChat, kEmail, kMessaging, kSocial, kOther };
enum class Direction : uint8_t { kNone, kInbound, kOutbound };
enum class Outcome : uint8_t {
  kNone,
  kHandled,
  kAbandoned,
  kAbandonedBeforeQueue,
  kCallbackRequested,
  kFlowedOut,
  kInProgress
};
enum class Resolution : uint8_t { kNone, kResolved, kUnresolved, kUnknown };
enum class AgentState : uint8_t {
  kNone,
  kAvailable,
  kHandling,
  kWrapUp,
  kBreak,
  kMeal,
  kMeeting,
  kTraining,
  kOtherProductive,
  kOffline
};
enum class PlannedState : uint8_t { kNone, kWork, kBreak, kMeal, kMeeting, kTraining };
enum class SurveyKind : uint8_t { kNone, kCsat, kNps, kCes, kResolutionConfirmed, kEsat };

// An amount in millionths of a currency unit.
struct MoneyFact {
  Code currency = kNoCode;
  int64_t micros = 0;
};

// An attribute: the key's and the value's code.
struct AttributeFact {
  Code key = kNoCode;
  Code value = kNoCode;
};

// One interaction, as stored: nothing derived yet. Fields as in interaction.proto.
struct InteractionFact {
  int64_t row_key = 0;  // Ties of arrive are broken by it: ascending.
  Code customer = kNoCode;
  Code conversation = kNoCode;  // kNoCode: a conversation of its own.
  Code case_code = kNoCode;
  Code queue = kNoCode;
  Code agent = kNoCode;
  Channel channel = Channel::kNone;
  Direction direction = Direction::kInbound;  // kNone is read as inbound.
  Outcome outcome = Outcome::kNone;
  Resolution resolution = Resolution::kNone;
  bool transferred = false;
  bool conversion_eligible = false;
  bool converted = false;
  bool upsell_offered = false;
  bool upsell_accepted = false;
  Instant arrive{};
  std::optional<Instant> enqueue;
  std::optional<Instant> answer;
  std::optional<Instant> first_response;
  std::optional<Instant> end;
  std::optional<Duration> talk;
  std::optional<Duration> hold;
  std::optional<Duration> wrap_up;
  std::optional<MoneyFact> revenue;
  std::vector<AttributeFact> attributes;
};

// One survey, with the dimensions of its interaction where that is known.
struct SurveyFact {
  int64_t row_key = 0;
  SurveyKind kind = SurveyKind::kNone;
  std::optional<int32_t> score_thousandths;
  int32_t scale_minimum_thousandths = 0;
  int32_t scale_maximum_thousandths = 0;
  std::optional<Instant> invite;   // Absent: respond.
  std::optional<Instant> respond;  // Absent: not answered.
  Code customer = kNoCode;
  Code queue = kNoCode;
  Code agent = kNoCode;
  Channel channel = Channel::kNone;
  Direction direction = Direction::kNone;  // kNone: no interaction known, so none.
};

// One evaluation of an agent's work, with the dimensions of its interaction where that is known.
struct QualityFact {
  struct Item {
    Code category = kNoCode;
    int64_t score_thousandths = 0;
    int64_t maximum_thousandths = 0;
    int64_t weight_thousandths = 1000;
    bool not_applicable = false;
    bool auto_fail = false;
  };
  int64_t row_key = 0;
  Instant evaluate{};
  Code agent = kNoCode;
  Code queue = kNoCode;
  Channel channel = Channel::kNone;
  Direction direction = Direction::kNone;
  std::vector<Item> items;
};

// A state of an agent during [start, end); without end it lasts up to the data watermark. Where
// several of an agent cover an instant, the one with the latest start counts, then the greatest
// row_key. end == start: void.
struct AgentActivityFact {
  int64_t row_key = 0;
  Code agent = kNoCode;
  AgentState state = AgentState::kNone;
  Instant start{};
  std::optional<Instant> end;
};

// A plan for an agent during [start, end); overlaps as above.
struct ScheduledActivityFact {
  int64_t row_key = 0;
  Code agent = kNoCode;
  PlannedState state = PlannedState::kNone;
  Instant start{};
  Instant end{};
};

// A ticket. Fields as in ticket.proto.
struct TicketFact {
  int64_t row_key = 0;
  Code customer = kNoCode;
  Code agent = kNoCode;
  Code queue = kNoCode;
  Code priority = kNoCode;
  Channel channel = Channel::kNone;
  Instant open{};
  std::optional<Instant> first_response;
  std::optional<Instant> first_resolve;
  std::optional<Instant> last_resolve;
  std::optional<Instant> close;
  int32_t reopen_count = 0;
};

// A cost that falls evenly on [start, end).
struct CostFact {
  int64_t row_key = 0;
  Code queue = kNoCode;
  Code group = kNoCode;
  Channel channel = Channel::kNone;
  MoneyFact amount;
  Instant start{};
  Instant end{};
};

// When an agent was employed: from the start of `hire` (absent: since ever) to the start of
// `leave` (absent: still), in the time zone of the question.
struct EmploymentFact {
  Code agent = kNoCode;
  std::optional<std::chrono::sys_days> hire;
  std::optional<std::chrono::sys_days> leave;
  bool transfer = false;  // Left by a transfer inside the company.
};

}  // namespace kpid::metrics
