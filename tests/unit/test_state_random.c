/*
 * Random schedules: many people do everything at any moment, under rules
 * tight enough that each refusal happens, and after every command all that
 * must always hold is checked.
 *
 * At the end of each round the log is replayed, and loaded from a store that
 * was given it: both must give the same state.
 *
 * RANDOM_COMMANDS is how many (default 400,000), RANDOM_SEED which ones
 * (default: others each time; the seed is printed).
 */
#include "tests/unit/state_model.h"
#include "tests/unit/state_stored.h"

enum {
    COMMANDS_STANDARD = 400000,
    ROUND_COMMANDS = 20000, /* then a new log under other rules */
    PEOPLE = 40,            /* sessions remembered, also ended ones */
    PAST = 512,             /* commands remembered, to be sent again */
    NICKS = 60,
    ROOMS = 24,
    ACCOUNTS = 8, /* made at the beginning of a round */
    CHECK_ALL_EVERY = 1000,
};

/* A session that was there at some time. */
struct login {
    int64_t sid;
    unsigned token;
};

/* A command with its strings, and what became of it. */
struct request {
    struct command command;
    char nick[16], room[16], rooms[3][16], id[ID_SIZE], text[32];
    struct touch touches[3];
    struct outcome outcome;
};

struct world {
    struct fixture fixture;
    struct model model;
    uint64_t random;
    struct login logins[PEOPLE];
    int64_t accounts[ACCOUNTS]; /* pids */
    unsigned token_count, id_count;
    struct request past[PAST];
    size_t past_count;
    size_t outcomes[CHAT_RESULT_COUNT];
};

/* ---- chance ---- */

/* splitmix64: the same commands from the same seed everywhere. */
static unsigned draw(struct world *world, unsigned bound)
{
    uint64_t z = world->random += 0x9e3779b97f4a7c15U;

    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
    return (unsigned)((z ^ (z >> 31)) % bound);
}

static bool one_in(struct world *world, unsigned count)
{
    return draw(world, count) == 0;
}

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
    rules->posts_burst = 1 + draw(world, 5);
    rules->posts_per_second = 0.2 * draw(world, 5);
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

/* ---- commands ---- */

/* Mostly one whose session has not ended. */
static struct login *draw_login(struct world *world)
{
    struct login *login = NULL;

    for (int tries = 0; tries < 5; tries++) {
        login = &world->logins[draw(world, PEOPLE)];
        if (state_session(world->fixture.state, login->sid) != NULL)
            break;
    }
    return login;
}

static const char *draw_room(struct world *world, char *out)
{
    if (one_in(world, 50))
        return strcpy(out, "no room");
    if (one_in(world, 4))
        return strcpy(out, "lobby");
    snprintf(out, 16, "%s%u", one_in(world, 2) ? "Room" : "room",
             draw(world, ROOMS));
    return out;
}

static void draw_session_new(struct world *world, struct request *request)
{
    struct command *command = &request->command;
    struct login *replaced = draw_login(world);
    char name[16];

    snprintf(name, sizeof(name), "t%u", ++world->token_count);
    token(name, command->token_hash);
    snprintf(request->nick, sizeof(request->nick), "%s%u",
             one_in(world, 2) ? "Nick" : "nick", draw(world, NICKS));
    command->nick = one_in(world, 100) ? " bad" : request->nick;
    if (one_in(world, 3))
        command->pid = world->accounts[draw(world, ACCOUNTS)];
    command->has_replaces = one_in(world, 4);
    snprintf(name, sizeof(name), "t%u", replaced->token);
    token(name, command->replaces);
    command->has_rooms = one_in(world, 2);
    command->room_count = command->has_rooms ? draw(world, 4) : 0;
    for (size_t i = 0; i < command->room_count; i++)
        command->rooms[i] = draw_room(world, request->rooms[i]);
}

static void draw_session_get(struct world *world, struct request *request)
{
    char name[16];

    snprintf(name, sizeof(name), "t%u", draw_login(world)->token);
    token(name, request->command.token_hash);
}

static void draw_in_room(struct world *world, struct request *request)
{
    request->command.room = draw_room(world, request->room);
}

static void draw_room_new(struct world *world, struct request *request)
{
    draw_in_room(world, request);
    snprintf(request->id, sizeof(request->id), "r%u", ++world->id_count);
    request->command.id = request->id;
    request->command.text = one_in(world, 50) ? "two\nlines" : "topic";
}

static void draw_post(struct world *world, struct request *request)
{
    struct command *command = &request->command;
    size_t count = world->fixture.log.count;

    draw_in_room(world, request);
    if (one_in(world, 10)) /* perhaps used before */
        snprintf(request->id, sizeof(request->id), "m%u", draw(world, 4));
    else
        snprintf(request->id, sizeof(request->id), "new%u", ++world->id_count);
    snprintf(request->text, sizeof(request->text), "text %u", draw(world, 5));
    command->id = one_in(world, 100) ? "" : request->id;
    command->text = one_in(world, 100) ? " " : request->text;
    command->action = one_in(world, 5);
    if (one_in(world, 10))
        command->reply_to = 1 + draw(world, (unsigned)count);
}

