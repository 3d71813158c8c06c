#include "base/log.h"
#include "base/suggest.h"
#include "commands/command.h"
#include "commands/prints.h"
#include "commands/start.h"
#include "dist/launcher.h"
#include "dist/siblings.h"
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The exit status, that of a failure to print if all else went well. */
static int finish(int exit_status) {
  if (fflush(stdout) == 0 && !ferror(stdout)) return exit_status;
  if (exit_status != STATUS_OK) return exit_status;
  log_error("standard output: cannot be written");
  return STATUS_FILE;
}

/* A descriptor that is closed would be the next file's that is opened. In its place comes one that
 * cannot be used either. */
static void fill_streams(void) {
  for (int i = 0; i < 3; i++)
    if (fcntl(i, F_GETFD) < 0) (void)open("/dev/null", i == STDIN_FILENO ? O_WRONLY : O_RDONLY);
}

/* Another rank's command would wait for this one in vain. */
static int is_missed(int argc, char **argv) {
  char host[65] = "", words[200] = "";
  if (launcher_read().size == 1 || command_starts_mpi(argc, argv) ||
      !siblings_any(command_starts_mpi))
    return 0;
  if (gethostname(host, sizeof host - 1) != 0) host[0] = '\0';
  size_t used = 0;
  for (int i = 1; i < argc && used < sizeof words; i++)
    used += (size_t)snprintf(words + used, sizeof words - used, " %s", argv[i]);
  log_error("rank %d on %s: the command is%s, that of another rank starts MPI: give all ranks the "
            "same command",
            launcher_read().rank, *host ? host : "this node", argc > 1 ? words : " none");
  return 1;
}

/* Slurm's warning of a time limit may come before a run is ready for it; training lets it through.
 */
static void hold_warnings(void) {
  sigset_t held;
  sigemptyset(&held);
  sigaddset(&held, SIGUSR1);
  sigprocmask(SIG_BLOCK, &held, NULL);
}

/* Says what commands there are, or which one may be meant. word: in place of a command, or NULL. */
static void refuse(const char *word) {
  if (!word) {
    help_print_commands();
    log_error("no command; see normlab --help");
    return;
  }
  Suggestion meant = suggestion_for(word);
  for (const Command *const *c = COMMANDS; *c; c++) suggestion_consider(&meant, (*c)->name);
  for (const Print *row = PRINTS; row->name; row++) suggestion_consider(&meant, row->name);
  if (meant.nearest)
    log_error("%s: unknown command, perhaps %s is meant; see normlab --help", word, meant.nearest);
  else
    log_error("%s: unknown command; see normlab --help", word);
}

int main(int argc, char **argv) {
  const Command *command = argc > 1 ? command_find(argv[1]) : NULL;
  hold_warnings();
  if (command && command->take_signals) command->take_signals();
  fill_streams();
  signal(SIGXFSZ, SIG_IGN); /* a file size limit is a failed write, not the end of the process */
  if (is_missed(argc, argv)) return STATUS_USAGE;
  const Print *print = argc > 1 ? print_find(argv[1]) : NULL;
  if (print) {
    Status status = start_is_first() ? print->print(argc > 2 ? argv[2] : NULL) : status_ok();
    if (status.code != STATUS_OK) log_error("%s", status.text);
    return finish(status.code);
  }
  if (command) return finish(command_run(command, argc - 1, argv + 1));
  if (start_is_first()) refuse(argv[1]);
  return finish(STATUS_USAGE);
}
