/* The window: its bounds, what it is complete for, finding an event. */
#include "fcgi/window.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "tests/unit/unit.h"

enum { ROOMS = 2, PLENTY = 1024 * 1024 };

struct fixture {
    struct window window;
    struct window_room rooms[ROOMS];
};

static void open_window(struct fixture *fixture, size_t bytes_max,
                        size_t room_events_max)
{
    window_init(&fixture->window, bytes_max, room_events_max);
    for (size_t i = 0; i < ROOMS; i++)
        window_room_init(&fixture->rooms[i], 10);
}

static void close_window(struct fixture *fixture)
{
    for (size_t i = 0; i < ROOMS; i++) {
        window_room_clear(&fixture->window, &fixture->rooms[i]);
        assert_null(fixture->rooms[i].events);
        assert_int_equal(fixture->rooms[i].count, 0);
    }
    assert_int_equal(fixture->window.bytes, 0);
    assert_null(fixture->window.events);
}

static void say(struct fixture *fixture, size_t room, int64_t seq,
                const char *text)
{
    window_add(&fixture->window, &fixture->rooms[room],
               &(struct event){.seq = seq,
                               .n = seq,
                               .type = EVENT_MESSAGE,
                               .rid = 1,
                               .sid = 2,
                               .room = "dev",
                               .from = "bob",
                               .text = text,
                               .id = "x"});
}

static int64_t first_seq(const struct fixture *fixture, size_t room,
                         int64_t after_seq)
{
    const struct window_event *event =
        window_first_after(&fixture->rooms[room], after_seq);

    return event != NULL ? event->seq : 0;
}

/* What all events weigh, counted anew. */
static size_t count_bytes(const struct fixture *fixture)
{
    const struct window_event *event = fixture->window.events;
    size_t bytes = 0;

    for (; event != NULL; event = event->next)
        bytes += sizeof(*event) + event->length;
    return bytes;
}

static void new_room_is_complete_after_its_floor(void **state)
{
    struct fixture fixture;

    (void)state;
    open_window(&fixture, PLENTY, 3);
    assert_int_equal(fixture.rooms[0].floor_seq, 10);
    assert_null(window_first_after(&fixture.rooms[0], 0));
    close_window(&fixture);
    assert_int_equal(fixture.rooms[0].floor_seq, 10);
}

static void event_is_kept_as_readers_get_it(void **state)
{
    struct fixture fixture;
    static const char json[] =
        "{\"seq\":11,\"n\":11,\"room\":\"dev\",\"at\":0,\"type\":\"message\","
        "\"from\":\"bob\",\"text\":\"a\\\"b\",\"id\":\"x\"}";

    (void)state;
    open_window(&fixture, PLENTY, 3);
    say(&fixture, 0, 11, "a\"b");
    const struct window_event *event =
        window_first_after(&fixture.rooms[0], 10);
    assert_non_null(event);
    assert_int_equal(event->length, strlen(json));
    assert_memory_equal(event->json, json, strlen(json));
    close_window(&fixture);
}

static void first_after_is_exclusive(void **state)
{
    struct fixture fixture;

    (void)state;
    open_window(&fixture, PLENTY, 10);
    say(&fixture, 0, 11, "a");
    say(&fixture, 0, 14, "b");
    say(&fixture, 0, 15, "c");
    assert_int_equal(first_seq(&fixture, 0, 0), 11);
    assert_int_equal(first_seq(&fixture, 0, 10), 11);
    assert_int_equal(first_seq(&fixture, 0, 11), 14);
    assert_int_equal(first_seq(&fixture, 0, 13), 14);
    assert_int_equal(first_seq(&fixture, 0, 14), 15);
    assert_int_equal(first_seq(&fixture, 0, 15), 0);
    assert_int_equal(first_seq(&fixture, 0, INT64_MAX), 0);
    assert_int_equal(first_seq(&fixture, 1, 0), 0);
    close_window(&fixture);
}

