// How the engine computes a KPI, without knowing which: what the KPI reads, and the cells that
// take in blocks of rows and give values.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "metrics/catalogue.h"
#include "metrics/class_sums.h"
#include "metrics/contribution.h"
#include "metrics/dictionary.h"
#include "metrics/fact_chunk.h"
#include "metrics/fact_rows.h"
#include "metrics/partial.h"
#include "metrics/result.h"
#include "metrics/row_reading.h"

namespace kpid::metrics {

// What one term of a resolved KPI reads. Most KPIs have one term; one that brings several kinds of
// facts together has one for each.
struct KpiNeeds {
  FactKind fact_kind = FactKind::kInteraction;
  TimeBasis time_basis = TimeBasis::kArrive;
  ColumnSet columns = 0;
  std::optional<Unit> unit;  // When it is not the definition's.

  // Facts beside those of the range, as in FactDemand.
  Duration repeat_window{0};
  Duration first_contact_window{0};
  bool whole_cases = false;

  // How far beyond the range plans and activities are read (kPlan): the longest deviation that is
  // still forgiven. Absent: plans only, without what the agents did.
  std::optional<Duration> deviation_tolerance;

  // Whether the value of a slice depends on other slices, so that all of them are needed to know
  // that of some.
  bool all_slices = false;
};

// A KPI's resolved parameters, read by name, and what else its kernel may depend on. Made for one
// evaluation. A name or type that the KPI's definition does not have is a bug in the catalogue:
// std::out_of_range or std::bad_variant_access.
class KernelContext {
 public:
  // `currencies` are those of the answer; null where no rows are read.
  // `categories` are those of quality items.
  KernelContext(const ResolvedKpi& kpi, Instant horizon, Dictionary* currencies,
                const Dictionary* categories = nullptr)
      : kpi_(kpi), horizon_(horizon), currencies_(currencies), categories_(categories) {}

  const ResolvedKpi& kpi() const { return kpi_; }
  Duration duration(std::string_view name) const { return Get<Duration>(name); }
  int64_t microseconds(std::string_view name) const { return Get<Duration>(name).count(); }
  bool boolean(std::string_view name) const { return Get<bool>(name); }
  const std::string& choice(std::string_view name) const { return Get<std::string>(name); }

  // A score in thousandths; nullopt when not given and without default.
  std::optional<int64_t> thousandths(std::string_view name) const;

  // Code of a currency in the answer, also of one that no fact has; nullopt when not given.
  std::optional<Code> currency(std::string_view name) const;

  // Whole number; REQUIRES: given or with a default.
  int64_t whole_number(std::string_view name) const;

  // Which codes of quality categories a list of names contains, by code.
  std::vector<uint8_t> categories(std::string_view name) const;

  // Until when contacts are known: the latest arrival stored, or now if that is earlier.
  int64_t horizon_microseconds() const { return horizon_.time_since_epoch().count(); }

 private:
  const ParameterValue& Find(std::string_view name) const;
  template <class T>
  const T& Get(std::string_view name) const {
    return std::get<T>(Find(name));
  }

  const ResolvedKpi& kpi_;
  Instant horizon_;
  Dictionary* currencies_;
  const Dictionary* categories_;
};

class SlotTable;

// Where the cells of one part of a scan (or one term of a KPI) belong in those of the whole.
struct CellMap {
  std::span<const uint32_t> slot_of;  // The whole's slot of each slot of the part.
  size_t part_buckets = 0;
  size_t whole_buckets = 0;
  size_t first_bucket = 0;  // The whole's bucket of the part's first.
};

// Where the values of one KPI go.
struct FinishPlan {
  static constexpr uint32_t kNoSlot = ~uint32_t{0};

