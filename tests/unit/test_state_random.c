/*
 * Random schedules: many people do everything at any moment, under rules
 * tight enough that each refusal happens, and after every command all that
 * must always hold is checked.
 *
 * A front end follows the log, and must show each event to those alone who are
 * in the room. At the end of each round the log is replayed, and loaded from a
 * store that was given it: both must give the same state.
 *
 * RANDOM_COMMANDS is how many (default 100,000), RANDOM_SEED which ones
 * (default: always the same; 0: others each time). `make random` runs millions.
 */
#include "tests/unit/random_commands.h"
#include "tests/unit/state_stored.h"

enum {
    COMMANDS_STANDARD = 100000,
    SEED_STANDARD = 1,
    ROUND_COMMANDS = 20000, /* then a new log under other rules */
    CHECK_ALL_EVERY = 1000,
};

static uint64_t setting(const char *name, uint64_t standard)
{
    const char *value = getenv(name);

    return value != NULL ? strtoull(value, NULL, 10) : standard;
}

static void draw_rules(struct world *world, struct state_rules *rules)
{
    rules->presence_events_max = draw(world, 8);
    rules->sessions_max = 10 + draw(world, 30);
    rules->rooms_max = 10 + draw(world, ROOMS);
    rules->rooms_per_session = 2 + draw(world, 5);
    rules->guests_make_rooms = !one_in(world, 4);
    rules->rate_limits = !one_in(world, 4);
    rules->rates[LIMITED_POST][LIMIT_OF_SESSION] =
        bucket_rate(draw(world, 5), 5000, 1 + draw(world, 5));
    rules->session_idle_ms = 30000;
}

/* Mostly little; at times somebody's patience, or a clock that is set. */
static void pass_time(struct world *world)
{
    struct moment *now = &world->fixture.now;

    pass_ms(&world->fixture, draw(world, 50));
    if (one_in(world, 200))
        pass_ms(&world->fixture, draw(world, 25000));
    if (one_in(world, 500))
        now->wall_ms += (int64_t)draw(world, 20000) - 10000;
}

/* ---- checks ---- */

/* What is refused changes nothing but that whose it is comes back. */
static void check_refusal(enum chat_result result, const struct event *event)
{
    if (event->type == EVENT_PERSON_BACK)
        return;
    assert_int_equal(event->type, EVENT_JOIN);
    if (result != CHAT_REPEAT) /* of making a room that was left meanwhile */
        assert_int_equal(event->reason, REASON_BACK);
}

/* A room that is gone is gone in both. */
static void check_touched(const struct world *world, const struct event *event)
{
    const struct room *room = state_room(world->fixture.state, event->rid);
    const struct model_room *expected;

    HASH_FIND(hh, world->model.rooms, &event->rid, sizeof(event->rid),
              expected);
    assert_int_equal(room != NULL, expected != NULL);
    if (room != NULL)
        check_room(&world->model, room);
}

/* Whoever was banned just now is in the room no more. */
static void check_thrown_out(const struct world *world,
                             const struct event *event)
{
    const struct person *person =
        state_person(world->fixture.state, event->to_pid);

    if (event->type == EVENT_BAN && person != NULL)
        assert_false(model_is_member(&world->model, event->to_pid, event->rid));
}

static const uint64_t reads_of_members =
    1ULL << COMMAND_HISTORY | 1ULL << COMMAND_MESSAGE | 1ULL << COMMAND_SEARCH;
static const uint64_t reads_of_moderators =
    1ULL << COMMAND_EDITS | 1ULL << COMMAND_PENDING | 1ULL << COMMAND_BANS |
    1ULL << COMMAND_AUDIT;

/*
 * Nobody reads what they may not see, nor learns that a room is there (but of
 * the one that they have made).
 */
static void check_sight(const struct world *world,
                        const struct command *command)
{
    const struct outcome *outcome = &world->fixture.outcome;
    const struct session *session =
        state_session(world->fixture.state, outcome->sid);

    if (session == NULL || outcome->rid == 0 ||
        command->type == COMMAND_ROOM_NEW)
        return;
    int64_t pid = session->person->pid;
    const struct model_room *room = model_room(&world->model, outcome->rid);
    enum power power = model_power(&world->model, pid, room);
    assert_true(model_may_know(&world->model, pid, room));
    if (outcome->result != CHAT_OK)
        return;
    if ((reads_of_members >> command->type & 1) != 0)
        assert_true(power > POWER_NONE ||
                    model_is_member(&world->model, pid, room->rid));
    if ((reads_of_moderators >> command->type & 1) != 0)
        assert_true(power > POWER_NONE);
}

static void execute(struct world *world, const struct command *command)
{
    struct fixture *f = &world->fixture;
    size_t first = f->log.count;
    enum chat_result result = run(f, *command);

    world->met[command->type][result]++;
    for (size_t i = first; i < f->log.count; i++) {
        model_apply(&world->model, &f->log.events[i]);
        front_take(&world->front, &world->model, &f->log.events[i]);
        if (result != CHAT_OK)
            check_refusal(result, &f->log.events[i]);
    }
    for (size_t i = first; i < f->log.count; i++) {
        check_touched(world, &f->log.events[i]);
        check_thrown_out(world, &f->log.events[i]);
    }
    if (first == f->log.count)
        check_sight(world, command);
    assert_int_equal(state_head_seq(f->state), f->log.count);
}

