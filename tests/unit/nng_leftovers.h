/* For tests that have nng's threads, under the leak sanitizer. */
#ifndef TESTS_UNIT_NNG_LEFTOVERS_H
#define TESTS_UNIT_NNG_LEFTOVERS_H

/*
 * nng's threads may still be at work when the program ends: at a connection
 * that was closed half open, at a listener that was closed. All threads but
 * the first are nng's.
 */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
    return "leak:start_thread\nleak:libnng";
}

#endif
