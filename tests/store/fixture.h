#ifndef NORMLAB_TESTS_STORE_FIXTURE_H
#define NORMLAB_TESTS_STORE_FIXTURE_H
/* What the tests of this folder share. cmocka's assertions are used inside. */
#include "base/status.h"
#include "store/file.h"
#include "store/record.h"

#include <stddef.h>

/* Fails the test with the message if the status is not STATUS_OK, or not CODE and TEXT within. */
void expect_ok(Status status);
void expect_failure(Status status, StatusCode code, const char *text);

/* A record with all types, groups, attributes and scales, as a small run would have them. Every
 * value is a function of generation. */
void fill_record(Record *record, int generation);
/* Fails the test unless the record is fill_record(generation) whole, or, with -1, of whatever
 * generation it says it is; returns that. */
int expect_record(const Record *record, int generation);
/* Fails the test unless a equals b in all fields, whatever their order. */
void expect_equal(const Record *a, const Record *b);

/* cmocka set-up and tear-down: a new empty folder, then removed with all in it. */
int make_folder(void **state);
int remove_folder(void **state);
/* FOLDER/NAME of this test; static, the last eight stay valid. */
const char *in_folder(void *const *state, const char *name);

int file_exists(const char *path);
/* Number of files in the test's folder whose name contains TEXT. */
int count_files(void *const *state, const char *text);
/* Whole file, freed by free(); and the reverse. */
char *load_bytes(const char *path, size_t *n);
void save_bytes(const char *path, const char *bytes, size_t n);

/* Opens, writes fill_record(generation), closes. */
void write_generation(const char *path, OpenMode mode, int generation);
/* Fails the test unless the file holds fill_record(generation). */
void expect_generation(const char *path, int generation);
/* FOLDER/run.h5 with two generations, open for the third. */
ResultFile *open_third(void *const *state);
/* Fails the test unless a write of that file fails with STATUS_FILE and TEXT within, and leaves
 * both generations as they are and no temporary. */
void expect_refused_write(void *const *state, ResultFile *file, const char *text);

#endif
