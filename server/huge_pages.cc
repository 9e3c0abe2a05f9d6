#include "server/huge_pages.h"

#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <string>

namespace kpid::server {
namespace {

constexpr char kTunables[] = "GLIBC_TUNABLES";
constexpr char kHugePages[] = "glibc.malloc.hugetlb=1";
constexpr char kEnabledPath[] = "/sys/kernel/mm/transparent_hugepage/enabled";

}  // namespace

bool GivesHugePagesOnRequest(std::string_view enabled) {
  return enabled.find("[madvise]") != std::string_view::npos;
}

void RequestHugePages(char** arguments) {
  const char* const tunables = std::getenv(kTunables);
  if (tunables != nullptr) {
    // Of this process before it started anew.
    if (std::string_view(tunables) == kHugePages) unsetenv(kTunables);
    return;
  }
  std::ifstream file(kEnabledPath);
  std::string enabled;
  if (!std::getline(file, enabled) || !GivesHugePagesOnRequest(enabled)) return;
  if (setenv(kTunables, kHugePages, 1) != 0) return;
  execv("/proc/self/exe", arguments);
  unsetenv(kTunables);
}

}  // namespace kpid::server
