/* What every fuzz target includes: its one function, and its assertion. */
#ifndef TESTS_FUZZ_FUZZ_H
#define TESTS_FUZZ_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

/* Tries the `size` bytes of `data`. Returns 0; aborts at a fault. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* assert() that NDEBUG leaves alone. */
static inline void require(bool condition)
{
    if (!condition)
        abort();
}

#endif
