// What is known of a handled contact when records about it are made.
#pragma once

#include <cstdint>
#include <string>

#include "client/generator/centre.h"
#include "client/generator/contact.h"

namespace kpid::client {

struct HandledContact {
  const Contact* contact;
  const QueueSetup* queue;
  const AgentSetup* agent;
  std::string interaction_id;  // A copy: the interaction may have gone.
  int64_t first_response = 0;  // Milliseconds since 1970.
  int64_t end = 0;
  double wait_seconds = 0;
  bool resolved = false;
};

}  // namespace kpid::client