static void room_keeps_its_newest_events_and_raises_its_floor(void **state)
{
    struct fixture fixture;

    (void)state;
    open_window(&fixture, PLENTY, 3);
    for (int64_t seq = 11; seq <= 13; seq++)
        say(&fixture, 0, seq, "a");
    assert_int_equal(fixture.rooms[0].count, 3);
    assert_int_equal(fixture.rooms[0].floor_seq, 10);
    say(&fixture, 0, 20, "b");
    assert_int_equal(fixture.rooms[0].count, 3);
    assert_int_equal(fixture.rooms[0].floor_seq, 11);
    assert_int_equal(first_seq(&fixture, 0, 0), 12);
    assert_int_equal(fixture.window.bytes, count_bytes(&fixture));
    close_window(&fixture);
}

static void busy_room_costs_another_nothing_but_bytes(void **state)
{
    struct fixture fixture;

    (void)state;
    open_window(&fixture, PLENTY, 2);
    say(&fixture, 1, 11, "quiet");
    for (int64_t seq = 12; seq <= 20; seq++)
        say(&fixture, 0, seq, "loud");
    assert_int_equal(first_seq(&fixture, 1, 0), 11);
    assert_int_equal(fixture.rooms[1].floor_seq, 10);
    assert_int_equal(fixture.rooms[0].floor_seq, 18);
    close_window(&fixture);
}

