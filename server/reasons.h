// The closed list of error reasons: ErrorInfo.reason and BadRequest's FieldViolation.reason.
// Reasons that storage or the engine find come with their absl::Status (metrics/error_reason.h).
#pragma once

namespace kpid::server::reason {

// Of a whole request with violations.
inline constexpr char kRequestInvalid[] = "REQUEST_INVALID";

// Of one field.
inline constexpr char kFieldRequired[] = "FIELD_REQUIRED";
inline constexpr char kFieldTooLong[] = "FIELD_TOO_LONG";
inline constexpr char kFieldInvalidText[] = "FIELD_INVALID_TEXT";
inline constexpr char kFieldMalformed[] = "FIELD_MALFORMED";
inline constexpr char kFieldContradicts[] = "FIELD_CONTRADICTS";
inline constexpr char kTimeOutOfRange[] = "TIME_OUT_OF_RANGE";
inline constexpr char kTimeOrder[] = "TIME_ORDER";
inline constexpr char kDurationOutOfRange[] = "DURATION_OUT_OF_RANGE";
inline constexpr char kNumberOutOfRange[] = "NUMBER_OUT_OF_RANGE";
inline constexpr char kNumberTooPrecise[] = "NUMBER_TOO_PRECISE";
inline constexpr char kEnumUnknown[] = "ENUM_UNKNOWN";
inline constexpr char kTooManyItems[] = "TOO_MANY_ITEMS";
inline constexpr char kTooFewItems[] = "TOO_FEW_ITEMS";
inline constexpr char kDuplicateItem[] = "DUPLICATE_ITEM";
inline constexpr char kKpiUnknown[] = "KPI_UNKNOWN";
inline constexpr char kKpiNotAllowed[] = "KPI_NOT_ALLOWED";
inline constexpr char kTimeZoneUnknown[] = "TIME_ZONE_UNKNOWN";
inline constexpr char kTooManyBuckets[] = "TOO_MANY_BUCKETS";
inline constexpr char kRangeTooLong[] = "RANGE_TOO_LONG";
inline constexpr char kGroupTypeUnknown[] = "GROUP_TYPE_UNKNOWN";
inline constexpr char kGroupUnknown[] = "GROUP_UNKNOWN";
inline constexpr char kScorecardUnknown[] = "SCORECARD_UNKNOWN";
inline constexpr char kAgentUnknown[] = "AGENT_UNKNOWN";
inline constexpr char kPageTokenInvalid[] = "PAGE_TOKEN_INVALID";
inline constexpr char kNotApplicable[] = "NOT_APPLICABLE";
inline constexpr char kSequenceNotIncreasing[] = "SEQUENCE_NOT_INCREASING";

// Of a call, without violations.
inline constexpr char kOverloaded[] = "OVERLOADED";
inline constexpr char kResultTooLarge[] = "RESULT_TOO_LARGE";
inline constexpr char kDatabaseUnavailable[] = "DATABASE_UNAVAILABLE";
inline constexpr char kResidentOff[] = "RESIDENT_OFF";
inline constexpr char kResidentLoading[] = "RESIDENT_LOADING";
inline constexpr char kConflict[] = "CONFLICT";
inline constexpr char kShuttingDown[] = "SHUTTING_DOWN";
inline constexpr char kDeadlineExceeded[] = "DEADLINE_EXCEEDED";
inline constexpr char kCancelled[] = "CANCELLED";
inline constexpr char kInternal[] = "INTERNAL";

}  // namespace kpid::server::reason
