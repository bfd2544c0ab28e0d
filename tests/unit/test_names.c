#include "tests/unit/unit.h"

#include <string.h>

#include "common/names.h"

#define ACUTE "\xcc\x81"                 /* U+0301 COMBINING ACUTE ACCENT */
#define ZWJ "\xe2\x80\x8d"               /* U+200D */
#define ZWNJ "\xe2\x80\x8c"              /* U+200C */
#define EMOJI_SELECTOR "\xef\xb8\x8f"    /* U+FE0F */
#define RIGHT_TO_LEFT "\xe2\x80\xae"     /* U+202E, an override */
#define NO_BREAK_SPACE "\xc2\xa0"        /* U+00A0 */
#define IDEOGRAPHIC_SPACE "\xe3\x80\x80" /* U+3000 */
#define ZERO_WIDTH_SPACE "\xe2\x80\x8b"  /* U+200B */
#define HANGUL_FILLER "\xe3\x85\xa4"     /* U+3164 */
#define HALFWIDTH_FILLER "\xef\xbe\xa0"  /* U+FFA0 */
#define BRAILLE_BLANK "\xe2\xa0\x80"     /* U+2800 */
#define PRIVATE_USE "\xee\x80\x80"       /* U+E000 */
#define FDFA "\xef\xb7\xba"              /* 3 bytes, NFKC: 33 bytes */

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void assert_nick(const char *nick, const char *expected)
{
    char out[NICK_SIZE];
    char again[NICK_SIZE];

    print_message("nick \"%s\"\n", nick);
    assert_int_equal(nick_normalize(nick, 64, out), CHAT_OK);
    assert_string_equal(out, expected);
    assert_int_equal(nick_normalize(out, 64, again), CHAT_OK);
    assert_string_equal(again, out);
}

static void assert_no_nick(const char *nick)
{
    char out[NICK_SIZE] = "untouched";

    print_message("no nick \"%s\"\n", nick);
    assert_int_equal(nick_normalize(nick, 64, out), CHAT_BAD_NICK);
    assert_string_equal(out, "untouched");
}

static void assert_key(const char *nick, const char *expected)
{
    char out[NICK_KEY_SIZE];
    char again[NICK_KEY_SIZE];

    print_message("key of \"%s\"\n", nick);
    assert_int_equal(nick_key(nick, out), CHAT_OK);
    assert_string_equal(out, expected);
    assert_int_equal(nick_key(out, again), CHAT_OK);
    assert_string_equal(again, out);
}

static void assert_skeleton(const char *nick, const char *expected)
{
    char out[NICK_KEY_SIZE];
    char again[NICK_KEY_SIZE];

    print_message("skeleton of \"%s\"\n", nick);
    assert_int_equal(nick_skeleton(nick, out), CHAT_OK);
    assert_string_equal(out, expected);
    assert_int_equal(nick_skeleton(out, again), CHAT_OK);
    assert_string_equal(again, out);
}

static void assert_room(const char *room, const char *expected)
{
    char out[ROOM_SIZE];
    char again[ROOM_SIZE];

    print_message("room \"%s\"\n", room);
    assert_int_equal(room_normalize(room, 64, out), CHAT_OK);
    assert_string_equal(out, expected);
    assert_int_equal(room_normalize(out, 64, again), CHAT_OK);
    assert_string_equal(again, out);
}

static void assert_no_room(const char *room)
{
    char out[ROOM_SIZE] = "untouched";

    print_message("no room \"%s\"\n", room);
    assert_int_equal(room_normalize(room, 64, out), CHAT_BAD_ROOM);
    assert_string_equal(out, "untouched");
}

/* ---- UTF-8 ---- */

static void utf8_is_told_from_other_bytes(void **state)
{
    (void)state;
    assert_true(text_is_utf8("", 0));
    assert_true(text_is_utf8("gr\xc3\xbc\xc3\x9f", 6));
    assert_true(text_is_utf8("\xf0\x9f\x98\x80", 4));
    assert_false(text_is_utf8("a\0b", 3));
    assert_false(text_is_utf8("\xc3", 1));             /* cut */
    assert_false(text_is_utf8("\xc0\xaf", 2));         /* overlong */
    assert_false(text_is_utf8("\xed\xa0\x80", 3));     /* surrogate */
    assert_false(text_is_utf8("\xf4\x90\x80\x80", 4)); /* above U+10FFFF */
    assert_false(text_is_utf8("gr\xfc", 3));           /* Latin-1 */
}