static bool is_remembered(enum command_type type)
{
    return type == COMMAND_SESSION_NEW || type == COMMAND_ROOM_NEW ||
           type == COMMAND_POST || type == COMMAND_HOOK_NEW ||
           type == COMMAND_HOOK_POST || type == COMMAND_BOT_NEW;
}

static void assert_same_outcome(const struct command *command,
                                const struct outcome *one,
                                const struct outcome *other)
{
    if (one->sid != other->sid || one->rid != other->rid ||
        one->seq != other->seq || one->n != other->n ||
        one->at_ms != other->at_ms)
        fail_msg("%s again: sid %lld, rid %lld, seq %lld; not %lld, %lld, %lld",
                 command_type_word(command->type), (long long)one->sid,
                 (long long)one->rid, (long long)one->seq,
                 (long long)other->sid, (long long)other->rid,
                 (long long)other->seq);
}

/*
 * Who left a private room knows of it no more, nor anybody of one deleted; and
 * the nick of a bot that ended is nobody's.
 */
static bool has_lost_target(const struct world *world,
                            const struct request *request)
{
    enum chat_result result = world->fixture.outcome.result;

    if (request->command.type == COMMAND_BOT_END)
        return result == CHAT_NOT_FOUND;
    return result == CHAT_NO_ROOM &&
           (request->command.type == COMMAND_LEAVE ||
            state_room(world->fixture.state, request->outcome.rid) == NULL);
}

/* Whatever it is: at once again it does nothing and says the same. */
static void repeat_at_once(struct world *world, const struct request *request)
{
    struct fixture *f = &world->fixture;
    size_t log_count = f->log.count;
    enum chat_result expected = request->outcome.result;

    if (expected == CHAT_OK && is_remembered(request->command.type))
        expected = CHAT_REPEAT;
    if (request->command.type == COMMAND_UNDO)
        return; /* goes on where it had to stop */
    execute(world, &request->command);
    assert_int_equal(f->log.count, log_count);
    if (f->outcome.result == CHAT_RATE_LIMITED ||
        has_lost_target(world, request))
        return;
    if (f->outcome.result != expected)
        fail_msg(
            "%s again: %s, not %s", command_type_word(request->command.type),
            chat_result_code(f->outcome.result), chat_result_code(expected));
    assert_same_outcome(&request->command, &f->outcome, &request->outcome);
}

/* What was let through since then has another seq. */
static bool was_held(const struct world *world, const struct request *past)
{
    const struct event *event =
        log_event(&world->fixture.log, past->outcome.rid, past->outcome.seq);

    return event != NULL && event->type == EVENT_HELD;
}

/* Long after: a session, a room, a message is still known by its id. */
static void repeat_past(struct world *world, const struct request *past)
{
    struct fixture *f = &world->fixture;
    bool session_ended = state_session(f->state, past->outcome.sid) == NULL;

    if (!is_remembered(past->command.type) ||
        past->command.type == COMMAND_HOOK_POST ||
        past->command.type == COMMAND_HOOK_NEW || /* it may have ended */
        past->outcome.result != CHAT_OK)
        return;
    if (session_ended && past->command.type == COMMAND_SESSION_NEW)
        return;
    execute(world, &past->command);
    if (session_ended) {
        assert_result(f->outcome.result, CHAT_SESSION_REQUIRED);
        return;
    }
    /* A room may have ended, been renamed or closed to them meanwhile. */
    if (f->outcome.result != CHAT_REPEAT &&
        past->command.type != COMMAND_SESSION_NEW)
        return;
    assert_result(f->outcome.result, CHAT_REPEAT);
    if (f->outcome.rid == past->outcome.rid && /* else another of that name */
        !was_held(world, past))
        assert_same_outcome(&past->command, &f->outcome, &past->outcome);
}

/* ---- rounds ---- */

static void remember_login(struct world *world, const struct request *request)
{
    if (request->command.type == COMMAND_SESSION_NEW &&
        request->outcome.result == CHAT_OK)
        world->logins[draw(world, PEOPLE)] = (struct login){
            .sid = request->outcome.sid, .token = world->token_count};
}

static void run_what_is_due(struct world *world)
{
    struct command due[8];
    size_t count = state_due(world->fixture.state, world->fixture.now, due, 8);

    for (size_t i = 0; i < count; i++)
        execute(world, &due[i]);
}

/* Somebody comes to the front end; its answers take their time. */
static void ask_by_front(struct world *world)
{
    const struct session *session =
        state_session(world->fixture.state, draw_login(world)->sid);

    if (session != NULL && one_in(world, 4))
        front_ask(&world->front, world->fixture.state, session);
    if (one_in(world, 6))
        front_learn(&world->front);
}

