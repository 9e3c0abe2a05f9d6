#include "tests/property/served_side.h"

#include <chrono>
#include <stdexcept>
#include <thread>
#include <utility>

#include "server/clock.h"

namespace kpid::proof {
namespace {

using std::chrono::steady_clock;

constexpr std::chrono::seconds kPatience{120};

std::unique_ptr<storage::Database> OpenWithPatience(const std::string& url) {
  const auto give_up = steady_clock::now() + kPatience;
  while (true) {
    storage::DatabaseOptions options;
    options.url = url;
    auto database = storage::Database::Open(std::move(options));
    if (database.ok()) return *std::move(database);
    if (steady_clock::now() > give_up) {
      throw std::runtime_error("no database: " + std::string(database.status().message()));
    }
    std::this_thread::yield();
  }
}

}  // namespace

ServedSide::ServedSide(const std::string& url, const server::Configuration& configuration)
    : database_(OpenWithPatience(url)),
      records_(std::make_unique<storage::RecordStore>(database_.get())),
      roster_(std::make_unique<storage::RosterStore>(database_.get())),
      loader_(
          std::make_unique<storage::FactLoader>(database_.get(), storage::FactLoaderOptions(),
                                                [] { return server::Clock::System()->WallNow(); })),
      resident_(std::make_unique<server::ResidentStore>(configuration, database_.get(),
                                                        loader_.get(), server::Clock::System())) {
  resident_->Start();
}

bool ServedSide::AwaitLoaded() {
  const auto give_up = steady_clock::now() + kPatience;
  while (resident_->Report().loading) {
    if (steady_clock::now() > give_up) return false;
    std::this_thread::yield();
  }
  return true;
}

void ReplaceableSide::Replace(const std::string& url, const server::Configuration& configuration) {
  const std::unique_lock lock(mutex_);
  if (side_ != nullptr) {
    resident_ += side_->resident().resident_answers();
    loaded_ += side_->resident().loaded_answers();
  }
  side_.reset();
  side_ = std::make_unique<ServedSide>(url, configuration);
}

ServedSide& ReplaceableSide::Use(std::shared_lock<std::shared_mutex>* lock) {
  *lock = std::shared_lock(mutex_);
  return *side_;
}

int64_t ReplaceableSide::resident_answers() {
  const std::shared_lock lock(mutex_);
  return resident_ + side_->resident().resident_answers();
}

int64_t ReplaceableSide::loaded_answers() {
  const std::shared_lock lock(mutex_);
  return loaded_ + side_->resident().loaded_answers();
}

}  // namespace kpid::proof