/* ---- nicks ---- */

static void nicks_of_all_scripts_are_kept(void **state)
{
    static const char *const nicks[] = {
        "alice",
        "Bob 2",
        "O'Neill",
        "<b>",
        "Zoë",
        "Žižek",
        "Дмитрий",
        "Ελένη",
        "مريم",
        "שָׁלוֹם",
        "क्षमा",
        "ສະບາຍດີ",
        "ที่รัก",
        "தமிழ்",
        "རྒྱལ་མཚན",
        "李小龍",
        "さくら",
        "한국어",
        "Nguyễn",
        "😀",
        "❤" EMOJI_SELECTOR,
        "👩" ZWJ "💻",
        "👩🏽" ZWJ "❤" EMOJI_SELECTOR ZWJ "💋" ZWJ "👨",
        "1" EMOJI_SELECTOR "\xe2\x83\xa3", /* keycap */
        "🇫🇷",
        "\xf0\x9f\xab\xa8", /* shaking face: newer than Unicode 14 */
        "می" ZWNJ "خواهم",
    };

    (void)state;
    for (size_t i = 0; i < COUNT(nicks); i++)
        assert_nick(nicks[i], nicks[i]);
}

static void nick_is_composed(void **state)
{
    (void)state;
    assert_nick("Rene" ACUTE, "Ren\xc3\xa9");
    assert_nick("\xe1\x84\x92\xe1\x85\xa1\xe1\x86\xab", "한");
    assert_nick("\xe2\x84\xab", "Å"); /* ANGSTROM SIGN */
}

static void nick_needs_a_visible_character(void **state)
{
    (void)state;
    assert_no_nick("");
    assert_no_nick(" ");
    assert_no_nick(NO_BREAK_SPACE);
    assert_no_nick(IDEOGRAPHIC_SPACE);
    assert_no_nick(ZERO_WIDTH_SPACE);
    assert_no_nick(ZWJ);
    assert_no_nick(ACUTE);
    assert_no_nick(EMOJI_SELECTOR);
    assert_no_nick(HANGUL_FILLER);
    assert_no_nick(HALFWIDTH_FILLER);
    assert_no_nick("\xe1\x85\x9f"); /* U+115F */
    assert_no_nick("\xe1\x85\xa0"); /* U+1160 */
    assert_no_nick(BRAILLE_BLANK);
    assert_no_nick("\xc2\xad"); /* SOFT HYPHEN */
}

static void nick_refuses_blanks_at_its_ends(void **state)
{
    (void)state;
    assert_nick("a b", "a b");
    assert_nick("a  b", "a  b");
    assert_no_nick(" a");
    assert_no_nick("a ");
    assert_no_nick("a" NO_BREAK_SPACE);
    assert_no_nick(IDEOGRAPHIC_SPACE "a");
    assert_no_nick("a" BRAILLE_BLANK);
    assert_no_nick("a " EMOJI_SELECTOR);
}

static void nick_refuses_what_deceives_the_eye(void **state)
{
    static const char *const nicks[] = {
        "a\tb",
        "a\nb",
        "a\x7f",
        "a\xc2\x85"
        "b",                                    /* NEXT LINE */
        "a" RIGHT_TO_LEFT "b",                  /* override */
        "a\xe2\x81\xa6z",                       /* isolate */
        "a\xe2\x80\x8ez",                       /* LEFT-TO-RIGHT MARK */
        "a\xd8\x9cz",                           /* ARABIC LETTER MARK */
        "a\xe2\x80\xa8z",                       /* LINE SEPARATOR */
        "a\xe2\x80\xa9z",                       /* PARAGRAPH SEPARATOR */
        "a" ZERO_WIDTH_SPACE "b",               /* zero width */
        "a\xef\xbb\xbfz",                       /* byte order mark */
        "a\xc2\xadz",                           /* SOFT HYPHEN */
        "a" HANGUL_FILLER "b",                  /* invisible letter */
        "a\xcd\x8fz",                           /* COMBINING GRAPHEME JOINER */
        "a" PRIVATE_USE,                        /* no meaning */
        "a\xcd\xb8",                            /* U+0378, unassigned */
        "a\xef\xbf\xbf",                        /* U+FFFF, no character */
        "🏴\xf3\xa0\x81\xa7\xf3\xa0\x81\xbf", /* tags */
    };

    (void)state;
    for (size_t i = 0; i < COUNT(nicks); i++)
        assert_no_nick(nicks[i]);
}