static void step(struct world *world)
{
    struct request *request = &world->past[world->past_count++ % PAST];

    pass_time(world);
    draw_request(world, request);
    execute(world, &request->command);
    request->outcome = world->fixture.outcome;
    remember_login(world, request);
    if (one_in(world, 4))
        repeat_at_once(world, request);
    if (one_in(world, 8) && world->past_count > PAST)
        repeat_past(world, &world->past[draw(world, PAST)]);
    if (one_in(world, 20))
        run_what_is_due(world);
    ask_by_front(world);
}

/* The replayed state has the same people in each room in the same order. */
static void assert_same_order(const struct state *one,
                              const struct state *other)
{
    for (const struct room *room = state_rooms(one); room != NULL;
         room = room->by_rid.next) {
        const struct member *a = room->here;
        const struct member *b = state_room(other, room->rid)->here;
        for (; a != NULL && b != NULL; a = a->here_next, b = b->here_next)
            assert_int_equal(a->person->pid, b->person->pid);
        assert_true(a == NULL && b == NULL);
    }
}

static void make_accounts(struct world *world)
{
    char nick[16];

    for (size_t i = 0; i < ACCOUNTS; i++) {
        snprintf(nick, sizeof(nick), "account%zu", i);
        world->accounts[i] = account(
            &world->fixture, nick, one_in(world, 4) ? ROLE_ADMIN : ROLE_MEMBER);
    }
}

static void begin_round(struct world *world)
{
    struct fixture *f = &world->fixture;

    fixture_init(f);
    draw_rules(world, &f->rules);
    world->model.presence_events_max = f->rules.presence_events_max;
    world->model.log = &f->log;
    fixture_begin(f);
    make_accounts(world);
    for (size_t i = 0; i < f->log.count; i++)
        model_apply(&world->model, &f->log.events[i]);
    front_open(&world->front, state_head_seq(f->state));
    world->past_count = 0;
    memset(world->logins, 0, sizeof(world->logins));
}

static void end_round(struct world *world)
{
    struct fixture *f = &world->fixture;
    struct state *replayed = replay(f);

    assert_same_order(f->state, replayed);
    assert_same_state(describe_state(f->state), describe_state(replayed));
    state_free(replayed);
    assert_loads(f);
    front_close(&world->front);
    fixture_fini(f);
    f->log = (struct memory_log){.count = 0};
    model_fini(&world->model);
    world->model = (struct model){.presence_events_max = 0};
}

static void run_round(struct world *world, uint64_t count)
{
    begin_round(world);
    for (uint64_t i = 1; i <= count; i++) {
        step(world);
        if (i % CHECK_ALL_EVERY != 0)
            continue;
        check_all(world->fixture.state, &world->model);
        check_front(&world->front, world->fixture.state);
    }
    end_round(world);
}

static size_t count_met(const struct world *world, enum chat_result result)
{
    size_t count = 0;

    for (size_t i = 0; i < COMMAND_TYPE_COUNT; i++)
        count += world->met[i][result];
    return count;
}

/* A schedule that never meets a refusal would not test it. */
static void assert_all_happened(const struct world *world)
{
    static const enum chat_result results[] = {
        CHAT_OK,         CHAT_REPEAT,     CHAT_SESSION_REQUIRED,
        CHAT_NOT_MEMBER, CHAT_FORBIDDEN,  CHAT_NO_ROOM,
        CHAT_NO_MESSAGE, CHAT_NICK_TAKEN, CHAT_ROOM_EXISTS,
        CHAT_BAD_NICK,   CHAT_BAD_ROOM,   CHAT_BAD_TEXT,
        CHAT_BAD_ID,     CHAT_ID_REUSED,  CHAT_RATE_LIMITED,
        CHAT_UNAVAILABLE};

    for (size_t i = 0; i < sizeof(results) / sizeof(results[0]); i++)
        if (count_met(world, results[i]) == 0)
            fail_msg("never: %s", chat_result_code(results[i]));
    for (size_t i = 0; i < sizeof(mix) / sizeof(mix[0]); i++) {
        const size_t *met = world->met[mix[i].type];
        if (met[CHAT_OK] + met[CHAT_UNSUPPORTED] == 0)
            fail_msg("never done: %s", command_type_word(mix[i].type));
    }
}

static void whatever_happens_what_must_hold_holds(void **state)
{
    struct world *world = alloc_or_die(sizeof(*world));
    uint64_t count = setting("RANDOM_COMMANDS", COMMANDS_STANDARD);
    uint64_t seed = setting("RANDOM_SEED", SEED_STANDARD);

    (void)state;
    if (seed == 0)
        seed = randombytes_random();
    printf("RANDOM_SEED=%llu\n", (unsigned long long)seed);
    world->random = seed;
    for (uint64_t done = 0; done < count; done += ROUND_COMMANDS)
        run_round(world, count - done < ROUND_COMMANDS ? count - done
                                                       : ROUND_COMMANDS);
    if (count >= COMMANDS_STANDARD)
        assert_all_happened(world);
    free(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whatever_happens_what_must_hold_holds),
    };

    if (sodium_init() < 0)
        return EXIT_FAILURE;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
