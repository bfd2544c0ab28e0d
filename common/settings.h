/*
 * The settings of all programs: one table in settings_table.c (section, name,
 * type, default, range, meaning) from which reading, --check-config and the
 * tables of the manual come. The file is INI (inih): `[section]`,
 * `name = value`, lines of `;` or `#` comment, ` ;` comments behind a value.
 * A setting is one line and starts at its beginning. All settings have a
 * default: an empty file works.
 *
 * After the file itself come the `*.conf` files of the folder `conf.d` beside
 * it, in the byte order of their names, hidden ones not; a later value wins.
 */
#ifndef COMMON_SETTINGS_H
#define COMMON_SETTINGS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "common/log.h"
#include "common/result.h"

/* A value of the type "text" is at most one less than this. */
enum { SETTING_SIZE = 512 };

struct settings {
    struct {
        /* nng URL: tcp:// on loopback, tls+tcp:// anywhere. */
        char listen[SETTING_SIZE];          /* tcp://127.0.0.1:7410 */
        char secret_file[SETTING_SIZE];     /* /var/lib/ajaxchat/secret */
        char tls_certificate[SETTING_SIZE]; /* broker's PEM; "" */
        char tls_key[SETTING_SIZE];         /* broker's PEM; "" */
        char tls_ca[SETTING_SIZE];          /* front end trusts it; "" */
        int64_t front_ends_max;             /* 32; 1..250 */
    } broker;
    struct {
        char database[SETTING_SIZE]; /* /var/lib/ajaxchat/ajaxchat.db */
        int64_t retention_days;      /* 0: for ever; 0..36500 */
        int64_t retention_events;    /* of each room; 0: all; 0..10^9 */
        int64_t retention_bytes;     /* 0: no bound; 0..1 TiB */
    } store;
    struct {
        /* At most 107 bytes: what a Unix socket's address holds. */
        char socket[SETTING_SIZE];       /* /run/ajaxchat/fcgi.sock */
        char socket_group[SETTING_SIZE]; /* ""; a group's name or number */
        int64_t connections_max;         /* 20000; 16..1000000 */
        int64_t window_events;           /* per room: 1024; 16..65536 */
        int64_t window_bytes;            /* all rooms: 64 MiB; 1 MiB..64 GiB */
        int64_t hold_ms_max;             /* 100; 0..1000 */
        bool trust_web_server_user;      /* no */
        char cors_origins[SETTING_SIZE]; /* "": origins, blanks between */
    } front;
    struct {
        /* Room names as typed (valid, not normalized), blanks between. */
        char default_rooms[SETTING_SIZE]; /* lobby */
        bool guests_make_rooms;           /* yes */
        bool visitors_api;  /* no: nor by the interface, unless this */
        bool visitors_read; /* yes: public rooms, as pages */
        int64_t presence_grace_seconds;    /* 20; 1..3600 */
        int64_t presence_events_max;       /* 50; 0..10000 */
        int64_t typing_members_max;        /* 50; 0..10000 */
        int64_t idle_seconds;              /* 300; 10..86400 */
        int64_t session_idle_hours;        /* 24; 1..8760 */
        char reserved_nicks[SETTING_SIZE]; /* "": nicks, blanks between */
        char admins[SETTING_SIZE];         /* "": nicks, blanks between */
        bool registration;                 /* yes */
        int64_t session_max_days;          /* 30; 1..3650 */
    } chat;
    struct {
        /* HS256 or EdDSA; "": the site signs no tokens. */
        char token_algorithm[SETTING_SIZE];
        char token_key_file[SETTING_SIZE]; /* "" */
        char token_audience[SETTING_SIZE]; /* "" */
    } login;
    struct {
        char words_file[SETTING_SIZE]; /* "" */
        char words[SETTING_SIZE];      /* reject; or hold, mask */
    } moderation;
    struct {
        bool rate_limits;         /* on */
        int64_t posts_per_second; /* 20; 1..1000000: per session, lasting */
        int64_t posts_burst;      /* 600; 1..1000000: per session, at once */
        int64_t address_posts_per_second;    /* 400; 1..1000000 */
        int64_t address_posts_burst;         /* 12000; 1..1000000 */
        int64_t room_posts_per_second;       /* 400; 1..1000000 */
        int64_t room_posts_burst;            /* 12000; 1..1000000 */
        int64_t joins_per_minute;            /* 120; 1..1000000 */
        int64_t joins_burst;                 /* 200; 1..1000000 */
        int64_t address_joins_per_minute;    /* 6000; 1..1000000 */
        int64_t address_joins_burst;         /* 10000; 1..1000000 */
        int64_t room_joins_per_minute;       /* 60000; 1..1000000 */
        int64_t room_joins_burst;            /* 50000; 1..1000000 */
        int64_t rooms_per_minute;            /* 30; 1..1000000 */
        int64_t rooms_burst;                 /* 100; 1..1000000 */
        int64_t address_rooms_per_minute;    /* 300; 1..1000000 */
        int64_t address_rooms_burst;         /* 1000; 1..1000000 */
        int64_t address_logins_per_minute;   /* 3000; 1..1000000 */
        int64_t address_logins_burst;        /* 5000; 1..1000000 */
        int64_t searches_per_minute;         /* 60; 1..1000000 */
        int64_t searches_burst;              /* 60; 1..1000000 */
        int64_t address_searches_per_minute; /* 600; 1..1000000 */
        int64_t address_searches_burst;      /* 600; 1..1000000 */
        int64_t text_bytes;                  /* 4000; 1..16000 */
        int64_t nick_bytes;                  /* 64; 1..256 */
        int64_t room_bytes;                  /* 64; 1..256 */
        int64_t topic_bytes;                 /* 1000; 0..4000 */
        int64_t wait_seconds;                /* 50; 1..50: the longest poll */
        int64_t polls_per_session;           /* 8; 1..64 */
        int64_t rooms_per_session;           /* 50; 1..200 */
        int64_t rooms;                       /* 10000; 1..1000000 */
        int64_t rooms_owned;                 /* 50; 0..1000000: by one person */
        int64_t members_per_room;            /* 100000; 2..10000000 */
        int64_t sessions;                    /* 100000; 1..10000000 */
        int64_t sessions_per_person;         /* 32; 1..1000 */
        int64_t accounts;                    /* 100000; 1..10000000 */
        int64_t blocks;                      /* 200; 1..10000: of one person */
        int64_t bans; /* 1000; 1..100000: of a room, server */
    } limits;
    struct {
        bool private_addresses; /* no */
    } hooks;
    struct {
        enum log_level level; /* info; error warn info debug */
    } log;
};

