// Text forms of arrays, as PostgreSQL reads them.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace kpid::storage {

// Builds the text form of a text[].
class TextArray {
 public:
  void Append(std::string_view value);
  void AppendNull();

  // For example {"a","b\"c",NULL}; the builder is empty afterwards.
  std::string Finish();

 private:
  void Separate();
  std::string text_;
};

// The text form of an array of integers, for example {1,2}.
std::string IntArrayText(std::span<const int64_t> values);

}  // namespace kpid::storage
