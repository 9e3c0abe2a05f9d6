// The arrow of an amount of money: message -> checked -> amount of a storage record.
#pragma once

#include <cstdint>
#include <string_view>

#include "kpid/v1/types.pb.h"
#include "server/field_path.h"
#include "server/violation_list.h"
#include "storage/records.h"

namespace kpid::server {

// Largest amount of money, in whole units, either sign.
inline constexpr int64_t kMoneyUnitsMax = 1'000'000'000'000;

// Whether a text is a currency code: three capital letters.
bool IsCurrencyCode(std::string_view text);

// Adds a violation for everything that Money of types.proto does not allow.
void ValidateMoney(const v1::Money& money, const FieldPath& path, ViolationList* violations);

// REQUIRES: ValidateMoney found nothing.
storage::MoneyAmount ToMoneyAmount(const v1::Money& money);

}  // namespace kpid::server
