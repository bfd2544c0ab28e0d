#include "fcgi/routes.h"

#include <stdio.h>
#include <string.h>

static const struct route routes[] = {
    {HTTP_POST, "session", ROUTE_WRITES | ROUTE_LOGIN | ROUTE_BODY,
     session_new},
    {HTTP_GET, "session", 0, session_get},
    {HTTP_PATCH, "session", ROUTE_SESSION | ROUTE_WRITES | ROUTE_BODY,
     session_change},
    {HTTP_DELETE, "session", ROUTE_SESSION | ROUTE_WRITES, session_end},
    {HTTP_POST, "account", ROUTE_SESSION | ROUTE_WRITES | ROUTE_BODY,
     account_new},
    {HTTP_PATCH, "account", ROUTE_SESSION | ROUTE_WRITES | ROUTE_BODY,
     account_change},
    {HTTP_DELETE, "account", ROUTE_SESSION | ROUTE_WRITES | ROUTE_BODY,
     account_end},
    {HTTP_GET, "sessions", ROUTE_SESSION, sessions_list},
    {HTTP_DELETE, "sessions", ROUTE_SESSION | ROUTE_WRITES, sessions_end_all},
    {HTTP_DELETE, "sessions/{seq}", ROUTE_SESSION | ROUTE_WRITES,
     sessions_end_one},
    {HTTP_POST, "bye", ROUTE_SESSION | ROUTE_WRITES, session_bye},
    {HTTP_GET, "people/{nick}", ROUTE_SESSION, person_get},
    {HTTP_PATCH, "people/{nick}", ROUTE_SESSION | ROUTE_WRITES | ROUTE_BODY,
     person_change},
    {HTTP_GET, "blocks", ROUTE_SESSION, blocks_list},
    {HTTP_POST, "blocks", ROUTE_SESSION | ROUTE_WRITES | ROUTE_BODY, block_new},
    {HTTP_DELETE, "blocks/{nick}", ROUTE_SESSION | ROUTE_WRITES, block_end},
    {HTTP_GET, "events", ROUTE_SESSION, events_poll},
    {HTTP_GET, "stream", ROUTE_SESSION, events_stream},
    {HTTP_GET, "rooms", ROUTE_SESSION | ROUTE_READS, rooms_list},
    {HTTP_POST, "rooms", ROUTE_SESSION | ROUTE_WRITES | ROUTE_BODY, room_new},
    {HTTP_GET, "rooms/{room}", ROUTE_SESSION, room_get},
    {HTTP_PATCH, "rooms/{room}", ROUTE_SESSION | ROUTE_WRITES | ROUTE_BODY,
     room_change},
    {HTTP_DELETE, "rooms/{room}", ROUTE_SESSION | ROUTE_WRITES, room_delete},
    {HTTP_GET, "rooms/{room}/members", ROUTE_SESSION, members_list},
    {HTTP_PATCH, "rooms/{room}/members/{nick}",
     ROUTE_SESSION | ROUTE_WRITES | ROUTE_BODY, member_rank},
    {HTTP_POST, "rooms/{room}/invites",
     ROUTE_SESSION | ROUTE_WRITES | ROUTE_BODY, invite_new},
    {HTTP_DELETE, "rooms/{room}/invites/{nick}", ROUTE_SESSION | ROUTE_WRITES,
     invite_end},
    {HTTP_POST, "rooms/{room}/typing", ROUTE_SESSION | ROUTE_WRITES,
     presence_typing},
    {HTTP_POST, "rooms/{room}/read", ROUTE_SESSION | ROUTE_WRITES | ROUTE_BODY,
     presence_read},
    {HTTP_POST, "presence", ROUTE_SESSION | ROUTE_WRITES | ROUTE_BODY,
     presence_idle},
    {HTTP_POST, "direct", ROUTE_SESSION | ROUTE_WRITES | ROUTE_BODY,
     direct_room},
    {HTTP_POST, "rooms/{room}/join",
     ROUTE_SESSION | ROUTE_WRITES | ROUTE_MAY_BODY, room_join},
    {HTTP_POST, "rooms/{room}/leave", ROUTE_SESSION | ROUTE_WRITES, room_leave},
    {HTTP_GET, "rooms/{room}/messages", ROUTE_SESSION | ROUTE_READS,
     message_history},
    {HTTP_POST, "rooms/{room}/messages",
     ROUTE_SESSION | ROUTE_WRITES | ROUTE_BODY, message_post},
    {HTTP_GET, "rooms/{room}/messages/{seq}", ROUTE_SESSION | ROUTE_READS,
     message_get},
    {HTTP_PATCH, "rooms/{room}/messages/{seq}",
     ROUTE_SESSION | ROUTE_WRITES | ROUTE_BODY, message_edit},
    {HTTP_DELETE, "rooms/{room}/messages/{seq}", ROUTE_SESSION | ROUTE_WRITES,
     message_delete},
    {HTTP_GET, "rooms/{room}/messages/{seq}/edits", ROUTE_SESSION,
     message_edits},
    {HTTP_POST, "rooms/{room}/messages/{seq}/reactions",
     ROUTE_SESSION | ROUTE_WRITES | ROUTE_BODY, message_react},
    {HTTP_GET, "rooms/{room}/export", ROUTE_SESSION, room_export},
    {HTTP_GET, "search", ROUTE_SESSION, messages_search},
    {HTTP_DELETE, "rooms/{room}/members/{nick}", ROUTE_SESSION | ROUTE_WRITES,
     member_kick},
    {HTTP_POST, "rooms/{room}/mutes", ROUTE_SESSION | ROUTE_WRITES | ROUTE_BODY,
     member_mute},
    {HTTP_DELETE, "rooms/{room}/mutes/{nick}", ROUTE_SESSION | ROUTE_WRITES,
     member_unmute},
    {HTTP_GET, "rooms/{room}/bans", ROUTE_SESSION, ban_list},
    {HTTP_POST, "rooms/{room}/bans", ROUTE_SESSION | ROUTE_WRITES | ROUTE_BODY,
     ban_new},
    {HTTP_DELETE, "rooms/{room}/bans/{seq}", ROUTE_SESSION | ROUTE_WRITES,
     ban_end},
    {HTTP_POST, "rooms/{room}/undo", ROUTE_SESSION | ROUTE_WRITES | ROUTE_BODY,
     room_undo},
    {HTTP_POST, "rooms/{room}/messages/{seq}/report",
     ROUTE_SESSION | ROUTE_WRITES | ROUTE_BODY, message_report},
    {HTTP_GET, "rooms/{room}/pending", ROUTE_SESSION, pending_list},
    {HTTP_POST, "rooms/{room}/pending/{seq}",
     ROUTE_SESSION | ROUTE_WRITES | ROUTE_BODY, pending_decide},
    {HTTP_DELETE, "rooms/{room}/pending/{seq}", ROUTE_SESSION | ROUTE_WRITES,
     pending_end},
    {HTTP_GET, "rooms/{room}/audit", ROUTE_SESSION, audit_list},
    {HTTP_GET, "audit", ROUTE_SESSION, audit_list},
    {HTTP_GET, "bans", ROUTE_SESSION, ban_list},
    {HTTP_POST, "bans", ROUTE_SESSION | ROUTE_WRITES | ROUTE_BODY, ban_new},
    {HTTP_DELETE, "bans/{seq}", ROUTE_SESSION | ROUTE_WRITES, ban_end},
    {HTTP_GET, "rooms/{room}/hooks", ROUTE_SESSION, hooks_list},
    {HTTP_POST, "rooms/{room}/hooks", ROUTE_SESSION | ROUTE_WRITES | ROUTE_BODY,
     hook_new},
    {HTTP_DELETE, "rooms/{room}/hooks/{seq}", ROUTE_SESSION | ROUTE_WRITES,
     hook_end},
    {HTTP_POST, "hooks/{name}", 0, hook_post},
    {HTTP_POST, "bots", ROUTE_SESSION | ROUTE_WRITES | ROUTE_BODY, bot_new},
    {HTTP_DELETE, "bots/{nick}", ROUTE_SESSION | ROUTE_WRITES, bot_end},
    {HTTP_GET, "livez", 0, health_live},
    {HTTP_GET, "readyz", 0, health_ready},
};

