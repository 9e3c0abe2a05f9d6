// One connection to PostgreSQL for rare, small work (migrations, the roster): text values, where
// convenience counts more than speed. libpqxx is behind it and nowhere else.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "metrics/call_limits.h"
#include "storage/bounded_pool.h"
#include "storage/connection_parameters.h"
#include "storage/session.h"

namespace kpid::storage {

// Values in text form; nullopt is null.
using TextValue = std::optional<std::string>;
using TextRow = std::vector<TextValue>;
using TextRows = std::vector<TextRow>;

// Most parameters of a statement of a TextTransaction.
inline constexpr size_t kTextParametersMax = 8;

// A transaction under way.
class TextTransaction {
 public:
  virtual ~TextTransaction() = default;

  // Runs one statement with at most kTextParametersMax parameters.
  virtual absl::StatusOr<TextRows> Execute(const Statement& statement,
                                           const std::vector<TextValue>& parameters) = 0;

  // Runs several statements separated by semicolons.
  virtual absl::Status ExecuteScript(const Statement& statement) = 0;
};

// Thread-compatible.
class TextSession {
 public:
  // UNAVAILABLE with the cause, fit for a log: it may name hosts and users.
  static absl::StatusOr<std::unique_ptr<TextSession>> Open(const SessionOptions& options);
  ~TextSession();

  // Runs `work` in a transaction: committed when it returns OK, rolled back otherwise. Ends
  // within about 50 ms of its limits. Errors are those of pg_error.h.
  absl::Status InTransaction(const metrics::CallLimits& limits,
                             const std::function<absl::Status(TextTransaction&)>& work);

  bool Reusable() const;
  bool server_lost() const;

 private:
  class Implementation;
  explicit TextSession(std::unique_ptr<Implementation> implementation);
  std::unique_ptr<Implementation> implementation_;
};

class TextSessionPool : public BoundedPool<TextSession> {
 public:
  using BoundedPool::BoundedPool;
};

}  // namespace kpid::storage
