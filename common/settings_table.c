/*
 * The table of all settings, and the search for what somebody may have meant
 * by a name that isn't in it.
 */
#include "common/names.h"
#include "common/settings_internal.h"

#include <string.h>

#define FIELD(section, name)                                                   \
#section, #name, offsetof(struct settings, section.name)

/* The path of a Unix socket, NUL included, has 108 bytes. */
#define SOCKET_PATH_MAX 107
#define TEXT_MAX (SETTING_SIZE - 1)
#define MIB (INT64_C(1) << 20)
#define GIB (INT64_C(1) << 30)

const struct setting settings_table[] = {
    {FIELD(broker, listen), SETTING_TEXT, "tcp://127.0.0.1:7410", 1, TEXT_MAX,
     "where the broker listens for front ends: `tcp://` on loopback, "
     "`tls+tcp://` anywhere"},
    {FIELD(broker, secret_file), SETTING_TEXT, "/var/lib/ajaxchat/secret", 1,
     TEXT_MAX, "what broker and front ends know each other by; made if absent"},
    {FIELD(broker, tls_certificate), SETTING_TEXT, "", 0, TEXT_MAX,
     "the broker's certificate (PEM), for `tls+tcp://`"},
    {FIELD(broker, tls_key), SETTING_TEXT, "", 0, TEXT_MAX,
     "the certificate's private key (PEM)"},
    {FIELD(broker, tls_ca), SETTING_TEXT, "", 0, TEXT_MAX,
     "the authority by which front ends trust the broker (PEM)"},
    {FIELD(broker, front_ends_max), SETTING_INTEGER, "32", 1, 250,
     "front ends at once"},

    {FIELD(store, database), SETTING_TEXT, "/var/lib/ajaxchat/ajaxchat.db", 1,
     TEXT_MAX, "the SQLite file with the event log; made if absent"},
    {FIELD(store, retention_days), SETTING_INTEGER, "0", 0, 36500,
     "days that what was said is kept, in all rooms; 0: for ever"},
    {FIELD(store, retention_events), SETTING_INTEGER, "0", 0, 1000000000,
     "newest events that are kept of each room; 0: all"},
    {FIELD(store, retention_bytes), SETTING_INTEGER, "0", 0, 1024 * GIB,
     "bytes of the database above which the oldest is removed; 0: never"},

    {FIELD(front, socket), SETTING_TEXT, "/run/ajaxchat/fcgi.sock", 1,
     SOCKET_PATH_MAX, "where the front end listens for the web server"},
    {FIELD(front, socket_group), SETTING_TEXT, "", 0, TEXT_MAX,
     "the group, by name or number, that may connect to it; empty: the "
     "front end's own"},
    {FIELD(front, connections_max), SETTING_INTEGER, "20000", 16, 1000000,
     "connections from the web server at once, parked polls included"},
    {FIELD(front, window_events), SETTING_INTEGER, "1024", 16, 65536,
     "recent events kept in memory per room"},
    {FIELD(front, window_bytes), SETTING_INTEGER, "67108864", MIB, 64 * GIB,
     "bytes of recent events kept in memory for all rooms"},
    {FIELD(front, hold_ms_max), SETTING_INTEGER, "100", 0, 1000,
     "milliseconds that a busy site's answers are held back at most, so that "
     "one carries several messages; 0: never"},
    {FIELD(front, trust_web_server_user), SETTING_BOOLEAN, "no", 0, 1,
     "whether the web server says who somebody is: the FastCGI parameters "
     "`AJAXCHAT_USER`, `AJAXCHAT_NICK`, `AJAXCHAT_ROLE`"},
    {FIELD(front, cors_origins), SETTING_ORIGINS, "", 0, TEXT_MAX,
     "other sites whose pages may use the interface (CORS, with bearer tokens "
     "alone): `https://www.example.org`; empty: none"},

    {FIELD(chat, default_rooms), SETTING_ROOMS, "lobby", 0, TEXT_MAX,
     "rooms of a new session that names none"},
    {FIELD(chat, guests_make_rooms), SETTING_BOOLEAN, "yes", 0, 1,
     "whether visitors may make rooms"},
    {FIELD(chat, visitors_read), SETTING_BOOLEAN, "yes", 0, 1,
     "whether who has no nick may read public rooms"},
    {FIELD(chat, visitors_api), SETTING_BOOLEAN, "no", 0, 1,
     "whether they may also do that by the interface of programs"},
    {FIELD(chat, reserved_nicks), SETTING_TEXT, "", 0, TEXT_MAX,
     "nicks, blanks between, that guests and members cannot have, nor what "
     "looks like them: `admin moderator`"},
    {FIELD(chat, admins), SETTING_TEXT, "", 0, TEXT_MAX,
     "registered nicks, blanks between, that are admins from the broker's next "
     "start on: register yours first, then list it"},
    {FIELD(chat, registration), SETTING_BOOLEAN, "yes", 0, 1,
     "whether a guest may make their nick an account with a passphrase"},
    {FIELD(chat, session_max_days), SETTING_INTEGER, "30", 1, 3650,
     "how long a session lasts at most, bots' aside"},
    {FIELD(chat, presence_grace_seconds), SETTING_INTEGER, "20", 1, 3600,
     "how long after the last request somebody is gone"},
    {FIELD(chat, presence_events_max), SETTING_INTEGER, "50", 0, 10000,
     "people in a room above which joins and leaves are only counted"},
    {FIELD(chat, typing_members_max), SETTING_INTEGER, "50", 0, 10000,
     "people in a room above which nobody is told who is writing"},
    {FIELD(chat, idle_seconds), SETTING_INTEGER, "300", 10, 86400,
     "how long after the last request but polls somebody is shown as idle"},
    {FIELD(chat, session_idle_hours), SETTING_INTEGER, "24", 1, 8760,
     "how long after the last request a session ends"},

    {FIELD(login, token_algorithm), SETTING_TEXT, "", 0, TEXT_MAX,
     "`HS256` or `EdDSA`: how the site signs the tokens (JWT) by which its "
     "people log in; empty: there are none"},
    {FIELD(login, token_key_file), SETTING_TEXT, "", 0, TEXT_MAX,
     "the file with the key for that: the secret, or the public key (PEM)"},
    {FIELD(login, token_audience), SETTING_TEXT, "", 0, TEXT_MAX,
     "what such a token must have in `aud`; empty: anything"},

    {FIELD(moderation, words_file), SETTING_TEXT, "", 0, TEXT_MAX,
     "a file with unwanted words, one a line, `word*` for all that begin so; "
     "empty: none"},
    {FIELD(moderation, words), SETTING_TEXT, "reject", 1, TEXT_MAX,
     "what becomes of a message that has one: `reject`, `hold` for a "
     "moderator, or `mask` the word"},

    {FIELD(limits, rate_limits), SETTING_BOOLEAN, "on", 0, 1,
     "whether to refuse what comes too fast"},
    {FIELD(limits, posts_per_second), SETTING_INTEGER, "20", 1, 1000000,
     "posts of one session a second, lasting"},
    {FIELD(limits, posts_burst), SETTING_INTEGER, "600", 1, 1000000,
     "posts of one session at once"},
    {FIELD(limits, address_posts_per_second), SETTING_INTEGER, "400", 1,
     1000000, "posts from one address a second, lasting"},
    {FIELD(limits, address_posts_burst), SETTING_INTEGER, "12000", 1, 1000000,
     "posts from one address at once"},
    {FIELD(limits, room_posts_per_second), SETTING_INTEGER, "400", 1, 1000000,
     "posts in one room a second, lasting"},
    {FIELD(limits, room_posts_burst), SETTING_INTEGER, "12000", 1, 1000000,
     "posts in one room at once"},
    {FIELD(limits, joins_per_minute), SETTING_INTEGER, "120", 1, 1000000,
     "rooms that one session joins a minute, lasting"},
    {FIELD(limits, joins_burst), SETTING_INTEGER, "200", 1, 1000000,
     "rooms that one session joins at once"},
    {FIELD(limits, address_joins_per_minute), SETTING_INTEGER, "6000", 1,
     1000000, "rooms joined from one address a minute, lasting"},
    {FIELD(limits, address_joins_burst), SETTING_INTEGER, "10000", 1, 1000000,
     "rooms joined from one address at once"},
    {FIELD(limits, room_joins_per_minute), SETTING_INTEGER, "60000", 1, 1000000,
     "joins of one room a minute, lasting"},
    {FIELD(limits, room_joins_burst), SETTING_INTEGER, "50000", 1, 1000000,
     "joins of one room at once"},
    {FIELD(limits, rooms_per_minute), SETTING_INTEGER, "30", 1, 1000000,
     "rooms that one session makes a minute, lasting"},
    {FIELD(limits, rooms_burst), SETTING_INTEGER, "100", 1, 1000000,
     "rooms that one session makes at once"},
    {FIELD(limits, address_rooms_per_minute), SETTING_INTEGER, "300", 1,
     1000000, "rooms made from one address a minute, lasting"},
    {FIELD(limits, address_rooms_burst), SETTING_INTEGER, "1000", 1, 1000000,
     "rooms made from one address at once"},
    {FIELD(limits, address_logins_per_minute), SETTING_INTEGER, "3000", 1,
     1000000, "logins from one address a minute, lasting"},
    {FIELD(limits, address_logins_burst), SETTING_INTEGER, "5000", 1, 1000000,
     "logins from one address at once"},
    {FIELD(limits, searches_per_minute), SETTING_INTEGER, "60", 1, 1000000,
     "searches of one session a minute, lasting"},
    {FIELD(limits, searches_burst), SETTING_INTEGER, "60", 1, 1000000,
     "searches of one session at once"},
    {FIELD(limits, address_searches_per_minute), SETTING_INTEGER, "600", 1,
     1000000, "searches from one address a minute, lasting"},
    {FIELD(limits, address_searches_burst), SETTING_INTEGER, "600", 1, 1000000,
     "searches from one address at once"},
    {FIELD(limits, text_bytes), SETTING_INTEGER, "4000", 1,
     MESSAGE_TEXT_BYTES_MAX, "bytes of a message's text"},
    {FIELD(limits, nick_bytes), SETTING_INTEGER, "64", 1, 256,
     "bytes of a nick"},
    {FIELD(limits, room_bytes), SETTING_INTEGER, "64", 1, 256,
     "bytes of a room's name"},
    {FIELD(limits, topic_bytes), SETTING_INTEGER, "1000", 0, 4000,
     "bytes of a room's topic"},
    {FIELD(limits, wait_seconds), SETTING_INTEGER, "50", 1, 50,
     "the longest that a poll is parked"},
    {FIELD(limits, polls_per_session), SETTING_INTEGER, "8", 1, 64,
     "polls of one session parked at once"},
    {FIELD(limits, rooms_per_session), SETTING_INTEGER, "50", 1, 200,
     "rooms that one session is in"},
    {FIELD(limits, bans), SETTING_INTEGER, "1000", 1, 100000,
     "bans of one room, and of the server, at once"},
    {FIELD(limits, rooms), SETTING_INTEGER, "10000", 1, 1000000,
     "rooms there are"},
    {FIELD(limits, rooms_owned), SETTING_INTEGER, "50", 0, 1000000,
     "rooms that one person is the owner of"},
    {FIELD(limits, members_per_room), SETTING_INTEGER, "100000", 2, 10000000,
     "members of one room"},
    {FIELD(limits, sessions), SETTING_INTEGER, "100000", 1, 10000000,
     "sessions that have not ended"},
    {FIELD(limits, sessions_per_person), SETTING_INTEGER, "32", 1, 1000,
     "sessions of one account; a further login ends the oldest"},
    {FIELD(limits, accounts), SETTING_INTEGER, "100000", 1, 10000000,
     "accounts there are: registered nicks, the site's people, bots"},
    {FIELD(limits, blocks), SETTING_INTEGER, "200", 1, 10000,
     "people that one person has blocked"},

    {FIELD(hooks, private_addresses), SETTING_BOOLEAN, "no", 0, 1,
     "whether outgoing hooks may post to this host and private networks"},

    {FIELD(log, level), SETTING_LEVEL, "info", 0, 0,
     "the most verbose that is still logged"},
};

