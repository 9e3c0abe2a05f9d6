#include "server/money.h"

#include <algorithm>
#include <string>

#include "server/field_checks.h"
#include "server/join_text.h"
#include "server/reasons.h"

namespace kpid::server {

bool IsCurrencyCode(std::string_view text) {
  return text.size() == 3 &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
}

void ValidateMoney(const v1::Money& money, const FieldPath& path, ViolationList* violations) {
  const FieldChecks checks(path, violations);
  const std::string& code = money.currency_code();
  if (code.empty()) {
    checks.Add("currency_code", reason::kFieldRequired, "is required, for example EUR");
  } else if (!IsCurrencyCode(code)) {
    checks.Add("currency_code", reason::kFieldMalformed, "must be three capital letters");
  }
  if (money.units() > kMoneyUnitsMax || money.units() < -kMoneyUnitsMax) {
    checks.Add("units", reason::kNumberOutOfRange, JoinText("must be within ", kMoneyUnitsMax));
  }
  if (money.nanos() > 999'999'999 || money.nanos() < -999'999'999) {
    checks.Add("nanos", reason::kNumberOutOfRange, "must be within 999,999,999");
  } else if ((money.units() > 0 && money.nanos() < 0) || (money.units() < 0 && money.nanos() > 0)) {
    checks.Add("nanos", reason::kFieldContradicts, "must have the sign of units");
  } else if (money.nanos() % 1'000 != 0) {
    checks.Add("nanos", reason::kNumberTooPrecise, "must be a multiple of 1000");
  }
}

storage::MoneyAmount ToMoneyAmount(const v1::Money& money) {
  return {money.currency_code(), money.units() * 1'000'000 + money.nanos() / 1'000};
}

}  // namespace kpid::server
