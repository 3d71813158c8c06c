#ifndef NORMLAB_REPORT_RUN_KEYS_H
#define NORMLAB_REPORT_RUN_KEYS_H
#include "report/run.h"

/* Fills run->keys from the configuration that the record holds: from its text, whatever the format
 * of the file is, or where that is missing or does not read, from the attributes of /config.
 * STATUS_MEMORY is the only failure. */
Status run_take_keys(Run *run, const Record *record) MUST_CHECK;

/* Adds a key, which must not be there yet; run_key() finds it after run_sort_keys(). Returns
 * STATUS_MEMORY. */
Status run_add_key(Run *run, const char *key, const char *value) MUST_CHECK;
void run_sort_keys(Run *run);

/* Returns whether `key`, as somebody has typed it, is a full key or its end behind a point. */
int run_key_is_meant(const char *full, const char *key);
/* Finds the key of a run, in Run.keys or Run.rest, that is meant; NULL: there is none. Returns
 * STATUS_USAGE if there are several, of which none is the full key. */
Status run_meant_key(const RunKey **found, const Run *run, const char *key) MUST_CHECK;

/* Writes a number in the fewest digits that read back the same, and returns their count. */
int run_number_text(char *text, size_t bytes, double number);

/* Removes the keys that begin with this text. */
void run_drop_keys(Run *run, const char *prefix);

/* Writes an attribute of /config as a configuration has it: "0.1", "[1, 2]"; "" without one. */
void run_attribute_text(char text[RUN_TEXT], const Record *record, const char *key);

#endif
