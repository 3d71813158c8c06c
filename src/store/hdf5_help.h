#ifndef NORMLAB_STORE_HDF5_HELP_H
#define NORMLAB_STORE_HDF5_HELP_H
/* What writing and reading HDF5 images have in common. */
#include "field.h"

#include <hdf5.h>

/* To be called before any other HDF5 function: no handler at exit, no messages of its own. */
void hdf5_start(void);

/* A failure with HDF5's innermost description of its last error at the end. STATUS_FILE becomes
 * STATUS_MEMORY where HDF5 had none. */
Status hdf5_error(StatusCode code, const char *format, ...) MUST_CHECK
    __attribute__((format(printf, 2, 3)));

/* Closes an object of any kind; a negative identifier is none. */
void hdf5_release(hid_t id);

/* The type of a number in the file, which is its type in memory too; not to be released. */
hid_t hdf5_number_type(FieldType type);

/* File access in memory only, and the name to be given there: HDF5 refuses one that a file in the
 * working folder has. */
#define HDF5_MEMORY_NAME "/dev/null/normlab"
hid_t hdf5_memory_access(void);

#endif
