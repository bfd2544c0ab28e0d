/*
 * The model's rooms: who is what in them, and what each event must have been
 * allowed by. It has the rules from what people expect, not from rights.c.
 */
#ifndef TESTS_UNIT_STATE_MODEL_ROOMS_H
#define TESTS_UNIT_STATE_MODEL_ROOMS_H

#include "tests/unit/state_model.h"

/* ---- who may ---- */

enum power { POWER_NONE, POWER_MODERATOR, POWER_OWNER, POWER_ADMIN };

/* What somebody may do to others in a room (NULL: in the server). */
static inline enum power model_power(const struct model *model, int64_t pid,
                                     const struct model_room *room)
{
    const struct model_person *person = model_person(model, pid);
    const struct model_place *place =
        room != NULL ? model_find_place(model, person, room->rid) : NULL;

    if (room != NULL && room->settings.access == ROOM_DIRECT)
        return POWER_NONE;
    if (person->role == ROLE_ADMIN)
        return POWER_ADMIN;
    if (place != NULL && place->joined && place->rank == RANK_OWNER)
        return POWER_OWNER;
    if (person->role == ROLE_MODERATOR ||
        (place != NULL && place->joined && place->rank == RANK_MODERATOR))
        return POWER_MODERATOR;
    return POWER_NONE;
}

static inline bool model_may_know(const struct model *model, int64_t pid,
                                  const struct model_room *room)
{
    const struct model_place *place =
        model_find_place(model, model_person(model, pid), room->rid);

    return room->settings.access == ROOM_PUBLIC || room->has_secret ||
           model_power(model, pid, room) > POWER_NONE ||
           (place != NULL &&
            (place->joined || place->invited || place->rank != RANK_NONE));
}

static inline bool model_is_banned(const struct model *model,
                                   const struct model_person *person,
                                   const struct model_room *room, int64_t at_ms)
{
    const struct model_ban *const lists[] = {model->bans, room->bans};
    const struct model_ban *ban;

    for (size_t i = 0; i < 2; i++) {
        DL_FOREACH (lists[i], ban) {
            if (ban->until_ms > at_ms &&
                (ban->pid == person->pid || strcmp(ban->key, person->key) == 0))
                return person->role != ROLE_ADMIN;
        }
    }
    return false;
}

/* ---- rooms ---- */

static inline void model_name_room(const struct model *model,
                                   struct model_room *room, const char *name)
{
    for (const struct model_room *other = model->rooms; other != NULL;
         other = other->hh.next) {
        if (other != room)
            assert_string_not_equal(other->name, name);
    }
    assert_true(strlen(name) < sizeof(room->name));
    strcpy(room->name, name);
}

static inline void model_room_new(struct model *model,
                                  const struct event *event)
{
    struct model_room *room = alloc_or_die(sizeof(*room));

    assert_int_equal(event->rid, event->seq);
    room->rid = event->rid;
    room->settings = room_settings_default();
    if (event->room[0] == '~')
        room->settings.access = ROOM_DIRECT;
    model_name_room(model, room, event->room);
    HASH_ADD(hh, model->rooms, rid, sizeof(room->rid), room);
}

static inline void model_free_bans(struct model_ban *bans)
{
    struct model_ban *ban, *next;

    DL_FOREACH_SAFE (bans, ban, next)
        free(ban);
}

static inline void model_room_end(struct model *model,
                                  const struct event *event)
{
    struct model_room *room = model_room(model, event->rid);
    struct model_place *place, *next;

    HASH_ITER (hh, model->places, place, next) {
        if (place->key.rid != room->rid)
            continue;
        HASH_DEL(model->places, place);
        free(place);
    }
    model_free_bans(room->bans);
    HASH_DEL(model->rooms, room);
    free(room);
}

static inline void model_settings(struct model *model,
                                  const struct event *event)
{
    struct model_room *room = model_room(model, event->rid);

    if (event->text != NULL)
        assert_int_equal(room_settings_change(&room->settings, event->text),
                         CHAT_OK);
    if (event->secret != NULL)
        room->has_secret = event->secret[0] != '\0';
}

/* ---- coming and going ---- */

/* A new member: has a way in, and is not banned. */
static inline void check_entry(const struct model *model,
                               const struct event *event)
{
    const struct model_room *room = model_room(model, event->rid);

    assert_true(event->value == RANK_OWNER || /* makes it just now */
                room->settings.access == ROOM_DIRECT ||
                model_may_know(model, event->pid, room));
    assert_false(model_is_banned(model, model_person(model, event->pid), room,
                                 event->at_ms));
}

/* Only those who are here come and go, and a crowd is not shown it. */
static inline void model_join(struct model *model, const struct event *event)
{
    struct model_room *room = model_room(model, event->rid);
    struct model_place *place = model_place(model, event->pid, event->rid);
    bool here = model_person(model, event->pid)->here;

    assert_int_equal(place->joined, event->reason == REASON_BACK);
    assert_false(place->here);
    if (!place->joined) {
        check_entry(model, event);
        place->joined = true;
        place->invited = false;
        if (event->value != RANK_NONE)
            place->rank = (enum rank)event->value;
    }
    place->here = here;
    room->here_count += here;
    assert_int_equal(event->n > 0,
                     here && room->here_count <= model->presence_events_max);
}

