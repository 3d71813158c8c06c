#include "hdf5_help.h"
#include "image.h"

#include "base/memory.h"

#include <hdf5_hl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PATH_BYTES = 1024, MAX_DEPTH = 16 };

typedef struct Reader {
  Record *record;
  const char *file;
  size_t image_bytes;
  char path[PATH_BYTES]; /* of the object being read */
  int depth;
  int is_set; /* the object is a data set */
  Status status;
} Reader;

static Status refused(const Reader *reader, const char *path, const char *what) {
  return hdf5_error(STATUS_DATA, "%s: %s: %s", reader->file, path, what);
}

/* Shape and type of a data set or attribute, as long as it is one that image_build makes. */
static Status describe(Field *field, const Reader *reader, const char *path, hid_t type,
                       hid_t space) {
  field->n_dims = space < 0 ? -1 : H5Sget_simple_extent_ndims(space);
  hsize_t dims[H5S_MAX_RANK];
  if (type < 0 || field->n_dims < 0 || field->n_dims > FIELD_MAX_DIMS ||
      H5Sget_simple_extent_dims(space, dims, NULL) < 0)
    return refused(reader, path, "unexpected number of dimensions");
  if (H5Tget_class(type) == H5T_STRING) {
    if (field->n_dims > 0 || H5Tis_variable_str(type) != 0)
      return refused(reader, path, "unexpected kind of text");
    field->type = FIELD_TEXT;
  } else {
    FieldType candidate = FIELD_FLOAT32;
    while (candidate < FIELD_TEXT && H5Tequal(type, hdf5_number_type(candidate)) <= 0) candidate++;
    if (candidate == FIELD_TEXT) return refused(reader, path, "unexpected type");
    field->type = candidate;
  }
  size_t bytes = H5Tget_size(type);
  for (int i = 0; i < field->n_dims; i++) {
    field->dims[i] = dims[i];
    if (__builtin_mul_overflow(bytes, field->dims[i], &bytes)) bytes = (size_t)-1;
  }
  if (bytes > reader->image_bytes) return refused(reader, path, "larger than the file");
  return status_ok();
}

/* A data set or attribute into memory, NUL-terminated. Freed by free(). */
static Status load(Field *field, const Reader *reader, const char *path, hid_t object) {
  int is_set = H5Iget_type(object) == H5I_DATASET;
  hid_t type = is_set ? H5Dget_type(object) : H5Aget_type(object);
  hid_t space = is_set ? H5Dget_space(object) : H5Aget_space(object);
  Status status = describe(field, reader, path, type, space);
  if (!status.code) {
    size_t bytes = field_elements(field) * H5Tget_size(type);
    status = memory_allocate(&field->data, bytes + 1, 1, path);
  }
  if (!status.code) {
    herr_t result = is_set ? H5Dread(object, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, field->data)
                           : H5Aread(object, type, field->data);
    if (result < 0) status = refused(reader, path, "cannot be read");
  }
  hdf5_release(space);
  hdf5_release(type);
  return status;
}

static Status load_text_attribute(char **text, const Reader *reader, hid_t object,
                                  const char *name) {
  Field field = {0};
  hid_t attribute = H5Aopen(object, name, H5P_DEFAULT);
  Status status = attribute < 0 ? refused(reader, reader->path, "lacks description or units")
                                : load(&field, reader, reader->path, attribute);
  if (!status.code && field.type != FIELD_TEXT)
    status = refused(reader, reader->path, "description or units is not a text");
  hdf5_release(attribute);
  if (status.code)
    free(field.data);
  else
    *text = field.data;
  return status;
}

static herr_t take_name(hid_t set, unsigned dimension, hid_t scale, void *context) {
  (void)set, (void)dimension;
  char *name = context;
  ssize_t length = H5Iget_name(scale, name, PATH_BYTES);
  return length > 0 && length < PATH_BYTES ? 1 : -1;
}

static Status read_scale(Reader *reader, hid_t set) {
  Field *field = &reader->record->fields[reader->record->n - 1];
  if (field->n_dims < 1 || H5DSis_scale(set) > 0) return status_ok();
  int n = H5DSget_num_scales(set, 0);
  if (n == 0) return status_ok();
  char name[PATH_BYTES];
  if (n != 1 || H5DSiterate_scales(set, 0, NULL, take_name, name) != 1)
    return refused(reader, field->path, "unexpected dimension scale");
  TRY(memory_allocate(&field->scale, strlen(name) + 1, 1, field->path));
  memcpy(field->scale, name, strlen(name));
  return status_ok();
}