/* Every setting at its default. */
void settings_defaults(struct settings *settings_out);

/*
 * Reads `path` (NULL or "": none) and its conf.d into `settings_out`.
 * Complains to `complaints`, one line each, "FILE:LINE: what is wrong", with
 * the nearest known name where one is unknown; reads on to find all of them.
 *
 * Values are in their ranges, and fit each other: default rooms within the
 * limits on rooms, a TLS certificate with a key. Whether broker.listen is a
 * fit URL is for link_url_check() to say.
 *
 * CHAT_OK; CHAT_BAD_REQUEST: there was a complaint; CHAT_NOT_FOUND: a file
 * does not exist or cannot be read (complained about too).
 */
enum chat_result settings_read(const char *path, FILE *complaints,
                               struct settings *settings_out);

/*
 * Copies the first word of `words` to `word_out` (SETTING_SIZE bytes) and
 * returns what is behind it; NULL: there is no word left. `words` is shorter
 * than SETTING_SIZE.
 */
const char *setting_next_word(const char *words, char *word_out);

/* The table as Markdown, for README and --help. */
void settings_print_table(FILE *out);

/*
 * The command line both programs share:
 *
 *   --config FILE    read it (default: none, all defaults)
 *   --set SECTION.NAME=VALUE   a setting above the files'; may be repeated
 *   --check-config   read, check, complain or say "ok", end
 *   --help, --version
 *
 * Returns -1 to go on with `settings_out` set, or the program's exit status
 * (0 after --help, --version and a good --check-config; 2 for a bad command
 * line or bad settings). Prints what it has to say.
 */
struct settings_program {
    const char *name;
    /* What else --check-config looks at, and logs; NULL: nothing. */
    enum chat_result (*check)(const struct settings *settings);
};
int settings_command_line(const struct settings_program *program, int argc,
                          char **argv, struct settings *settings_out);

#endif