static void nick_has_joiners_only_within(void **state)
{
    (void)state;
    assert_no_nick(ZWJ "a");
    assert_no_nick("a" ZWJ);
    assert_no_nick("a" ZWNJ);
    assert_no_nick(ZWNJ "a");
    assert_no_nick("a " ZWNJ "b");
    assert_nick("a" ZWNJ "b", "a" ZWNJ "b");
}

static void nick_bounds_marks_in_a_row(void **state)
{
    (void)state;
#define FOUR_MARKS "\xcc\xa7\xcc\xb1\xcc\xb2\xcc\xbf"
    assert_nick("x" FOUR_MARKS "x", "x" FOUR_MARKS "x");
    assert_no_nick("x" FOUR_MARKS "\xcc\xbf");
    assert_no_nick("x" FOUR_MARKS ZWJ "x");
    assert_no_nick(ACUTE "a");
#undef FOUR_MARKS
}

static void nick_is_bounded_after_composing(void **state)
{
    char out[NICK_SIZE];

    (void)state;
    assert_int_equal(nick_normalize("abcd", 4, out), CHAT_OK);
    assert_int_equal(nick_normalize("abcde", 4, out), CHAT_BAD_NICK);
    assert_int_equal(nick_normalize("Rene" ACUTE, 5, out), CHAT_OK);
    /* U+FB2C grows from 3 to 6 bytes in NFC. */
    assert_int_equal(nick_normalize("\xef\xac\xac", 5, out), CHAT_BAD_NICK);
    assert_int_equal(nick_normalize("\xef\xac\xac", 6, out), CHAT_OK);
}

static void nick_refuses_bytes_that_are_no_utf8(void **state)
{
    (void)state;
    assert_no_nick("\xff");
    assert_no_nick("a\xc3");
    assert_no_nick("\xed\xa0\x80");
    assert_no_nick("\xc0\x80");
}

/* ---- nick keys ---- */

static void key_is_the_same_for_nicks_that_look_the_same(void **state)
{
    (void)state;
    assert_key("Alice", "alice");
    assert_key("ALICE", "alice");
    assert_key("Ａｌｉｃｅ", "alice");
    assert_key("Straße", "strasse");
    assert_key("ÉCOLE", "école");
    assert_key("ΣΊΣΥΦΟΣ", "σίσυφοσ");
    assert_key("Σίσυφος", "σίσυφοσ");
    assert_key("İ", "i\xcc\x87");
    assert_key("ﬁn", "fin");
    assert_key("a" NO_BREAK_SPACE " b", "a b");
    assert_key("a" BRAILLE_BLANK IDEOGRAPHIC_SPACE "b", "a b");
    assert_key("al" ZWNJ "ice" EMOJI_SELECTOR, "alice");
}

static void key_keeps_different_nicks_apart(void **state)
{
    (void)state;
    assert_key("rené", "rené");
    assert_key("rene", "rene");
    assert_key("a b", "a b");
    assert_key("ab", "ab");
}

static void key_refuses_what_grows_beyond_its_buffer(void **state)
{
    char nick[NICK_SIZE] = "";
    char out[NICK_KEY_SIZE] = "untouched";

    (void)state;
    for (int i = 0; i < 31; i++)
        strcat(nick, FDFA);
    assert_int_equal(nick_key(nick, out), CHAT_OK);
    assert_int_equal(strlen(out), 31 * 33);
    strcpy(out, "untouched");
    for (int i = 0; i < 20; i++)
        strcat(nick, FDFA);
    assert_int_equal(nick_key(nick, out), CHAT_BAD_NICK);
    assert_string_equal(out, "untouched");
}