const size_t settings_count =
    sizeof(settings_table) / sizeof(settings_table[0]);

const struct setting *setting_find(const char *section, const char *name)
{
    for (size_t i = 0; i < settings_count; i++) {
        const struct setting *setting = &settings_table[i];
        if (strcmp(setting->section, section) == 0 &&
            strcmp(setting->name, name) == 0)
            return setting;
    }
    return NULL;
}

bool setting_section_exists(const char *section)
{
    for (size_t i = 0; i < settings_count; i++) {
        if (strcmp(settings_table[i].section, section) == 0)
            return true;
    }
    return false;
}

const struct setting *setting_elsewhere(const char *name)
{
    for (size_t i = 0; i < settings_count; i++) {
        if (strcmp(settings_table[i].name, name) == 0)
            return &settings_table[i];
    }
    return NULL;
}

/* ---- near misses ---- */

enum {
    /* Longer than all names: nothing longer is a near miss of one. */
    NEAR_BYTES_MAX = 40,
    FAR = NEAR_BYTES_MAX + 1,
};

static size_t least_of(size_t a, size_t b, size_t c)
{
    size_t least = a < b ? a : b;

    return least < c ? least : c;
}

/*
 * How many bytes to insert, remove or replace to turn one into the other
 * (Levenshtein, one row of the matrix at a time); FAR if `typed` is long.
 */
