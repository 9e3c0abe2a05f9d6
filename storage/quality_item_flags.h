// Bits of the elements of kpid.quality_evaluations.item_flags.
#pragma once

#include <cstdint>

namespace kpid::storage {

inline constexpr int32_t kItemNotApplicable = 1;
inline constexpr int32_t kItemAutoFail = 2;

}  // namespace kpid::storage
