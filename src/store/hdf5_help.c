#include "hdf5_help.h"

#include "store/file.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "types in memory are those in the file");

void hdf5_start(void) {
  /* HDF5's exit handler is known to crash after failures; a second call fails, harmlessly. */
  (void)H5dont_atexit();
  (void)H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
}

typedef struct Reason {
  const char *text;
  int is_memory;
} Reason;

static herr_t take_reason(unsigned n, const H5E_error2_t *error, void *context) {
  Reason *reason = context;
  if (n == 0) reason->text = error->desc;
  reason->is_memory |= error->min_num == H5E_NOSPACE || error->min_num == H5E_CANTALLOC;
  return 0;
}

Status hdf5_error(StatusCode code, const char *format, ...) {
  Reason reason = {0};
  (void)H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, take_reason, &reason);
  /* A damaged file makes it ask for too much, too: that is no failure of memory. */
  Status status = {.code = code == STATUS_FILE && reason.is_memory ? STATUS_MEMORY : code};
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(status.text, sizeof status.text, format, arguments);
  va_end(arguments);
  size_t used = strlen(status.text);
  if (reason.text)
    snprintf(status.text + used, sizeof status.text - used, " (HDF5: %s)", reason.text);
  return status;
}

void hdf5_release(hid_t id) {
  if (id >= 0) (void)H5Idec_ref(id);
}

hid_t hdf5_number_type(FieldType type) {
  switch (type) {
  case FIELD_FLOAT32:
    return H5T_IEEE_F32LE;
  case FIELD_FLOAT64:
    return H5T_IEEE_F64LE;
  case FIELD_INT32:
    return H5T_STD_I32LE;
  case FIELD_INT64:
    return H5T_STD_I64LE;
  case FIELD_UINT8:
    return H5T_STD_U8LE;
  case FIELD_TEXT:
    break;
  }
  return H5I_INVALID_HID;
}

hid_t hdf5_texts_type(void) {
  hid_t type = H5Tcopy(H5T_C_S1);
  if (type >= 0 && H5Tset_size(type, H5T_VARIABLE) >= 0 && H5Tset_cset(type, H5T_CSET_UTF8) >= 0)
    return type;
  hdf5_release(type);
  return H5I_INVALID_HID;
}

hid_t hdf5_memory_access(void) {
  hid_t access = H5Pcreate(H5P_FILE_ACCESS);
  if (access >= 0 && H5Pset_fapl_core(access, 1 << 20, 0) >= 0 &&
      H5Pset_fclose_degree(access, H5F_CLOSE_STRONG) >= 0 &&
      H5Pset_libver_bounds(access, H5F_LIBVER_EARLIEST, H5F_LIBVER_LATEST) >= 0)
    return access;
  hdf5_release(access);
  return H5I_INVALID_HID;
}

const char *result_library_version(void) {
  static char text[32];
  unsigned major, minor, release;
  hdf5_start();
  if (H5get_libversion(&major, &minor, &release) < 0) return "unknown";
  snprintf(text, sizeof text, "%u.%u.%u", major, minor, release);
  return text;
}
