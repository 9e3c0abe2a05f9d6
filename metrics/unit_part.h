// A part of a scan of spans that reads its units one after the other.
#pragma once

#include <utility>

#include "metrics/piece_writer.h"
#include "metrics/span_part.h"

namespace kpid::metrics {

class UnitPart : public PiecePart {
 public:
  UnitPart(const ScanPlan& plan, Units units, CellsOfKpis kpis)
      : PiecePart(plan, std::move(kpis)), units_(std::move(units)) {}

  absl::Status Run(const CallLimits& limits) override {
    for (size_t i = 0; i < units_.size(); ++i) {
      if (i % kUnitsPerCheck == 0) {
        if (absl::Status status = limits.Check(); !status.ok()) return status;
      }
      if (absl::Status status = AddUnit(units_[i], limits); !status.ok()) return status;
    }
    Flush();
    return absl::OkStatus();
  }

 protected:
  virtual absl::Status AddUnit(size_t unit, const CallLimits& limits) = 0;

 private:
  // Units between two looks at the limits of the call.
  static constexpr size_t kUnitsPerCheck = 64;

  Units units_;
};

}  // namespace kpid::metrics
