// Tables of records, described once: what each column takes from a record.
#pragma once

#include <concepts>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>

#include "metrics/time.h"
#include "storage/binary_format.h"
#include "storage/dictionary_cache.h"
#include "storage/interaction_stamps.h"

namespace kpid::storage {

// What a row needs beside its record.
struct RowContext {
  const BatchNames& names;
  const Stamp* stamp = nullptr;  // Of the record's interaction; null: it has none, or not yet.
};

enum class ColumnRole : uint8_t {
  kIdentity,
  kRevision,
  kContent,
  kStamped,  // Follows from the interaction: no content of the record.
};

// A column as SQL sees it.
struct ColumnShape {
  std::string_view name;
  TypeOid type;  // Of the values sent.
  ColumnRole role;
  std::string_view cast;  // From these to the column's type; "" when it is the same.
};

template <typename Record>
struct RecordColumn {
  ColumnShape shape;
  void (*append)(ArrayEncoder*, const Record&, const RowContext&);
  void (*add_names)(const Record&, BatchNames*);  // Null: it carries none.
};

// A table of kpid that is written by upserts of the identity.
template <typename Record>
struct RecordTable {
  std::string_view name;
  std::string Record::*identity;
  std::span<const RecordColumn<Record>> columns;

  // The interaction that a row takes its stamp from; null: the table is not stamped.
  std::string Record::*interaction = nullptr;

  // A text of each row written that the upsert gives back unless null; "" for none.
  std::string_view returned = {};
};

// Values of records as elements of column arrays; what is absent is null.
inline void AppendValue(ArrayEncoder* array, int32_t value) { array->AppendInt(value); }
inline void AppendValue(ArrayEncoder* array, int64_t value) { array->AppendLong(value); }
inline void AppendValue(ArrayEncoder* array, double value) { array->AppendDouble(value); }
inline void AppendValue(ArrayEncoder* array, metrics::Instant value) {
  array->AppendInstant(value);
}
inline void AppendValue(ArrayEncoder* array, metrics::Duration value) {
  array->AppendLong(value.count());
}
inline void AppendValue(ArrayEncoder* array, const std::string& value) { array->AppendText(value); }
template <typename Enum>
requires std::is_enum_v<Enum>
void AppendValue(ArrayEncoder* array, Enum value) {
  array->AppendShort(static_cast<int16_t>(value));
}
template <typename Value>
void AppendValue(ArrayEncoder* array, const std::optional<Value>& value) {
  if (value) {
    AppendValue(array, *value);
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

// The type in which AppendValue sends a type.
template <typename Value>
struct SentType {
  static constexpr TypeOid kOid = std::is_enum_v<Value>                   ? TypeOid::kInt2
                                  : std::same_as<Value, int32_t>          ? TypeOid::kInt4
                                  : std::same_as<Value, double>           ? TypeOid::kFloat8
                                  : std::same_as<Value, metrics::Instant> ? TypeOid::kTimestamptz
                                  : std::same_as<Value, std::string>      ? TypeOid::kText
                                                                          : TypeOid::kInt8;
};
template <typename Value>
struct SentType<std::optional<Value>> : SentType<Value> {};

template <auto Member>
struct MemberTraits;
template <typename RecordType, typename ValueType, ValueType RecordType::*Member>
struct MemberTraits<Member> {
  using Record = RecordType;
  using Value = ValueType;
};
template <auto Member>
using RecordOf = typename MemberTraits<Member>::Record;

// A column that is a member of the record.
template <auto Member>
constexpr RecordColumn<RecordOf<Member>> ValueColumn(std::string_view name,
                                                     ColumnRole role = ColumnRole::kContent) {
  using Record = RecordOf<Member>;
  return {{name, SentType<typename MemberTraits<Member>::Value>::kOid, role, ""},
          [](ArrayEncoder* array, const Record& record, const RowContext&) {
            AppendValue(array, record.*Member);
          },
          nullptr};
}

// A text whose absence ("") is null.
template <auto Member>
constexpr RecordColumn<RecordOf<Member>> OptionalTextColumn(std::string_view name) {
  using Record = RecordOf<Member>;
  return {{name, TypeOid::kText, ColumnRole::kContent, ""},
          [](ArrayEncoder* array, const Record& record, const RowContext&) {
            if ((record.*Member).empty()) {
              array->AppendNull();
            } else {
              array->AppendText(record.*Member);
            }
          },
          nullptr};
}

// The key of a name.
template <auto Member, DictionaryKind Kind>
constexpr RecordColumn<RecordOf<Member>> KeyColumn(std::string_view name) {
  using Record = RecordOf<Member>;
  return {{name, TypeOid::kInt4, ColumnRole::kContent, ""},
          [](ArrayEncoder* array, const Record& record, const RowContext& context) {
            AppendKey(array, context.names.Key(Kind, record.*Member));
          },
          [](const Record& record, BatchNames* names) { names->Add(Kind, record.*Member); }};
}

// A column made by functions of its own.
template <typename Record>
constexpr RecordColumn<Record> MadeColumn(std::string_view name, TypeOid type,
                                          void (*append)(ArrayEncoder*, const Record&,
                                                         const RowContext&),
                                          void (*add_names)(const Record&, BatchNames*) = nullptr,
                                          std::string_view cast = "") {
  return {{name, type, ColumnRole::kContent, cast}, append, add_names};
}

// A key that was stamped.
template <typename Record, DictionaryKey Stamp::*Member>
constexpr RecordColumn<Record> StampedKeyColumn(std::string_view name) {
  return {{name, TypeOid::kInt4, ColumnRole::kStamped, ""},
          [](ArrayEncoder* array, const Record&, const RowContext& context) {
            AppendKey(array, context.stamp == nullptr ? 0 : context.stamp->*Member);
          },
          nullptr};
}

// An enum that was stamped.
template <typename Record, int16_t Stamp::*Member>
constexpr RecordColumn<Record> StampedEnumColumn(std::string_view name) {
  return {{name, TypeOid::kInt2, ColumnRole::kStamped, ""},
          [](ArrayEncoder* array, const Record&, const RowContext& context) {
            if (context.stamp == nullptr) {
              array->AppendNull();
            } else {
              array->AppendShort(context.stamp->*Member);
            }
          },
          nullptr};
}

}  // namespace kpid::storage
