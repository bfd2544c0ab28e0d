/*
 * Which characters look like others (UTS 39), for nick_skeleton() alone. The
 * table is made by common/confusables.py.
 */
#ifndef COMMON_CONFUSABLES_H
#define COMMON_CONFUSABLES_H

#include <stddef.h>
#include <stdint.h>

struct confusable {
    uint32_t character;
    const char *prototype; /* what it looks like: UTF-8, NFD, folded */
};

/* In the order of the characters. */
extern const struct confusable confusables[];
extern const size_t confusables_count;

#endif
