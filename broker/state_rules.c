/* What the operator decided, as the state wants it. */
#include "broker/state_internal.h"

#include <string.h>

#include "common/names.h"

static enum chat_result parse_default_rooms(const char *names,
                                            struct state_rules *rules)
{
    char copy[SETTING_SIZE];
    char *rest = NULL;

    strncpy(copy, names, sizeof(copy) - 1);
    copy[sizeof(copy) - 1] = '\0';
    for (char *name = strtok_r(copy, " \t,", &rest); name != NULL;
         name = strtok_r(NULL, " \t,", &rest)) {
        if (rules->default_room_count == COMMAND_ROOMS_MAX)
            return CHAT_BAD_ROOM;
        char *out = rules->default_rooms[rules->default_room_count];
        if (room_normalize(name, rules->room_bytes, out) != CHAT_OK)
            return CHAT_BAD_ROOM;
        rules->default_room_count++;
    }
    return CHAT_OK;
}

static enum chat_result parse_reserved_nicks(const char *nicks,
                                             struct state_rules *rules)
{
    char copy[SETTING_SIZE], nick[NICK_SIZE], key[NICK_KEY_SIZE];
    size_t used = 0;
    char *rest = NULL;

    strncpy(copy, nicks, sizeof(copy) - 1);
    copy[sizeof(copy) - 1] = '\0';
    for (char *name = strtok_r(copy, " \t,", &rest); name != NULL;
         name = strtok_r(NULL, " \t,", &rest)) {
        if (nick_normalize(name, NICK_SIZE - 1, nick) != CHAT_OK ||
            nick_skeleton(nick, key) != CHAT_OK ||
            used + strlen(key) + 2 > RESERVED_NICKS_BYTES)
            return CHAT_BAD_NICK;
        strcpy(rules->reserved_nicks + used, key);
        used += strlen(key) + 1;
    }
    return CHAT_OK;
}

enum chat_result state_rules_from(const struct settings *settings,
                                  struct state_rules *rules_out)
{
    struct state_rules rules = {
        .nick_bytes = (size_t)settings->limits.nick_bytes,
        .room_bytes = (size_t)settings->limits.room_bytes,
        .topic_bytes = (size_t)settings->limits.topic_bytes,
        .text_bytes = (size_t)settings->limits.text_bytes,
        .sessions_max = (size_t)settings->limits.sessions,
        .rooms_max = (size_t)settings->limits.rooms,
        .rooms_per_session = (size_t)settings->limits.rooms_per_session,
        .rooms_owned_max = (size_t)settings->limits.rooms_owned,
        .members_per_room = (size_t)settings->limits.members_per_room,
        .bans_max = (size_t)settings->limits.bans,
        .presence_events_max = (size_t)settings->chat.presence_events_max,
        .typing_members_max = (size_t)settings->chat.typing_members_max,
        .inactive_ms = settings->chat.idle_seconds * 1000,
        .grace_ms = settings->chat.presence_grace_seconds * 1000,
        .session_idle_ms = settings->chat.session_idle_hours * 3600 * 1000,
        .session_max_ms = settings->chat.session_max_days * 24 * 3600 * 1000,
        .sessions_per_person = (size_t)settings->limits.sessions_per_person,
        .accounts_max = (size_t)settings->limits.accounts,
        .blocks_max = (size_t)settings->limits.blocks,
        .registration = settings->chat.registration,
        .guests_make_rooms = settings->chat.guests_make_rooms,
        .visitors_read = settings->chat.visitors_read,
        .rate_limits = settings->limits.rate_limits,
        .posts_per_second = (double)settings->limits.posts_per_second,
        .posts_burst = (double)settings->limits.posts_burst,
    };
    enum chat_result result =
        parse_default_rooms(settings->chat.default_rooms, &rules);
    if (result == CHAT_OK)
        result = parse_reserved_nicks(settings->chat.reserved_nicks, &rules);
    if (result == CHAT_OK)
        *rules_out = rules;
    return result;
}

bool state_is_default_room(const struct state_rules *rules, const char *name)
{
    for (size_t i = 0; i < rules->default_room_count; i++) {
        if (strcmp(rules->default_rooms[i], name) == 0)
            return true;
    }
    return false;
}

bool state_makes_rooms(const struct state_rules *rules, enum role role)
{
    return rules->guests_make_rooms ||
           role_level(role) >= role_level(ROLE_MEMBER);
}
