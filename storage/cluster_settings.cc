#include "storage/cluster_settings.h"

#include <unistd.h>

#include <algorithm>
#include <fstream>

#include "absl/strings/numbers.h"
#include "absl/strings/substitute.h"

namespace kpid::storage {
namespace {

constexpr int64_t kMebibyte = 1024 * 1024;

// $0 to $3: mebibytes.
constexpr const char* kSettings = R"(
# Written by kpid when it made this cluster; change at will, it is not overwritten.
fsync = on
synchronous_commit = on
max_connections = 100
shared_buffers = $0MB
effective_cache_size = $1MB
maintenance_work_mem = $2MB
work_mem = 16MB
# Fewer, longer checkpoints: each makes the pages written after it larger in the log.
checkpoint_timeout = 15min
max_wal_size = $3MB
min_wal_size = 128MB
wal_buffers = 16MB
random_page_cost = 1.1
jit = off
# Inserts make block-range indexes and visibility maps stale; keep up with them.
autovacuum_vacuum_insert_scale_factor = 0.05
log_line_prefix = '%m [%p] '
log_timezone = 'UTC'
timezone = 'UTC'
)";

}  // namespace

int64_t MemoryLimitBytes() {
  int64_t bytes = static_cast<int64_t>(sysconf(_SC_PHYS_PAGES)) * sysconf(_SC_PAGESIZE);
  for (const char* file :
       {"/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"}) {
    std::string text;
    int64_t limit = 0;
    if (std::getline(std::ifstream(file), text) && absl::SimpleAtoi(text, &limit) && limit > 0) {
      bytes = std::min(bytes, limit);
    }
  }
  return bytes;
}

std::string ClusterSettings(int64_t memory_bytes, int64_t disk_free_bytes) {
  const int64_t memory = memory_bytes / kMebibyte;
  const int64_t shared_buffers = std::clamp<int64_t>(memory / 4, 64, 4096);
  const int64_t cache = std::max<int64_t>(memory / 2, 128);
  const int64_t maintenance = std::clamp<int64_t>(memory / 32, 32, 512);
  // The write-ahead log must not be what fills a small disk.
  const int64_t wal = std::clamp<int64_t>(disk_free_bytes / kMebibyte / 8, 256, 4096);
  return absl::Substitute(kSettings, shared_buffers, cache, maintenance, wal);
}

}  // namespace kpid::storage