  std::span<const uint32_t> slot_of_slice;  // kNoSlot: no fact. Empty: slices do not apply.
  size_t slots = 0;
  size_t buckets = 0;
  size_t kpi = 0;  // Index among the question's.
  size_t kpis = 0;
  std::span<const TimeRange> bucket_ranges;
  TimeRange range;
  Statistic statistic;               // Of the KPI: percentiles share cells.
  const SlotTable* codes = nullptr;  // Of the slots; for SpreadOverSlots only.

  Confidence* confidence = nullptr;  // Of the thread that finishes.
};

// How many rows of each class there are in each cell, and the kind (KpiCells::KindOf) of the
// sample that a row of each class gives.
struct ClassCounts {
  const ClassSums* sums = nullptr;
  std::span<const uint8_t> kinds;     // By class.
  std::span<const uint32_t> cell_of;  // By cell of the sums that has rows; empty: the same.

  // Of a KPI that takes sums: which of those in `sums`, and what 1 of it is.
  std::optional<size_t> amount;
  int64_t unit = 0;
};

// A block's rows, by class.
struct ClassedRows {
  const uint32_t* places = nullptr;  // By row; the class is in the bits of the mask.
  int class_shift = 0;
  uint32_t class_mask = 0;         // After the shift.
  std::span<const uint8_t> kinds;  // By class.

  // The amounts by row, where they are whole numbers of a unit; null: the block has them.
  const uint32_t* units = nullptr;
  int64_t unit = 0;
};

// The partial results of one KPI, by cell: slot * buckets + bucket. One thread.
class KpiCells {
 public:
  virtual ~KpiCells() = default;

  // Makes room; new cells are empty.
  virtual void Resize(size_t cells) = 0;

  // Takes in rows of the KPI's fact kind. REQUIRES: their cells are below the size.
  virtual void Add(const FactBlock& block) = 0;

  // What rows have to have in common to be taken in together, by the four functions below
  // (metrics/row_classes.h); null: the KPI takes them in by Add only.
  virtual const RowReading* reading() const { return nullptr; }

  // The sample of a block's only row, but for its amount, as a number.
  virtual uint8_t KindOf(const FactBlock& row) const;

  // Whether sums of amounts are enough: then AddAmounts is only for amounts that cannot be summed.
  virtual bool TakesSums() const { return false; }

  // Takes in rows by their number in each cell, and sums of amounts.
  virtual void AddClasses(const ClassCounts& counts);

  // Takes in the amounts of rows, which AddClasses counts.
  virtual void AddAmounts(const FactBlock& block, const ClassedRows& rows);

  // Tells what each row would add, and takes in none. The units are those of scale().
  virtual void Explain(const FactBlock& block, ContributionSink* sink) const = 0;
  virtual ContributionScale scale(const TimeRange& range) const = 0;

  // Adds the cells of a part or of another term. REQUIRES: made by the same kernel from the same
  // KPI.
  virtual void Merge(const KpiCells& part, const CellMap& map) = 0;

  // Writes the total of the KPI. One thread at a time for the same cells.
  virtual void FinishTotal(const FinishPlan& plan, Result* result) = 0;

  // Moves to each slot what comes to it from others; after FinishTotal, which it does not change.
  virtual void SpreadOverSlots(const FinishPlan& plan) = 0;

  // Writes totals and series of the slices from `first` to before `end`. Safe for different slices
  // at once.
  virtual void FinishSlices(const FinishPlan& plan, size_t first, size_t end, Result* result) = 0;
};

// Immutable; safe for concurrent use.
class KpiKernel {
 public:
  virtual ~KpiKernel() = default;

  // By term: at least one. The first one's time basis and unit are the KPI's.
  virtual std::vector<KpiNeeds> Needs(const ResolvedKpi& kpi) const = 0;

  // Cells that take in the rows of a term. Those of all terms can be merged.
  virtual std::unique_ptr<KpiCells> NewCells(const KernelContext& context,
                                             const FinishContext& finish, size_t term) const = 0;
};

}  // namespace kpid::metrics