static void key_refuses_what_leaves_nothing(void **state)
{
    char out[NICK_KEY_SIZE];

    (void)state;
    assert_int_equal(nick_key("", out), CHAT_BAD_NICK);
    assert_int_equal(nick_key(ZWJ, out), CHAT_BAD_NICK);
    assert_int_equal(nick_key(HALFWIDTH_FILLER, out), CHAT_BAD_NICK);
    assert_int_equal(nick_key("\xff", out), CHAT_BAD_NICK);
}

/* ---- skeletons ---- */

static void skeleton_is_the_same_for_what_looks_the_same(void **state)
{
    (void)state;
    assert_skeleton("alice", "allce");
    assert_skeleton("a1ice", "allce");
    assert_skeleton("aIice", "allce");
    assert_skeleton("ALICE", "allce");
    assert_skeleton("admin", "adrnln");
    assert_skeleton("\u0430dmin", "adrnln");           /* Cyrillic a */
    assert_skeleton("\u0410D\u041c\u0406N", "adrnln"); /* capitals */
    assert_skeleton("b\u03bfb", "bob");                /* Greek omicron */
    assert_skeleton("b0b", "bob");
    assert_skeleton("corn", "corn");
    assert_skeleton("com", "corn");
    assert_skeleton("Zo\u00eb", "zoe\u0308");
    assert_skeleton("Zoe\u0308", "zoe\u0308");
}

static void skeleton_keeps_apart_what_looks_different(void **state)
{
    (void)state;
    assert_skeleton("rené", "rene\u0301");
    assert_skeleton("rene", "rene");
    assert_skeleton("a b", "a b");
    assert_skeleton("ab", "ab");
    assert_skeleton("\u65e5\u672c", "\u65e5\u672c");
    assert_skeleton("\u0434\u0438\u0434", "\u0434\u1d0e\u0434");
}

static void skeleton_refuses_what_grows_beyond_its_buffer(void **state)
{
    char nick[NICK_KEY_SIZE] = "";
    char out[NICK_KEY_SIZE] = "untouched";

    (void)state;
    /* An "m" becomes two bytes. */
    memset(nick, 'm', (NICK_KEY_SIZE - 1) / 2);
    assert_int_equal(nick_skeleton(nick, out), CHAT_OK);
    strcpy(out, "untouched");
    memset(nick, 'm', (NICK_KEY_SIZE + 1) / 2);
    assert_int_equal(nick_skeleton(nick, out), CHAT_BAD_NICK);
    assert_string_equal(out, "untouched");
    assert_int_equal(nick_skeleton("", out), CHAT_BAD_NICK);
}

/* ---- rooms ---- */

static void rooms_of_all_scripts_are_kept(void **state)
{
    static const char *const rooms[] = {
        "lobby",   "dev-2",    "a.b_c",  "...", ".hidden", "42",
        "вопросы", "ερώτηση",  "غرفة",   "חדר", "कमरा",    "ห้อง",
        "聊天室",  "チャット", "대화방", "٣",   "śląsk",   "அறை",
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rooms); i++)
        assert_room(rooms[i], rooms[i]);
}

static void room_is_composed_and_folded(void **state)
{
    (void)state;
    assert_room("Dev", "dev");
    assert_room("ÉCOLE", "école");
    assert_room("E" ACUTE "cole", "école");
    assert_room("straße", "strasse");
    assert_room("STRASSE", "strasse");
    assert_room("Вопросы", "вопросы");
    assert_room("ΟΔΟΣ", "οδοσ");
    assert_room("οδος", "οδοσ");
    assert_room("İ", "i\xcc\x87");
    assert_room("I", "i");
    assert_room("ŉ", "ʼn");
    assert_room("\xe1\xbe\xb3", "αι");             /* U+1FB3 */
    assert_room("\xce\xb1\xcd\x85\xcc\x81", "άι"); /* alpha, U+0345, acute */
}

