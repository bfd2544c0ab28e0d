/*
 * Whether two events or commands are the same, field by field; for the tests
 * and fuzz targets that take them through JSON and back.
 */
#ifndef TESTS_SAME_H
#define TESTS_SAME_H

#include <stdbool.h>
#include <string.h>

#include "common/command.h"
#include "common/event.h"

static inline bool same_text(const char *one, const char *other)
{
    if (one == NULL || other == NULL)
        return one == other;
    return strcmp(one, other) == 0;
}

static inline bool same_event(const struct event *one,
                              const struct event *other)
{
    return one->seq == other->seq && one->n == other->n &&
           one->at_ms == other->at_ms && one->type == other->type &&
           one->reason == other->reason && one->role == other->role &&
           one->kind == other->kind && one->rid == other->rid &&
           one->pid == other->pid && one->sid == other->sid &&
           one->reply_to == other->reply_to && one->target == other->target &&
           one->to_pid == other->to_pid && one->until_ms == other->until_ms &&
           one->value == other->value && one->edited_ms == other->edited_ms &&
           one->deleted == other->deleted && same_text(one->to, other->to) &&
           same_text(one->room, other->room) &&
           same_text(one->from, other->from) &&
           same_text(one->text, other->text) && same_text(one->id, other->id);
}

static inline bool same_rooms(const struct command *one,
                              const struct command *other)
{
    if (one->has_rooms != other->has_rooms ||
        one->room_count != other->room_count)
        return false;
    for (size_t i = 0; i < one->room_count; i++) {
        if (!same_text(one->rooms[i], other->rooms[i]))
            return false;
    }
    return true;
}

static inline bool same_touches(const struct command *one,
                                const struct command *other)
{
    if (one->touch_count != other->touch_count)
        return false;
    for (size_t i = 0; i < one->touch_count; i++) {
        if (one->touches[i].sid != other->touches[i].sid ||
            one->touches[i].age_ms != other->touches[i].age_ms)
            return false;
    }
    return true;
}

static inline bool same_hashes(const struct command *one,
                               const struct command *other)
{
    return memcmp(one->token_hash, other->token_hash, TOKEN_HASH_BYTES) == 0 &&
           memcmp(one->replaces, other->replaces, TOKEN_HASH_BYTES) == 0 &&
           one->has_replaces == other->has_replaces;
}

/* What the commands about people and moderation have. */
static inline bool same_deed(const struct command *one,
                             const struct command *other)
{
    return one->pid == other->pid && one->kind == other->kind &&
           one->role == other->role && same_text(one->name, other->name) &&
           same_text(one->to, other->to) && same_text(one->word, other->word) &&
           same_text(one->secret, other->secret) &&
           same_text(one->settings, other->settings) &&
           one->target == other->target && one->seconds == other->seconds &&
           one->on == other->on && one->verified == other->verified;
}

static inline bool same_command(const struct command *one,
                                const struct command *other)
{
    return one->type == other->type && one->sid == other->sid &&
           one->address == other->address && same_deed(one, other) &&
           same_hashes(one, other) && same_text(one->nick, other->nick) &&
           same_text(one->room, other->room) && same_text(one->id, other->id) &&
           same_text(one->text, other->text) && one->action == other->action &&
           one->reply_to == other->reply_to && same_rooms(one, other) &&
           one->anchor == other->anchor && one->seq == other->seq &&
           one->limit == other->limit && one->types == other->types &&
           same_touches(one, other);
}

#endif
