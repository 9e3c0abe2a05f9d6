// Who writes while servers are tried as a whole.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "storage/session.h"
#include "tests/property/random_records.h"
#include "tests/property/served_scene.h"

namespace kpid::proof {

// Writes through the stores of one side.
class Ingester {
 public:
  // `scene` must outlive this.
  Ingester(Scene* scene, size_t side, uint64_t seed) : scene_(scene), side_(side), choices_(seed) {}

  // Until the scene ends.
  void Run();

  // Stores all of a world.
  void Fill();

 private:
  void Write(const std::function<absl::Status(ServedSide&)>& store);

  Scene* const scene_;
  const size_t side_;
  Choices choices_;
};

// Somebody in psql: transactions of several statements, open for a while, committed or not.
class Hand {
 public:
  // `scene` must outlive this.
  Hand(Scene* scene, uint64_t seed) : scene_(scene), choices_(seed) {}

  // Until the scene ends.
  void Run();

 private:
  bool Try(const std::string& sql);
  void Drop();
  void Transact();
  struct Waiters {
    bool server = false;
    bool hand = false;
  };
  std::optional<Waiters> WhoWaits();
  bool TryBeforeServer();
  bool CommitBeforeServer();
  void Commit(const std::string& sql);
  void Prune();
  void Count(bool committed);

  Scene* const scene_;
  Choices choices_;
  std::unique_ptr<storage::Session> session_;
};

}  // namespace kpid::proof
