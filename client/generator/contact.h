// A contact before it becomes a record: what is known when it arrives.
#pragma once

#include <cstdint>

namespace kpid::client {

enum class ContactKind : uint8_t {
  kNew,       // A matter that comes up.
  kRepeat,    // The same matter again: not resolved, or given up in the queue.
  kTransfer,  // The second part of a transferred contact.
  kOverflow,  // Flowed out of another queue.
  kCallback   // The call back that was asked for.
};

struct Contact {
  int64_t arrive = 0;        // Milliseconds since 1970.
  int64_t conversation = 0;  // Number of its first part's interaction; 0: none.
  int64_t case_number = 0;   // 0: none.
  uint32_t customer = 0;     // 0: unknown.
  uint32_t number = 0;       // Breaks ties of arrive, in the order of making.
  uint16_t queue = 0;
  uint8_t attempt = 0;  // How often the matter came up before.
  uint8_t topic = 0;
  ContactKind kind = ContactKind::kNew;
};

// In the order of time.
inline bool ComesBefore(const Contact& a, const Contact& b) {
  return a.arrive != b.arrive ? a.arrive < b.arrive : a.number < b.number;
}

}  // namespace kpid::client
