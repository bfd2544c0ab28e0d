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

static inline void describe_session(const struct session *session, FILE *out)
{
    const struct member *member;

    fprintf(out, "session %lld %s %s %s %d %lld %.*s:", (long long)session->sid,
            session->nick, session->key, role_word(session->role),
            session->here, (long long)session->gone_at_ms, TOKEN_HASH_BYTES,
            (const char *)session->token_hash);
    for (member = session->members; member != NULL; member = member->next)
        fprintf(out, " %lld@%lld%s", (long long)member->room->rid,
                (long long)member->joined_seq,
                member->here_prev != NULL ? "" : "-");
    fputc('\n', out);
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
    for (const struct room *room = state_rooms(state); room != NULL;
         room = room->by_rid.next)
        fprintf(out, "room %lld %s \"%s\" \"%s\" %lld %zu\n",
                (long long)room->rid, room->name, room->topic, room->id,
                (long long)room->n, room->here_count);
    for (const struct session *session = state->sessions_by_sid;
         session != NULL; session = session->by_sid.next)
        describe_session(session, out);
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
