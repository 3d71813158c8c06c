#ifndef NORMLAB_WATCH_FOLLOW_H
#define NORMLAB_WATCH_FOLLOW_H
/* Runs, followed from outside by their result files alone: each look asks the file system for a
 * file by its name, and reads it again only if it is another one by inode, time or size. Nothing is
 * written, and no lock is looked at, so that a run is never in the way of being watched. Not
 * collective; needs no MPI. */
#include "base/status.h"
#include "base/text_buffer.h"
#include "report/run.h"
#include <stddef.h>
#include <sys/stat.h>

typedef enum FollowState {
  FOLLOW_WAITING, /* no file yet */
  FOLLOW_RUNNING,
  FOLLOW_SILENT, /* calls itself running, but no update for much longer than its epochs take */
  FOLLOW_STOPPED,
  FOLLOW_DIVERGED,
  FOLLOW_FINISHED,
  FOLLOW_UNREADABLE, /* damaged, not a result file, no permission; nothing good was seen before */
  N_FOLLOW_STATES
} FollowState;

/* Of the last good content; what a file does not tell is NaN, -1 or NULL. Times are seconds since
 * 1970. */
typedef struct Follow {
  char *path;       /* owned */
  size_t source;    /* which argument it belongs to */
  const char *name; /* in path: without the folder, if it belongs to one */
  FollowState state;
  Status problem; /* of the last look; what is below is then older than that */
  int is_changed; /* state, problem or epochs: set by a look, to be cleared by who shows it */
  int has_run;
  Run run;
  double *train_loss, *test_loss; /* [run.epochs], owned */
  double rate;                    /* learning rate of the last epoch */
  double progress;                /* epochs, with the part of the one that is going on */
  double epoch_seconds;           /* of an epoch with evaluation and writing, median of the last */
  double updated;                 /* when the file was last replaced, as far as can be seen */
  double silent_after;            /* seconds without an update that are too long; may be infinite */
  double end;                     /* when the last epoch is expected to end; NaN unless running */
  struct stat seen;
  int is_seen;   /* `seen` is what was read, or found damaged */
  double looked; /* time of the look before */
} Follow;

/* Looks at the file again. now: seconds since 1970. Failures become follow->problem. */
void follow_look(Follow *follow, double now);
void follow_free(Follow *follow);

/* "running", "seems dead", "unreadable" ... */
const char *follow_word(FollowState state);
/* Whether it has ended and nothing more is expected. */
int follow_has_ended(const Follow *follow);
/* OK for a run that is finished or goes on. Otherwise the status and message a watcher should end
 * with: of the problem; STATUS_FILE without a file; STATUS_NUMBERS diverged; STATUS_STOPPED;
 * STATUS_STALLED if it seems dead. */
Status follow_verdict(const Follow *follow) MUST_CHECK;

/* Files, and all *.h5 of folders, also those that appear later. An argument that is not there yet
 * is a file until a folder of this name appears. */
typedef struct FollowSource {
  const char *path; /* not owned */
  int is_folder;
  size_t n;       /* files found, at most so far */
  Status problem; /* a folder that cannot be read, or that has no file yet */
  int is_changed; /* problem: set by a look, to be cleared by who shows it */
} FollowSource;

typedef struct FollowList {
  FollowSource *sources;
  size_t n_sources;
  Follow **runs; /* by source, then by name */
  size_t n_runs;
} FollowList;

/* paths must live as long as the list. STATUS_MEMORY. */
Status follow_list_init(FollowList *list, char *const *paths, size_t n) MUST_CHECK;
void follow_list_free(FollowList *list);
/* Looks for new files, and at all. STATUS_MEMORY is the only failure. */
Status follow_list_look(FollowList *list, double now) MUST_CHECK;
int follow_list_has_ended(const FollowList *list); /* all, and there is one */
/* The first one that is not OK, in the order of the list. */
Status follow_list_verdict(const FollowList *list) MUST_CHECK;
/* Adds "5 runs: 3 finished, 2 running". */
void follow_list_totals(TextBuffer *text, const FollowList *list);

#endif
