#ifndef NORMLAB_STORE_FIELD_H
#define NORMLAB_STORE_FIELD_H
/* Facts about fields that only this folder needs. Not collective. */
#include "store/record.h"

enum { MAX_PATH_BYTES = 1024 }; /* of a path in a file, with its NUL */

/* Returns the bytes of one element of this type. */
size_t field_type_bytes(FieldType type);

/* Returns whether a path is valid: "/a/b" for a data set, "/a/b@c" or "/@c" for an attribute. No
 * part may be empty, and the only '@' is the one before the attribute's name. */
int field_path_is_valid(const char *path);

#endif
