#ifndef NORMLAB_STORE_CLASS_NAMES_H
#define NORMLAB_STORE_CLASS_NAMES_H
/* The names of the classes that a run was trained on, as its result file has them. Not
 * collective. */
#include "store/record.h"

typedef struct ClassNames {
  char **name; /* [n], owned */
  int n;       /* 0: they are not known */
} ClassNames;

/* Takes the names from a record; there are none where it has none. The caller frees them by
 * class_names_free(), also after a failure. Returns STATUS_MEMORY. */
Status class_names_read(ClassNames *names, const Record *record) MUST_CHECK;
void class_names_free(ClassNames *names);

/* Returns the name of a class, in UTF-8 or whatever bytes the file has; NULL if it is not known, or
 * is but the number of the class. */
const char *class_name(const ClassNames *names, int64_t class);
/* Returns whether two sets of names are known and differ. */
int class_names_differ(const ClassNames *a, const ClassNames *b);

enum { CLASS_LABEL = 128, CLASS_SHOWN = 24 };
/* Writes what people read of a class: "3 cat", or its number where it has no name. A name is cut to
 * CLASS_SHOWN characters, the last of which is then U+2026. Control characters and what is no UTF-8
 * become "?". Returns `label`. */
const char *class_label(char label[CLASS_LABEL], const ClassNames *names, int64_t class);

#endif
