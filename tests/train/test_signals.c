/* Each signal that asks for a stop, in a process of its own. */
#include "signals.h"
#include "support/cmocka_all.h"
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

/* Exit statuses of the child: whether it was told, besides what the signal itself does. */
enum { TOLD_NOTHING = 20, TOLD = 21 };

static const int NOTHING[] = {0};
static const int IGNORED[] = {SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, 0};
static const int ALL[] = {SIGTERM, SIGINT,  SIGUSR1, SIGUSR2, SIGHUP,
                          SIGQUIT, SIGALRM, SIGXCPU, SIGPWR,  0};

/* The wait status of a child that gets these signals, ended by 0: the first while it holds them,
 * unless these are the ones that it ignores. */
static int child_status(const int *held, const int *numbers) {
  int status = 0;
  pid_t child = fork();
  assert_true(child >= 0);
  if (child == 0) {
    for (int i = 0; held[i]; i++) signal(held[i], held == IGNORED ? SIG_IGN : SIG_DFL);
    sigset_t all;
    sigemptyset(&all);
    for (int i = 0; ALL[i]; i++) sigaddset(&all, ALL[i]);
    sigprocmask(SIG_BLOCK, &all, NULL);
    if (held != IGNORED)
      for (int i = 0; held[i]; i++) raise(held[i]);
    signals_install();
    for (; *numbers; numbers++) raise(*numbers);
    _exit(signals_stop_wanted() ? TOLD : TOLD_NOTHING);
  }
  assert_int_equal(waitpid(child, &status, 0), child);
  return status;
}

static void expect_exit(const int *numbers, int code) {
  int status = child_status(NOTHING, numbers);
  assert_true(WIFEXITED(status));
  assert_int_equal(WEXITSTATUS(status), code);
}

static void nothing(void **state) {
  (void)state;
  expect_exit((int[]){0}, TOLD_NOTHING);
}

static void each_asks_for_a_stop(void **state) {
  (void)state;
  for (int i = 0; ALL[i]; i++) expect_exit((int[]){ALL[i], 0}, TOLD);
}

static void only_a_second_interrupt_ends_at_once(void **state) {
  (void)state;
  expect_exit((int[]){SIGTERM, SIGTERM, SIGUSR1, SIGUSR1, 0}, TOLD);
  expect_exit((int[]){SIGTERM, SIGINT, 0}, TOLD);
  expect_exit((int[]){SIGINT, SIGINT, 0}, 128 + SIGINT);
  expect_exit((int[]){SIGQUIT, SIGTERM, SIGINT, 0}, 128 + SIGINT);
}

static void what_came_too_early_counts(void **state) {
  (void)state;
  for (int i = 0; ALL[i]; i++)
    assert_int_equal(WEXITSTATUS(child_status((int[]){ALL[i], 0}, NOTHING)), TOLD);
}

/* Under nohup, and in the background of a shell without job control. */
static void what_is_ignored_stays_so(void **state) {
  (void)state;
  const int keyboard[] = {SIGHUP, SIGINT, SIGINT, SIGQUIT, SIGQUIT, 0};
  assert_int_equal(WEXITSTATUS(child_status(IGNORED, keyboard)), TOLD_NOTHING);
  assert_int_equal(WEXITSTATUS(child_status(IGNORED, (int[]){SIGTERM, 0})), TOLD);
  assert_int_equal(WEXITSTATUS(child_status(IGNORED, (int[]){SIGUSR1, 0})), TOLD);
}

static void others_keep_their_action(void **state) {
  (void)state;
  int status = child_status(NOTHING, (int[]){SIGVTALRM, 0});
  assert_true(WIFSIGNALED(status));
  assert_int_equal(WTERMSIG(status), SIGVTALRM);
}

static void the_first_has_a_name(void **state) {
  (void)state;
  assert_null(signals_name());
  signals_install();
  raise(SIGXCPU);
  raise(SIGTERM);
  assert_string_equal(signals_name(), "SIGXCPU");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(nothing),
      cmocka_unit_test(each_asks_for_a_stop),
      cmocka_unit_test(only_a_second_interrupt_ends_at_once),
      cmocka_unit_test(what_came_too_early_counts),
      cmocka_unit_test(what_is_ignored_stays_so),
      cmocka_unit_test(others_keep_their_action),
      cmocka_unit_test(the_first_has_a_name),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