static inline void model_leave(struct model *model, const struct event *event)
{
    struct model_room *room = model_room(model, event->rid);
    struct model_place *place = model_place(model, event->pid, event->rid);

    assert_true(place->joined);
    assert_int_equal(event->n > 0,
                     place->here &&
                         room->here_count <= model->presence_events_max);
    room->here_count -= place->here;
    place->here = false;
    place->joined = event->reason == REASON_GONE || event->value != 0;
}

/* ---- what is said ---- */

/* Who says something is in the room, here, and not muted. */
static inline void check_speaker(const struct model *model,
                                 const struct event *event)
{
    const struct model_place *place;

    if (event->pid == 0 || model->lets_through) /* a hook; or held till now */
        return;
    place =
        model_find_place(model, model_person(model, event->pid), event->rid);
    assert_non_null(place);
    assert_true(place->joined && place->here);
    if (event->type != EVENT_DELETE) {
        assert_true(place->muted_until_ms <= event->at_ms);
        assert_false(model_room(model, event->rid)->settings.archived);
    }
}

/* What an event is about is a message of its room. */
static inline const struct event *model_target(const struct model *model,
                                               const struct event *event)
{
    const struct event *target =
        log_event(model->log, event->rid, event->target);

    assert_non_null(target);
    assert_true(is_message(target));
    return target;
}

static inline bool is_own(const struct model *model, const struct event *event,
                          const struct event *target)
{
    return target->pid != 0 &&
           (target->pid == event->pid ||
            target->pid == model_person(model, event->pid)->first_pid);
}

static inline void model_edit(const struct model *model,
                              const struct event *event)
{
    check_speaker(model, event);
    assert_true(is_own(model, event, model_target(model, event)));
}

static inline void model_delete(const struct model *model,
                                const struct event *event)
{
    const struct event *target = model_target(model, event);

    if (model_power(model, event->pid, model_room(model, event->rid)) >
        POWER_NONE)
        return;
    assert_true(is_own(model, event, target));
    check_speaker(model, event);
}

/* ---- what is done to somebody ---- */

static inline void model_ban(struct model *model, const struct event *event)
{
    struct model_ban *ban = alloc_or_die(sizeof(*ban));
    struct model_ban **list =
        event->rid != 0 ? &model_room(model, event->rid)->bans : &model->bans;

    ban->seq = event->seq;
    ban->pid = event->to_pid;
    ban->until_ms = event->until_ms;
    assert_int_equal(nick_key(event->to, ban->key), CHAT_OK);
    DL_APPEND(*list, ban);
}

static inline void model_unban(struct model *model, const struct event *event)
{
    struct model_ban **list =
        event->rid != 0 ? &model_room(model, event->rid)->bans : &model->bans;
    struct model_ban *ban;

    DL_SEARCH_SCALAR(*list, ban, seq, event->target);
    assert_non_null(ban);
    DL_DELETE(*list, ban);
    free(ban);
}

static inline void model_to_other(struct model *model,
                                  const struct event *event)
{
    struct model_place *place = model_place(model, event->to_pid, event->rid);

    if (event->type == EVENT_INVITE)
        place->invited = event->value != 0;
    else if (event->type == EVENT_RANK)
        place->rank = (enum rank)event->value;
    else if (event->type != EVENT_KICK) /* whose leave follows */
        place->muted_until_ms = event->until_ms;
}

/* ---- events ---- */

/* What it takes, where more than being a member. */
static const struct {
    enum power power;
    bool higher; /* than that of whom it is done to */
} needs[EVENT_TYPE_COUNT] = {
    [EVENT_TOPIC] = {POWER_MODERATOR, false},
    [EVENT_SETTINGS] = {POWER_OWNER, false},
    [EVENT_RENAME] = {POWER_OWNER, false},
    [EVENT_ROOM_END] = {POWER_OWNER, false},
    [EVENT_INVITE] = {POWER_MODERATOR, false},
    [EVENT_RANK] = {POWER_OWNER, false},
    [EVENT_KICK] = {POWER_MODERATOR, true},
    [EVENT_MUTE] = {POWER_MODERATOR, true},
    [EVENT_UNMUTE] = {POWER_MODERATOR, false},
    [EVENT_BAN] = {POWER_MODERATOR, true},
    [EVENT_UNBAN] = {POWER_MODERATOR, false},
    [EVENT_REPORT_END] = {POWER_MODERATOR, false},
    [EVENT_HELD_END] = {POWER_MODERATOR, false},
    [EVENT_HOOK_NEW] = {POWER_OWNER, false},
    [EVENT_HOOK_END] = {POWER_OWNER, false},
    [EVENT_SERVER_BAN] = {POWER_MODERATOR, true},
    [EVENT_SERVER_UNBAN] = {POWER_MODERATOR, false},
};

