#ifndef NORMLAB_STORE_SCHEMA_H
#define NORMLAB_STORE_SCHEMA_H
/* What a result file holds: a row for each field (store/fields.h). A writer takes type, units and
 * description from the row, a reader finds the field by it, `normlab digest --fields` prints the
 * rows, and the digest covers the fields whose row says so. Not collective.
 *
 * A word in capitals in a path stands for a part of it that varies ("/model/NAME",
 * "/timing/PHASE_mean", "/config@KEY"). A part holds neither '/' nor '@'.
 *
 * A file of an older format lacks the fields that came after it, and the functions that find a
 * field then say that it is missing; readers go on without it. */
#include "store/fields.h"
#include "store/record.h"

/* RESULT_STATUS, RESULT_TEST_LOSS, ...: the rows in their order. */
#define FIELD(id, path, type, shape, units, since, digest, description) RESULT_##id,
typedef enum ResultField { RESULT_FIELDS(FIELD) N_RESULT_FIELDS } ResultField;
#undef FIELD

/* In place of a FieldType: the type varies. */
enum { FIELD_ANY = FIELD_TEXT + 1 };

typedef struct FieldRow {
  const char *path;
  int type; /* FieldType, or FIELD_ANY */
  const char
      *shape; /* the names of the dimensions, "[epoch][layer]"; "" of a scalar; "*": varies */
  const char *units; /* "1" for none */
  int since;         /* the first format that has the field */
  int is_covered;    /* whether the digest covers it */
  /* EVALUATED stands for what was evaluated, the test set or the validation split. */
  const char *description;
} FieldRow;

/* The row of a field. */
const FieldRow *result_row(ResultField field);
/* The first row whose path this one is, or N_RESULT_FIELDS. */
ResultField result_field_of(const char *path);
/* Whether PATH is a path of the field; if so and PART is not NULL, it receives what the first
 * varying part is ("" if there is none), cut to `bytes`. */
int result_matches(ResultField field, const char *path, char *part, size_t bytes);
/* Writes the path of the field with its first varying part replaced by PART, which is ignored if
 * the path has none. A buffer that is too small is a bug. Returns `path`. */
const char *result_path(char *path, size_t bytes, ResultField field, const char *part);

enum { RESULT_PATH = 256 };

/* Puts a field into the record, or replaces it: type, units and description are those of the row,
 * and the number of dimensions is that of its shape. The description of a data set ends with the
 * shape; EVALUATED in it becomes what /data@evaluated of the record says. STATUS_MEMORY. */
Status result_put(Record *record, ResultField field, const size_t *dims,
                  const void *data) MUST_CHECK;
Status result_put_text(Record *record, ResultField field, const char *text) MUST_CHECK;
Status result_put_integer(Record *record, ResultField field, int64_t value) MUST_CHECK;
/* The same by path, for fields with a part that varies. A path without a row, or a type or a number
 * of dimensions that is not the row's, is a bug. `detail` is added to the description; NULL for
 * none. */
Status result_put_path(Record *record, const char *path, FieldType type, int n_dims,
                       const size_t *dims, const void *data, const char *detail) MUST_CHECK;

/* An array of n texts, for a field of text with one dimension. */
Status result_put_texts(Record *record, ResultField field, size_t n,
                        const char *const *text) MUST_CHECK;

/* Gives every dimension of every data set its dimension scale, as the last thing before a record is
 * written. The names of the dimensions are those of the row's shape, or where that varies, those at
 * the end of the description. The scale of [epoch] in /layers is /layers/epoch, as that has a row;
 * the scale of an [out] of 16 in /model is /out_16, as /out_SIZE has one: a scale must be in the
 * group of its data sets or above it to be seen in netCDF, and all in /model are weights. Scales of
 * int32 are made here: the numbers from 0. STATUS_MEMORY. */
Status result_add_scales(Record *record) MUST_CHECK;

/* The field, or NULL unless the record has it with the type and the number of dimensions of the
 * row. `part` replaces what varies in its path, and may be NULL if nothing does. */
const Field *result_find(const Record *record, ResultField field, const char *part);
/* The text of a field, owned by the record; NULL unless there is one. */
const char *result_text(const Record *record, ResultField field);
/* The value of an integer field of 32 or 64 bits; `missing` unless there is one. */
int64_t result_integer(const Record *record, ResultField field, int64_t missing);
/* The numbers of a field of one dimension of float64, owned by the record, and how many there are;
 * NULL and 0 unless there is one. */
const double *result_numbers(size_t *n, const Record *record, ResultField field, const char *part);

#endif
