/* HDF5 files of other makers: what is read of them, and that damaged ones are refused. */
#include "base/random.h"
#include "fixture.h"
#include "store/file.h"

#include <hdf5.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

enum { N_MUTANTS = 2000, N_A_CHILD = 250 };

static const double VALUES[6] = {1, -2.5, 3e-5, 0, 1e30, -0.125};

static hid_t create(const char *path) {
  hid_t file = H5Fcreate(path, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
  assert_true(file >= 0);
  return file;
}

/* The values as a data set of this type and of 2 x 3 elements, with these properties. */
static void put(hid_t place, const char *name, hid_t type, hid_t properties) {
  hid_t space = H5Screate_simple(2, (hsize_t[]){2, 3}, NULL);
  hid_t set = H5Dcreate2(place, name, type, space, H5P_DEFAULT, properties, H5P_DEFAULT);
  assert_true(set >= 0);
  assert_true(H5Dwrite(set, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, VALUES) >= 0);
  H5Dclose(set);
  H5Sclose(space);
}

static hid_t chunks(hsize_t rows, hsize_t columns) {
  hid_t properties = H5Pcreate(H5P_DATASET_CREATE);
  assert_true(H5Pset_chunk(properties, 2, (hsize_t[]){rows, columns}) >= 0);
  return properties;
}

static void put_all(hid_t place) {
  put(place, "double", H5T_IEEE_F64LE, H5P_DEFAULT);
  put(place, "float", H5T_IEEE_F32LE, H5P_DEFAULT);
  put(place, "big-endian", H5T_IEEE_F32BE, H5P_DEFAULT);
  put(place, "layers.0.conv.weight", H5T_IEEE_F64BE, H5P_DEFAULT);
  hid_t compact = H5Pcreate(H5P_DATASET_CREATE);
  assert_true(H5Pset_layout(compact, H5D_COMPACT) >= 0);
  put(place, "byte", H5T_STD_I8LE, compact);
  H5Pclose(compact);
}

static void expect_array(const Record *record, const char *path, FieldType type) {
  const Field *field = record_find(record, path);
  assert_non_null(field);
  assert_int_equal(field->type, type);
  assert_int_equal(field->n_dims, 2);
  assert_true(field->dims[0] == 2 && field->dims[1] == 3);
  for (int i = 0; i < 6; i++) {
    if (type == FIELD_FLOAT64) assert_true(((double *)field->data)[i] == VALUES[i]);
    if (type == FIELD_FLOAT32) assert_true(((float *)field->data)[i] == (float)VALUES[i]);
  }
  /* What does not fit a byte is cut to its range. */
  if (type == FIELD_INT64) assert_true(((int64_t *)field->data)[1] == -2);
  if (type == FIELD_INT64) assert_true(((int64_t *)field->data)[4] == 127);
}

static void expect_all(const char *path, size_t n) {
  Record record;
  expect_ok(record_read_hdf5(&record, path));
  assert_int_equal(record.n, n);
  expect_array(&record, "/model/double", FIELD_FLOAT64);
  expect_array(&record, "/model/float", FIELD_FLOAT32);
  expect_array(&record, "/model/big-endian", FIELD_FLOAT32);
  expect_array(&record, "/model/layers.0.conv.weight", FIELD_FLOAT64);
  expect_array(&record, "/model/byte", FIELD_INT64);
  record_free(&record);
}

static void arrays_are_read_from_root_or_model(void **state) {
  const char *path = in_folder(state, "f.h5");
  hid_t file = create(path);
  put_all(file);
  /* Neither numbers nor in the file: passed over. */
  hid_t text = H5Tcopy(H5T_C_S1), space = H5Screate(H5S_SCALAR);
  H5Tset_size(text, 8);
  H5Dclose(H5Dcreate2(file, "note", text, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
  H5Gclose(H5Gcreate2(file, "group", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
  assert_true(H5Lcreate_soft("/nowhere", file, "soft", H5P_DEFAULT, H5P_DEFAULT) >= 0);
  assert_true(H5Lcreate_external("other.h5", "/x", file, "model", H5P_DEFAULT, H5P_DEFAULT) >= 0);
  H5Fclose(file);
  expect_all(path, 5);
  file = create(path);
  hid_t group = H5Gcreate2(file, "model", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
  put_all(group);
  put(file, "elsewhere", H5T_IEEE_F64LE, H5P_DEFAULT);
  H5Gclose(group);
  H5Fclose(file);
  expect_all(path, 5);
  H5Tclose(text);
  H5Sclose(space);
}

static void results_are_recognized(void **state) {
  const char *path = in_folder(state, "r.h5");
  write_generation(path, OPEN_NEW, 5);
  Record record;
  expect_ok(record_read_hdf5(&record, path));
  assert_int_equal(expect_record(&record, 5), 5);
  record_free(&record);
  size_t n;
  char *bytes = load_bytes(path, &n);
  bytes[n / 2] ^= 1;
  save_bytes(path, bytes, n);
  expect_failure(record_read_hdf5(&record, path), STATUS_DATA, "damaged");
  assert_int_equal(record.n, 0);
  free(bytes);
}

static void expect_refused(void *const *state, hid_t file, StatusCode code, const char *text) {
  Record record;
  H5Fclose(file);
  expect_failure(record_read_hdf5(&record, in_folder(state, "f.h5")), code, text);
  assert_int_equal(record.n, 0);
}

static void what_cannot_be_taken_is_refused(void **state) {
  const char *path = in_folder(state, "f.h5");
  const char *secret = in_folder(state, "secret");
  save_bytes(secret, "0123456789012345678901234567890123456789012345678", 48);
  hid_t outside = H5Pcreate(H5P_DATASET_CREATE);
  assert_true(H5Pset_external(outside, secret, 0, 48) >= 0);
  hid_t file = create(path), space = H5Screate_simple(2, (hsize_t[]){2, 3}, NULL);
  H5Dclose(H5Dcreate2(file, "w", H5T_IEEE_F64LE, space, H5P_DEFAULT, outside, H5P_DEFAULT));
  expect_refused(state, file, STATUS_DATA, "/model/w: not stored as a plain");
  H5Pclose(outside);
  H5Sclose(space);

  const hsize_t five[] = {1, 1, 1, 1, 1}, huge[] = {1 << 20, 1 << 20};
  file = create(path);
  space = H5Screate_simple(5, five, NULL);
  H5Dclose(H5Dcreate2(file, "w", H5T_IEEE_F64LE, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
  expect_refused(state, file, STATUS_DATA, "/model/w: not an array of up to 4");
  H5Sclose(space);

  /* Nothing is stored of it, so the file is small. */
  file = create(path);
  space = H5Screate_simple(2, huge, NULL);
  H5Dclose(H5Dcreate2(file, "w", H5T_IEEE_F32LE, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
  expect_refused(state, file, STATUS_DATA, "/model/w: larger than");
  H5Sclose(space);

  hid_t compressed = chunks(1, 3);
  assert_true(H5Pset_deflate(compressed, 6) >= 0);
  file = create(path);
  put(file, "w", H5T_IEEE_F64LE, compressed);
  expect_refused(state, file, STATUS_DATA, "/model/w: not stored as a plain");
  H5Pclose(compressed);

  file = create(path);
  put(file, "a@b", H5T_IEEE_F64LE, H5P_DEFAULT);
  expect_refused(state, file, STATUS_DATA, "a@b: not a name");
}

static void other_files_are_refused(void **state) {
  Record record;
  expect_failure(record_read_hdf5(&record, in_folder(state, "none.h5")), STATUS_FILE, "No such");
  expect_failure(record_read_hdf5(&record, "/"), STATUS_FILE, "not a regular file");
  const char *path = in_folder(state, "f.h5");
  assert_int_equal(mkfifo(in_folder(state, "fifo"), 0600), 0);
  expect_failure(record_read_hdf5(&record, in_folder(state, "fifo")), STATUS_FILE, "not a regular");
  save_bytes(path, "", 0);
  expect_failure(record_read_hdf5(&record, path), STATUS_DATA, "HDF5 cannot open it");
  save_bytes(path, "no HDF5, but a text", 19);
  expect_failure(record_read_hdf5(&record, path), STATUS_DATA, "HDF5 cannot open it");
  assert_int_equal(record.n, 0);
}

static void truncated_files_are_refused(void **state) {
  const char *path = in_folder(state, "f.h5");
  hid_t file = create(path);
  put_all(file);
  H5Fclose(file);
  size_t n;
  char *bytes = load_bytes(path, &n);
  for (size_t length = 0; length < n; length += 61) {
    Record record;
    save_bytes(path, bytes, length);
    expect_failure(record_read_hdf5(&record, path), STATUS_DATA, path);
  }
  free(bytes);
}

/* In a child, as HDF5 of a damaged file may crash or hang: mutants first .. first + n - 1. */
static void read_mutants(const char *path, const char *bytes, size_t n_bytes, int first, int n) {
  char *mutant = malloc(n_bytes);
  for (int i = first; i < first + n; i++) {
    RandomStream random = random_stream((uint64_t)i, RANDOM_RESAMPLE, 0);
    memcpy(mutant, bytes, n_bytes);
    for (uint32_t k = random_below(&random, 3) + 1; k > 0; k--)
      mutant[random_below(&random, (uint32_t)n_bytes)] = (char)random_below(&random, 256);
    Record record;
    save_bytes(path, mutant, n_bytes);
    Status status = record_read_hdf5(&record, path);
    if (status.code && status.code != STATUS_DATA && status.code != STATUS_MEMORY) _exit(1);
    if (status.code && record.n > 0) _exit(2);
    record_free(&record);
  }
  free(mutant);
}

static void mutants_are_read_or_refused(void **state) {
  const char *path = in_folder(state, "f.h5");
  hid_t file = create(path);
  put_all(file);
  H5Fclose(file);
  size_t n;
  char *bytes = load_bytes(path, &n);
  for (int first = 0; first < N_MUTANTS; first += N_A_CHILD) {
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
      alarm(60);
      read_mutants(path, bytes, n, first, N_A_CHILD);
      _exit(0);
    }
    int how;
    assert_int_equal(waitpid(child, &how, 0), child);
    if (!WIFEXITED(how) || WEXITSTATUS(how) != 0)
      fail_msg("mutants from %d on: %s %d", first, WIFEXITED(how) ? "status" : "signal",
               WIFEXITED(how) ? WEXITSTATUS(how) : WTERMSIG(how));
  }
  free(bytes);
}

int main(void) {
  const struct CMUnitTest tests[] = {
#define TEST(function) cmocka_unit_test_setup_teardown(function, make_folder, remove_folder)
      TEST(arrays_are_read_from_root_or_model), TEST(results_are_recognized),
      TEST(what_cannot_be_taken_is_refused),    TEST(other_files_are_refused),
      TEST(truncated_files_are_refused),        TEST(mutants_are_read_or_refused),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
