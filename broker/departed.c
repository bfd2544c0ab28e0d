#include "broker/departed.h"

#include <stdlib.h>
#include <string.h>

#include "common/alloc.h"

void departed_fini(struct departed *departed)
{
    for (size_t i = 0; i < DEPARTED_MAX; i++)
        free(departed->guests[i].key);
}

void departed_add(struct departed *departed, const char *key, int64_t address)
{
    size_t place = departed->count++ % DEPARTED_MAX;

    free(departed->guests[place].key);
    departed->guests[place].key = strdup_or_die(key);
    departed->guests[place].address = address;
}

int64_t departed_address(const struct departed *departed, const char *key)
{
    size_t count =
        departed->count < DEPARTED_MAX ? departed->count : DEPARTED_MAX;

    for (size_t age = 1; age <= count; age++) {
        size_t place = (departed->count - age) % DEPARTED_MAX;
        if (strcmp(departed->guests[place].key, key) == 0)
            return departed->guests[place].address;
    }
    return 0;
}
