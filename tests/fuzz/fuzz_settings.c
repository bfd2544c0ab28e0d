/*
 * Any bytes as a settings file. Whatever it says, each setting must end up
 * within its range, and each complaint be one line of printable text.
 */
#include "tests/fuzz/fuzz.h"

#include <string.h>

#include "common/settings_internal.h"

static void check_text(const struct setting *setting, const char *text)
{
    size_t length = strnlen(text, SETTING_SIZE);

    require(length >= (size_t)setting->least);
    require(length <= (size_t)setting->most);
}

static void check_range(const struct setting *setting,
                        const struct settings *settings)
{
    const void *field = (const char *)settings + setting->offset;

    switch (setting->type) {
    case SETTING_TEXT:
    case SETTING_ROOMS:
    case SETTING_ORIGINS:
        check_text(setting, field);
        break;
    case SETTING_INTEGER:
        require(*(const int64_t *)field >= setting->least);
        require(*(const int64_t *)field <= setting->most);
        break;
    case SETTING_BOOLEAN:
        require(*(const uint8_t *)field <= 1);
        break;
    case SETTING_LEVEL:
        require(*(const enum log_level *)field <= LOG_LEVEL_DEBUG);
        break;
    }
}

/* All of it printable ASCII: nothing of the file gets out unquoted. */
static void check_complaints(const char *complaints, unsigned count)
{
    unsigned lines = 0;

    for (; *complaints != '\0'; complaints++) {
        if (*complaints == '\n')
            lines++;
        else
            require(*complaints >= ' ' && *complaints <= '~');
    }
    if (count > SETTINGS_COMPLAINTS_MAX)
        count = SETTINGS_COMPLAINTS_MAX + 1;
    require(lines == count);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *complaints = NULL;
    size_t complaint_bytes = 0;
    struct settings_reading reading = {
        .complaints = open_memstream(&complaints, &complaint_bytes),
    };

    if (reading.complaints == NULL)
        return 0;
    settings_defaults(&reading.settings);
    settings_parse(&reading, "fuzz.conf", (const char *)data, size);
    require(fclose(reading.complaints) == 0);
    for (size_t i = 0; i < settings_count; i++)
        check_range(&settings_table[i], &reading.settings);
    check_complaints(complaints, reading.complaint_count);
    free(complaints);
    return 0;
}
