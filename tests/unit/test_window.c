/* The window: its bounds, what it is complete for, finding an event. */
#include "fcgi/window.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