static void room_refuses_other_characters(void **state)
{
    static const char *const rooms[] = {
        "",
        ".",
        "..",
        "a b",
        " a",
        "a/b",
        "a#b",
        "a+b",
        "a%20b",
        "a\nb",
        "a" NO_BREAK_SPACE "b",
        "😀",
        "a" ZWJ "b",
        "a" RIGHT_TO_LEFT "b",
        "a" HANGUL_FILLER,
        "a" EMOJI_SELECTOR,
        "a" PRIVATE_USE,
        "a\xef\xbc\x8e", /* FULLWIDTH FULL STOP */
        "x²",
        "Ⅷ",
        ACUTE "a",
        "a\xff",
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rooms); i++)
        assert_no_room(rooms[i]);
}

static void room_is_bounded_after_folding(void **state)
{
    char out[ROOM_SIZE];
    char longest[ROOM_SIZE] = "";

    (void)state;
    assert_int_equal(room_normalize("ΐ", 5, out), CHAT_OK); /* one again */
    assert_int_equal(room_normalize("ŉ", 3, out), CHAT_OK);
    assert_int_equal(room_normalize("ŉ", 2, out), CHAT_BAD_ROOM);
    memset(longest, 'A', ROOM_SIZE - 1);
    assert_int_equal(room_normalize(longest, ROOM_SIZE - 1, out), CHAT_OK);
    assert_int_equal(strlen(out), ROOM_SIZE - 1);
    assert_int_equal(room_normalize(longest, ROOM_SIZE - 2, out),
                     CHAT_BAD_ROOM);
}

static void room_bounds_marks_in_a_row(void **state)
{
    char room[64] = "z";

    (void)state;
    for (int i = 0; i < 5; i++)
        strcat(room, "\xcc\xb2");
    assert_no_room(room);
}

/* ---- texts ---- */

static void message_text_needs_a_visible_character(void **state)
{
    static const char *const good[] = {
        "a",         " a ",      "\n.\n",           "😀",   "\xf0\x9f\xab\xa8",
        PRIVATE_USE, "\xcd\xb8", RIGHT_TO_LEFT "a", "/me", "e" ACUTE,
        "⠁",
    };
    static const char *const bad[] = {
        "",
        " ",
        "\n\t ",
        NO_BREAK_SPACE,
        IDEOGRAPHIC_SPACE,
        ZERO_WIDTH_SPACE,
        ZWJ ZWNJ,
        RIGHT_TO_LEFT,
        HANGUL_FILLER,
        HALFWIDTH_FILLER,
        BRAILLE_BLANK BRAILLE_BLANK,
        ACUTE,
        EMOJI_SELECTOR,
        "\x01",
        "\xc2\xad",
        "\xef\xbf\xbf",
        "\xe2\x80\xa8",
        "\xf3\xa0\x80\xa0", /* TAG SPACE */
        "a\xff",
    };

    (void)state;
    for (size_t i = 0; i < COUNT(good); i++)
        assert_int_equal(message_text_check(good[i], 100), CHAT_OK);
    for (size_t i = 0; i < COUNT(bad); i++) {
        print_message("no text: %zu\n", i);
        assert_int_equal(message_text_check(bad[i], 100), CHAT_BAD_TEXT);
    }
}

static void message_text_is_bounded_in_bytes(void **state)
{
    (void)state;
    assert_int_equal(message_text_check("abcd", 4), CHAT_OK);
    assert_int_equal(message_text_check("abcde", 4), CHAT_BAD_TEXT);
    assert_int_equal(message_text_check("😀", 4), CHAT_OK);
    assert_int_equal(message_text_check("😀", 3), CHAT_BAD_TEXT);
}

static void topic_is_one_line_and_may_be_empty(void **state)
{
    (void)state;
    assert_int_equal(topic_check("", 0), CHAT_OK);
    assert_int_equal(topic_check("all about 🦀", 100), CHAT_OK);
    assert_int_equal(topic_check("ab", 1), CHAT_BAD_TEXT);
    assert_int_equal(topic_check("a\nb", 100), CHAT_BAD_TEXT);
    assert_int_equal(topic_check("a\tb", 100), CHAT_BAD_TEXT);
    assert_int_equal(topic_check("a\xe2\x80\xa8", 100), CHAT_BAD_TEXT);
    assert_int_equal(topic_check("\xc3", 100), CHAT_BAD_TEXT);
}

