/*
 * The world of a random schedule: its people and rooms as far as they are
 * remembered, what they have asked for, and chance.
 */
#ifndef TESTS_UNIT_RANDOM_WORLD_H
#define TESTS_UNIT_RANDOM_WORLD_H

#include "tests/unit/random_front.h"

enum {
    PEOPLE = 40, /* sessions remembered, also ended ones */
    PAST = 512,  /* commands remembered, to be sent again */
    NICKS = 60,
    ROOMS = 24,
    ACCOUNTS = 8, /* made at the beginning of a round */
};

/* A session that was there at some time. */
struct login {
    int64_t sid;
    unsigned token;
};

/* A command with its strings, and what became of it. */
struct request {
    struct command command;
    char nick[NICK_SIZE], to[NICK_SIZE], room[ROOM_SIZE], rooms[3][16];
    char id[ID_SIZE], text[32], settings[ROOM_SETTINGS_SIZE];
    struct touch touches[3];
    struct outcome outcome;
};

struct world {
    struct fixture fixture;
    struct model model;
    struct random_front front;
    uint64_t random;
    struct login logins[PEOPLE];
    int64_t accounts[ACCOUNTS]; /* pids */
    unsigned token_count, id_count;
    struct request past[PAST];
    size_t past_count;
    size_t met[COMMAND_TYPE_COUNT][CHAT_RESULT_COUNT]; /* how often */
};

/* ---- chance ---- */

/* splitmix64: the same commands from the same seed everywhere. */
static inline unsigned draw(struct world *world, unsigned bound)
{
    uint64_t z = world->random += 0x9e3779b97f4a7c15U;

    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
    return (unsigned)((z ^ (z >> 31)) % bound);
}

static inline bool one_in(struct world *world, unsigned count)
{
    return draw(world, count) == 0;
}

/* One of the words of an array. */
#define DRAW_WORD(world, words)                                                \
    (words)[draw((world), sizeof(words) / sizeof((words)[0]))]

#endif