static size_t edit_distance(const char *typed, const char *name)
{
    size_t row[NEAR_BYTES_MAX + 1];
    size_t typed_bytes = strlen(typed);

    if (typed_bytes > NEAR_BYTES_MAX)
        return FAR;
    for (size_t i = 0; i <= typed_bytes; i++)
        row[i] = i;
    for (size_t j = 1; name[j - 1] != '\0'; j++) {
        size_t diagonal = row[0];
        row[0] = j;
        for (size_t i = 1; i <= typed_bytes; i++) {
            size_t replaced = diagonal + (typed[i - 1] != name[j - 1]);
            diagonal = row[i];
            row[i] = least_of(row[i] + 1, row[i - 1] + 1, replaced);
        }
    }
    return row[typed_bytes];
}

/* The distance, or FAR if it is more than a third of the name. */
static size_t nearness(const char *typed, const char *name)
{
    size_t distance = edit_distance(typed, name);

    return distance <= (strlen(name) + 2) / 3 ? distance : FAR;
}

const char *setting_nearest_section(const char *section)
{
    const char *nearest = NULL;
    size_t least = FAR;

    for (size_t i = 0; i < settings_count; i++) {
        size_t distance = nearness(section, settings_table[i].section);
        if (distance < least) {
            least = distance;
            nearest = settings_table[i].section;
        }
    }
    return nearest;
}

const struct setting *setting_nearest(const char *section, const char *name)
{
    const struct setting *nearest = NULL;
    size_t least = FAR;

    for (size_t i = 0; i < settings_count; i++) {
        const struct setting *setting = &settings_table[i];
        size_t distance = nearness(name, setting->name);
        if (strcmp(setting->section, section) == 0 && distance < least) {
            least = distance;
            nearest = setting;
        }
    }
    return nearest;
}
