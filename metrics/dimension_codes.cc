#include "metrics/dimension_codes.h"

#include <algorithm>
#include <array>

#include "metrics/agent_timelines.h"
#include "metrics/interaction_chunk.h"
#include "metrics/quality_columns.h"
#include "metrics/survey_columns.h"
#include "metrics/ticket_columns.h"

namespace kpid::metrics {
namespace {

// All that the bits of Column::kStatus can hold.
constexpr size_t kChannels = 8;
constexpr size_t kDirections = 4;

Instant InstantOf(int64_t microseconds) { return Instant(Duration(microseconds)); }

// One more than the greatest value of a column in all chunks; also codes that the dictionary
// does not have must stay inside arrays.
template <class ColumnOf>
size_t CodeEnd(const FactSnapshot& snapshot, ColumnOf column_of) {
  int64_t greatest = 0;
  const auto look = [&](const FactChunk& chunk) {
    if (const PackedColumn* column = column_of(chunk)) {
      greatest = std::max(greatest, column->maximum());
    }
  };
  for (const auto& chunk : snapshot.interactions()) look(*chunk);
  for (const auto& chunk : snapshot.surveys().chunks()) look(*chunk);
  for (const auto& chunk : snapshot.quality_evaluations().chunks()) look(*chunk);
  for (const auto& chunk : snapshot.tickets().chunks()) look(*chunk);
  return static_cast<size_t>(greatest) + 1;
}

size_t AgentEnd(const FactSnapshot& snapshot) {
  size_t end = std::max(snapshot.activities().agents(), snapshot.plans().agents());
  for (const EmploymentFact& fact : snapshot.employments()) {
    end = std::max(end, size_t{fact.agent} + 1);
  }
  return end;
}

size_t CostQueueEnd(const FactSnapshot& snapshot) {
  size_t end = 0;
  for (const CostFact& fact : snapshot.costs()) end = std::max(end, size_t{fact.queue} + 1);
  return end;
}

size_t CostGroupEnd(const FactSnapshot& snapshot, std::string_view type) {
  Code greatest = kNoCode;
  for (const CostFact& fact : snapshot.costs()) {
    greatest = std::max(greatest, snapshot.roster().GroupOfType(fact.group, type));
  }
  return size_t{greatest} + 1;
}

}  // namespace

std::string_view ChannelName(Channel channel) {
  switch (channel) {
    case Channel::kNone:
      return "";
    case Channel::kVoice:
      return "voice";
    case Channel::kChat:
      return "chat";
    case Channel::kEmail:
      return "email";
    case Channel::kMessaging:
      return "messaging";
    case Channel::kSocial:
      return "social";
    case Channel::kOther:
      return "other";
  }
  return "";
}

std::string_view DirectionName(Direction direction) {
  switch (direction) {
    case Direction::kNone:
      return "";
    case Direction::kInbound:
      return "inbound";
    case Direction::kOutbound:
      return "outbound";
  }
  return "";
}

DimensionSpace::DimensionSpace(const Dimension& dimension, const FactSnapshot& snapshot)
    : dimension_(dimension) {
  const Dictionaries& dictionaries = snapshot.dictionaries();
  const auto column_end = [&](Column column) {
    return CodeEnd(snapshot, [=](const FactChunk& chunk) { return &chunk.column(column); });
  };
  switch (dimension.kind) {
    case DimensionKind::kNone:
      break;
    case DimensionKind::kAgent:
      dictionary_ = &dictionaries.agents;
      code_end_ = std::max(column_end(Column::kAgent), AgentEnd(snapshot));
      break;
    case DimensionKind::kAgentGroup:
      dictionary_ = &dictionaries.groups;
      timeline_ = &snapshot.roster().SharedTimeline(dimension.name);
      roster_ = &snapshot.roster();
      code_end_ =
          std::max(size_t{timeline_->GreatestGroup()} + 1, CostGroupEnd(snapshot, dimension.name));
      break;
    case DimensionKind::kQueue:
      dictionary_ = &dictionaries.queues;
      code_end_ = std::max(column_end(Column::kQueue), CostQueueEnd(snapshot));
      break;
    case DimensionKind::kPriority:
      dictionary_ = &dictionaries.priorities;
      code_end_ = column_end(Column::kPriority);
      break;
    case DimensionKind::kChannel:
      code_end_ = kChannels;
      break;
    case DimensionKind::kDirection:
      code_end_ = kDirections;
      break;
    case DimensionKind::kAttribute:
      dictionary_ = &dictionaries.attribute_values;
      attribute_key_ = dictionaries.attribute_keys.Find(dimension.name);
      code_end_ = CodeEnd(snapshot, [&](const FactChunk& chunk) {
        return attribute_key_ == kNoCode ? nullptr : chunk.attribute(attribute_key_);
      });
      break;
  }
}

std::string_view DimensionSpace::Name(Code code) const {
  if (dictionary_ != nullptr) return dictionary_->Name(code);
  return kind() == DimensionKind::kChannel ? ChannelName(static_cast<Channel>(code))
                                           : DirectionName(static_cast<Direction>(code));
}

std::string_view DimensionSpace::DisplayName(Code code) const {
  return dictionary_ != nullptr ? dictionary_->DisplayName(code) : std::string_view();
}

Code DimensionSpace::Find(std::string_view name) const {
  if (name.empty()) return kNoCode;
  Code found = kNoCode;
  if (dictionary_ != nullptr) {
    found = dictionary_->Find(name);
  } else {
    for (Code code = 1; code < code_end_; ++code) {
      if (Name(code) == name) found = code;
    }
  }
  return found < code_end_ ? found : kNoCode;
}

void DimensionCodes::Read(const RowSelection& rows, uint32_t* codes) {
  const FactChunk& chunk = *rows.chunk;
  switch (space_->kind()) {
    case DimensionKind::kAgent:
      return rows.Read(chunk.column(Column::kAgent), codes);
    case DimensionKind::kQueue:
      return rows.Read(chunk.column(Column::kQueue), codes);
    case DimensionKind::kPriority:
      return rows.Read(chunk.column(Column::kPriority), codes);
    case DimensionKind::kChannel:
    case DimensionKind::kDirection:
      return ReadStatus(rows, codes);
    case DimensionKind::kAgentGroup:
      return ReadGroups(rows, codes);
    case DimensionKind::kAttribute: {
      const Code key = space_->attribute_key();
      const PackedColumn* column = key == kNoCode ? nullptr : chunk.attribute(key);
      if (column != nullptr) return rows.Read(*column, codes);
      break;
    }
    case DimensionKind::kNone:
      break;
  }
  std::fill_n(codes, rows.count, kNoCode);
}

const PackedColumn* DimensionCodes::ReadColumn(const FactChunk& chunk) const {
  switch (space_->kind()) {
    case DimensionKind::kAgent:
    case DimensionKind::kAgentGroup:
      return &chunk.column(Column::kAgent);
    case DimensionKind::kQueue:
      return &chunk.column(Column::kQueue);
    default:
      return nullptr;
  }
}

const PackedColumn* DimensionCodes::Prepare(const FactChunk& chunk) {
  switch (space_->kind()) {
    case DimensionKind::kAgent:
      return &chunk.column(Column::kAgent);
    case DimensionKind::kQueue:
      return &chunk.column(Column::kQueue);
    case DimensionKind::kPriority:
      return &chunk.column(Column::kPriority);
    case DimensionKind::kChannel:
    case DimensionKind::kDirection:
      return &chunk.column(Column::kStatus);
    case DimensionKind::kAgentGroup:
      PrepareGroups(chunk);
      return varies_ ? nullptr : &chunk.column(Column::kAgent);
    case DimensionKind::kAttribute:
    case DimensionKind::kNone:
      break;
  }
  return nullptr;
}

Code DimensionCodes::CodeOf(uint32_t value) const {
  switch (space_->kind()) {
    case DimensionKind::kChannel:
      return ChannelOfStatus(static_cast<uint8_t>(value));
    case DimensionKind::kDirection:
      return DirectionOfStatus(static_cast<uint8_t>(value));
    case DimensionKind::kAgentGroup:
      return group_of_[value];
    default:
      return value;
  }
}

void DimensionCodes::ReadStatus(const RowSelection& rows, uint32_t* codes) const {
  std::array<uint8_t, kBlockRows> status;
  rows.Read(rows.chunk->column(Column::kStatus), status.data());
  if (space_->kind() == DimensionKind::kChannel) {
    for (size_t i = 0; i < rows.count; ++i) codes[i] = ChannelOfStatus(status[i]);
  } else {
    for (size_t i = 0; i < rows.count; ++i) codes[i] = DirectionOfStatus(status[i]);
  }
}

void DimensionCodes::PrepareGroups(const FactChunk& chunk) {
  const PackedColumn& time = chunk.column(time_);
  const TimeRange span{InstantOf(time.minimum()), InstantOf(time.maximum()) + Duration(1)};
  const size_t agents = static_cast<size_t>(chunk.column(Column::kAgent).maximum()) + 1;
  if (agents <= group_of_.size() && valid_.start <= span.start && span.end <= valid_.end) return;
  ++generation_;
  group_of_.assign(std::max(agents, group_of_.size()), kNoCode);
  valid_ = {Instant::min(), Instant::max()};
  varies_ = false;
  for (size_t agent = 1; agent < group_of_.size(); ++agent) {
    const GroupSpan group = space_->timeline().SpanAt(static_cast<Code>(agent), span.start);
    if (group.range.end >= span.end) {
      group_of_[agent] = group.group;
      valid_.start = std::max(valid_.start, group.range.start);
      valid_.end = std::min(valid_.end, group.range.end);
    } else {
      group_of_[agent] = kVaries;
      varies_ = true;
    }
  }
  if (varies_) valid_ = span;
}

void DimensionCodes::ReadGroups(const RowSelection& rows, uint32_t* codes) {
  PrepareGroups(*rows.chunk);
  rows.Read(rows.chunk->column(Column::kAgent), codes);
  if (!varies_) {
    for (size_t i = 0; i < rows.count; ++i) codes[i] = group_of_[codes[i]];
    return;
  }
  std::array<int64_t, kBlockRows> times;
  rows.Read(rows.chunk->column(time_), times.data());
  for (size_t i = 0; i < rows.count; ++i) {
    const Code group = group_of_[codes[i]];
    codes[i] = group != kVaries ? group : space_->timeline().GroupAt(codes[i], InstantOf(times[i]));
  }
}

}  // namespace kpid::metrics
