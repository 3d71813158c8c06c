#include "hdf5_help.h"
#include "image.h"

#include "base/memory.h"

#include <hdf5_hl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_DEPTH = 16 };

typedef struct Reader {
  Record *record;
  const char *file;
  size_t image_bytes;
  size_t n_taken;            /* bytes of what has been read so far */
  char path[MAX_PATH_BYTES]; /* of the object being read */
  int depth;
  int is_set; /* the object is a data set */
  Status status;
} Reader;

static Status refused(const Reader *reader, const char *path, const char *what) {
  return hdf5_error(STATUS_DATA, "%s: %s: %s", reader->file, *path ? path : "/", what);
}

/* As in image_build(), or what comes nearest. */
static Status find_type(Field *field, const Reader *reader, const char *path, hid_t type) {
  H5T_class_t kind = type < 0 ? H5T_NO_CLASS : H5Tget_class(type);
  field->type = FIELD_TEXT;
  if (kind == H5T_STRING) return status_ok();
  field->type = FIELD_FLOAT32;
  while (field->type < FIELD_TEXT && H5Tequal(type, hdf5_number_type(field->type)) <= 0)
    field->type++;
  if (field->type < FIELD_TEXT) return status_ok();
  int is_whole = kind == H5T_INTEGER || kind == H5T_ENUM;
  if ((!is_whole && kind != H5T_FLOAT) || H5Tget_size(type) > 8)
    return refused(reader, path, "unexpected type");
  field->type = is_whole ? FIELD_INT64 : FIELD_FLOAT64;
  return status_ok();
}

/* Shape and type of a data set or attribute. */
static Status describe(Field *field, Reader *reader, const char *path, hid_t type, hid_t space) {
  hsize_t dims[H5S_MAX_RANK];
  TRY(find_type(field, reader, path, type));
  int is_array_of_fixed = 0;
  field->n_dims = space < 0 || H5Sget_simple_extent_type(space) == H5S_NULL
                      ? -1
                      : H5Sget_simple_extent_ndims(space);
  if (field->n_dims < 0 || field->n_dims > FIELD_MAX_DIMS ||
      H5Sget_simple_extent_dims(space, dims, NULL) < 0)
    return refused(reader, path, "unexpected number of dimensions");
  if (field->type == FIELD_TEXT && field->n_dims > 0)
    is_array_of_fixed = field->n_dims > 1 || H5Tis_variable_str(type) <= 0;
  if (is_array_of_fixed) return refused(reader, path, "unexpected kind of text");
  size_t bytes = H5Tget_size(type);
  for (int i = 0; i < field->n_dims; i++) {
    field->dims[i] = dims[i];
    int is_long = __builtin_mul_overflow(bytes, field->dims[i], &bytes);
    if (is_long || dims[i] > reader->image_bytes) bytes = (size_t)-1;
  }
  /* All together: many names may lead to one large array. */
  if (bytes > reader->image_bytes - reader->n_taken)
    return refused(reader, path, "larger than the file");
  reader->n_taken += bytes;
  return status_ok();
}

static herr_t take(hid_t object, hid_t type, void *data) {
  return H5Iget_type(object) == H5I_DATASET
             ? H5Dread(object, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, data)
             : H5Aread(object, type, data);
}

/* Texts that HDF5 hands out as pointers. */
static Status load_texts(Field *field, const Reader *reader, const char *path, hid_t object,
                         hid_t space) {
  size_t n = field_elements(field), bytes = 0, used = 0;
  char **texts;
  hid_t type = hdf5_texts_type();
  TRY(memory_allocate(&texts, n, sizeof *texts, path));
  herr_t result = type < 0 ? -1 : take(object, type, texts);
  for (size_t i = 0; result >= 0 && i < n; i++) bytes += texts[i] ? strlen(texts[i]) + 1 : 1;
  Status status = result < 0 ? refused(reader, path, "cannot be read")
                             : memory_allocate(&field->data, bytes + 1, 1, path);
  for (size_t i = 0; !status.code && i < n; i++) {
    const char *text = texts[i] ? texts[i] : "";
    strcpy((char *)field->data + used, text);
    used += strlen(text) + 1;
  }
  if (result >= 0) (void)H5Dvlen_reclaim(type, space, H5P_DEFAULT, texts);
  hdf5_release(type);
  free(texts);
  return status;
}

static Status load_values(Field *field, const Reader *reader, const char *path, hid_t object,
                          hid_t type) {
  int is_text = field->type == FIELD_TEXT;
  size_t size = is_text ? H5Tget_size(type) : field_type_bytes(field->type);
  TRY(memory_allocate(&field->data, field_elements(field) * size + 1, 1, path));
  if (take(object, is_text ? type : hdf5_number_type(field->type), field->data) >= 0)
    return status_ok();
  return refused(reader, path, "cannot be read");
}

