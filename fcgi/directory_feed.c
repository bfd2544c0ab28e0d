/*
 * Two sockets bring news in no common order: a session's snapshot (a command's
 * result) may be older or newer than what the feed has applied. A newer one
 * carries its moment, and the feed skips what is in it. For an older one, the
 * latest changes of membership are kept in a ring and applied to it.
 */
#include "fcgi/directory_internal.h"

#include <stdlib.h>
#include <string.h>
#include <utlist.h>

/* ---- the feed ---- */

static bool changes_sessions(const struct event *event)
{
    switch (event->type) {
    case EVENT_JOIN:
        return event->reason != REASON_BACK;
    case EVENT_LEAVE: /* some go and are members all the same */
        return event->reason != REASON_GONE && event->value == 0;
    case EVENT_PERSON_NEW: /* with `sid`: who was its guest until now */
        return event->sid != 0;
    default:
        return event->type == EVENT_SESSION_END ||
               event->type == EVENT_ROOM_END;
    }
}

/* Whether such a change is of one session, or of all of a person's. */
static bool is_of_session(enum event_type type)
{
    return type == EVENT_SESSION_END || type == EVENT_PERSON_NEW;
}

/* Of whoever is in the room: nobody's in particular. */
static bool is_of_room(enum event_type type)
{
    return type == EVENT_ROOM_END;
}

static int64_t whose(const struct event *event)
{
    if (is_of_room(event->type))
        return 0;
    return is_of_session(event->type) ? event->sid : event->pid;
}

static struct change change_of(const struct event *event)
{
    return (struct change){
        .seq = event->seq,
        .whose = whose(event),
        .rid = event->rid,
        .type = event->type,
    };
}

static void keep_change(struct directory *directory,
                        const struct change *change)
{
    struct change *slot =
        &directory->changes[directory->change_count % CHANGES_KEPT];

    if (directory->change_count >= CHANGES_KEPT)
        directory->changes_floor_seq = slot->seq;
    *slot = *change;
    directory->change_count++;
}

/* What a change makes of a known session; it may end it. */
static void change_session(struct directory *directory,
                           struct known_session *session,
                           const struct change *change, const char *room)
{
    struct place *place = directory_find_place(session, change->rid);

    switch (change->type) {
    case EVENT_JOIN:
        (void)directory_add_place(
            directory, session,
            &(struct membership){
                .rid = change->rid, .joined_seq = change->seq, .room = room});
        break;
    case EVENT_LEAVE:
    case EVENT_ROOM_END:
        if (place != NULL)
            directory_remove_place(directory, place);
        break;
    case EVENT_PERSON_NEW:
        if (directory_become_account(directory, session, change->seq) !=
            CHAT_OK) /* what happens to them would be missed */
            directory_end_session(directory, session);
        break;
    default:
        directory_end_session(directory, session);
    }
}

/* A change under way to the sessions it is about. */
struct applied_change {
    struct directory *directory;
    struct change change;
    const char *room;
};

static void apply_to_session(void *context, struct known_session *session)
{
    const struct applied_change *applied = context;

    if (applied->change.seq > session->as_of_seq)
        change_session(applied->directory, session, &applied->change,
                       applied->room);
}

/* The room itself is forgotten with the last one in it. */
static void empty_room(struct applied_change *applied)
{
    struct known_room *room =
        directory_find_room(applied->directory, applied->change.rid);
    struct place *place, *next;

    if (room == NULL)
        return;
    DL_FOREACH_SAFE2(room->places, place, next, room_next)
    apply_to_session(applied, place->session);
}

static void apply_change(struct directory *directory, const struct event *event)
{
    struct applied_change applied = {directory, change_of(event), event->room};

    keep_change(directory, &applied.change);
    if (is_of_room(event->type)) {
        empty_room(&applied);
        return;
    }
    if (!is_of_session(event->type)) {
        directory_each_session_of(directory, event->pid, apply_to_session,
                                  &applied);
        return;
    }
    struct known_session *session = directory_find_sid(directory, event->sid);
    if (session != NULL)
        apply_to_session(&applied, session);
}

static void rename_room(struct known_room *room, const char *name)
{
    char *copy = strdup(name);

    if (copy == NULL)
        return; /* its signals are missed: they name the room */
    free(room->name);
    room->name = copy;
}

/* What an event makes of what is kept of its room, shown or not. */
static void apply_to_room(struct directory *directory, struct known_room *room,
                          const struct event *event)
{
    switch (event->type) {
    case EVENT_JOIN:
    case EVENT_LEAVE:
        /* They are shown coming and going again: the count is outdated. */
        if (event->n != 0)
            room_signals_forget(&room->signals, ROOM_SIGNAL_MEMBERS);
        break;
    case EVENT_EDIT:
    case EVENT_DELETE:
        window_change(directory->window, &room->window, event);
        directory_forget_shared(room);
        break;
    case EVENT_PURGE:
        window_forget_until(directory->window, &room->window, event->target);
        directory_forget_shared(room);
        break;
    case EVENT_RENAME:
        if (event->to != NULL)
            rename_room(room, event->to);
        break;
    default:
        break;
    }
}

struct known_room *directory_apply(struct directory *directory,
                                   const struct event *event)
{
    directory->seq = event->seq;
    if (changes_sessions(event))
        apply_change(directory, event);
    struct known_room *room = directory_find_room(directory, event->rid);
    if (room != NULL)
        apply_to_room(directory, room, event);
    if (event->n == 0)
        return NULL;
    if (room == NULL) {
        directory->forgotten_seq = event->seq;
        return NULL;
    }
    window_add(directory->window, &room->window, event);
    return room;
}

void directory_advance(struct directory *directory, int64_t seq)
{
    if (seq > directory->seq)
        directory->seq = seq;
}

/* ---- late snapshots ---- */

static bool is_about(const struct change *change,
                     const struct known_session *session)
{
    if (is_of_room(change->type))
        return true; /* if they are in it */
    return change->whose ==
           (is_of_session(change->type) ? session->sid : session->pid);
}

enum chat_result directory_catch_up(struct directory *directory,
                                    struct known_session *session)
{
    size_t kept = directory->change_count < CHANGES_KEPT
                      ? directory->change_count
                      : CHANGES_KEPT;

    for (size_t i = directory->change_count - kept; i < directory->change_count;
         i++) {
        const struct change *change = &directory->changes[i % CHANGES_KEPT];
        if (!is_about(change, session) || change->seq <= session->as_of_seq)
            continue;
        if (change->type == EVENT_JOIN || change->type == EVENT_PERSON_NEW) {
            directory_forget(directory, session);
            return CHAT_AGAIN;
        }
        change_session(directory, session, change, NULL);
        if (change->type == EVENT_SESSION_END)
            return CHAT_SESSION_REQUIRED;
    }
    return CHAT_OK;
}
