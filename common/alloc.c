#include "common/alloc.h"

#include <stdlib.h>
#include <string.h>

#include "common/log.h"

/* malloc(0) may be NULL without anything being wrong: ask for one byte. */
static size_t at_least_one(size_t bytes)
{
    return bytes > 0 ? bytes : 1;
}

static void *check(void *memory, size_t bytes)
{
    if (memory == NULL) {
        log_error("event=out_of_memory bytes=%zu", bytes);
        exit(EXIT_FAILURE);
    }
    return memory;
}

void *alloc_or_die(size_t bytes)
{
    return check(calloc(1, at_least_one(bytes)), bytes);
}

void *realloc_or_die(void *memory, size_t bytes)
{
    return check(realloc(memory, at_least_one(bytes)), bytes);
}

char *strdup_or_die(const char *text)
{
    return check(strdup(text), strlen(text) + 1);
}
