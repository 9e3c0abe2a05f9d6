#include "server/page_token.h"

#include <cstdint>

#include "absl/strings/escaping.h"

namespace kpid::server {
namespace {

// A token is this byte, an 8-byte hash of arguments and position, and the position: each part a
// 2-byte length and its bytes. The hash finds damage and foreign tokens; a token made by hand
// gives nothing that its maker could not list anyway, so there is no secret in it.
constexpr char kVersion = 1;
constexpr size_t kHashBytes = 8;

// FNV-1a: the same in every process and version, unlike absl::Hash.
class StableHash {
 public:
  void Add(std::string_view text) {
    for (size_t i = 0; i < 4; ++i) AddByte(static_cast<uint8_t>(text.size() >> (8 * i)));
    for (const char c : text) AddByte(static_cast<uint8_t>(c));
  }
  uint64_t value() const { return value_; }

 private:
  void AddByte(uint8_t byte) { value_ = (value_ ^ byte) * 1099511628211ULL; }
  uint64_t value_ = 14695981039346656037ULL;
};

std::string HashBytes(std::span<const std::string> arguments,
                      std::span<const std::string> position) {
  StableHash hash;
  hash.Add(std::to_string(arguments.size()));
  for (const std::string& argument : arguments) hash.Add(argument);
  for (const std::string& part : position) hash.Add(part);
  std::string bytes;
  for (size_t i = 0; i < kHashBytes; ++i) {
    bytes += static_cast<char>(hash.value() >> (8 * i) & 0xFF);
  }
  return bytes;
}

}  // namespace

std::string MakePageToken(std::span<const std::string> arguments,
                          std::span<const std::string> position) {
  std::string bytes(1, kVersion);
  bytes += HashBytes(arguments, position);
  for (const std::string& part : position) {
    bytes += static_cast<char>(part.size() & 0xFF);
    bytes += static_cast<char>(part.size() >> 8 & 0xFF);
    bytes += part;
  }
  return absl::WebSafeBase64Escape(bytes);
}

std::optional<std::vector<std::string>> ReadPageToken(std::string_view token,
                                                      std::span<const std::string> arguments,
                                                      size_t position_size) {
  std::string bytes;
  if (token.size() > kPageTokenBytesMax ||
      !absl::WebSafeBase64Unescape(absl::string_view(token.data(), token.size()), &bytes) ||
      bytes.size() < 1 + kHashBytes || bytes[0] != kVersion) {
    return std::nullopt;
  }
  std::vector<std::string> position;
  for (size_t at = 1 + kHashBytes; at < bytes.size();) {
    if (bytes.size() - at < 2) return std::nullopt;
    const size_t length = static_cast<uint8_t>(bytes[at]) |
                          static_cast<size_t>(static_cast<uint8_t>(bytes[at + 1])) << 8;
    at += 2;
    if (bytes.size() - at < length) return std::nullopt;
    position.push_back(bytes.substr(at, length));
    at += length;
  }
  if (position.size() != position_size ||
      bytes.substr(1, kHashBytes) != HashBytes(arguments, position)) {
    return std::nullopt;
  }
  return position;
}

}  // namespace kpid::server
