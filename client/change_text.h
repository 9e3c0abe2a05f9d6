// Changes and targets of values as people read them.
#pragma once

#include <string>

#include "client/text_table.h"
#include "client/value_text.h"
#include "kpid/v1/query_service.pb.h"

namespace kpid::client {

// How the value changed, with its sign: percent in percentage points ("+1.4pp"), points and scores
// as they are ("-3.2"), other units in percent of the earlier value ("+5.2%"), or as they are
// where that was 0. A `*` behind it: more than chance; otherwise a space, so that columns keep
// their place. "-" without an earlier value; empty without a value.
// REQUIRES: the value has a comparison.
std::string ChangeText(const ValueStyle& style, const v1::KpiValue& value);

// How the value stands to its target: "✓ 85%", "✗ 40%", with attainment where it has one; empty
// without a target or value.
std::string TargetMark(const v1::KpiValue& value);

// The same with the value to reach, in words: "80.0 met, 85%", "80.0 to 85.0 missed"; empty
// without a target.
std::string TargetText(const ValueStyle& style, const v1::KpiValue& value);

// Good: in the KPI's better direction (of this program's catalogue; `kpi_id` may be unknown to
// it). Plain where neither is better, or the change is not more than chance.
Tint ChangeTint(const std::string& kpi_id, const v1::KpiValue& value);

// Good: met.
Tint TargetTint(const v1::KpiValue& value);

}  // namespace kpid::client