static Status read_set(Reader *reader, hid_t set) {
  Field field = {0};
  Status status = load(&field, reader, reader->path, set);
  if (!status.code) status = load_text_attribute(&field.description, reader, set, "description");
  if (!status.code) status = load_text_attribute(&field.units, reader, set, "units");
  if (!status.code)
    status = record_put(reader->record, reader->path, field.type, field.n_dims, field.dims,
                        field.data, field.description, field.units);
  free(field.data);
  free(field.description);
  free(field.units);
  if (!status.code) status = read_scale(reader, set);
  return status;
}

static int is_expected(const char *name) {
  static const char *const NAMES[] = {"description", "units",          "CLASS",
                                      "NAME",        "DIMENSION_LIST", "REFERENCE_LIST"};
  for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++)
    if (strcmp(name, NAMES[i]) == 0) return 1;
  return 0;
}

static herr_t visit_attribute(hid_t object, const char *name, const H5A_info_t *info,
                              void *context) {
  (void)info;
  Reader *reader = context;
  if (reader->is_set && is_expected(name)) return 0;
  char path[2 * PATH_BYTES];
  int length = snprintf(path, sizeof path, "%s@%s", reader->depth ? reader->path : "/", name);
  Field field = {0};
  hid_t attribute = H5Aopen(object, name, H5P_DEFAULT);
  if (attribute < 0 || length >= PATH_BYTES || !field_path_is_valid(path))
    reader->status = refused(reader, path, "unexpected attribute");
  else
    reader->status = load(&field, reader, path, attribute);
  if (!reader->status.code)
    reader->status = record_put(reader->record, path, field.type, field.n_dims, field.dims,
                                field.data, NULL, NULL);
  free(field.data);
  hdf5_release(attribute);
  return reader->status.code ? -1 : 0;
}

static herr_t visit_link(hid_t group, const char *name, const H5L_info_t *info, void *context);

/* Attributes of an object, and what is in it if it is a group. */
static Status read_object(Reader *reader, hid_t object) {
  H5I_type_t kind = H5Iget_type(object);
  reader->is_set = kind == H5I_DATASET;
  if (!reader->is_set && kind != H5I_GROUP)
    return refused(reader, reader->path, "neither group nor data set");
  if (reader->is_set) TRY(read_set(reader, object));
  hsize_t start = 0;
  if (H5Aiterate2(object, H5_INDEX_NAME, H5_ITER_INC, &start, visit_attribute, reader) < 0)
    return reader->status.code ? reader->status
                               : refused(reader, reader->path, "attributes cannot be read");
  start = 0;
  if (kind == H5I_GROUP &&
      H5Literate(object, H5_INDEX_CRT_ORDER, H5_ITER_INC, &start, visit_link, reader) < 0)
    return reader->status.code ? reader->status
                               : refused(reader, reader->path, "group cannot be read");
  return status_ok();
}

static herr_t visit_link(hid_t group, const char *name, const H5L_info_t *info, void *context) {
  Reader *reader = context;
  size_t used = strlen(reader->path);
  if (used + strlen(name) + 2 > PATH_BYTES || reader->depth >= MAX_DEPTH) {
    reader->status = refused(reader, reader->path, "names too long or groups too deep");
    return -1;
  }
  snprintf(reader->path + used, PATH_BYTES - used, "/%s", name);
  reader->depth++;
  hid_t object = -1;
  if (info->type == H5L_TYPE_HARD && !strchr(name, '@')) object = H5Oopen(group, name, H5P_DEFAULT);
  reader->status =
      object < 0 ? refused(reader, reader->path, "unexpected link") : read_object(reader, object);
  hdf5_release(object);
  reader->depth--;
  reader->path[used] = '\0';
  return reader->status.code ? -1 : 0;
}

Status image_read(Record *record, const char *file, const char *image, size_t bytes) {
  hdf5_start();
  Reader reader = {.record = record, .file = file, .image_bytes = bytes};
  hid_t access = hdf5_memory_access(), opened = -1, root = -1;
  /* HDF5 copies the image and does not change it; its parameter is not const. */
  if (access >= 0 && H5Pset_file_image(access, (void *)(uintptr_t)image, bytes) >= 0)
    opened = H5Fopen(HDF5_MEMORY_NAME, H5F_ACC_RDONLY, access);
  if (opened >= 0) root = H5Gopen2(opened, "/", H5P_DEFAULT);
  Status status = root < 0 ? hdf5_error(STATUS_DATA, "%s: HDF5 cannot open it", file)
                           : read_object(&reader, root);
  hdf5_release(root);
  if (opened >= 0) (void)H5Fclose(opened);
  hdf5_release(access);
  return status;
}
