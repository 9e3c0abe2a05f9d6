// Bytes of a test, given in pieces as small as it likes.
#pragma once

#include <algorithm>
#include <cstring>
#include <string>
#include <utility>

#include "client/byte_source.h"

namespace kpid::client {

class TextSource : public ByteSource {
 public:
  explicit TextSource(std::string text, size_t piece_max = 1 << 30)
      : text_(std::move(text)), piece_max_(piece_max) {}

  absl::StatusOr<size_t> Read(char* to, size_t size) override {
    const size_t count = std::min({size, piece_max_, text_.size() - position_});
    std::memcpy(to, text_.data() + position_, count);
    position_ += count;
    return count;
  }

 private:
  std::string text_;
  size_t piece_max_;
  size_t position_ = 0;
};

}  // namespace kpid::client
