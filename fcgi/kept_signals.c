#include "fcgi/kept_signals.h"

#include <stdlib.h>
#include <string.h>

#include "common/words.h"

/* ---- of a room ---- */

static const char *const room_words[ROOM_SIGNAL_COUNT] = {
#define ROOM_SIGNAL_WORD(name, word) [ROOM_SIGNAL_##name] = (word),
    ROOM_SIGNALS(ROOM_SIGNAL_WORD)
#undef ROOM_SIGNAL_WORD
};

enum chat_result room_signal_parse(const char *word, enum room_signal *kind_out)
{
    int found = words_find(room_words, ROOM_SIGNAL_COUNT, word);

    if (found < 0)
        return CHAT_BAD_REQUEST;
    *kind_out = (enum room_signal)found;
    return CHAT_OK;
}

void room_signals_set(struct room_signals *signals, enum room_signal kind,
                      const char *json, uint64_t version)
{
    char *copy = strdup(json);

    if (copy == NULL)
        return;
    room_signals_forget(signals, kind);
    signals->kept[kind].version = version;
    signals->kept[kind].json = copy;
}

void room_signals_forget(struct room_signals *signals, enum room_signal kind)
{
    free(signals->kept[kind].json);
    signals->kept[kind] = (struct kept_signal){0};
}

void room_signals_fini(struct room_signals *signals)
{
    for (int kind = 0; kind < ROOM_SIGNAL_COUNT; kind++)
        room_signals_forget(signals, (enum room_signal)kind);
}

/* ---- of one session ---- */

static void free_one(struct personal_signal *signal)
{
    free(signal->kept.json);
    free(signal->type);
    free(signal->room);
}

static void remove_at(struct personal_signals *signals, size_t place)
{
    free_one(&signals->list[place]);
    signals->count--;
    memmove(&signals->list[place], &signals->list[place + 1],
            (signals->count - place) * sizeof(signals->list[0]));
}

/* A copy in `out`; false: no memory. */
static bool copy_signal(const struct signal *signal, uint64_t version,
                        struct personal_signal *out)
{
    *out = (struct personal_signal){
        .kept = {version, strdup(signal->json)},
        .type = strdup(signal->type),
        .room = signal->room != NULL ? strdup(signal->room) : NULL,
    };
    if (out->kept.json != NULL && out->type != NULL &&
        (out->room != NULL) == (signal->room != NULL))
        return true;
    free_one(out);
    return false;
}

static bool same_text(const char *one, const char *other)
{
    if (one == NULL || other == NULL)
        return one == other;
    return strcmp(one, other) == 0;
}

/* The one that `signal` takes the place of, or `count`: there is none. */
static size_t find_same(const struct personal_signals *signals,
                        const struct signal *signal)
{
    size_t i = 0;

    while (i < signals->count &&
           (strcmp(signals->list[i].type, signal->type) != 0 ||
            !same_text(signals->list[i].room, signal->room)))
        i++;
    return i;
}

void personal_signals_add(struct personal_signals **signals,
                          const struct signal *signal, uint64_t version)
{
    struct personal_signal copy;
    struct personal_signals *all = *signals;

    if (all == NULL)
        all = *signals = calloc(1, sizeof(*all));
    if (all == NULL || !copy_signal(signal, version, &copy))
        return;
    size_t same = find_same(all, signal);
    if (same < all->count)
        remove_at(all, same);
    else if (all->count == PERSONAL_SIGNALS_MAX)
        remove_at(all, 0);
    all->list[all->count++] = copy;
}

void personal_signals_forget(struct personal_signals **signals,
                             uint64_t version)
{
    struct personal_signals *all = *signals;

    while (all != NULL && all->count > 0 &&
           all->list[0].kept.version <= version)
        remove_at(all, 0);
    if (all == NULL || all->count > 0)
        return;
    free(all);
    *signals = NULL;
}
