/* Lines of squeue, and lists of runs. */
#include "queue.h"
#include "study/words.h"
#include "support/cmocka_all.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define N_OF(array) (sizeof(array) / sizeof *(array))
#define OURS "/r/submissions/a/jobs/study.sbatch x\n"

/* What squeue prints; some of it is not ours. */
static const char ANSWER[] =
    "CLUSTER: here\n"
    "5_1|5|1|PD|None|/r 1/submissions/a/jobs/study.sbatch /r 1/submissions/a\n"
    "5_2|5|2|CG|None|/r 1/submissions/a/jobs/study.sbatch /r 1/submissions/a\n"
    "6|6|N/A|R|None|/r 1/submissions/a/jobs/compare.sbatch x\n"
    "7|7|N/A|S|None|/r 1/submissions/b/jobs/train.sbatch\n"
    "13|13|N/A|PD|None|/r 1/submissions/a/jobs/step.sbatch /r 1/submissions/a 2\n"
    "14_3|14|3|PD|None|/r/submissions/b/jobs/study.sbatch /r/submissions/b 11\n"
    "8|8|N/A|R|None|/r/jobs/train.sbatch x.yaml\n"
    "9|9|N/A|R|None|(null)\n"
    "10|10|N/A|R|None|/r/submissions/a/b/jobs/train.sbatch x\n"
    "11|11|N/A|R|None|/r/submissions/a/jobs/train.sbatched x\n"
    "12|12|N/A|R|None|\n";

static Status parse(QueueJob **jobs, int *n, Pool *pool, const char *text) {
  char *copy;
  assert_int_equal(pool_text(pool, &copy, "%s", text).code, STATUS_OK);
  return queue_parse(jobs, n, pool, copy, NULL, 0);
}

static void jobs_of_ours_are_known(void **state) {
  (void)state;
  Pool pool = {0};
  QueueJob *jobs;
  int n;
  Status status = parse(&jobs, &n, &pool, ANSWER);
  assert_int_equal(status.code, STATUS_OK);
  static const struct {
    const char *id, *folder;
    SubmissionScript script;
    int task, is_waiting, is_ending, stage;
  } expected[] = {{"5_1", "/r 1/submissions/a", SCRIPT_RUNS, 1, 1, 0, 0},
                  {"5_2", "/r 1/submissions/a", SCRIPT_RUNS, 2, 0, 1, 0},
                  {"6", "/r 1/submissions/a", SCRIPT_COMPARISON, 0, 0, 0, 0},
                  {"7", "/r 1/submissions/b", SCRIPT_RUN, 0, 0, 0, 0},
                  {"13", "/r 1/submissions/a", SCRIPT_STEP, 0, 1, 0, 2},
                  {"14_3", "/r/submissions/b", SCRIPT_RUNS, 3, 1, 0, 11}};
  assert_int_equal(n, N_OF(expected));
  for (int i = 0; i < n; i++) {
    assert_string_equal(jobs[i].id, expected[i].id);
    assert_string_equal(jobs[i].folder, expected[i].folder);
    assert_int_equal(jobs[i].script, expected[i].script);
    assert_int_equal(jobs[i].task, expected[i].task);
    assert_int_equal(jobs[i].stage, expected[i].stage);
    assert_int_equal(jobs[i].is_waiting, expected[i].is_waiting);
    assert_int_equal(jobs[i].is_ending, expected[i].is_ending);
  }
  pool_free(&pool);
}

static void ranges_are_taken_apart(void **state) {
  (void)state;
  static const struct {
    const char *tasks;
    int n, task[8];
  } cases[] = {{"3", 1, {3}},
               {"3-7%2", 5, {3, 4, 5, 6, 7}},
               {"1,4-5", 3, {1, 4, 5}},
               {"1-7:3", 3, {1, 4, 7}},
               {"2,9-10%1", 3, {2, 9, 10}}};
  for (size_t c = 0; c < N_OF(cases); c++) {
    Pool pool = {0};
    QueueJob *jobs;
    char text[300], id[40];
    int n;
    snprintf(text, sizeof text, "5_[%s]|5|%s|PD|None|" OURS, cases[c].tasks, cases[c].tasks);
    assert_int_equal(parse(&jobs, &n, &pool, text).code, STATUS_OK);
    assert_int_equal(n, cases[c].n);
    for (int i = 0; i < n; i++) {
      snprintf(id, sizeof id, "5_%d", cases[c].task[i]);
      assert_int_equal(jobs[i].task, cases[c].task[i]);
      assert_string_equal(jobs[i].id, id);
    }
    pool_free(&pool);
  }
}