/* What works without JavaScript. */
static const struct route pages[] = {
    {HTTP_GET, "r/{room}", ROUTE_VISITS | ROUTE_PAGE, page_show},
    {HTTP_HEAD, "r/{room}", ROUTE_VISITS | ROUTE_PAGE, page_show},
    {HTTP_POST, "r/{room}",
     ROUTE_VISITS | ROUTE_WRITES | ROUTE_LOGIN | ROUTE_FORM | ROUTE_PAGE,
     page_write},
    {HTTP_GET, "r/{room}/{seq}", ROUTE_VISITS | ROUTE_PAGE, page_show_message},
    {HTTP_HEAD, "r/{room}/{seq}", ROUTE_VISITS | ROUTE_PAGE, page_show_message},
};

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

/* The first whose prefix fits a path is where its route is. */
static const struct {
    const char *prefix;
    const struct route *routes;
    size_t count;
    bool pages;
} tables[] = {
    {"/chat/v1/", routes, COUNT(routes), false},
    {"/chat/", pages, COUNT(pages), true},
};

static const char *const method_names[] = {
    [HTTP_GET] = "GET",       [HTTP_POST] = "POST", [HTTP_PATCH] = "PATCH",
    [HTTP_DELETE] = "DELETE", [HTTP_HEAD] = "HEAD",
};

