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

/* The wait status of a child that gets these signals, ended by 0. */
static int child_status(const int *numbers) {
  int status = 0;
  pid_t child = fork();
  assert_true(child >= 0);
  if (child == 0) {
    sigset_t blocked;
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGUSR1);
    pthread_sigmask(SIG_BLOCK, &blocked, NULL);
    signals_install();
    for (; *numbers; numbers++) raise(*numbers);
    _exit(signals_stop_wanted() ? TOLD : TOLD_NOTHING);
  }
  assert_int_equal(waitpid(child, &status, 0), child);
  return status;
}

static void expect_exit(const int *numbers, int code) {
  int status = child_status(numbers);
  assert_true(WIFEXITED(status));
  assert_int_equal(WEXITSTATUS(status), code);
}

static void nothing(void **state) {
  (void)state;
  expect_exit((int[]){0}, TOLD_NOTHING);
}

static void each_asks_for_a_stop(void **state) {
  (void)state;
  expect_exit((int[]){SIGTERM, 0}, TOLD);
  expect_exit((int[]){SIGINT, 0}, TOLD);
  expect_exit((int[]){SIGUSR1, 0}, TOLD); /* though it was blocked */
}

static void only_a_second_interrupt_ends_at_once(void **state) {
  (void)state;
  expect_exit((int[]){SIGTERM, SIGTERM, SIGUSR1, SIGUSR1, 0}, TOLD);
  expect_exit((int[]){SIGTERM, SIGINT, 0}, TOLD);
  expect_exit((int[]){SIGINT, SIGINT, 0}, 128 + SIGINT);
}

static void others_keep_their_action(void **state) {
  (void)state;
  int status = child_status((int[]){SIGHUP, 0});
  assert_true(WIFSIGNALED(status));
  assert_int_equal(WTERMSIG(status), SIGHUP);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(nothing),
      cmocka_unit_test(each_asks_for_a_stop),
      cmocka_unit_test(only_a_second_interrupt_ends_at_once),
      cmocka_unit_test(others_keep_their_action),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
