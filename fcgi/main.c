/*
 * ajaxchat.fcgi: the FastCGI program behind the web server. Runs in the
 * foreground, says on stderr what it does, ends on SIGTERM with 0 after
 * answering everybody.
 */
#include <stdlib.h>

#include "common/json_memory.h"
#include "common/log.h"
#include "common/program.h"
#include "common/settings.h"
#include "fcgi/front.h"

/* Everybody has been answered by then. */
enum { CLOSE_SECONDS_MAX = 5 };

int main(int argc, char **argv)
{
    static struct settings settings;
    static const struct settings_program program = {.name = "ajaxchat.fcgi"};
    struct front *front = NULL;
    int status = settings_command_line(&program, argc, argv, &settings);

    if (status >= 0)
        return status;
    log_setup(program.name, settings.log.level);
    json_memory_use();
    program_block_signals();
    program_prefer_batches();
    enum chat_result result = front_open(&settings, &front);
    if (result == CHAT_OK)
        result = front_run(front);
    if (result == CHAT_OK)
        program_end_within(CLOSE_SECONDS_MAX);
    front_close(front);
    log_info("event=ended result=%s", chat_result_code(result));
    return result == CHAT_OK ? EXIT_SUCCESS : EXIT_FAILURE;
}
