#include "base/log.h"
#include "commands/command.h"
#include "report/table.h"
#include "store/replace.h"
#include "watch/follow.h"
#include "watch/live_page.h"
#include "watch/view.h"
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

typedef struct Options {
  int once, stay;
  double interval;
  const char *html;
} Options;

/* A page is written after so many seconds, or after the interval if that is longer. */
static const double PAGE_SECONDS = 5;

static Status take_interval(void *seconds, const Option *option, char *text) {
  (void)option;
  char *end;
  double number = strtod(text, &end);
  int is_plain = *text && text[strspn(text, "0123456789.")] == '\0' && *end == '\0';
  if (!is_plain || !(number >= 0.1 && number <= 3600))
    return status_error(STATUS_USAGE, "--interval %.100s: expected seconds, 0.1 to 3600", text);
  *(double *)seconds = number;
  return status_ok();
}

static const Option OPTIONS[] = {
    {"once", NULL, "Prints one view and ends.", TO_FLAG(Options, once)},
    {"interval", "S", "Looks again after so many seconds, 0.1 to 3600; 2 by default.",
     .take = take_interval, .place = offsetof(Options, interval)},
    {"stay", NULL,
     "Goes on when all have ended: a stopped job may be requeued, a folder may get more files.",
     TO_FLAG(Options, stay)},
    {"html", "PAGE",
     "Writes a page with all of it, which needs nothing beside it: compare with misclassified "
     "images, "
     "confusion matrices, layers, time and configurations; watch anew every 5 seconds or by its "
     "interval, and a browser reads it again by itself.",
     TO_TEXT(Options, html)},
    {0}};

static Status check(const Options *options, const Words *words) {
  if (options->once && options->stay)
    return status_error(STATUS_USAGE, "watch: only one of --once and --stay");
  if (words->n == 0) return status_error(STATUS_USAGE, "watch: no FILE; see normlab watch --help");
  for (int i = 0; i < words->n; i++)
    if (!words->word[i][0]) return status_error(STATUS_USAGE, "watch: a FILE without a name");
  return options->html ? file_replace_check(options->html) : status_ok();
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

/* Unless there is none, or the last one is young. */
static Status write_page(const Options *options, const FollowList *list, double *written) {
  const double time = now(), wait = fmax(options->interval, PAGE_SECONDS);
  if (!options->html || time - *written < wait) return status_ok();
  *written = time;
  return live_page_write(options->html, list, time, wait);
}

/* Until all have ended. */
static Status follow(const Options *options, FollowList *list) {
  int is_watched = terminal_is_watched();
  double written = 0;
  for (;;) {
    double start = now();
    TRY(follow_list_look(list, start));
    TRY(write_page(options, list, &written));
    if (options->once || (!options->stay && follow_list_has_ended(list))) return status_ok();
    do TRY(is_watched ? show_frame(list) : print_changes(list));
    while (terminal_wait(fmin(options->interval, start + options->interval - now())));
  }
}

static Status run(void *from, const Words *words) {
  const Options *options = from;
  FollowList list;
  setlocale(LC_CTYPE, "");
  TRY(check(options, words));
  int is_watched = terminal_is_watched();
  TRY(follow_list_init(&list, words->word, (size_t)words->n));
  if (is_watched && !options->once) terminal_handle_signals();
  Status status = follow(options, &list);
  terminal_restore();
  if (status.code == STATUS_OK && options->html)
    status = live_page_write(options->html, &list, now(), 0);
  if (status.code == STATUS_OK)
    status = is_watched || options->once ? print_view(&list) : print_changes(&list);
  if (status.code == STATUS_OK) status = follow_list_verdict(&list);
  follow_list_free(&list);
  if (status.code == STATUS_STOPPED) { /* not this command has stopped, but what it watches */
    log_error("%s", status.text);
    status.text[0] = '\0';
  }
  return status;
}

const Command COMMAND_watch = {
    .name = "watch",
    .summary = "running jobs from outside: epochs, curves, time left",
    .usage = "FILE|FOLDER... [options]",
    .about =
        "Follows runs by their result files, from any machine that sees them, and is never in "
        "their way: reads only, and takes no lock. For each FILE it shows epoch, step, loss, "
        "accuracy, learning rate, images/s, time left, and curves, of the losses of steps before "
        "the "
        "first epoch has ended; with more than 4, and for all "
        "*.h5 of a "
        "FOLDER, also those that appear later, a line a run. A file that is not there yet is "
        "waited for.\n"
        "It ends when all runs have. Where standard output is no terminal, a line is printed "
        "whenever something changes. A run tells how far it is every few seconds (train "
        "--progress), and seems dead after 2 minutes of silence; if it does not, after 5 times as "
        "long as its epochs take. The time left is what its last epochs "
        "took.",
    .options = OPTIONS,
    .notes = "NO_COLOR turns colours off; without a UTF-8 locale curves are drawn in ASCII.\n"
             "The status is that of the first run that has not finished.",
    .exits = (const ExitLine[]){{STATUS_OK, "All runs have finished, or (--once) are running."},
                                {STATUS_USAGE, NULL},
                                {STATUS_FILE, "There is no such file, or it cannot be read."},
                                {STATUS_DATA, "The file is damaged."},
                                {STATUS_NUMBERS, "The run has diverged."},
                                {STATUS_STALLED, "The run seems dead (--once)."},
                                {STATUS_STOPPED, "The run was stopped."},
                                {0}},
    .options_bytes = sizeof(Options),
    .defaults = &(const Options){.interval = 2},
    .start = START_WITHOUT_MPI,
    .run = run};