/* ---- segments that may be anything ---- */

/* A part of a path; nothing: there is no such part. */
struct segment {
    const char *text;
    size_t length;
};

enum variable { VARIABLE_ROOM, VARIABLE_SEQ, VARIABLE_NAME, VARIABLE_COUNT };

/* What stands for them in the routes' paths. */
static const struct {
    const char *word;
    enum variable variable;
} variables[] = {
    {"{room}", VARIABLE_ROOM},
    {"{seq}", VARIABLE_SEQ},
    {"{nick}", VARIABLE_NAME},
    {"{name}", VARIABLE_NAME},
};

/* The first segment of `path`: up to the next '/' or the end. */
static struct segment segment_of(const char *path)
{
    return (struct segment){path, strcspn(path, "/")};
}

static bool is_word(struct segment segment, const char *word)
{
    return strlen(word) == segment.length &&
           strncmp(segment.text, word, segment.length) == 0;
}

/* Whether `wanted`, of a route's path, stands for a variable. */
static bool is_variable(struct segment wanted, enum variable *variable_out)
{
    for (size_t i = 0; i < sizeof(variables) / sizeof(variables[0]); i++) {
        if (!is_word(wanted, variables[i].word))
            continue;
        *variable_out = variables[i].variable;
        return true;
    }
    return false;
}

/* Whether `given` fits `wanted`; what a variable is in `values`. */
static bool segment_matches(struct segment wanted, struct segment given,
                            struct segment values[VARIABLE_COUNT])
{
    enum variable variable;

    if (!is_variable(wanted, &variable))
        return wanted.length == given.length &&
               strncmp(wanted.text, given.text, given.length) == 0;
    values[variable] = given;
    return given.length > 0;
}

/* Whether `path` is `pattern`; then the variables are in `values`. */
static bool path_matches(const char *pattern, const char *path,
                         struct segment values[VARIABLE_COUNT])
{
    for (;;) {
        struct segment wanted = segment_of(pattern);
        struct segment given = segment_of(path);
        if (!segment_matches(wanted, given, values) ||
            pattern[wanted.length] != path[given.length])
            return false;
        if (pattern[wanted.length] == '\0')
            return true;
        pattern += wanted.length + 1;
        path += given.length + 1;
    }
}

/* Decodes `value` as a text in `out`, "" if there is none or it is none. */
static void take_text(struct segment value, char *out, size_t out_bytes)
{
    if (value.text == NULL ||
        segment_decode(value.text, value.length, out, out_bytes) != CHAT_OK)
        out[0] = '\0';
}

/* 0 if there is none or it is no position. */
static int64_t take_seq(struct segment value)
{
    char text[32];
    int64_t seq = 0;

    take_text(value, text, sizeof(text));
    return number_parse(text, &seq) == CHAT_OK ? seq : 0;
}

static void take_values(const struct segment values[VARIABLE_COUNT],
                        struct route_match *match)
{
    take_text(values[VARIABLE_ROOM], match->room, sizeof(match->room));
    match->has_room = values[VARIABLE_ROOM].text != NULL;
    take_text(values[VARIABLE_NAME], match->name, sizeof(match->name));
    match->seq = take_seq(values[VARIABLE_SEQ]);
}

/* ---- finding a route ---- */

static void add_allowed(char *allow, size_t allow_bytes,
                        enum http_method method)
{
    size_t used = strlen(allow);

    (void)snprintf(allow + used, allow_bytes - used, "%s%s",
                   used == 0 ? "Allow: " : ", ", method_names[method]);
}

/* Among `count` routes, for `path` without their prefix. */
static enum chat_result find_among(const struct route *among, size_t count,
                                   enum http_method method, const char *path,
                                   struct route_match *match)
{
    for (size_t i = 0; i < count; i++) {
        struct segment values[VARIABLE_COUNT] = {{0}};
        if (!path_matches(among[i].path, path, values))
            continue;
        if (among[i].method == method) {
            match->allow[0] = '\0';
            match->route = &among[i];
            take_values(values, match);
            return CHAT_OK;
        }
        add_allowed(match->allow, sizeof(match->allow) - 2, among[i].method);
    }
    if (match->allow[0] == '\0')
        return CHAT_NOT_FOUND;
    strcat(match->allow, "\r\n");
    return CHAT_METHOD_NOT_ALLOWED;
}

enum chat_result route_find(const struct request *request,
                            struct route_match *match_out)
{
    *match_out = (struct route_match){0};
    for (size_t i = 0; i < COUNT(tables); i++) {
        size_t length = strlen(tables[i].prefix);
        if (strncmp(request->path, tables[i].prefix, length) != 0)
            continue;
        match_out->is_page = tables[i].pages;
        return find_among(tables[i].routes, tables[i].count, request->method,
                          request->path + length, match_out);
    }
    return CHAT_NOT_FOUND;
}
