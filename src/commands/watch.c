#include "commands/watch.h"

#include "base/log.h"
#include "commands/options.h"
#include "report/table.h"
#include "watch/follow.h"
#include "watch/view.h"
#include <getopt.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const char help[] =
    "Usage: normlab watch FILE|FOLDER... [options]\n"
    "\n"
    "Follows runs by their result files, from any machine that sees them, and is never in their\n"
    "way: reads only, and takes no lock. For each FILE: epoch, loss, accuracy, learning rate,\n"
    "images/s, time left, and curves; with more than 4, and for all *.h5 of a FOLDER, also those\n"
    "that appear later, a line a run. A file that is not there yet is waited for.\n"
    "\n"
    "Ends when all runs have. Where standard output is no terminal, a line is printed whenever\n"
    "something changes. A run seems dead if there was no update for 5 times as long as its\n"
    "epochs take, and for at least 2 minutes. The time left is what its last epochs took.\n"
    "\n"
    "  --once         print one view and end\n"
    "  --interval S   seconds between two looks, 0.1 to 3600; 2 by default\n"
    "  --stay         go on when all have ended: a stopped job may be requeued, a folder may get\n"
    "                 more files\n"
    "  -h, --help     this text\n"
    "\n"
    "NO_COLOR turns colours off; without a UTF-8 locale curves are drawn in ASCII.\n"
    "\n"
    "Exit status: 0 finished, or (--once) running; otherwise that of the first run that is not:\n"
    "3 no file, or it cannot be read; 4 damaged; 5 diverged; 75 stopped; (--once) 7 seems dead.\n"
    "2 usage.\n";

typedef struct Options {
  int help, once, stay;
  double interval;
  char **paths;
  int n_paths;
} Options;

static Status parse_interval(double *seconds, const char *text) {
  char *end;
  double number = strtod(text, &end);
  int is_plain = *text && text[strspn(text, "0123456789.")] == '\0' && *end == '\0';
  if (!is_plain || !(number >= 0.1 && number <= 3600))
    return status_error(STATUS_USAGE, "--interval %.100s: expected seconds, 0.1 to 3600", text);
  *seconds = number;
  return status_ok();
}

static Status parse(Options *options, int argc, char **argv) {
  static const struct option table[] = {{"once", no_argument, NULL, 'o'},
                                        {"interval", required_argument, NULL, 'i'},
                                        {"stay", no_argument, NULL, 's'},
                                        {"help", no_argument, NULL, 'h'},
                                        {0}};
  *options = (Options){.interval = 2};
  opterr = 0;
  optind = 0;
  for (int found; (found = getopt_long(argc, argv, ":h", table, NULL)) != -1;) {
    if (found == 'o') options->once = 1;
    if (found == 'i') TRY(parse_interval(&options->interval, optarg));
    if (found == 's') options->stay = 1;
    if (found == 'h') options->help = 1;
    if (found == '?' || found == ':') return option_error(found, argv);
  }
  options->paths = argv + optind;
  options->n_paths = argc - optind;
  if (options->help) return status_ok();
  if (options->once && options->stay)
    return status_error(STATUS_USAGE, "watch: only one of --once and --stay");
  if (options->n_paths == 0)
    return status_error(STATUS_USAGE, "watch: no FILE; see normlab watch --help");
  for (int i = 0; i < options->n_paths; i++)
    if (!options->paths[i][0]) return status_error(STATUS_USAGE, "watch: a FILE without a name");
  return status_ok();
}

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_REALTIME, &time);
  return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

static Status print_view(const FollowList *list) {
  Screen screen = {.out = stdout};
  screen_init(&screen);
  view_draw(&screen, list, now());
  return output_flush(stdout, "standard output");
}

static Status show_frame(const FollowList *list) {
  char *frame;
  size_t bytes;
  Screen screen = {.out = open_memstream(&frame, &bytes)};
  if (!screen.out) return status_error(STATUS_MEMORY, "no memory for a view");
  screen_init_frame(&screen);
  view_draw(&screen, list, now());
  int failed = ferror(screen.out);
  if (fclose(screen.out) != 0 || failed || !frame)
    return status_error(STATUS_MEMORY, "no memory for a view");
  Status status = terminal_show(frame, bytes);
  free(frame);
  return status;
}

static Status print_changes(FollowList *list) {
  Screen screen = {.out = stdout};
  screen_init(&screen);
  screen.width = 4 * STATUS_TEXT; /* lines are for other programs as well */
  view_changes(&screen, list, now());
  return output_flush(stdout, "standard output");
}

/* Until all have ended. */
static Status follow(const Options *options, FollowList *list) {
  int is_watched = terminal_is_watched();
  for (;;) {
    double start = now();
    TRY(follow_list_look(list, start));
    if (options->once || (!options->stay && follow_list_has_ended(list))) return status_ok();
    do TRY(is_watched ? show_frame(list) : print_changes(list));
    while (terminal_wait(fmin(options->interval, start + options->interval - now())));
  }
}

static Status watch(const Options *options) {
  FollowList list;
  int is_watched = terminal_is_watched();
  TRY(follow_list_init(&list, options->paths, (size_t)options->n_paths));
  if (is_watched && !options->once) terminal_handle_signals();
  Status status = follow(options, &list);
  terminal_restore();
  if (status.code == STATUS_OK)
    status = is_watched || options->once ? print_view(&list) : print_changes(&list);
  if (status.code == STATUS_OK) status = follow_list_verdict(&list);
  follow_list_free(&list);
  return status;
}

int command_watch(int argc, char **argv) {
  Options options;
  setlocale(LC_CTYPE, "");
  Status status = parse(&options, argc, argv);
  if (status.code == STATUS_OK) {
    if (options.help) {
      fputs(help, stdout);
      status = output_flush(stdout, "standard output");
    } else {
      status = watch(&options);
    }
  }
  if (status.code != STATUS_OK) log_error("%s", status.text);
  return (int)status.code;
}
