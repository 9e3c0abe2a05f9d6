// Page tokens: where a list goes on, opaque to callers. Pure functions.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace kpid::server {

// A token that says where the next page starts. `arguments` are the method's name and the
// request's other arguments: a token is good for the same ones only. `position` is the identity
// of the last entry given. URL-safe text.
std::string MakePageToken(std::span<const std::string> arguments,
                          std::span<const std::string> position);

// The position; nullopt when the token is damaged, belongs to other arguments, or does not have
// `position_size` parts.
std::optional<std::vector<std::string>> ReadPageToken(std::string_view token,
                                                      std::span<const std::string> arguments,
                                                      size_t position_size);

// Longest token that is looked at, in bytes: more than any that was given out.
inline constexpr size_t kPageTokenBytesMax = 1'024;

// Entries of a page.
inline constexpr int kPageSizeDefault = 100;
inline constexpr int kPageSizeMax = 1'000;

}  // namespace kpid::server
