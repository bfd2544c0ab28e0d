#include "tests/bench/delivery.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/alloc.h"
#include "common/protocol.h"
#include "tests/bench/bench.h"
#include "tests/bench/message.h"

enum { BODY_BYTES_MAX = 512 * 1024 };

struct delivery_book {
    size_t reader_count;
    int64_t message_count;
    bool *seen;      /* reader by reader, message by message */
    int64_t *newest; /* each reader's highest message, or -1 */
    int64_t delivered, duplicated, out_of_order, altered;
    /* The last body and what it says: most readers get the same. */
    char *body;
    size_t body_bytes;
    struct delivery_news news;
};

struct delivery_book *delivery_book_new(size_t reader_count,
                                        int64_t message_count)
{
    struct delivery_book *book = alloc_or_die(sizeof(*book));

    book->reader_count = reader_count;
    book->message_count = message_count;
    book->seen = alloc_or_die(reader_count * (size_t)message_count);
    book->newest = alloc_or_die(reader_count * sizeof(*book->newest));
    for (size_t i = 0; i < reader_count; i++)
        book->newest[i] = -1;
    book->body = alloc_or_die(BODY_BYTES_MAX);
    return book;
}

void delivery_book_free(struct delivery_book *book)
{
    free(book->seen);
    free(book->newest);
    free(book->body);
    free(book);
}

/* ---- reading ---- */

static void read_event(const json_t *event, struct delivery_news *news)
{
    const char *id, *text;
    int64_t index;
    bool whole;

    if (json_get_text(event, "id", &id) != CHAT_OK ||
        json_get_text(event, "text", &text) != CHAT_OK ||
        !message_recognize(id, text, &index, &whole))
        return;
    news->messages[news->count].index = index;
    news->messages[news->count++].whole = whole;
}

static void parse(struct delivery_book *book)
{
    json_t *json = protocol_parse(book->body, book->body_bytes);
    const json_t *events = json_object_get(json, "events");
    const char *next;

    if (json_get_text(json, "next", &next) != CHAT_OK ||
        !json_is_array(events) ||
        json_array_size(events) > DELIVERY_EVENTS_MAX ||
        strlen(next) >= sizeof(book->news.next))
        bench_die("no poll's reply: %.*s", (int)book->body_bytes, book->body);
    memcpy(book->news.next, next, strlen(next) + 1);
    book->news.count = 0;
    for (size_t i = 0; i < json_array_size(events); i++)
        read_event(json_array_get(events, i), &book->news);
    json_decref(json);
}

const struct delivery_news *delivery_read(struct delivery_book *book,
                                          const char *body, size_t body_bytes)
{
    if (body_bytes > BODY_BYTES_MAX)
        bench_die("a poll's reply of %zu bytes", body_bytes);
    if (body_bytes != book->body_bytes ||
        memcmp(body, book->body, body_bytes) != 0) {
        memcpy(book->body, body, body_bytes);
        book->body_bytes = body_bytes;
        parse(book);
    }
    return &book->news;
}

/* ---- entering ---- */

/* Returns whether it came for the first time. */
static bool enter(struct delivery_book *book, size_t reader, int64_t index,
                  bool whole)
{
    bool *seen = &book->seen[reader * (size_t)book->message_count];

    if (!whole || index >= book->message_count) {
        book->altered++;
        return false;
    }
    if (seen[index]) {
        book->duplicated++;
        return false;
    }
    seen[index] = true;
    book->delivered++;
    if (index < book->newest[reader])
        book->out_of_order++;
    else
        book->newest[reader] = index;
    return true;
}

bool delivery_enter(struct delivery_book *book, size_t reader,
                    const struct delivery_news *news, int64_t index)
{
    bool found = false;

    for (size_t i = 0; i < news->count; i++)
        found |= enter(book, reader, news->messages[i].index,
                       news->messages[i].whole) &&
                 news->messages[i].index == index;
    return found;
}

json_t *delivery_summary(const struct delivery_book *book)
{
    const struct {
        const char *name;
        int64_t count;
    } counts[] = {
        {"delivered", book->delivered},
        {"lost",
         (int64_t)book->reader_count * book->message_count - book->delivered},
        {"duplicated", book->duplicated},
        {"out_of_order", book->out_of_order},
        {"altered", book->altered},
    };
    json_t *summary = json_object();

    for (size_t i = 0; i < sizeof(counts) / sizeof(*counts); i++)
        json_object_set_new(summary, counts[i].name,
                            json_integer(counts[i].count));
    return summary;
}
