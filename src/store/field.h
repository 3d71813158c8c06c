#ifndef NORMLAB_STORE_FIELD_H
#define NORMLAB_STORE_FIELD_H
/* Facts about fields that only this folder needs. */
#include "store/record.h"

size_t field_type_bytes(FieldType type);

/* "/a/b" of a data set, "/a/b@c" or "/@c" of an attribute: no empty part, none but the attribute's
 * name with an '@'. */
int field_path_is_valid(const char *path);

#endif
