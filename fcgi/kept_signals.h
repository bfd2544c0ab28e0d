/*
 * Signals on their way to readers: what is told besides events, best effort.
 * Of a room there is one of each kind, of a person's session the newest few;
 * a newer one takes the place of an older one of the same kind.
 *
 * Versions count up over all signals of a front end: who was told everything
 * up to a version has yet to hear what is newer.
 */
#ifndef FCGI_KEPT_SIGNALS_H
#define FCGI_KEPT_SIGNALS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/result.h"

/* X(NAME, "word"): the kinds of signals of a room, by their "type". */
#define ROOM_SIGNALS(X)                                                        \
    X(MEMBERS, "members")   /* how many are here, in a large room */           \
    X(TYPING, "typing")     /* who is writing */                               \
    X(PRESENCE, "presence") /* who is idle */

enum room_signal {
#define ROOM_SIGNAL_ENUM(name, word) ROOM_SIGNAL_##name,
    ROOM_SIGNALS(ROOM_SIGNAL_ENUM)
#undef ROOM_SIGNAL_ENUM
        ROOM_SIGNAL_COUNT
};

/* CHAT_OK and the kind, or CHAT_BAD_REQUEST for an unknown word. */
enum chat_result room_signal_parse(const char *word,
                                   enum room_signal *kind_out);

/* A signal as it came; borrowed. */
struct signal {
    const char *type;
    const char *room; /* NULL: about none */
    const char *json; /* all of it, as readers get it */
};

/* One that is kept. */
struct kept_signal {
    uint64_t version; /* 0: there is none */
    char *json;
};

/* What is kept of a room's; all zero: nothing. */
struct room_signals {
    struct kept_signal kept[ROOM_SIGNAL_COUNT];
};

/*
 * Keeps a copy of `json` as the newest of its kind. Without memory what was
 * kept stays.
 */
void room_signals_set(struct room_signals *signals, enum room_signal kind,
                      const char *json, uint64_t version);

/* Forgets what is kept of one kind, and of all. */
void room_signals_forget(struct room_signals *signals, enum room_signal kind);
void room_signals_fini(struct room_signals *signals);

/* ---- of one session ---- */

enum { PERSONAL_SIGNALS_MAX = 8 };

/* In order of age; NULL when there is none, as nearly always. */
struct personal_signals {
    size_t count;
    struct personal_signal {
        struct kept_signal kept;
        char *type;
        char *room; /* NULL: about none */
    } list[PERSONAL_SIGNALS_MAX];
};

/*
 * Keeps a copy of `signal` in `*signals`, which is made if need be: in place
 * of one of the same type and room, else of the oldest if there is no room.
 * Without memory it is lost.
 */
void personal_signals_add(struct personal_signals **signals,
                          const struct signal *signal, uint64_t version);

/* Forgets those up to `version`; NULL is fine. */
void personal_signals_forget(struct personal_signals **signals,
                             uint64_t version);

#endif
