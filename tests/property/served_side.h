// What a server puts between PostgreSQL and a question or a record, made and torn down at will.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <string>

#include "server/configuration.h"
#include "server/resident_store.h"
#include "storage/fact_loader.h"
#include "storage/record_store.h"
#include "storage/roster_store.h"

namespace kpid::proof {

// The parts of a server that hold facts, over connections of its own.
class ServedSide {
 public:
  // Starts loading. Tries for a while where PostgreSQL is away; throws after that.
  ServedSide(const std::string& url, const server::Configuration& configuration);

  metrics::FactSource* facts() { return resident_->facts(); }
  server::ResidentStore& resident() { return *resident_; }
  storage::RecordStore& records() { return *records_; }
  storage::RosterStore& roster() { return *roster_; }

  // Waits until facts are held. False: not within a time that is more than enough.
  bool AwaitLoaded();

 private:
  std::unique_ptr<storage::Database> database_;
  std::unique_ptr<storage::RecordStore> records_;
  std::unique_ptr<storage::RosterStore> roster_;
  std::unique_ptr<storage::FactLoader> loader_;
  std::unique_ptr<server::ResidentStore> resident_;
};

// One that is replaced while others use it.
class ReplaceableSide {
 public:
  void Replace(const std::string& url, const server::Configuration& configuration);

  // While `lock` is held it stays. REQUIRES: there is one.
  ServedSide& Use(std::shared_lock<std::shared_mutex>* lock);

  // Of all that there were: questions answered from facts that are held, and from loaded ones.
  int64_t resident_answers();
  int64_t loaded_answers();

 private:
  std::shared_mutex mutex_;
  std::unique_ptr<ServedSide> side_;
  int64_t resident_ = 0;  // Of those that went.
  int64_t loaded_ = 0;
};

}  // namespace kpid::proof
