// Parts of a scan that read spans: they cut them into pieces that lie in one cell each.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "metrics/dimension_codes.h"
#include "metrics/scan_part.h"

namespace kpid::metrics {

// What has a span, and its dimensions.
struct PieceSource {
  uint32_t number = 0;  // Pieces of one source are added one after the other.
  int64_t row_key = 0;  // Only for an explanation; of an employment the agent's code.
  Code agent = kNoCode;
  Code queue = kNoCode;
  Code group = kNoCode;  // Named by the record itself; otherwise the agent's of the time.
  Code priority = kNoCode;
  Channel channel = Channel::kNone;
};

// Values of the columns of a piece that do not follow from its range.
struct PieceValues {
  uint8_t state = 0;
  int64_t deviation = 0;
  int64_t amount = 0;
  Code currency = kNoCode;
};

class PiecePart : public ScanPart {
 public:
  PiecePart(const ScanPlan& plan, std::vector<std::unique_ptr<KpiCells>> kpis);

 protected:
  // Adds what of a range lies in that of the question, cut at bucket edges and where the agent
  // changes groups.
  absl::Status AddRange(const PieceSource& source, TimeRange range, const PieceValues& values);

  // Adds a piece of a bucket, with the slot of FindSlot, that begins (or counts) at an instant.
  void AddPiece(const PieceSource& source, uint32_t slot, size_t bucket, Instant at, int64_t length,
                const PieceValues& values);

  // Whether the scan is for an explanation: then pieces tell what they are parts of.
  bool explained() const { return sources_ != nullptr; }

  // The slot of a source at an instant, nullopt when it does not pass the filters. *until becomes
  // the instant up to which that holds, if it is earlier.
  absl::StatusOr<std::optional<uint32_t>> FindSlot(const PieceSource& source, Instant at,
                                                   Instant* until);

  // Gives the pieces added so far to the KPIs.
  void Flush();

  const std::vector<TimeRange>& buckets_of_query() const { return plan_.query->buckets; }

 private:
  // What pieces are parts of.
  struct Sources {
    std::array<int64_t, kBlockRows> row_key;
    std::array<int64_t, kBlockRows> time;
    std::array<uint32_t, kBlockRows> agent;
    std::array<uint32_t, kBlockRows> queue;
    std::array<uint8_t, kBlockRows> status;
  };

  // Where the pieces of a source belong, and while when.
  struct Placement {
    TimeRange range;  // Empty: of nothing yet.
    Code agent = kNoCode;
    Code queue = kNoCode;
    Code group = kNoCode;
    Code priority = kNoCode;
    Channel channel = Channel::kNone;
    bool passes = false;
    uint32_t slot = 0;
  };

  // Whether placement_ is that of a source at an instant.
  bool IsPlaced(const PieceSource& source, Instant at) const {
    const Placement& last = placement_;
    return last.range.Contains(at) && last.agent == source.agent && last.queue == source.queue &&
           last.group == source.group && last.priority == source.priority &&
           last.channel == source.channel;
  }
  absl::Status Place(const PieceSource& source, Instant at);
  size_t BucketAt(Instant instant);
  uint8_t FirstsOf(const PieceSource& source, uint32_t slot, size_t cell);

  Placement placement_{};  // The last one: most pieces have that of the one before.
  size_t last_bucket_ = 0;

  // By cell, slot, and for all: the source that came last, plus one.
  std::vector<uint32_t> last_in_cell_;
  std::vector<uint32_t> last_in_slot_;
  uint32_t last_of_all_ = 0;

  size_t size_ = 0;
  std::array<uint32_t, kBlockRows> cell_;
  std::array<int64_t, kBlockRows> length_;
  std::array<int64_t, kBlockRows> deviation_;
  std::array<int64_t, kBlockRows> amount_;
  std::array<uint32_t, kBlockRows> currency_;
  std::array<uint8_t, kBlockRows> state_;
  std::array<uint8_t, kBlockRows> firsts_;
  std::unique_ptr<Sources> sources_;  // Null unless row keys are asked for.
};

}  // namespace kpid::metrics
