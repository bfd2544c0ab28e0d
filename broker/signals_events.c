/* What signals come of events. */
#include "broker/signals.h"

/* What somebody is told who has something done to them; NULL: nothing. */
static const char *const done_words[EVENT_TYPE_COUNT] = {
    [EVENT_INVITE] = "invite", [EVENT_KICK] = "kicked",
    [EVENT_MUTE] = "muted",    [EVENT_UNMUTE] = "unmuted",
    [EVENT_BAN] = "banned",    [EVENT_SERVER_BAN] = "banned",
    [EVENT_RANK] = "rank",     [EVENT_HELD_END] = "dropped",
};

/* {"type"} and what there is of "room", "from", "until", "reason". */
static json_t *encode_done(const struct event *event)
{
    bool ends = event->until_ms != 0 && event->until_ms != INT64_MAX;

    return json_pack(
        "{s:s, s:s*, s:s*, s:o*, s:s*}", "type", done_words[event->type],
        "room", event->room, "from", event->from, "until",
        ends ? json_integer(event->until_ms) : NULL, "reason", event->text);
}

static json_t *encode_read(const struct event *event)
{
    return json_pack("{s:s, s:s, s:I}", "type", "read", "room", event->room,
                     "read", (json_int_t)event->target);
}

/* An account's new passphrase is an event of the same type. */
static bool gives_role(const struct event *event)
{
    return event->type == EVENT_PERSON_SET && event->secret == NULL;
}

/* The giver is, in the event, whom it concerns besides. */
static json_t *encode_role(const struct event *event)
{
    return json_pack("{s:s, s:s*, s:s}", "type", "role", "from", event->to,
                     "role", role_word(event->role));
}

/*
 * An invitation that is taken back is not spoken of; a held message that is let
 * in speaks for itself.
 */
static bool is_told(const struct event *event)
{
    return done_words[event->type] != NULL &&
           (event->type != EVENT_INVITE || event->value != 0) &&
           (event->type != EVENT_HELD_END || event->value == 0);
}

/* What an event makes of the numbers that are told of its room. */
static void note_room(struct signals *signals, const struct event *event)
{
    switch (event->type) {
    case EVENT_ROOM_END:
        signals_forget_room(signals, event->rid);
        break;
    case EVENT_JOIN:
    case EVENT_LEAVE:
        if (event->n == 0)
            signals_note_members(signals, event->rid);
        break;
    case EVENT_HELD:
    case EVENT_HELD_END:
    case EVENT_REPORT:
    case EVENT_REPORT_END:
    case EVENT_RANK: /* maybe somebody more is to hear of it */
        signals_note_waiting(signals, event->rid);
        break;
    case EVENT_ROLE:
        if (role_level(event->role) >= role_level(ROLE_MODERATOR))
            signals_note_waiting(signals, event->rid);
        break;
    default:
        break;
    }
}

void signals_note_event(struct signals *signals, const struct event *event)
{
    note_room(signals, event);
    if (event->type == EVENT_READ)
        signals_tell(signals, event->pid, event->seq, encode_read(event));
    else if (gives_role(event))
        signals_tell(signals, event->pid, event->seq, encode_role(event));
    else if (is_told(event))
        signals_tell(signals, event->to_pid, event->seq, encode_done(event));
}
