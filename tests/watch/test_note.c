/* A run that tells how far it is between two checkpoints. */
#include "store/note.h"
#include "synthetic.h"
#include "watch/follow.h"
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const double SECONDS[MOST_EPOCHS] = {1000, 1000, 1000};
static const RunNote NOTE = {.epochs = 2,
                             .step = 45,
                             .n_steps = 100,
                             .loss = 0.5,
                             .accuracy = 0.75,
                             .images_per_second = 90,
                             .seconds_left = 700,
                             .next = 5};

static const char *note_of(const char *path) {
  static char name[512];
  snprintf(name, sizeof name, "%s.progress", path);
  return name;
}

static void put(const char *path, RunNote note, double written) {
  char temporary[512];
  snprintf(temporary, sizeof temporary, "%s.tmp", path);
  note_write(note_of(path), temporary, &note);
  struct timespec times[2] = {{.tv_sec = (time_t)written}, {.tv_sec = (time_t)written}};
  assert_int_equal(utimensat(AT_FDCWD, note_of(path), times, 0), 0);
  assert_int_equal(access(temporary, F_OK), -1);
}

static Follow start(const char *path, int epochs, double updated) {
  Synthetic run = {.status = "running",
                   .epochs = epochs,
                   .planned = 10,
                   .train = epochs > 0 ? SECONDS : NULL,
                   .updated = updated};
  synthetic_write(path, &run);
  Follow f = {.path = strdup(path), .end = (double)NAN};
  f.name = f.path;
  return f;
}

static void what_is_written_is_read(void **state) {
  const char *path = in_folder(state, "run.h5");
  RunNote found;
  double written;
  Follow f = start(path, 2, NOW);
  assert_false(note_read(&found, &written, path));
  put(path, NOTE, NOW);
  assert_true(note_read(&found, &written, path));
  assert_memory_equal(&found, &NOTE, sizeof found);
  assert_true(written == NOW);
  const char *link = in_folder(state, "link.h5");
  assert_int_equal(symlink("run.h5", link), 0);
  assert_true(note_read(&found, &written, link));
  follow_free(&f);
}

/* As many points as fit, each the mean of as many steps but the last. */
static void curves_are_thinned(void **state) {
  (void)state;
  static const size_t COUNTS[] = {0, 1, 2, NOTE_CURVE - 1, NOTE_CURVE, NOTE_CURVE + 1, 1000, 9601};
  static double loss[9601];
  for (size_t i = 0; i < 9601; i++) loss[i] = (double)(i * i % 97);
  for (size_t k = 0; k < sizeof COUNTS / sizeof *COUNTS; k++) {
    const size_t n = COUNTS[k], each = n > NOTE_CURVE ? (n + NOTE_CURVE - 1) / NOTE_CURVE : 1;
    NoteCurve curve;
    note_curve(&curve, loss, n);
    assert_int_equal(curve.n, (n + each - 1) / each);
    for (int i = 0; i < curve.n; i++) {
      const size_t first = (size_t)i * each, end = first + each < n ? first + each : n;
      double sum = 0;
      for (size_t j = first; j < end; j++) sum += loss[j];
      assert_true(curve.step[i] == (double)end);
      assert_true(fabs(curve.loss[i] - sum / (double)(end - first)) < 1e-9);
    }
  }
  NoteCurve curve;
  note_curve(&curve, NULL, 0);
  assert_int_equal(curve.n, 0);
}

/* The longest there may be is still read by programs that read 4 KiB, and comes back. */
static void curves_are_kept(void **state) {
  const char *path = in_folder(state, "run.h5");
  RunNote note = NOTE, found;
  double written;
  struct stat about;
  for (int i = 0; i < NOTE_CURVE; i++) {
    note.curve.step[i] = 900000000 + i;
    note.curve.loss[i] = -1.23456e-100;
  }
  note.curve.n = NOTE_CURVE;
  note.curve.loss[3] = (double)NAN;
  put(path, note, NOW);
  assert_int_equal(stat(note_of(path), &about), 0);
  assert_true(about.st_size < 4095);
  assert_true(note_read(&found, &written, path));
  assert_int_equal(found.curve.n, NOTE_CURVE);
  for (int i = 0; i < NOTE_CURVE; i++) {
    assert_true(found.curve.step[i] == note.curve.step[i]);
    assert_true(i == 3 ? isnan(found.curve.loss[i]) : found.curve.loss[i] == -1.23456e-100);
  }
}

/* A note of a program that tells none is good, and points that make no curve are left out. */
static void other_curves(void **state) {
  const char *path = in_folder(state, "run.h5");
  RunNote found;
  double written;
  FILE *file = fopen(note_of(path), "w");
  assert_non_null(file);
  fputs("normlab progress 1\nepochs 2\nstep 4\nn_steps 10\nnext 5\n"
        "curve 3 1.5\ncurve 2 1\ncurve 3 1\ncurve x 1\ncurve 7\ncurve 0 1\ncurve nan 1\n"
        "curve 9 0.5 more\n",
        file);
  for (int i = 0; i < 2 * NOTE_CURVE; i++) fprintf(file, "curve %d 2\n", 10 + i);
  fputs("end\n", file);
  fclose(file);
  assert_true(note_read(&found, &written, path));
  assert_int_equal(found.curve.n, NOTE_CURVE);
  assert_true(found.curve.step[0] == 3 && found.curve.loss[0] == 1.5 && found.curve.step[1] == 9);
  file = fopen(note_of(path), "w");
  assert_non_null(file);
  fputs("normlab progress 1\nepochs 2\nstep 4\nn_steps 10\nnext 5\nend\n", file);
  fclose(file);
  assert_true(note_read(&found, &written, path) && found.curve.n == 0);
}

