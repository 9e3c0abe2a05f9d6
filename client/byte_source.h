// Where bytes come from: a file, standard input, a test.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/statusor.h"

namespace kpid::client {

// For one thread.
class ByteSource {
 public:
  virtual ~ByteSource() = default;

  // Reads at most `size` bytes to `to` and returns how many; 0 at the end.
  virtual absl::StatusOr<size_t> Read(char* to, size_t size) = 0;

  // How many bytes there are; nullopt when that is not known (a pipe).
  virtual std::optional<int64_t> Size() const { return std::nullopt; }
};

// A file by path; "-" is standard input. NOT_FOUND or PERMISSION_DENIED with the path.
absl::StatusOr<std::unique_ptr<ByteSource>> OpenByteSource(const std::string& path);

}  // namespace kpid::client
