// Loops over rows that are compiled twice, for processors with AVX2 and for all others; the loader
// of the program chooses. What they call is inlined, to be compiled with them. Only in source files
// for which KPID_CPU_CLONES is defined.
#pragma once

#if defined(KPID_CPU_CLONES) && defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
#define KPID_CLONED [[gnu::target_clones("avx2", "default")]]
#else
#define KPID_CLONED
#endif
#define KPID_INLINED [[gnu::always_inline]] inline