static void what_is_not_understood_is_refused(void **state) {
  (void)state;
  static const char *const cases[] = {
      "5_1|5|1|PD|None",         "slurm_load_jobs error", "|",
      "5|5|1-...|PD|None|" OURS, "5|5|7-3|PD|None|" OURS, "5|5|1-9:0|PD|None|" OURS};
  for (size_t c = 0; c < N_OF(cases); c++) {
    Pool pool = {0};
    QueueJob *jobs;
    int n;
    Status status = parse(&jobs, &n, &pool, cases[c]);
    assert_int_equal(status.code, STATUS_FAILED);
    assert_non_null(strstr(status.text, "not understood"));
    pool_free(&pool);
  }
}

static Status read_list(WordLine **lines, int *n, Pool *pool, const char *text) {
  char path[] = "/tmp/normlab-list-XXXXXX";
  int file = mkstemp(path);
  assert_true(file >= 0 && write(file, text, strlen(text)) == (ssize_t)strlen(text));
  close(file);
  Status status = words_read(lines, n, pool, path);
  unlink(path);
  return status;
}

static void lists_of_all_systems_are_read(void **state) {
  (void)state;
  static const char text[] = "\xef\xbb\xbf# a comment\r\n\r\n \t\r\n"
                             "normlab train a.yaml --out\t'b c.h5'\r\n"
                             "  # more\n"
                             "d --set \"x={y: \\\"z\\\", 'w'}\" e\\ f ''";
  static const char *const first[] = {"normlab", "train", "a.yaml", "--out", "b c.h5"};
  static const char *const second[] = {"d", "--set", "x={y: \"z\", 'w'}", "e f", ""};
  Pool pool = {0};
  WordLine *lines;
  int n;
  assert_int_equal(read_list(&lines, &n, &pool, text).code, STATUS_OK);
  assert_int_equal(n, 2);
  assert_int_equal(lines[0].line, 4);
  assert_int_equal(lines[1].line, 6);
  assert_int_equal(lines[0].n, N_OF(first));
  assert_int_equal(lines[1].n, N_OF(second));
  for (int i = 0; i < lines[0].n; i++) assert_string_equal(lines[0].words[i], first[i]);
  for (int i = 0; i < lines[1].n; i++) assert_string_equal(lines[1].words[i], second[i]);
  assert_null(lines[0].words[lines[0].n]);
  pool_free(&pool);
}

static void wrong_lists_are_refused(void **state) {
  (void)state;
  static const struct {
    const char *text, *message;
  } cases[] = {{"a\nb 'c\n", ":2: a quote is not closed"},
               {"a\nb \"c\n", ":2: a quote is not closed"},
               {"a\\", ":1: a quote is not closed"},
               {"a\nb\rc\n", ":2: column 2 has the character \\x0d"},
               {"a\x1b[1m", ":1: column 2 has the character \\x1b"}};
  for (size_t c = 0; c < N_OF(cases); c++) {
    Pool pool = {0};
    WordLine *lines;
    int n;
    Status status = read_list(&lines, &n, &pool, cases[c].text);
    assert_int_equal(status.code, STATUS_USAGE);
    assert_non_null(strstr(status.text, cases[c].message));
    pool_free(&pool);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(jobs_of_ours_are_known), cmocka_unit_test(ranges_are_taken_apart),
      cmocka_unit_test(what_is_not_understood_is_refused),
      cmocka_unit_test(lists_of_all_systems_are_read), cmocka_unit_test(wrong_lists_are_refused)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