/* A data set or attribute into memory, NUL-terminated. Freed by free(). */
static Status load(Field *field, Reader *reader, const char *path, hid_t object) {
  int is_set = H5Iget_type(object) == H5I_DATASET;
  hid_t type = is_set ? H5Dget_type(object) : H5Aget_type(object);
  hid_t space = is_set ? H5Dget_space(object) : H5Aget_space(object);
  Status status = describe(field, reader, path, type, space);
  if (!status.code)
    status = field->type == FIELD_TEXT && H5Tis_variable_str(type) > 0
                 ? load_texts(field, reader, path, object, space)
                 : load_values(field, reader, path, object, type);
  hdf5_release(space);
  hdf5_release(type);
  return status;
}

/* `missing` if the data set has no such attribute, as of another program. */
static Status load_text_attribute(char **text, Reader *reader, hid_t object, const char *name,
                                  const char *missing) {
  Field field = {0};
  if (H5Aexists(object, name) == 0) {
    *text = strdup(missing);
    return *text ? status_ok() : status_error(STATUS_MEMORY, "%s: no memory", reader->file);
  }
  hid_t attribute = H5Aopen(object, name, H5P_DEFAULT);
  Status status = attribute < 0 ? refused(reader, reader->path, "description or units is damaged")
                                : load(&field, reader, reader->path, attribute);
  if (!status.code && (field.type != FIELD_TEXT || field.n_dims > 0))
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
  ssize_t length = H5Iget_name(scale, name, MAX_PATH_BYTES);
  return length > 0 && length < MAX_PATH_BYTES ? 1 : -1;
}

static Status read_scale(Reader *reader, hid_t set, unsigned dimension) {
  Field *field = &reader->record->fields[reader->record->n - 1];
  int n = H5DSget_num_scales(set, dimension);
  if (n == 0) return status_ok();
  char name[MAX_PATH_BYTES];
  if (n != 1 || H5DSiterate_scales(set, dimension, NULL, take_name, name) != 1)
    return refused(reader, field->path, "unexpected dimension scale");
  field->scale[dimension] = strdup(name);
  return field->scale[dimension] ? status_ok()
                                 : status_error(STATUS_MEMORY, "%s: no memory", reader->file);
}

static Status read_set(Reader *reader, hid_t set) {
  Field field = {0};
  Status status = load(&field, reader, reader->path, set);
  if (!status.code)
    status = load_text_attribute(&field.description, reader, set, "description", "");
  if (!status.code) status = load_text_attribute(&field.units, reader, set, "units", "1");
  if (!status.code)
    status = record_put(reader->record, reader->path, field.type, field.n_dims, field.dims,
                        field.data, field.description, field.units);
  free(field.data);
  free(field.description);
  free(field.units);
  if (status.code || H5DSis_scale(set) > 0) return status;
  for (int i = 0; i < field.n_dims && !status.code; i++)
    status = read_scale(reader, set, (unsigned)i);
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
  char path[2 * MAX_PATH_BYTES];
  int length = snprintf(path, sizeof path, "%s@%s", reader->depth ? reader->path : "/", name);
  Field field = {0};
  hid_t attribute = H5Aopen(object, name, H5P_DEFAULT);
  if (attribute < 0 || length >= MAX_PATH_BYTES || !field_path_is_valid(path))
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

/* A group of another program may not know the order in which it was filled. */
static H5_index_t order_of(hid_t group) {
  unsigned order = 0;
  hid_t properties = H5Gget_create_plist(group);
  if (properties < 0 || H5Pget_link_creation_order(properties, &order) < 0) order = 0;
  hdf5_release(properties);
  return order & H5P_CRT_ORDER_INDEXED ? H5_INDEX_CRT_ORDER : H5_INDEX_NAME;
}

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
      H5Literate(object, order_of(object), H5_ITER_INC, &start, visit_link, reader) < 0)
    return reader->status.code ? reader->status
                               : refused(reader, reader->path, "group cannot be read");
  return status_ok();
}

static herr_t visit_link(hid_t group, const char *name, const H5L_info_t *info, void *context) {
  Reader *reader = context;
  size_t used = strlen(reader->path);
  if (used + strlen(name) + 2 > MAX_PATH_BYTES || reader->depth >= MAX_DEPTH) {
    reader->status = refused(reader, reader->path, "names too long or groups too deep");
    return -1;
  }
  snprintf(reader->path + used, MAX_PATH_BYTES - used, "/%s", name);
  reader->depth++;
  hid_t object = -1;
  if (info->type == H5L_TYPE_HARD && field_path_is_valid(reader->path) && !strpbrk(name, "@/"))
    object = H5Oopen(group, name, H5P_DEFAULT);
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
