// Memory in huge pages.
#pragma once

#include <string_view>

namespace kpid::server {

// Whether the system gives huge pages to whoever asks for them: from the text of
// /sys/kernel/mm/transparent_hugepage/enabled.
bool GivesHugePagesOnRequest(std::string_view enabled);

// Has malloc ask for huge pages, where the system gives them on request: questions read hundreds of
// megabytes, and to look up where each 4 KiB of them are takes a sixth of their time. malloc (glibc
// 2.35 or later) reads that from GLIBC_TUNABLES before main, so the process starts anew, once, as
// itself: the same arguments, the same process id; what it starts does not inherit it. Does nothing
// where GLIBC_TUNABLES is set (also to nothing), or when it cannot. To be called first in main.
void RequestHugePages(char** arguments);

}  // namespace kpid::server
