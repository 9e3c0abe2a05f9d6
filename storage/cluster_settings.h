// Settings of the embedded cluster.
#pragma once

#include <cstdint>
#include <string>

namespace kpid::storage {

// Memory that this process may use, in bytes: that of the machine, or the limit of its control
// group when that is lower.
int64_t MemoryLimitBytes();

// Lines for postgresql.conf that suit kpid on a machine with that much memory, and that much free
// disk where the cluster is.
std::string ClusterSettings(int64_t memory_bytes, int64_t disk_free_bytes);

}  // namespace kpid::storage
