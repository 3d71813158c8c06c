#include "hdf5_help.h"
#include "image.h"

#include "base/memory.h"

#include <hdf5_hl.h>
#include <stdlib.h>
#include <string.h>

typedef struct Builder {
  hid_t file;
  hid_t group_properties, set_properties;
  hid_t texts_properties; /* of arrays of texts, which HDF5 fills before it writes them */
} Builder;

enum { NO_MEMORY = -2 }; /* as a result beside HDF5's -1 */

static Status refused(int result, const char *path) {
  if (result == NO_MEMORY) return status_error(STATUS_MEMORY, "%s: no memory to write it", path);
  return hdf5_error(STATUS_FILE, "%s: cannot be put into an HDF5 file", path);
}

/* Groups of PATH up to its last '/'. */
static Status make_groups(const Builder *builder, const char *path) {
  char *prefix;
  TRY(memory_allocate(&prefix, strlen(path) + 1, 1, path));
  Status status = status_ok();
  for (const char *c = strchr(path + 1, '/'); c && !status.code; c = strchr(c + 1, '/')) {
    memcpy(prefix, path, (size_t)(c - path));
    htri_t exists = H5Lexists(builder->file, prefix, H5P_DEFAULT);
    if (exists > 0) continue;
    hid_t group = exists < 0 ? exists
                             : H5Gcreate2(builder->file, prefix, H5P_DEFAULT,
                                          builder->group_properties, H5P_DEFAULT);
    if (group < 0) status = refused(-1, prefix);
    hdf5_release(group);
  }
  free(prefix);
  return status;
}

static hid_t text_type(const char *text) {
  hid_t type = H5Tcopy(H5T_C_S1);
  if (type < 0 || H5Tset_size(type, strlen(text) + 1) < 0 || H5Tset_cset(type, H5T_CSET_UTF8) < 0) {
    hdf5_release(type);
    return H5I_INVALID_HID;
  }
  return type;
}

static hid_t field_type(const Field *field) {
  if (field->type != FIELD_TEXT) return H5Tcopy(hdf5_number_type(field->type));
  return field->n_dims == 0 ? text_type(field->data) : hdf5_texts_type();
}

static hid_t field_space(const Field *field) {
  hsize_t dims[FIELD_MAX_DIMS];
  for (int i = 0; i < field->n_dims; i++) dims[i] = field->dims[i];
  return field->n_dims == 0 ? H5Screate(H5S_SCALAR) : H5Screate_simple(field->n_dims, dims, NULL);
}

/* What HDF5 takes: the data, or for an array of texts pointers to them, which the caller frees by
 * free() from `texts`. NULL if there is no memory. */
static const void *values_of(const char ***texts, const Field *field) {
  *texts = NULL;
  if (field->type != FIELD_TEXT || field->n_dims == 0) return field->data;
  const char *text = field->data, **all = calloc(field->dims[0] + 1, sizeof *all);
  for (size_t i = 0; all && i < field->dims[0]; i++, text += strlen(text) + 1) all[i] = text;
  *texts = all;
  return all;
}

/* Negative on failure, as HDF5's own functions; NO_MEMORY. */
static int write_attribute(hid_t object, const char *name, const Field *field) {
  hid_t type = field_type(field), space = field_space(field), attribute = -1;
  if (type >= 0 && space >= 0)
    attribute = H5Acreate2(object, name, type, space, H5P_DEFAULT, H5P_DEFAULT);
  const char **texts;
  const void *values = values_of(&texts, field);
  int result = !values ? NO_MEMORY : attribute < 0 ? -1 : H5Awrite(attribute, type, values);
  free(texts);
  hdf5_release(attribute);
  hdf5_release(space);
  hdf5_release(type);
  return result;
}

static int write_text_attribute(hid_t object, const char *name, char *text) {
  return write_attribute(object, name, &(Field){.type = FIELD_TEXT, .data = text});
}

/* Negative on failure; NO_MEMORY. */
static int write_values(hid_t set, hid_t type, const Field *field) {
  const char **texts;
  const void *values = values_of(&texts, field);
  int result = values ? H5Dwrite(set, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) : NO_MEMORY;
  free(texts);
  return result;
}

static Status write_set(const Builder *builder, const Field *field) {
  TRY(make_groups(builder, field->path));
  int is_texts = field->type == FIELD_TEXT && field->n_dims > 0;
  hid_t properties = is_texts ? builder->texts_properties : builder->set_properties;
  hid_t type = field_type(field), space = field_space(field), set = -1;
  if (type >= 0 && space >= 0)
    set = H5Dcreate2(builder->file, field->path, type, space, H5P_DEFAULT, properties, H5P_DEFAULT);
  int result = set < 0 ? -1 : write_values(set, type, field);
  if (result >= 0) result = write_text_attribute(set, "description", field->description);
  if (result >= 0) result = write_text_attribute(set, "units", field->units);
  Status status = result < 0 ? refused(result, field->path) : status_ok();
  hdf5_release(set);
  hdf5_release(space);
  hdf5_release(type);
  return status;
}

