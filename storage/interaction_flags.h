// Bits of kpid.interactions.flags.
#pragma once

#include <cstdint>

namespace kpid::storage {

inline constexpr int16_t kFlagTransferred = 1;
inline constexpr int16_t kFlagConversionEligible = 2;
inline constexpr int16_t kFlagConverted = 4;
inline constexpr int16_t kFlagUpsellOffered = 8;
inline constexpr int16_t kFlagUpsellAccepted = 16;

}  // namespace kpid::storage
