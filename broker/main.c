/*
 * ajaxchatd: the chat server. Runs in the foreground, says on stderr what it
 * does, reads its list of words again on SIGHUP, ends on SIGTERM with 0.
 */
#include <stdlib.h>

#include "broker/broker.h"
#include "common/json_memory.h"
#include "common/log.h"
#include "common/program.h"
#include "common/settings.h"

/* Closing the database after the last commit is a matter of milliseconds. */
enum { CLOSE_SECONDS_MAX = 5 };

int main(int argc, char **argv)
{
    static struct settings settings;
    static const struct settings_program program = {.name = "ajaxchatd",
                                                    .check = broker_check};
    struct broker *broker = NULL;
    int status = settings_command_line(&program, argc, argv, &settings);

    if (status >= 0)
        return status;
    log_setup(program.name, settings.log.level);
    json_memory_use();
    program_block_signals();
    program_prefer_batches();
    enum chat_result result = broker_open(&settings, &broker);
    if (result == CHAT_OK)
        result = broker_run(broker);
    if (result == CHAT_OK)
        program_end_within(CLOSE_SECONDS_MAX);
    broker_close(broker);
    log_info("event=ended result=%s", chat_result_code(result));
    return result == CHAT_OK ? EXIT_SUCCESS : EXIT_FAILURE;
}
