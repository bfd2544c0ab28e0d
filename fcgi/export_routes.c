/*
 * A room's whole history to take away. It is asked for page by page, the next
 * one when the web server has taken the one before: neither the room's size
 * nor a slow reader costs memory. A last line tells that nothing is missing:
 * when something fails on the way, the reply just ends.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/protocol.h"
#include "fcgi/front.h"
#include "fcgi/reply.h"
#include "fcgi/routes.h"

static void ask_page(struct call *call);

/* ---- lines ---- */

static const char *text_of(const json_t *event, const char *name)
{
    const char *text = json_string_value(json_object_get(event, name));

    return text != NULL ? text : "";
}

static void write_json(const json_t *event, FILE *out)
{
    size_t length;
    char *text = protocol_dump(event, &length);

    if (text != NULL)
        fprintf(out, "%s\n", text);
    free(text);
}

/* Lines after the first are set in, so that nobody can pretend to be others. */
static void write_words(const char *text, FILE *out)
{
    for (; *text != '\0'; text++) {
        if (*text == '\n')
            fputs("\n    ", out);
        else if (*text != '\r')
            fputc(*text, out);
    }
    fputc('\n', out);
}

/* "2026-11-22 23:59:59 <alice> hello"; what nobody said is left out. */
static void write_text(const json_t *event, FILE *out)
{
    bool is_action = strcmp(text_of(event, "type"), "action") == 0;
    time_t at_s = json_integer_value(json_object_get(event, "at")) / 1000;
    struct tm day;
    char time_text[32];

    if (!is_action && strcmp(text_of(event, "type"), "message") != 0)
        return;
    gmtime_r(&at_s, &day);
    strftime(time_text, sizeof(time_text), "%Y-%m-%d %H:%M:%S", &day);
    fprintf(out, is_action ? "%s * %s " : "%s <%s> ", time_text,
            text_of(event, "from"));
    write_words(json_object_get(event, "deleted") != NULL
                    ? "(deleted)"
                    : text_of(event, "text"),
                out);
}

static void write_end(const struct export_call *export, FILE *out)
{
    fprintf(out,
            export->as_text ? "(%" PRId64 " events, all of them)\n"
                            : "{\"type\":\"end\",\"count\":%" PRId64 "}\n",
            export->count);
}

/* ---- parts ---- */

/* The lines of a page, and the last one if there is no other; NULL: no memory.
 */
static struct bytes *render(struct export_call *export, const json_t *events,
                            bool is_last)
{
    char *text = NULL;
    size_t length = 0, i;
    const json_t *event;
    struct bytes *part = NULL;
    FILE *out = open_memstream(&text, &length);

    if (out == NULL)
        return NULL;
    json_array_foreach (events, i, event) {
        (export->as_text ? write_text : write_json)(event, out);
        export->count++;
        export->after_seq = json_integer_value(json_object_get(event, "seq"));
    }
    if (is_last)
        write_end(export, out);
    if (fclose(out) == 0)
        part = reply_part(text, length);
    free(text);
    return part;
}

/* Nothing is missing. */
static void end_export(struct call *call)
{
    call_refuse(call, CHAT_CLOSED, NULL); /* ends what has begun */
}

/* The page is kept by the command's result, which is gone after the call. */
static void send_page(struct call *call, const json_t *page)
{
    bool is_last = !json_is_true(json_object_get(page, "more"));
    struct bytes *part =
        render(&call->export, json_object_get(page, "events"), is_last);

    call_send_then(call, part, is_last ? end_export : ask_page);
}

static struct bytes *begin(const struct export_call *export)
{
    return reply_begin(&(struct reply_parts){
        .status = 200,
        .content_type =
            export->as_text ? "text/plain; charset=utf-8" : "application/jsonl",
        .extra_headers =
            export->as_text
                ? "Content-Disposition: attachment; filename=\"room.txt\"\r\n"
                  "X-Accel-Buffering: no\r\n"
                : "Content-Disposition: attachment; filename=\"room.jsonl\"\r\n"
                  "X-Accel-Buffering: no\r\n",
    });
}

static void take_page(struct call *call, const struct backend_result *result)
{
    if (result->result != CHAT_OK)
        call_refuse(call, result->result, NULL);
    else if (call->begun || call_send(call, begin(&call->export)))
        send_page(call, result->json);
}

static void ask_page(struct call *call)
{
    call_ask(call,
             &(struct command){
                 .type = COMMAND_EXPORT,
                 .sid = call->sid,
                 .room = call->room,
                 .anchor = HISTORY_AFTER,
                 .seq = call->export.after_seq,
                 .limit = HISTORY_LIMIT_MAX,
             },
             take_page);
}

void room_export(struct call *call)
{
    char format[16] = "jsonl";
    enum chat_result result = query_get(exchange_request(call->exchange)->query,
                                        "format", format, sizeof(format));

    call->export.as_text = strcmp(format, "text") == 0;
    if (result == CHAT_BAD_REQUEST ||
        (!call->export.as_text && strcmp(format, "jsonl") != 0))
        call_refuse(call, CHAT_BAD_REQUEST, "format is jsonl or text");
    else
        ask_page(call);
}
