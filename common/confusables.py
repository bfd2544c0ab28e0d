#!/usr/bin/env python3
"""Prints common/confusables.c: what each character looks like.

The data are those of UTS 39 (confusables.txt), as ICU has them: Debian's
libicu72 is read, nothing of it is linked. Run it again for a newer Unicode:

    python3 common/confusables.py >common/confusables.c

The table is for nick_skeleton(), whose input is a nick's key in NFD. So it
has the characters alone that such a key can have, and says of each what it
looks like in the same form: folded, and looked up again until nothing changes.
"""
import ctypes
import sys
import unicodedata

ICU = 72

# Case does not count, so that an I, which looks like an l, is an i.
OURS = {"i": "l"}

icu = ctypes.CDLL(f"libicui18n.so.{ICU}")
uspoof_open = getattr(icu, f"uspoof_open_{ICU}")
uspoof_open.restype = ctypes.c_void_p
uspoof_skeleton = getattr(icu, f"uspoof_getSkeletonUTF8_{ICU}")
status = ctypes.c_int(0)
checker = ctypes.c_void_p(uspoof_open(ctypes.byref(status)))


def skeleton(text):
    """What `text` looks like, by UTS 39."""
    out = ctypes.create_string_buffer(256)
    failed = ctypes.c_int(0)
    data = text.encode()
    length = uspoof_skeleton(checker, 0, data, len(data), out, len(out),
                             ctypes.byref(failed))
    assert failed.value <= 0, text
    return out.raw[:length].decode()


def fold(text):
    """As nick_key(), then NFD."""
    while True:
        folded = unicodedata.normalize(
            "NFKC", unicodedata.normalize("NFKC", text).casefold())
        if folded == text:
            return unicodedata.normalize("NFD", text)
        text = folded


def is_of_keys(character):
    """Whether a key in NFD can have it: visible or a mark, and folded."""
    return (unicodedata.category(character)[0] in "LMNPS"
            and fold(character) == character)


def looks_like(character):
    """
    What a folded character looks like: itself or, if that is no ASCII, as its
    capital, which may have been meant: a Cyrillic "\u041c" is an "M".
    """
    like = fold(skeleton(character))
    capital = character.upper()
    if len(capital) == 1 and not like.isascii():
        like_capital = fold(skeleton(capital))
        if like_capital.isascii():
            return like_capital
    return like


def prototypes():
    """Each character that looks like something else, and what."""
    looks = dict(OURS)
    for code in range(0x21, 0x110000):
        character = chr(code)
        if is_of_keys(character) and character not in OURS:
            like = looks_like(character)
            if like != character:
                looks[character] = like
    for _ in range(8):
        for character, like in looks.items():
            looks[character] = "".join(looks.get(one, one) for one in like)
    for character, like in looks.items():
        assert like == "".join(looks.get(one, one) for one in like), character
        assert fold(like) == like and like, character
    return looks


def quoted(text):
    """A string literal of C; a digit may follow an escape of octal digits."""
    return '"' + "".join(
        chr(byte) if 0x20 < byte < 0x7f and byte not in b'"\\?'
        else f"\\{byte:03o}" for byte in text.encode()) + '"'


looks = prototypes()
longest = max(len(like.encode()) for like in looks.values())
sys.stdout.write(f"""\
/* Made by common/confusables.py from ICU {ICU}'s data: see there. */
#include "common/confusables.h"

/* clang-format off */
const struct confusable confusables[] = {{
""")
line = ""
for character in sorted(looks):
    entry = f"{{0x{ord(character):04x}, {quoted(looks[character])}}},"
    if len(line) + 1 + len(entry) > 76:
        print("   " + line)
        line = ""
    line += " " + entry
print("   " + line)
sys.stdout.write("""};
/* clang-format on */

const size_t confusables_count = sizeof(confusables) / sizeof(confusables[0]);
""")
print(f"{len(looks)} characters, {longest} bytes at most", file=sys.stderr)
