#include "apart.h"
#include "hdf5_help.h"
#include "store/file.h"

#include "base/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Of all arrays together. */
#define MAX_BYTES ((size_t)1 << 30)
enum { PATH_BYTES = 512 };

typedef struct Foreign {
  Record *record;
  const char *file;
  size_t bytes; /* of the arrays so far */
  Status status;
} Foreign;

static Status refused(const Foreign *foreign, const char *path, const char *what) {
  return hdf5_error(STATUS_DATA, "%s: %s: %s", foreign->file, path, what);
}

/* Contiguous or compact, and all in this file. HDF5 does not check that a chunk is as long as it
 * should be once it is uncompressed, nor compact data against their shape, and reads beyond its
 * memory in a damaged file; and data in other files nobody has asked to read. */
static int is_plain(hid_t set, size_t n_elements, size_t element_bytes) {
  hid_t properties = H5Dget_create_plist(set);
  H5D_layout_t layout = properties < 0 ? H5D_LAYOUT_ERROR : H5Pget_layout(properties);
  hsize_t stored = H5Dget_storage_size(set), bytes;
  int is_whole = !__builtin_mul_overflow(n_elements, element_bytes, &bytes) && stored == bytes;
  int is_here =
      (layout == H5D_COMPACT || layout == H5D_CONTIGUOUS) && H5Pget_external_count(properties) == 0;
  hdf5_release(properties);
  return is_here && is_whole;
}

/* 0 if the numbers are of no kind that is read. */
static int find_type(Field *field, hid_t *memory_type, hid_t type) {
  H5T_class_t kind = type < 0 ? H5T_NO_CLASS : H5Tget_class(type);
  int is_float = kind == H5T_FLOAT, is_wide = H5Tget_size(type) > sizeof(float);
  field->type = !is_float ? FIELD_INT64 : is_wide ? FIELD_FLOAT64 : FIELD_FLOAT32;
  *memory_type = hdf5_number_type(field->type);
  return is_float || kind == H5T_INTEGER;
}

static Status find_shape(Field *field, size_t *bytes, const Foreign *foreign, const char *path,
                         hid_t space) {
  hsize_t dims[H5S_MAX_RANK];
  field->n_dims = space < 0 ? -1 : H5Sget_simple_extent_ndims(space);
  if (field->n_dims < 0 || field->n_dims > FIELD_MAX_DIMS ||
      H5Sget_simple_extent_dims(space, dims, NULL) < 0)
    return refused(foreign, path, "not an array of up to 4 dimensions");
  *bytes = field->type == FIELD_FLOAT32 ? 4 : 8;
  for (int i = 0; i < field->n_dims; i++) {
    field->dims[i] = dims[i];
    if (__builtin_mul_overflow(*bytes, field->dims[i], bytes)) *bytes = (size_t)-1;
  }
  if (*bytes > MAX_BYTES - foreign->bytes)
    return refused(foreign, path, "larger than arrays may be, 1 GiB in all");
  return status_ok();
}

static Status load(Foreign *foreign, const char *path, hid_t set, hid_t type, hid_t space) {
  Field field = {0};
  hid_t memory_type;
  size_t bytes = 0;
  if (!find_type(&field, &memory_type, type)) return status_ok();
  TRY(find_shape(&field, &bytes, foreign, path, space));
  if (!is_plain(set, field_elements(&field), H5Tget_size(type)))
    return refused(foreign, path,
                   "not stored as a plain array (compressed, in chunks, elsewhere, or not at all); "
                   "h5repack -l CONTI -f NONE makes one of it");
  foreign->bytes += bytes;
  TRY(memory_allocate(&field.data, bytes, 1, path));
  Status status = status_ok();
  if (H5Dread(set, memory_type, H5S_ALL, H5S_ALL, H5P_DEFAULT, field.data) < 0)
    status = refused(foreign, path, "cannot be read");
  else
    status = record_put(foreign->record, path, field.type, field.n_dims, field.dims, field.data, "",
                        "1");
  free(field.data);
  return status;
}

static Status load_link(Foreign *foreign, hid_t group, const char *name) {
  char path[PATH_BYTES];
  if (snprintf(path, sizeof path, "/model/%s", name) >= (int)sizeof path || strchr(name, '@'))
    return refused(foreign, name, "not a name that a weight can have");
  hid_t object = H5Oopen(group, name, H5P_DEFAULT);
  if (object < 0) return refused(foreign, path, "cannot be opened");
  Status status = status_ok();
  if (H5Iget_type(object) == H5I_DATASET) {
    hid_t type = H5Dget_type(object), space = H5Dget_space(object);
    status = load(foreign, path, object, type, space);
    hdf5_release(space);
    hdf5_release(type);
  }
  hdf5_release(object);
  return status;
}

static herr_t visit(hid_t group, const char *name, const H5L_info_t *info, void *context) {
  Foreign *foreign = context;
  if (info->type == H5L_TYPE_HARD) foreign->status = load_link(foreign, group, name);
  return foreign->status.code ? -1 : 0;
}

static Status load_group(Foreign *foreign, hid_t file) {
  H5L_info_t info;
  hid_t group = -1;
  if (H5Lexists(file, "model", H5P_DEFAULT) > 0 &&
      H5Lget_info(file, "model", &info, H5P_DEFAULT) >= 0 && info.type == H5L_TYPE_HARD)
    group = H5Gopen2(file, "/model", H5P_DEFAULT);
  int has_model = group >= 0;
  if (!has_model) group = H5Gopen2(file, "/", H5P_DEFAULT);
  hsize_t start = 0;
  herr_t result =
      group < 0 ? -1 : H5Literate(group, H5_INDEX_NAME, H5_ITER_INC, &start, visit, foreign);
  Status status = foreign->status;
  if (result < 0 && !status.code)
    status = refused(foreign, has_model ? "/model" : "/", "cannot be read");
  hdf5_release(group);
  return status;
}

static Status read_image(Record *record, const char *path, const Contents *contents) {
  Foreign foreign = {.record = record, .file = path};
  hdf5_start();
  hid_t access = hdf5_memory_access(), file = -1;
  if (access >= 0 && H5Pset_file_image(access, contents->bytes, contents->n) >= 0)
    file = H5Fopen(HDF5_MEMORY_NAME, H5F_ACC_RDONLY, access);
  Status status = file < 0 ? hdf5_error(STATUS_DATA, "%s: HDF5 cannot open it", path)
                           : load_group(&foreign, file);
  if (file >= 0) (void)H5Fclose(file);
  hdf5_release(access);
  return status;
}

Status record_read_hdf5(Record *record, const char *path) {
  record_init(record);
  Contents contents;
  TRY(contents_read_any(&contents, path));
  int is_result = header_is_ours(contents.bytes, contents.n);
  Status status = status_ok();
  if (!is_result) status = read_apart(record, path, &contents, read_image);
  contents_free(&contents);
  return is_result ? result_read_exactly(record, path) : status;
}