/* Half a note, one of nonsense, and one of something else are none. */
static void what_is_no_note(void **state) {
  const char *path = in_folder(state, "run.h5");
  static const char *const TEXTS[] = {
      "",
      "normlab progress 1\nepochs 2\nstep 4\nn_steps 10\nnext 5\n",
      "normlab progress 1\nepochs 2\nstep 40\nn_steps 10\nnext 5\nend\n",
      "normlab progress 1\nepochs nan\nstep 4\nn_steps 10\nnext 5\nend\n",
      "normlab progress 1\nend\n",
      "normlab progress 2\nepochs 2\nstep 4\nn_steps 10\nnext 5\nend\n"};
  RunNote found;
  double written;
  for (size_t i = 0; i < sizeof TEXTS / sizeof *TEXTS; i++) {
    FILE *file = fopen(note_of(path), "w");
    assert_non_null(file);
    fputs(TEXTS[i], file);
    fclose(file);
    if (note_read(&found, &written, path)) fail_msg("\"%s\" is read as a note", TEXTS[i]);
  }
  assert_int_equal(unlink(note_of(path)), 0);
  assert_int_equal(mkfifo(note_of(path), 0600), 0);
  assert_false(note_read(&found, &written, path)); /* and does not wait */
  assert_int_equal(unlink(note_of(path)), 0);
}

static void failures_leave_nothing(void **state) {
  const char *path = in_folder(state, "run.h5");
  put(path, NOTE, NOW);
  note_write(note_of(path), in_folder(state, "none/temporary"), &NOTE);
  assert_int_equal(access(note_of(path), F_OK), -1);
}

static void progress_inside_an_epoch(void **state) {
  const char *path = in_folder(state, "run.h5");
  Follow f = start(path, 2, NOW - 300);
  follow_look(&f, NOW);
  assert_true(f.progress == 2 && f.updated == NOW - 300 && !f.has_note);
  f.is_changed = 0;
  put(path, NOTE, NOW - 4);
  follow_look(&f, NOW + 1);
  assert_true(f.has_note && fabs(f.progress - 2.45) < 1e-12 && f.note.loss == 0.5);
  assert_true(f.updated == NOW - 4 && f.saved == NOW - 300);
  assert_true(fabs(f.end - (NOW - 4 + 7550)) < 1e-6);
  assert_false(f.is_changed); /* a line a minute is enough */
  RunNote later = NOTE;
  later.step = 50;
  put(path, later, NOW + 60);
  follow_look(&f, NOW + 61);
  assert_true(f.is_changed && f.progress == 2.5);
  follow_free(&f);
}

/* Long before five epochs have passed. */
static void silence(void **state) {
  const char *path = in_folder(state, "run.h5");
  Follow f = start(path, 0, NOW - 500);
  put(path, NOTE, NOW);
  follow_look(&f, NOW + 119);
  assert_int_equal(f.state, FOLLOW_RUNNING);
  assert_true(fabs(f.end - (NOW + 700)) < 1e-6); /* in the first epoch as the run says */
  follow_look(&f, NOW + 121);
  assert_int_equal(f.state, FOLLOW_SILENT);
  assert_int_equal(follow_verdict(&f).code, STATUS_STALLED);
  RunNote slow = NOTE; /* as before a long evaluation */
  slow.next = 100;
  put(path, slow, NOW + 122);
  follow_look(&f, NOW + 500);
  assert_int_equal(f.state, FOLLOW_RUNNING);
  follow_look(&f, NOW + 623);
  assert_int_equal(f.state, FOLLOW_SILENT);
  follow_free(&f);
}

/* Of a run that has ended, or that has saved since, and of the time before a resumed one. */
static void notes_of_the_past(void **state) {
  const char *path = in_folder(state, "run.h5");
  Follow f = start(path, 3, NOW - 40);
  put(path, NOTE, NOW - 50);
  follow_look(&f, NOW);
  assert_true(!f.has_note && f.progress == 3 && f.updated == NOW - 40);
  put(path, NOTE, NOW - 30);
  follow_look(&f, NOW);
  assert_true(!f.has_note && f.progress == 3);
  RunNote ahead = NOTE; /* as before the file was set back */
  ahead.epochs = 5;
  put(path, ahead, NOW - 50);
  follow_look(&f, NOW);
  assert_true(!f.has_note && f.progress == 3);
  Synthetic run = {.status = "stopped", .epochs = 2, .planned = 10, .updated = NOW - 60};
  synthetic_write(path, &run);
  put(path, NOTE, NOW - 30);
  follow_look(&f, NOW + 1);
  assert_true(!f.has_note && f.state == FOLLOW_STOPPED);
  follow_free(&f);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(what_is_written_is_read, folder_make, folder_remove),
      cmocka_unit_test(curves_are_thinned),
      cmocka_unit_test_setup_teardown(curves_are_kept, folder_make, folder_remove),
      cmocka_unit_test_setup_teardown(other_curves, folder_make, folder_remove),
      cmocka_unit_test_setup_teardown(what_is_no_note, folder_make, folder_remove),
      cmocka_unit_test_setup_teardown(failures_leave_nothing, folder_make, folder_remove),
      cmocka_unit_test_setup_teardown(progress_inside_an_epoch, folder_make, folder_remove),
      cmocka_unit_test_setup_teardown(silence, folder_make, folder_remove),
      cmocka_unit_test_setup_teardown(notes_of_the_past, folder_make, folder_remove),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