static void bytes_are_bounded_over_all_rooms_oldest_first(void **state)
{
    struct fixture fixture;
    char text[400];

    (void)state;
    memset(text, 'x', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    open_window(&fixture, 2000, 100);
    for (int64_t seq = 11; seq <= 30; seq++) {
        say(&fixture, (size_t)seq % ROOMS, seq, text);
        assert_true(fixture.window.bytes <= 2000);
        assert_int_equal(fixture.window.bytes, count_bytes(&fixture));
    }
    /* Of either room the newest are left, and its floor is just below. */
    for (size_t room = 0; room < ROOMS; room++) {
        int64_t first = first_seq(&fixture, room, 0);
        assert_true(first > 11);
        assert_int_equal(fixture.rooms[room].floor_seq, first - ROOMS);
    }
    close_window(&fixture);
}

static void event_beyond_the_bound_is_only_a_floor(void **state)
{
    struct fixture fixture;
    char text[400];

    (void)state;
    memset(text, 'x', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    open_window(&fixture, 300, 100);
    say(&fixture, 0, 11, "short");
    say(&fixture, 0, 12, text);
    assert_int_equal(fixture.rooms[0].floor_seq, 12);
    assert_int_equal(fixture.rooms[0].count, 0);
    assert_int_equal(fixture.window.bytes, 0);
    say(&fixture, 0, 13, "short");
    assert_int_equal(first_seq(&fixture, 0, 0), 13);
    close_window(&fixture);
}

static void event_that_is_no_json_forgets_all_before_it(void **state)
{
    struct fixture fixture;

    (void)state;
    open_window(&fixture, PLENTY, 100);
    say(&fixture, 0, 11, "good");
    say(&fixture, 0, 12, "\xff");
    assert_int_equal(fixture.rooms[0].floor_seq, 12);
    assert_int_equal(fixture.rooms[0].count, 0);
    say(&fixture, 0, 13, "good");
    assert_int_equal(first_seq(&fixture, 0, 12), 13);
    close_window(&fixture);
}

static void cleared_room_is_complete_after_its_newest(void **state)
{
    struct fixture fixture;

    (void)state;
    open_window(&fixture, PLENTY, 100);
    say(&fixture, 0, 11, "a");
    say(&fixture, 1, 12, "other room");
    say(&fixture, 0, 15, "b");
    window_room_clear(&fixture.window, &fixture.rooms[0]);
    assert_int_equal(fixture.rooms[0].floor_seq, 15);
    assert_int_equal(first_seq(&fixture, 1, 0), 12);
    assert_int_equal(fixture.window.bytes, count_bytes(&fixture));
    close_window(&fixture);
}

/* ---- what is taken back ---- */

static void edit(struct fixture *fixture, int64_t seq, int64_t target,
                 const char *text)
{
    window_add(&fixture->window, &fixture->rooms[0],
               &(struct event){.seq = seq,
                               .n = seq,
                               .type = EVENT_EDIT,
                               .rid = 1,
                               .room = "dev",
                               .target = target,
                               .text = text});
}

/* Whether `text` is anywhere in what is kept of the first room. */
static bool tells(const struct fixture *fixture, const char *text)
{
    const struct window_event *event;

    DL_FOREACH2 (fixture->rooms[0].events, event, room_next) {
        if (memmem(event->json, event->length, text, strlen(text)) != NULL)
            return true;
    }
    return false;
}

/* An edit or a delete of a message in the first room, at 99. */
static void change(struct fixture *fixture, enum event_type type,
                   int64_t target, const char *text)
{
    const struct event event = {
        .type = type, .target = target, .text = text, .at_ms = 99};

    window_change(&fixture->window, &fixture->rooms[0], &event);
}

static void edited_message_has_its_new_text_and_when(void **state)
{
    struct fixture fixture;
    static const char json[] =
        "{\"seq\":11,\"n\":11,\"room\":\"dev\",\"at\":0,"
        "\"type\":\"message\",\"from\":\"bob\",\"text\":\"third\","
        "\"id\":\"x\",\"edited\":99}";

    (void)state;
    open_window(&fixture, PLENTY, 100);
    say(&fixture, 0, 11, "first");
    edit(&fixture, 12, 11, "second");
    change(&fixture, EVENT_EDIT, 11, "second");
    change(&fixture, EVENT_EDIT, 11, "third");
    const struct window_event *event =
        window_first_after(&fixture.rooms[0], 10);
    assert_int_equal(event->length, strlen(json));
    assert_memory_equal(event->json, json, strlen(json));
    assert_true(tells(&fixture, "second")); /* the edit itself */
    assert_int_equal(fixture.window.bytes, count_bytes(&fixture));
    close_window(&fixture);
}

static void edited_message_mentions_whom_its_new_text_does(void **state)
{
    struct fixture fixture;
    struct event event = {.type = EVENT_EDIT,
                          .target = 11,
                          .text = "@ann @bob",
                          .mentions = "ann\nbob"};

    (void)state;
    open_window(&fixture, PLENTY, 100);
    say(&fixture, 0, 11, "first");
    window_change(&fixture.window, &fixture.rooms[0], &event);
    assert_true(tells(&fixture, "\"mentions\":[\"ann\",\"bob\"]"));
    event.mentions = NULL;
    window_change(&fixture.window, &fixture.rooms[0], &event);
    assert_false(tells(&fixture, "mentions"));
    close_window(&fixture);
}

static void edit_whose_message_is_deleted_by_now_deletes_it(void **state)
{
    struct fixture fixture;

    (void)state;
    open_window(&fixture, PLENTY, 100);
    say(&fixture, 0, 11, "first");
    edit(&fixture, 12, 11, "second");
    change(&fixture, EVENT_EDIT, 11, NULL);
    assert_false(tells(&fixture, "first"));
    assert_false(tells(&fixture, "second"));
    close_window(&fixture);
}

static void edits_that_grow_push_out_the_oldest(void **state)
{
    struct fixture fixture;
    char text[2000] = "";

    (void)state;
    memset(text, 't', sizeof(text) - 1);
    open_window(&fixture, 1500, 100);
    say(&fixture, 0, 11, "a");
    say(&fixture, 0, 12, "b");
    change(&fixture, EVENT_EDIT, 12, text);
    assert_null(window_first_after(&fixture.rooms[0], 0));
    assert_int_equal(fixture.rooms[0].floor_seq, 12);
    assert_int_equal(fixture.window.bytes, 0);
    close_window(&fixture);
}

static void deleted_message_and_its_edits_lose_their_texts(void **state)
{
    struct fixture fixture;

    (void)state;
    open_window(&fixture, PLENTY, 100);
    say(&fixture, 0, 11, "before");
    say(&fixture, 1, 12, "elsewhere");
    say(&fixture, 0, 13, "regretted");
    edit(&fixture, 14, 11, "other edit");
    edit(&fixture, 15, 13, "regretted too");
    say(&fixture, 0, 16, "after");
    change(&fixture, EVENT_DELETE, 13, NULL);
    assert_false(tells(&fixture, "regretted"));
    assert_true(tells(&fixture, "\"deleted\":true"));
    assert_true(tells(&fixture, "before"));
    assert_true(tells(&fixture, "other edit"));
    assert_true(tells(&fixture, "after"));
    /* All are there, in order. */
    assert_int_equal(fixture.rooms[0].count, 5);
    for (int64_t seq = 13; seq <= 16; seq++)
        assert_int_equal(first_seq(&fixture, 0, seq - 1), seq);
    assert_int_equal(fixture.window.bytes, count_bytes(&fixture));
    close_window(&fixture);
}

static void deleted_message_says_so_in_place_of_its_text(void **state)
{
    struct fixture fixture;
    static const char json[] =
        "{\"seq\":11,\"n\":11,\"room\":\"dev\",\"at\":0,"
        "\"type\":\"message\",\"from\":\"bob\",\"id\":\"x\","
        "\"deleted\":true}";

    (void)state;
    open_window(&fixture, PLENTY, 100);
    say(&fixture, 0, 11, "oldest, newest and only one");
    for (int times = 0; times < 2; times++) {
        change(&fixture, EVENT_DELETE, 11, NULL);
        const struct window_event *event =
            window_first_after(&fixture.rooms[0], 10);
        assert_int_equal(event->length, strlen(json));
        assert_memory_equal(event->json, json, strlen(json));
    }
    assert_int_equal(fixture.window.bytes, count_bytes(&fixture));
    close_window(&fixture);
}

static void what_is_not_kept_is_deleted_without_a_trace(void **state)
{
    struct fixture fixture;

    (void)state;
    open_window(&fixture, PLENTY, 100);
    change(&fixture, EVENT_DELETE, 5, NULL);
    say(&fixture, 0, 11, "a");
    change(&fixture, EVENT_DELETE, 5, NULL);
    assert_true(tells(&fixture, "\"a\""));
    assert_false(tells(&fixture, "deleted"));
    close_window(&fixture);
}

static void purged_range_is_forgotten(void **state)
{
    struct fixture fixture;

    (void)state;
    open_window(&fixture, PLENTY, 100);
    say(&fixture, 0, 11, "a");
    say(&fixture, 0, 12, "b");
    say(&fixture, 0, 15, "c");
    window_forget_until(&fixture.window, &fixture.rooms[0], 13);
    assert_int_equal(first_seq(&fixture, 0, 0), 15);
    assert_int_equal(fixture.rooms[0].floor_seq, 13);
    window_forget_until(&fixture.window, &fixture.rooms[0], 12);
    assert_int_equal(fixture.rooms[0].floor_seq, 13);
    close_window(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(new_room_is_complete_after_its_floor),
        cmocka_unit_test(event_is_kept_as_readers_get_it),
        cmocka_unit_test(first_after_is_exclusive),
        cmocka_unit_test(room_keeps_its_newest_events_and_raises_its_floor),
        cmocka_unit_test(busy_room_costs_another_nothing_but_bytes),
        cmocka_unit_test(bytes_are_bounded_over_all_rooms_oldest_first),
        cmocka_unit_test(event_beyond_the_bound_is_only_a_floor),
        cmocka_unit_test(event_that_is_no_json_forgets_all_before_it),
        cmocka_unit_test(cleared_room_is_complete_after_its_newest),
        cmocka_unit_test(edited_message_has_its_new_text_and_when),
        cmocka_unit_test(edited_message_mentions_whom_its_new_text_does),
        cmocka_unit_test(edit_whose_message_is_deleted_by_now_deletes_it),
        cmocka_unit_test(edits_that_grow_push_out_the_oldest),
        cmocka_unit_test(deleted_message_and_its_edits_lose_their_texts),
        cmocka_unit_test(deleted_message_says_so_in_place_of_its_text),
        cmocka_unit_test(what_is_not_kept_is_deleted_without_a_trace),
        cmocka_unit_test(purged_range_is_forgotten),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
