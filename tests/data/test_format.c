/* The rows of the data formats, and which of them a folder is in. */
#include "data/format.h"

#include "cifar_files.h"
#include "scratch.h"
#include "support/cmocka_all.h"

#include <string.h>
#include <sys/stat.h>

/* The name of the format of a folder of the scratch folder; NULL: no folder at all. */
static const char *name_of(const char *folder) {
  const DataFormat *format = NULL;
  expect_success(data_format_find(&format, scratch(folder)));
  assert_non_null(format);
  return format->name;
}

static void rows_are_whole(void **state) {
  (void)state;
  int n_without_files = 0;
  assert_non_null(DATA_FORMATS[0]->files);
  for (int i = 0; DATA_FORMATS[i]; i++) {
    const DataFormat *format = DATA_FORMATS[i];
    assert_true(format->name && format->title && format->about && format->look && format->open &&
                format->read && format->check && format->close);
    assert_true(format->usual.c > 0 && format->usual.h > 0 && format->usual.w > 0);
    assert_string_equal(data_format_about(i), format->about);
    n_without_files += !format->files;
    if (!format->files) continue;
    assert_true(format->find && format->describe);
    assert_ptr_equal(data_format_named(format->name), format);
    for (int j = 0; j < i; j++) assert_string_not_equal(format->name, DATA_FORMATS[j]->name);
  }
  assert_int_equal(n_without_files, 1);
  assert_null(data_format_drawn(NULL));
  assert_null(data_format_drawn("mnist"));
  assert_string_equal(data_format_drawn("synthetic")->name, "synthetic");
  assert_null(data_format_drawn("./synthetic"));
}

static void names(void **state) {
  (void)state;
  char text[100];
  data_format_names(text, sizeof text, ", ", " or ");
  assert_string_equal(text, "mnist, cifar10, images or synthetic");
  data_format_names(text, 8, ", ", ", ");
  assert_string_equal(text, "mnist, ");
  assert_null(data_format_named("MNIST"));
  data_format_others(text, sizeof text);
  assert_string_equal(text, "; or CIFAR-10's data_batch_1.bin and so on; or normlab data import's "
                            "images.txt");
}

static void by_the_names_of_files(void **state) {
  (void)state;
  make_set("grey", 30, 20, 7, 9, 3, 0);
  make_folder("colour", "");
  mkdir(scratch("empty"), 0777);
  assert_string_equal(name_of("grey"), "mnist");
  assert_string_equal(name_of("colour"), "cifar10");
  assert_string_equal(name_of("empty"), "mnist");
  const DataFormat *format;
  expect_success(data_format_find(&format, "synthetic"));
  assert_string_equal(format->name, "synthetic");
  const char *nothing[] = {NULL, ""};
  for (int i = 0; i < 2; i++)
    expect_failure(data_format_find(&format, nothing[i]), STATUS_USAGE, "no data are given",
                   "--data DIR or NORMLAB_DATA, or ask for synthetic digits by --data synthetic",
                   NULL);
  expect_failure(data_format_find(&format, scratch("none")), STATUS_FILE, "none", NULL);
}

/* What is in the folder itself comes before what is below it. */
static void two_formats(void **state) {
  (void)state;
  const DataFormat *format;
  mkdir(scratch("below"), 0777);
  make_set("below/mnist", 30, 20, 7, 9, 3, 0);
  make_folder("below/cifar10", "");
  expect_failure(data_format_find(&format, scratch("below")), STATUS_DATA,
                 "below: expected either MNIST's files or CIFAR-10's, found ",
                 "below/mnist/train-images-idx3-ubyte and ", "below/cifar10/data_batch_1.bin: give",
                 NULL);
  make_folder("below", "");
  assert_string_equal(name_of("below"), "cifar10");
  make_set("below", 30, 20, 7, 9, 3, 0);
  expect_failure(data_format_find(&format, scratch("below")), STATUS_DATA, "either",
                 "below/data_batch_1.bin: give", NULL);
}

static void sizes_without_reading(void **state) {
  (void)state;
  ImageShape shape;
  make_set("sizes", 30, 20, 7, 9, 3, 1);
  expect_success(data_format_named("mnist")->look(&shape, scratch("sizes")));
  assert_true(shape.c == 1 && shape.h == 7 && shape.w == 9);
  make_folder("colours", ".gz");
  expect_success(data_format_named("cifar10")->look(&shape, scratch("colours")));
  assert_true(shape.c == 3 && shape.h == 32 && shape.w == 32);
  expect_failure(data_format_named("cifar10")->look(&shape, scratch("sizes")), STATUS_FILE,
                 "data_batch_1.bin", NULL);
}

static void open_knows_all_sizes(void **state) {
  (void)state;
  DataSource source = {0};
  const DataFormat *format = data_format_named("cifar10");
  make_folder("opened", ".gz");
  expect_success(format->open(&source, scratch("opened")));
  assert_true(source.n_train == 7 && source.n_test == 2 && source.shape.c == 3);
  format->close(&source);
  format = data_format_named("mnist");
  make_set("grey-2", 30, 20, 7, 9, 3, 0);
  expect_success(format->open(&source, scratch("grey-2")));
  assert_true(source.n_train == 30 && source.n_test == 20 && source.shape.w == 9);
  format->close(&source);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(rows_are_whole),        cmocka_unit_test(names),
      cmocka_unit_test(by_the_names_of_files), cmocka_unit_test(two_formats),
      cmocka_unit_test(sizes_without_reading), cmocka_unit_test(open_knows_all_sizes)};
  return cmocka_run_group_tests(tests, scratch_setup, scratch_teardown);
}
