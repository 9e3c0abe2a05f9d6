// Appends values of records, which may be absent, to column arrays.
#pragma once

#include <optional>

#include "metrics/time.h"
#include "storage/binary_format.h"
#include "storage/dictionary_cache.h"

namespace kpid::storage {

inline void AppendTime(ArrayEncoder* array, const std::optional<metrics::Instant>& time) {
  if (time) {
    array->AppendInstant(*time);
  } else {
    array->AppendNull();
  }
}

inline void AppendDuration(ArrayEncoder* array, const std::optional<metrics::Duration>& duration) {
  if (duration) {
    array->AppendLong(duration->count());
  } else {
    array->AppendNull();
  }
}

// 0 is no key.
inline void AppendKey(ArrayEncoder* array, DictionaryKey key) {
  if (key == 0) {
    array->AppendNull();
  } else {
    array->AppendInt(key);
  }
}

}  // namespace kpid::storage
