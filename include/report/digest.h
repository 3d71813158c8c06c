#ifndef NORMLAB_REPORT_DIGEST_H
#define NORMLAB_REPORT_DIGEST_H
/* The digest of a result file of any format. Not collective. */
#include "store/record.h"

/* Writes record_digest (store/record.h) of a record, after giving one of format 1 the text that
 * later formats have in /config/result: config_canonical_text of its configuration. So the same run
 * has the same digest in all formats, and a key that is added to the program changes the digest of
 * no run that leaves it at its default. `file` is for messages. STATUS_DATA if the configuration of
 * a record of format 1 does not read; STATUS_MEMORY. */
Status run_digest(char digest[33], Record *record, const char *file) MUST_CHECK;

#endif
