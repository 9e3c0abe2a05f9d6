// The pool of sessions of the data path.
#pragma once

#include "storage/bounded_pool.h"
#include "storage/session.h"

namespace kpid::storage {

class SessionPool : public BoundedPool<Session> {
 public:
  using BoundedPool::BoundedPool;
};

using SessionLease = SessionPool::Lease;

}  // namespace kpid::storage
