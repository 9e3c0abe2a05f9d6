#include "storage/fact_sink.h"

#include "storage/feed_tables.h"

namespace kpid::storage {

class FactSink::AppliedLoading : public metrics::FactLoading {
 public:
  explicit AppliedLoading(FactSink* sink) : sink_(sink) {}

  void Take(metrics::FactChanges* changes) override {
    const std::lock_guard lock(sink_->load_mutex_);
    sink_->Apply(std::exchange(*changes, metrics::FactChanges()));
  }
  void Finish() override {}

 private:
  FactSink* const sink_;
};

void FactSink::BeginLoad(metrics::FactChanges names) {
  ReplaceAll(&names);
  Apply(std::move(names));
}

std::unique_ptr<metrics::FactLoading> FactSink::NewLoading() {
  return std::make_unique<AppliedLoading>(this);
}

absl::Status FactSink::EndLoad(metrics::Instant data_watermark, const metrics::CallLimits&) {
  metrics::FactChanges none;
  none.data_watermark = data_watermark;
  Apply(std::move(none));
  return absl::OkStatus();
}

int64_t FactSink::LoadingBytes() {
  const std::lock_guard lock(load_mutex_);
  return memory_bytes();
}

}  // namespace kpid::storage
