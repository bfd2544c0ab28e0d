/* What the operator decided, as the state wants it. */
#include "broker/state_internal.h"

#include <stddef.h>
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

/* Which settings say how fast what may be done. */
static const struct {
    enum limited limited;
    enum limit_scope scope;
    int64_t per_ms;
    size_t count, burst; /* where they are in struct settings */
} rate_settings[] = {
#define RATE(limited, scope, per_ms, count, burst)                             \
    {                                                                          \
        LIMITED_##limited, LIMIT_OF_##scope, (per_ms),                         \
            offsetof(struct settings, limits.count),                           \
            offsetof(struct settings, limits.burst)                            \
    }
    RATE(POST, SESSION, 1000, posts_per_second, posts_burst),
    RATE(POST, ADDRESS, 1000, address_posts_per_second, address_posts_burst),
    RATE(POST, ROOM, 1000, room_posts_per_second, room_posts_burst),
    RATE(JOIN, SESSION, 60000, joins_per_minute, joins_burst),
    RATE(JOIN, ADDRESS, 60000, address_joins_per_minute, address_joins_burst),
    RATE(JOIN, ROOM, 60000, room_joins_per_minute, room_joins_burst),
    RATE(ROOM, SESSION, 60000, rooms_per_minute, rooms_burst),
    RATE(ROOM, ADDRESS, 60000, address_rooms_per_minute, address_rooms_burst),
    RATE(LOGIN, ADDRESS, 60000, address_logins_per_minute,
         address_logins_burst),
    RATE(SEARCH, SESSION, 60000, searches_per_minute, searches_burst),
    RATE(SEARCH, ADDRESS, 60000, address_searches_per_minute,
         address_searches_burst),
#undef RATE
};

static int64_t number_at(const struct settings *settings, size_t offset)
{
    return *(const int64_t *)(const void *)((const char *)settings + offset);
}

static void take_rates(const struct settings *settings,
                       struct state_rules *rules)
{
    for (size_t i = 0; i < sizeof(rate_settings) / sizeof(rate_settings[0]);
         i++)
        rules->rates[rate_settings[i].limited][rate_settings[i].scope] =
            bucket_rate((double)number_at(settings, rate_settings[i].count),
                        rate_settings[i].per_ms,
                        number_at(settings, rate_settings[i].burst));
}

static enum chat_result take_words_action(const char *word,
                                          struct state_rules *rules)
{
    static const char *const words[] = {[WORDS_REJECT] = "reject",
                                        [WORDS_HOLD] = "hold",
                                        [WORDS_MASK] = "mask"};

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (strcmp(words[i], word) != 0)
            continue;
        rules->words_action = (enum words_action)i;
        return CHAT_OK;
    }
    return CHAT_BAD_TEXT;
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
    };
    take_rates(settings, &rules);
    enum chat_result result =
        parse_default_rooms(settings->chat.default_rooms, &rules);
    if (result == CHAT_OK)
        result = parse_reserved_nicks(settings->chat.reserved_nicks, &rules);
    if (result == CHAT_OK)
        result = take_words_action(settings->moderation.words, &rules);
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
