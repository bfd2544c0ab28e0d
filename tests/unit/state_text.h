/*
 * Events and states as text: what is expected can be read, and two states
 * are compared as a whole.
 */
#ifndef TESTS_UNIT_STATE_TEXT_H
#define TESTS_UNIT_STATE_TEXT_H

#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "broker/state_internal.h"

/* "join alice lobby back 7": type, who, where, why, n ("quiet": none). */
static inline void describe_event(const struct event *event, FILE *out)
{
    fprintf(out, "%s %s", event_type_word(event->type),
            event->from != NULL ? event->from : "server");
    if (event->room != NULL)
        fprintf(out, " %s", event->room);
    if (event->reason != REASON_NONE)
        fprintf(out, " %s", event_reason_word(event->reason));
    if (event->n > 0)
        fprintf(out, " %lld", (long long)event->n);
    else if (event_type_in_room(event->type))
        fprintf(out, " quiet");
}

static inline void describe_place(const struct member *member, FILE *out)
{
    fprintf(out, " %lld@%lld%s", (long long)member->room->rid,
            (long long)member->joined_seq,
            member->here_prev != NULL ? "" : "-");
    if (member->rank != RANK_NONE)
        fprintf(out, " %s", rank_word(member->rank));
    if (member->invited)
        fprintf(out, " invited");
    if (member->approved)
        fprintf(out, " approved");
    if (member->muted_until_ms != 0)
        fprintf(out, " muted %lld", (long long)member->muted_until_ms);
    if (member->read_seq != 0)
        fprintf(out, " read %lld", (long long)member->read_seq);
}

static inline const char *text_or_none(const char *text)
{
    return text != NULL ? text : "-";
}

/*
 * Without the order in which rooms were left, which a start from the store
 * does not keep: `former` is in the order of rooms.
 */
static inline void describe_person(const struct state *state,
                                   const struct person *person, FILE *out)
{
    fprintf(
        out, "person %lld %s %s %s %s %s %s %d %lld:", (long long)person->pid,
        person_kind_word(person->kind), role_word(person->role), person->nick,
        person->key, text_or_none(person->name), text_or_none(person->secret),
        person->here, (long long)person->gone_at_ms);
    for (const struct member *member = person->members; member != NULL;
         member = member->next)
        describe_place(member, out);
    fputs("; former:", out);
    for (const struct room *room = state_rooms(state);
         room != NULL && person->former != NULL; room = room->by_rid.next) {
        const struct member *place = state_find_place(person, room);
        if (place != NULL && place->joined_seq == 0)
            describe_place(place, out);
    }
    for (const struct block *block = person->blocks; block != NULL;
         block = block->next)
        fprintf(out, " blocks %lld", (long long)block->to_pid);
    fputc('\n', out);
    for (const struct session *session = person->sessions; session != NULL;
         session = session->next)
        fprintf(out, "  session %lld %lld %lld %.*s\n", (long long)session->sid,
                (long long)session->created_at_ms,
                (long long)session->idle_at_ms, TOKEN_HASH_BYTES,
                (const char *)session->token_hash);
}

static inline void describe_bans(const struct ban *ban, FILE *out)
{
    for (; ban != NULL; ban = ban->next)
        fprintf(out, "  ban %lld %lld %lld %s %lld %lld\n", (long long)ban->seq,
                (long long)ban->rid, (long long)ban->pid, ban->key,
                (long long)ban->address, (long long)ban->until_ms);
}

static inline void describe_room(const struct room *room, FILE *out)
{
    const struct room_settings standard = room_settings_default();
    char settings[ROOM_SETTINGS_SIZE];

    room_settings_print(&room->settings, &standard, settings);
    fprintf(out, "room %lld %s \"%s\" \"%s\" %lld %zu %zu %lld %s {%s}\n",
            (long long)room->rid, room->name, room->topic, room->id,
            (long long)room->n, room->here_count, room->member_count,
            (long long)room->purged_seq, text_or_none(room->secret), settings);
    describe_bans(room->bans, out);
    for (const struct hook *hook = room->hooks; hook != NULL; hook = hook->next)
        fprintf(out, "  hook %lld %s %.*s %s %s\n", (long long)hook->seq,
                hook->name, TOKEN_HASH_BYTES,
                hook->has_token ? (const char *)hook->token_hash : "-",
                text_or_none(hook->url), text_or_none(hook->secret));
}

/*
 * All that the log adds up to; not the order in which people came, which a
 * start from the store does not keep. To be freed.
 */
static inline char *describe_state(const struct state *state)
{
    char *text = NULL;
    size_t bytes = 0;
    FILE *out = open_memstream(&text, &bytes);

    assert_non_null(out);
    fprintf(out, "head %lld %lld\n", (long long)state->head_seq,
            (long long)state->head_at_ms);
    describe_bans(state->bans, out);
    for (const struct room *room = state_rooms(state); room != NULL;
         room = room->by_rid.next)
        describe_room(room, out);
    for (const struct person *person = state->people_by_pid; person != NULL;
         person = person->by_pid.next)
        describe_person(state, person, out);
    fclose(out);
    return text;
}

/* Frees both texts. */
static inline void assert_same_state(char *a, char *b)
{
    if (strcmp(a, b) != 0) /* too long for cmocka to print */
        fprintf(stderr, "---- one:\n%s---- other:\n%s", a, b);
    assert_int_equal(strcmp(a, b), 0);
    free(a);
    free(b);
}

#endif
