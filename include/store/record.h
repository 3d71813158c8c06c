#ifndef NORMLAB_STORE_RECORD_H
#define NORMLAB_STORE_RECORD_H
/* The content of a result file in memory: an ordered list of named arrays ("/model/...") and
 * attributes. train fills one and hands it to store/file.h, which knows nothing of training.
 *
 * A path is "/group/dataset", with '/' as its only separator ("/model/layers.0.weight" is in
 * /model), or "/group@attribute", "/group/dataset@attribute", "/@attribute". A malformed path is a
 * bug (BUG_IF). In the file, groups keep the order of data sets; attributes are ordered by name. */
#include "base/status.h"
#include <stddef.h>
#include <stdint.h>

typedef enum FieldType {
  FIELD_FLOAT32,
  FIELD_FLOAT64,
  FIELD_INT32,
  FIELD_INT64,
  FIELD_UINT8,
  FIELD_TEXT /* UTF-8: one string, NUL-terminated, of fixed length in the file; or an array of one
                dimension, whose strings follow one another in `data`, each with its NUL */
} FieldType;

/* "float32", "text" and so on. The digest covers these names, so they must never change. */
const char *field_type_name(FieldType type);

enum { FIELD_MAX_DIMS = 4 };

typedef struct Field {
  char *path; /* of a data set "/metrics/epoch/test_loss"; of an attribute
                 "/config@optimizer.lr" */
  FieldType type;
  int n_dims;                  /* 0: scalar */
  size_t dims[FIELD_MAX_DIMS]; /* 0 is allowed: an empty array */
  void *data;                  /* owned by the record */
  char *description; /* attributes `description` and `units` of a data set; NULL for attributes */
  char *units;       /* "1" for none */
  char *scale[FIELD_MAX_DIMS]; /* of each dimension: path of the data set that is its dimension
                                  scale, or NULL */
} Field;

typedef struct Record {
  Field *fields;
  size_t n, capacity;
} Record;

void record_init(Record *record);
/* Leaves an empty record. */
void record_free(Record *record);

/* Copies data into a new field (or replaces the field of that path, which keeps its place, and its
 * scales unless it gets another number of dimensions). dims may be NULL if n_dims is 0, data if
 * there are no elements. description and units are required for a data set and NULL for an
 * attribute. STATUS_MEMORY. */
Status record_put(Record *record, const char *path, FieldType type, int n_dims, const size_t *dims,
                  const void *data, const char *description, const char *units) MUST_CHECK;
/* A data set of one text; its units are "1". */
Status record_put_text(Record *record, const char *path, const char *text,
                       const char *description) MUST_CHECK;
/* Attributes of "/group@name" (or "/group/dataset@name"); the group is made if there is none. An
 * attribute holds less than 64 KiB: longer ones are refused when the file is written. */
Status record_put_attribute_text(Record *record, const char *path, const char *text) MUST_CHECK;
Status record_put_attribute_number(Record *record, const char *path, double value) MUST_CHECK;
Status record_put_attribute_integer(Record *record, const char *path, int64_t value) MUST_CHECK;
/* Makes `scale`, of one dimension, the dimension scale of this dimension of `path`. Both must be
 * there. STATUS_MEMORY. */
Status record_set_scale(Record *record, const char *path, int dimension,
                        const char *scale) MUST_CHECK;
/* Removes a field, if it is there. */
void record_remove(Record *record, const char *path);

/* NULL if there is none. */
const Field *record_find(const Record *record, const char *path);
/* NULL unless it is there with this type and number of dimensions. */
const Field *record_array(const Record *record, const char *path, FieldType type, int n_dims);
/* The data of a field that must have this type and number of elements: STATUS_DATA naming file and
 * path otherwise. file is for messages. Not for FIELD_TEXT: use record_find. */
Status record_get(const Record *record, const char *file, const char *path, FieldType type,
                  size_t n_elements, void *data) MUST_CHECK;

/* 1 for a text and any other scalar. */
size_t field_elements(const Field *field);
/* Bytes of data; of a single text without its NUL. */
size_t field_bytes(const Field *field);

/* XXH3-128 over all fields that must not depend on the layout, as 32 hexadecimal digits: paths,
 * types, shapes and bytes of the data sets that the digest covers by their rows (store/schema.h):
 * weights, optimizer, metrics, predictions, layers, and the part of the configuration that results
 * depend on. Attributes and all else (/environment, /timing, times, command line) are left out. The
 * order of fields does not matter. Numbers are hashed as they are, so 0 and -0 differ. */
void record_digest(char digest[33], const Record *record);

#endif
