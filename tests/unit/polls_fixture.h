/* Parked polls with their directory, over real connections. */
#ifndef TESTS_UNIT_POLLS_FIXTURE_H
#define TESTS_UNIT_POLLS_FIXTURE_H

#include "tests/unit/http_fixture.h"

#include "fcgi/polls.h"
#include "tests/unit/directory_fixture.h"
#include "tests/unit/reply_reader.h"

enum { PER_SESSION_MAX = 8, WAIT_MS = 20000 };

static struct {
    struct window window;
    struct directory *directory;
    struct polls *polls;
    struct reply_text reply; /* the last one read */
} parked;

static inline void on_end(void *context, struct known_session *session)
{
    (void)context;
    polls_refuse_session(parked.polls, session, CHAT_SESSION_REQUIRED);
}

/* A log that begins at 100, a window of 20 events for each room. */
static inline int set_up_polls(void **state)
{
    set_up(state);
    memset(&parked, 0, sizeof(parked));
    window_init(&parked.window, 1024 * 1024, 20);
    parked.directory = directory_new(&parked.window, on_end, NULL);
    assert_non_null(parked.directory);
    directory_reset(parked.directory, 100);
    parked.polls =
        polls_new(&(struct polls_options){.selector = fixture.selector,
                                          .directory = parked.directory,
                                          .epoch = "ep",
                                          .per_session_max = PER_SESSION_MAX});
    assert_non_null(parked.polls);
    return 0;
}

static inline int tear_down_polls(void **state)
{
    directory_reset(parked.directory, 0); /* ends what is parked */
    assert_int_equal(polls_count(parked.polls), 0);
    directory_free(parked.directory);
    polls_free(parked.polls);
    return tear_down(state);
}

static inline struct known_session *know(struct sample_snapshot snapshot)
{
    return sample_know(parked.directory, &snapshot);
}

/* A browser whose poll since 100 is parked; returns its connection. */
static inline int park(struct known_session *session, const char *tab)
{
    struct poll_request request = {
        .session = session,
        .range = {.since_seq = 100, .from_seq = 100},
        .deadline_ms = fixture.now_ms + WAIT_MS,
    };
    int fd = client_with_request(&(struct sample_request){0});

    strcpy(request.tab, tab);
    assert_int_equal(polls_park(parked.polls,
                                fixture.exchanges[fixture.exchange_count - 1],
                                &request),
                     CHAT_OK);
    return fd;
}

/* One turn's events: a message in each of `rids`, up to a 0. */
static inline void feed(int64_t first_seq, const int64_t *rids)
{
    for (size_t i = 0; rids[i] != 0; i++) {
        struct known_room *room = sample_say(
            parked.directory, first_seq + (int64_t)i, rids[i], "hello");
        if (room != NULL)
            polls_wake_room(parked.polls, room);
    }
    polls_answer_woken(parked.polls);
}

static inline void apply(struct event event)
{
    struct known_room *room = directory_apply(parked.directory, &event);

    if (room != NULL)
        polls_wake_room(parked.polls, room);
}

/* Reads the one reply that has come; the connection is ready for another. */
static inline void assert_answered(int fd, int status)
{
    static unsigned char data[64 * 1024];
    size_t length = client_receive(fd, data, sizeof(data));

    reply_read(&parked.reply, data, length);
    assert_true(parked.reply.complete);
    assert_int_equal(parked.reply.status, status);
    assert_open(fd);
}

static inline void assert_told(int fd, const char *seqs, const char *next)
{
    assert_answered(fd, 200);
    assert_string_equal(reply_seqs(&parked.reply), seqs);
    assert_string_equal(reply_field(&parked.reply, "since"), "\"ep.100\"");
    assert_string_equal(reply_field(&parked.reply, "next"), next);
}

#endif
