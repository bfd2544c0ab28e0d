/*
 * Where guests who left lately had come from, so that whoever runs off can
 * still be banned. In memory alone, bounded, never in the log.
 */
#ifndef BROKER_DEPARTED_H
#define BROKER_DEPARTED_H

#include <stddef.h>
#include <stdint.h>

/* The newest of them are remembered; all zeros is nobody. */
enum { DEPARTED_MAX = 1000 };

struct departed {
    struct {
        char *key; /* nick_skeleton() of the nick; NULL: none yet */
        int64_t address;
    } guests[DEPARTED_MAX];
    size_t count; /* of all that ever were */
};

/* Frees what was copied; a zeroed one that was never used is fine. */
void departed_fini(struct departed *departed);

/* Remembers whose nick has `key`, copied, with `address` (0: not known). */
void departed_add(struct departed *departed, const char *key, int64_t address);

/* The address of the last one with this key; 0: not known (any more). */
int64_t departed_address(const struct departed *departed, const char *key);

#endif