static void draw_touch(struct world *world, struct request *request)
{
    for (size_t i = 0; i < 3; i++)
        request->touches[i] = (struct touch){.sid = draw_login(world)->sid,
                                             .age_ms = draw(world, 25000)};
    request->command.touches = request->touches;
    request->command.touch_count = 3;
}

static const struct {
    enum command_type type;
    unsigned weight;
    void (*draw)(struct world *world, struct request *request);
} mix[] = {
    {COMMAND_SESSION_NEW, 12, draw_session_new},
    {COMMAND_SESSION_GET, 4, draw_session_get},
    {COMMAND_SESSION_END, 3, NULL},
    {COMMAND_ROOMS, 2, NULL},
    {COMMAND_ROOM_NEW, 4, draw_room_new},
    {COMMAND_JOIN, 14, draw_in_room},
    {COMMAND_LEAVE, 8, draw_in_room},
    {COMMAND_POST, 30, draw_post},
    {COMMAND_HISTORY, 4, draw_in_room},
    {COMMAND_EVENTS, 4, NULL},
    {COMMAND_TOUCH, 10, draw_touch},
    {COMMAND_TYPING, 2, draw_in_room},
    {COMMAND_HEAD, 1, NULL},
    {COMMAND_GONE, 3, NULL},
    {COMMAND_EXPIRE, 2, NULL},
    {COMMAND_ROOM_OPEN, 2, NULL},
};

static void draw_request(struct world *world, struct request *request)
{
    unsigned total = 0;
    size_t chosen = 0;

    for (size_t i = 0; i < sizeof(mix) / sizeof(mix[0]); i++)
        total += mix[i].weight;
    for (unsigned rest = draw(world, total); rest >= mix[chosen].weight;)
        rest -= mix[chosen++].weight;
    memset(request, 0, sizeof(*request));
    request->command.type = mix[chosen].type;
    request->command.sid = draw_login(world)->sid;
    request->command.room = "lobby"; /* ROOM_OPEN: names are in normal form */
    if (mix[chosen].draw != NULL)
        mix[chosen].draw(world, request);
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

static void execute(struct world *world, const struct command *command)
{
    struct fixture *f = &world->fixture;
    size_t first = f->log.count;
    enum chat_result result = run(f, *command);

    world->outcomes[result]++;
    for (size_t i = first; i < f->log.count; i++) {
        model_apply(&world->model, &f->log.events[i]);
        if (result != CHAT_OK)
            check_refusal(result, &f->log.events[i]);
    }
    for (size_t i = first; i < f->log.count; i++) {
        const struct event *event = &f->log.events[i];
        if (event->rid != 0)
            check_room(&world->model, state_room(f->state, event->rid));
    }
    assert_int_equal(state_head_seq(f->state), f->log.count);
}

static bool is_remembered(enum command_type type)
{
    return type == COMMAND_SESSION_NEW || type == COMMAND_ROOM_NEW ||
           type == COMMAND_POST;
}

static void assert_same_outcome(const struct outcome *one,
                                const struct outcome *other)
{
    assert_int_equal(one->sid, other->sid);
    assert_int_equal(one->rid, other->rid);
    assert_int_equal(one->seq, other->seq);
    assert_int_equal(one->n, other->n);
    assert_int_equal(one->at_ms, other->at_ms);
}

/* Whatever it is: at once again it does nothing and says the same. */
static void repeat_at_once(struct world *world, const struct request *request)
{
    struct fixture *f = &world->fixture;
    size_t log_count = f->log.count;
    enum chat_result expected = request->outcome.result;

    if (expected == CHAT_OK && is_remembered(request->command.type))
        expected = CHAT_REPEAT;
    execute(world, &request->command);
    assert_result(f->outcome.result, expected);
    assert_same_outcome(&f->outcome, &request->outcome);
    assert_int_equal(f->log.count, log_count);
}

/* Long after: a session, a room, a message is still known by its id. */
static void repeat_past(struct world *world, const struct request *past)
{
    struct fixture *f = &world->fixture;
    bool session_ended = state_session(f->state, past->outcome.sid) == NULL;

    if (!is_remembered(past->command.type) || past->outcome.result != CHAT_OK)
        return;
    if (session_ended && past->command.type == COMMAND_SESSION_NEW)
        return;
    execute(world, &past->command);
    if (session_ended) {
        assert_result(f->outcome.result, CHAT_SESSION_REQUIRED);
        return;
    }
    if (past->command.type != COMMAND_ROOM_NEW ||
        f->outcome.result != CHAT_FORBIDDEN) /* left it, is in others now */
        assert_result(f->outcome.result, CHAT_REPEAT);
    assert_same_outcome(&f->outcome, &past->outcome);
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
    fixture_begin(f);
    make_accounts(world);
    for (size_t i = 0; i < f->log.count; i++)
        model_apply(&world->model, &f->log.events[i]);
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
        if (i % CHECK_ALL_EVERY == 0)
            check_all(world->fixture.state, &world->model);
    }
    end_round(world);
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
        if (world->outcomes[results[i]] == 0)
            fail_msg("never: %s", chat_result_code(results[i]));
}

static void whatever_happens_what_must_hold_holds(void **state)
{
    struct world *world = alloc_or_die(sizeof(*world));
    uint64_t count = setting("RANDOM_COMMANDS", COMMANDS_STANDARD);
    uint64_t seed = setting("RANDOM_SEED", randombytes_random());

    (void)state;
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
