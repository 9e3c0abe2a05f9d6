#include "server/slice_token.h"

#include <bit>
#include <cmath>
#include <cstdint>
#include <utility>
#include <vector>

#include "google/protobuf/io/coded_stream.h"
#include "google/protobuf/io/zero_copy_stream_impl_lite.h"
#include "server/page_token.h"

namespace kpid::server {
namespace {

// A key is its eight bytes, or nothing; a dimension's value has one of these in front.
constexpr char kMissing = '-';
constexpr char kPresent = '+';

// The method and the request, byte by byte the same for the same question.
std::vector<std::string> TokenArguments(const v1::QueryKpisRequest& request) {
  v1::QueryKpisRequest question = request;
  question.clear_page_token();
  question.clear_validate_only();
  std::string bytes;
  {
    google::protobuf::io::StringOutputStream stream(&bytes);
    google::protobuf::io::CodedOutputStream output(&stream);
    output.SetSerializationDeterministic(true);
    question.SerializeToCodedStream(&output);
  }
  return {"QueryKpis", std::move(bytes)};
}

std::string KeyText(std::optional<double> key) {
  std::string text;
  if (!key) return text;
  const uint64_t bits = std::bit_cast<uint64_t>(*key);
  for (int i = 0; i < 64; i += 8) text += static_cast<char>(bits >> i & 0xFF);
  return text;
}

// Whether `text` is that of a key.
bool ReadKey(const std::string& text, std::optional<double>* key) {
  if (text.empty()) return true;
  if (text.size() != sizeof(uint64_t)) return false;
  uint64_t bits = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    bits |= static_cast<uint64_t>(static_cast<uint8_t>(text[i])) << (8 * i);
  }
  *key = std::bit_cast<double>(bits);
  return !std::isnan(**key);  // Values are none; it would have no place in the order.
}

bool ReadValue(const std::string& text, metrics::DimensionValue* value) {
  if (text.empty() || (text[0] != kMissing && text[0] != kPresent)) return false;
  value->missing = text[0] == kMissing;
  value->value = text.substr(1);
  return !value->missing || value->value.empty();
}

}  // namespace

std::string MakeSliceToken(const v1::QueryKpisRequest& request,
                           const metrics::SlicePosition& position) {
  std::vector<std::string> parts;
  for (const std::optional<double>& key : position.keys) parts.push_back(KeyText(key));
  for (const metrics::DimensionValue& value : position.dimensions) {
    parts.push_back(value.missing ? std::string(1, kMissing) : kPresent + value.value);
  }
  return MakePageToken(TokenArguments(request), parts);
}

std::optional<metrics::SlicePosition> ReadSliceToken(const v1::QueryKpisRequest& request) {
  const size_t keys = static_cast<size_t>(request.order_by_size());
  const size_t dimensions = static_cast<size_t>(request.group_by_size());
  const auto parts =
      ReadPageToken(request.page_token(), TokenArguments(request), keys + dimensions);
  if (!parts) return std::nullopt;
  metrics::SlicePosition position;
  position.keys.resize(keys);
  position.dimensions.resize(dimensions);
  for (size_t i = 0; i < keys; ++i) {
    if (!ReadKey((*parts)[i], &position.keys[i])) return std::nullopt;
  }
  for (size_t i = 0; i < dimensions; ++i) {
    if (!ReadValue((*parts)[keys + i], &position.dimensions[i])) return std::nullopt;
  }
  return position;
}

}  // namespace kpid::server