static void id_is_of_url_safe_characters(void **state)
{
    char id[ID_SIZE + 1] = "";

    (void)state;
    assert_int_equal(id_check("aZ09_-", 64), CHAT_OK);
    assert_int_equal(id_check("", 64), CHAT_BAD_ID);
    assert_int_equal(id_check("a b", 64), CHAT_BAD_ID);
    assert_int_equal(id_check("a.b", 64), CHAT_BAD_ID);
    assert_int_equal(id_check("é", 64), CHAT_BAD_ID);
    memset(id, 'x', ID_SIZE);
    assert_int_equal(id_check(id, ID_SIZE - 1), CHAT_BAD_ID);
    id[ID_SIZE - 1] = '\0';
    assert_int_equal(id_check(id, ID_SIZE - 1), CHAT_OK);
    assert_int_equal(id_check(id, 32), CHAT_BAD_ID);
}

static void one_character_as_people_see_it_is_an_emoji(void **state)
{
    static const char *const good[] = {
        "\U0001F44D",
        "\U0001F44D\U0001F3FD",
        "\u2764\uFE0F",
        "a",
        "\u00e9",
        "e\u0301",
        "\U0001F1E9\U0001F1EA",
        "\U0001F468\u200D\U0001F469\u200D\U0001F467\u200D\U0001F466"};
    static const char *const bad[] = {
        "",       " ",    "ab", "\U0001F44D ",         "\n",
        "\u200D", "\xff", ":)", "\U0001F44D\U0001F44D"};

    (void)state;
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
        assert_int_equal(emoji_check(good[i], 64), CHAT_OK);
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_int_equal(emoji_check(bad[i], 64), CHAT_BAD_TEXT);
    assert_int_equal(emoji_check(good[0], 4), CHAT_OK);
    assert_int_equal(emoji_check(good[0], 3), CHAT_BAD_TEXT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(utf8_is_told_from_other_bytes),
        cmocka_unit_test(nicks_of_all_scripts_are_kept),
        cmocka_unit_test(nick_is_composed),
        cmocka_unit_test(nick_needs_a_visible_character),
        cmocka_unit_test(nick_refuses_blanks_at_its_ends),
        cmocka_unit_test(nick_refuses_what_deceives_the_eye),
        cmocka_unit_test(nick_has_joiners_only_within),
        cmocka_unit_test(nick_bounds_marks_in_a_row),
        cmocka_unit_test(nick_is_bounded_after_composing),
        cmocka_unit_test(nick_refuses_bytes_that_are_no_utf8),
        cmocka_unit_test(key_is_the_same_for_nicks_that_look_the_same),
        cmocka_unit_test(key_keeps_different_nicks_apart),
        cmocka_unit_test(key_refuses_what_grows_beyond_its_buffer),
        cmocka_unit_test(key_refuses_what_leaves_nothing),
        cmocka_unit_test(skeleton_is_the_same_for_what_looks_the_same),
        cmocka_unit_test(skeleton_keeps_apart_what_looks_different),
        cmocka_unit_test(skeleton_refuses_what_grows_beyond_its_buffer),
        cmocka_unit_test(rooms_of_all_scripts_are_kept),
        cmocka_unit_test(room_is_composed_and_folded),
        cmocka_unit_test(room_refuses_other_characters),
        cmocka_unit_test(room_is_bounded_after_folding),
        cmocka_unit_test(room_bounds_marks_in_a_row),
        cmocka_unit_test(message_text_needs_a_visible_character),
        cmocka_unit_test(message_text_is_bounded_in_bytes),
        cmocka_unit_test(topic_is_one_line_and_may_be_empty),
        cmocka_unit_test(id_is_of_url_safe_characters),
        cmocka_unit_test(one_character_as_people_see_it_is_an_emoji),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