/* The server itself (pid 0) may do anything. */
static inline void check_power(const struct model *model,
                               const struct event *event)
{
    const struct model_room *room;

    if (event->pid == 0 || needs[event->type].power == POWER_NONE)
        return;
    room = event->rid != 0 ? model_room(model, event->rid) : NULL;
    enum power power = model_power(model, event->pid, room);
    assert_true(power >= needs[event->type].power);
    if (needs[event->type].higher && event->to_pid != 0) /* a nick alone */
        assert_true(power > model_power(model, event->to_pid, room));
}

static inline void model_apply_change(struct model *model,
                                      const struct event *event)
{
    switch (event->type) {
    case EVENT_SETTINGS:
        model_settings(model, event);
        break;
    case EVENT_RENAME:
        model_name_room(model, model_room(model, event->rid), event->to);
        break;
    case EVENT_INVITE:
    case EVENT_RANK:
    case EVENT_KICK:
    case EVENT_MUTE:
    case EVENT_UNMUTE:
        model_to_other(model, event);
        break;
    case EVENT_BAN:
    case EVENT_SERVER_BAN:
        model_ban(model, event);
        break;
    case EVENT_UNBAN:
    case EVENT_SERVER_UNBAN:
        model_unban(model, event);
        break;
    case EVENT_MESSAGE:
    case EVENT_ACTION:
    case EVENT_REACTION:
        check_speaker(model, event);
        break;
    case EVENT_EDIT:
        model_edit(model, event);
        break;
    case EVENT_DELETE:
        model_delete(model, event);
        break;
    case EVENT_ROLE: /* as the event before has said */
        assert_int_equal(event->role, model_person(model, event->to_pid)->role);
        break;
    default: /* changes nothing that is watched here */
        break;
    }
}

static inline void model_apply_by_type(struct model *model,
                                       const struct event *event)
{
    switch (event->type) {
    case EVENT_PERSON_NEW:
        model_person_new(model, event);
        break;
    case EVENT_PERSON_SET:
        model_person(model, event->pid)->role = event->role;
        break;
    case EVENT_PERSON_NICK:
        model_set_nick(model, model_person(model, event->pid), event->to);
        break;
    case EVENT_PERSON_END:
        model_remove_person(model, model_person(model, event->pid));
        break;
    case EVENT_SESSION_NEW:
        model_add_session(model, event);
        break;
    case EVENT_SESSION_END:
        model_remove_session(model, model_session(model, event->sid));
        break;
    case EVENT_PERSON_GONE:
    case EVENT_PERSON_BACK:
        model_presence(model, event);
        break;
    case EVENT_ROOM:
        model_room_new(model, event);
        break;
    case EVENT_JOIN:
        model_join(model, event);
        break;
    case EVENT_LEAVE:
        model_leave(model, event);
        break;
    default:
        model_apply_change(model, event);
    }
}

/*
 * Of the events of a room, those that only moderators and programs read. A ban
 * that is over, or replaced, is removed quietly by the server.
 */
static inline bool is_quiet(const struct event *event)
{
    const uint64_t quiet = 1ULL << EVENT_READ | 1ULL << EVENT_REPORT |
                           1ULL << EVENT_REPORT_END | 1ULL << EVENT_HELD |
                           1ULL << EVENT_HELD_END | 1ULL << EVENT_HOOK_NEW |
                           1ULL << EVENT_HOOK_END | 1ULL << EVENT_PURGE;

    return !event_type_in_room(event->type) ||
           (quiet >> event->type & 1) != 0 ||
           (event->type == EVENT_UNBAN && event->pid == 0);
}

/* Checks the next event of the log and adds it. */
static inline void model_apply(struct model *model, const struct event *event)
{
    if (is_quiet(event))
        assert_int_equal(event->n, 0);
    else if (event->type != EVENT_JOIN && event->type != EVENT_LEAVE)
        assert_true(event->n > 0);
    check_power(model, event);
    model_apply_by_type(model, event);
    model->lets_through = event->type == EVENT_HELD_END && event->value != 0;
    if (event->type == EVENT_ROOM_END)
        model_room_end(model, event); /* with its last n */
    else if (event->n > 0)
        assert_int_equal(event->n, ++model_room(model, event->rid)->n);
}

static inline void model_fini(struct model *model)
{
    struct model_session *session, *next_session;
    struct model_person *person, *next_person;
    struct model_place *place, *next_place;
    struct model_room *room, *next_room;

    HASH_ITER (hh, model->sessions, session, next_session)
        model_remove_session(model, session);
    HASH_ITER (by_pid, model->people_by_pid, person, next_person)
        model_remove_person(model, person);
    HASH_ITER (hh, model->places, place, next_place) {
        HASH_DEL(model->places, place);
        free(place);
    }
    HASH_ITER (hh, model->rooms, room, next_room) {
        model_free_bans(room->bans);
        HASH_DEL(model->rooms, room);
        free(room);
    }
    model_free_bans(model->bans);
}

#endif
