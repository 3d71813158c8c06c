#ifndef NORMLAB_STORE_REPLACE_H
#define NORMLAB_STORE_REPLACE_H
/* Any other file of the program that must never be half written. Only rank 0. */
#include "base/status.h"
#include <stddef.h>

/* Makes PATH hold these bytes, or leaves it as it was: written to PATH.tmp.<host>.<pid>, synced,
 * renamed, and the folder synced. A symbolic link is followed. STATUS_FILE on any failure, the
 * temporary removed. */
Status file_replace(const char *path, const void *bytes, size_t n) MUST_CHECK;

/* Whether file_replace would find a place for PATH, without writing it: STATUS_FILE if it is a
 * folder, a device or such, or its folder takes no files; STATUS_USAGE if it is a result file. */
Status file_replace_check(const char *path) MUST_CHECK;

#endif