static Status write_object_attribute(const Builder *builder, const Field *field) {
  const char *name = strchr(field->path, '@') + 1;
  size_t length = (size_t)(name - field->path) - 1;
  char *path;
  TRY(memory_allocate(&path, length + 2, 1, field->path));
  memcpy(path, field->path, length);
  hid_t object = -1;
  Status status = make_groups(builder, path);
  if (!status.code) {
    htri_t exists = length == 1 ? 1 : H5Lexists(builder->file, path, H5P_DEFAULT);
    if (exists > 0) object = H5Oopen(builder->file, path, H5P_DEFAULT);
    if (exists == 0)
      object = H5Gcreate2(builder->file, path, H5P_DEFAULT, builder->group_properties, H5P_DEFAULT);
    int result = object < 0 ? -1 : write_attribute(object, name, field);
    if (result < 0) status = refused(result, field->path);
  }
  hdf5_release(object);
  free(path);
  return status;
}

static Status attach_scale(const Builder *builder, const Field *field, unsigned dimension) {
  const char *path = field->scale[dimension];
  hid_t set = H5Dopen2(builder->file, field->path, H5P_DEFAULT);
  hid_t scale = H5Dopen2(builder->file, path, H5P_DEFAULT);
  htri_t is_scale = scale < 0 ? -1 : H5DSis_scale(scale);
  int failed = set < 0 || is_scale < 0;
  if (!failed && !is_scale) failed = H5DSset_scale(scale, strrchr(path, '/') + 1) < 0;
  if (!failed) failed = H5DSattach_scale(set, scale, dimension) < 0;
  Status status = failed ? refused(-1, field->path) : status_ok();
  hdf5_release(scale);
  hdf5_release(set);
  return status;
}

static Status write_fields(const Builder *builder, const Record *record) {
  for (size_t i = 0; i < record->n; i++)
    if (!strchr(record->fields[i].path, '@')) TRY(write_set(builder, &record->fields[i]));
  /* Only now, so that an attribute finds its data set however the fields are ordered. */
  for (size_t i = 0; i < record->n; i++)
    if (strchr(record->fields[i].path, '@'))
      TRY(write_object_attribute(builder, &record->fields[i]));
  for (size_t i = 0; i < record->n; i++)
    for (unsigned k = 0; k < FIELD_MAX_DIMS; k++)
      if (record->fields[i].scale[k]) TRY(attach_scale(builder, &record->fields[i], k));
  return status_ok();
}

/* HDF5 hands out its image without the user block. */
static Status take_image(char **image, size_t *bytes, hid_t file) {
  static const char WHAT[] = "image of the result file";
  ssize_t size = -1;
  if (H5Fflush(file, H5F_SCOPE_GLOBAL) >= 0) size = H5Fget_file_image(file, NULL, 0);
  if (size < 0) return refused(-1, WHAT);
  *bytes = HEADER_BYTES + (size_t)size;
  TRY(memory_allocate(image, *bytes, 1, WHAT));
  char *start = *image + HEADER_BYTES;
  if (H5Fget_file_image(file, start, (size_t)size) == size && memcmp(start, "\211HDF", 4) == 0)
    return status_ok();
  free(*image);
  *image = NULL;
  return refused(-1, WHAT);
}

static int prepare(Builder *builder, hid_t access, hid_t creation) {
  const unsigned order = H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED;
  builder->group_properties = H5Pcreate(H5P_GROUP_CREATE);
  builder->set_properties = H5Pcreate(H5P_DATASET_CREATE);
  builder->texts_properties = H5Pcreate(H5P_DATASET_CREATE);
  if (access < 0 || creation < 0 || builder->group_properties < 0 || builder->set_properties < 0 ||
      builder->texts_properties < 0)
    return -1;
  /* Without times of its own, equal records give equal bytes. */
  if (H5Pset_userblock(creation, HEADER_BYTES) < 0 ||
      H5Pset_link_creation_order(creation, order) < 0 ||
      H5Pset_link_creation_order(builder->group_properties, order) < 0 ||
      H5Pset_obj_track_times(builder->group_properties, 0) < 0 ||
      H5Pset_obj_track_times(builder->set_properties, 0) < 0 ||
      H5Pset_obj_track_times(builder->texts_properties, 0) < 0 ||
      H5Pset_fill_time(builder->set_properties, H5D_FILL_TIME_NEVER) < 0)
    return -1;
  builder->file = H5Fcreate(HDF5_MEMORY_NAME, H5F_ACC_TRUNC, creation, access);
  return builder->file < 0 ? -1 : 0;
}

Status image_build(char **image, size_t *bytes, const Record *record) {
  *image = NULL;
  hdf5_start();
  hid_t access = hdf5_memory_access(), creation = H5Pcreate(H5P_FILE_CREATE);
  Builder builder = {
      .file = -1, .group_properties = -1, .set_properties = -1, .texts_properties = -1};
  Status status =
      prepare(&builder, access, creation) < 0 ? refused(-1, "result file") : status_ok();
  if (!status.code) status = write_fields(&builder, record);
  if (!status.code) status = take_image(image, bytes, builder.file);
  if (builder.file >= 0) (void)H5Fclose(builder.file);
  hdf5_release(builder.texts_properties);
  hdf5_release(builder.set_properties);
  hdf5_release(builder.group_properties);
  hdf5_release(creation);
  hdf5_release(access);
  return status;
}
