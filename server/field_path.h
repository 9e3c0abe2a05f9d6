// Where in a request a field is, for example `kpis[0].parameters["threshold"]`.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace kpid::server {

// A path is a chain on the stack: it costs nothing until its text is asked for. A path refers to
// its parent and to the names given, which must outlive it.
class FieldPath {
 public:
  // The request itself; fields of it have no prefix.
  static FieldPath Root() { return FieldPath(nullptr, {}, Kind::kRoot, 0, {}); }

  // A field: `end_time`.
  FieldPath Field(std::string_view name) const {
    return FieldPath(this, name, Kind::kField, 0, {});
  }
  // An element of a repeated field: `interactions[2]`.
  FieldPath Element(std::string_view name, int64_t index) const {
    return FieldPath(this, name, Kind::kElement, index, {});
  }
  // A value of a map: `attributes["reason"]`.
  FieldPath Entry(std::string_view name, std::string_view key) const {
    return FieldPath(this, name, Kind::kEntry, 0, key);
  }

  // Keys are cut to kKeyBytesMax and escaped, since they may come from the request.
  std::string Text() const;

  static constexpr size_t kKeyBytesMax = 64;

 private:
  enum class Kind : uint8_t { kRoot, kField, kElement, kEntry };

  FieldPath(const FieldPath* parent, std::string_view name, Kind kind, int64_t index,
            std::string_view key)
      : parent_(parent), name_(name), key_(key), index_(index), kind_(kind) {}

  const FieldPath* parent_;
  std::string_view name_;
  std::string_view key_;
  int64_t index_;
  Kind kind_;
};

}  // namespace kpid::server
