#include "storage/cluster_settings.h"

#include <unistd.h>

#include <algorithm>
#include <fstream>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace kpid::storage {
namespace {

constexpr int64_t kMebibyte = 1024 * 1024;

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

std::string ClusterSettings(int64_t memory_bytes) {
  const int64_t memory = memory_bytes / kMebibyte;
  const int64_t shared_buffers = std::clamp<int64_t>(memory / 4, 64, 4096);
  const int64_t cache = std::max<int64_t>(memory / 2, 128);
  const int64_t maintenance = std::clamp<int64_t>(memory / 32, 32, 512);
  return absl::StrCat(
      "\n# Written by kpid when it made this cluster; change at will, it is not overwritten.\n"
      "fsync = on\n"
      "synchronous_commit = on\n"
      "max_connections = 100\n"
      "shared_buffers = ",
      shared_buffers,
      "MB\n"
      "effective_cache_size = ",
      cache,
      "MB\n"
      "maintenance_work_mem = ",
      maintenance,
      "MB\n"
      "work_mem = 16MB\n"
      "# Fewer, longer checkpoints: each makes the pages written after it larger in the log.\n"
      "checkpoint_timeout = 15min\n"
      "max_wal_size = 4GB\n"
      "min_wal_size = 256MB\n"
      "wal_buffers = 16MB\n"
      "random_page_cost = 1.1\n"
      "jit = off\n"
      "# Inserts make block-range indexes and visibility maps stale; keep up with them.\n"
      "autovacuum_vacuum_insert_scale_factor = 0.05\n"
      "log_line_prefix = '%m [%p] '\n"
      "log_timezone = 'UTC'\n"
      "timezone = 'UTC'\n");
}

}  // namespace kpid::storage
