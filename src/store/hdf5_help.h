#ifndef NORMLAB_STORE_HDF5_HELP_H
#define NORMLAB_STORE_HDF5_HELP_H
/* What writing and reading HDF5 images have in common. Not collective. */
#include "field.h"

#include <hdf5.h>

/* Prepares HDF5: it installs no handler at exit and prints no messages of its own. It must be
 * called before any other HDF5 function. */
void hdf5_start(void);

/* Returns a failure with a printf-style message, and HDF5's innermost description of its last
 * error at the end. STATUS_FILE becomes STATUS_MEMORY if HDF5 had no memory. */
Status hdf5_error(StatusCode code, const char *format, ...) MUST_CHECK
    __attribute__((format(printf, 2, 3)));

/* Closes an object of any kind. A negative identifier stands for none. */
void hdf5_release(hid_t id);

/* Returns the type of a number in the file, which is also its type in memory. It must not be
 * released. */
hid_t hdf5_number_type(FieldType type);

/* Returns the type of one text of an array of texts, in the file and in memory: texts of any length
 * (netCDF's library crashes on arrays of texts of fixed length). The caller releases it. */
hid_t hdf5_texts_type(void);

/* Returns a file access in memory only. HDF5_MEMORY_NAME is the name to give to the file there:
 * HDF5 refuses a name that a file in the working folder has. */
#define HDF5_MEMORY_NAME "/dev/null/normlab"
hid_t hdf5_memory_access(void);

#endif
