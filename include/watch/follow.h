#ifndef NORMLAB_WATCH_FOLLOW_H
#define NORMLAB_WATCH_FOLLOW_H
/* Runs, followed from outside by their result files, and by the notes beside them. Each look asks
 * the file system for a file by its name, and reads it again only if it is another one by inode,
 * time or size. Nothing is written, and no lock is looked at, so that a run is never in the way of
 * being watched. None of this is collective, and it needs no MPI. */
#include "base/status.h"
#include "base/text_buffer.h"
#include "report/run.h"
#include "store/note.h"
#include <stddef.h>
#include <sys/stat.h>

typedef enum FollowState {
  FOLLOW_WAITING, /* there is no file yet */
  FOLLOW_RUNNING,
  FOLLOW_SILENT, /* it is running, but had no update for much longer than its epochs take */
  FOLLOW_STOPPED,
  FOLLOW_DIVERGED,
  FOLLOW_FINISHED,
  FOLLOW_UNREADABLE, /* it cannot be read, or is no good file; nothing good was seen before */
  N_FOLLOW_STATES
} FollowState;

/* A run by the last good content of its file. What a file does not tell is NaN, -1 or NULL. Times
 * are in seconds since 1970. */
typedef struct Follow {
  char *path;       /* owned */
  size_t source;    /* the number of the argument that it belongs to */
  const char *name; /* in path: without the folder, if it belongs to one */
  FollowState state;
  Status problem; /* of the last look; what is below is then older than that */
  /* A look sets it when state, problem or epochs change, and once a minute if the run is further
   * inside an epoch. Who shows it clears it. */
  int is_changed;
  int has_run;
  Run run;
  double *train_loss, *test_loss; /* [run.epochs], owned */
  double rate;                    /* the learning rate of the last epoch */
  double progress;                /* epochs, with the part of the one that is going on */
  double epoch_seconds;  /* of an epoch with evaluation and writing; the median of the last ones */
  double saved;          /* when the file was last replaced, as far as can be seen */
  double updated;        /* the last sign of life: that, or the note beside the file */
  int has_note;          /* the run goes on, and the note is newer than the file */
  RunNote note;          /* how far it is between two checkpoints (store/note.h) */
  NoteCurve curve;       /* the losses of all steps so far, by the note or else by the file */
  NoteCurve saved_curve; /* what the file alone says */
  double note_written;   /* by the clock of the file system */
  double saved_progress; /* what the file alone says */
  double silent_after;   /* so many seconds without an update are too long; may be infinite */
  double end;            /* when the last epoch is expected to end; NaN unless it is running */
  struct stat seen;
  int is_seen;   /* `seen` is what was read, or found damaged */
  double looked; /* the time of the look before */
  double told;   /* when is_changed was last set */
} Follow;

/* Looks at the file again. now is in seconds since 1970. Failures become follow->problem. */
void follow_look(Follow *follow, double now);
/* Frees what a Follow owns. */
void follow_free(Follow *follow);

/* Returns "running", "seems dead", "unreadable" ...; the text is static. */
const char *follow_word(FollowState state);
/* Returns whether it has ended and nothing more is expected. */
int follow_has_ended(const Follow *follow);
/* Returns success for a run that is finished or goes on. Otherwise it returns the status and
 * message that a watcher should end with: the problem's; STATUS_FILE if there is no file;
 * STATUS_NUMBERS if it diverged; STATUS_STOPPED; STATUS_STALLED if it seems dead. */
Status follow_verdict(const Follow *follow) MUST_CHECK;

/* What was named: a file, or a folder that stands for all its *.h5, also those that appear later. A
 * name that is not there yet is a file until a folder of this name appears. */
typedef struct FollowSource {
  const char *path; /* not owned */
  int is_folder;
  size_t n;       /* files found, at most so far */
  Status problem; /* of a folder that cannot be read, or that has no file yet */
  int is_changed; /* a look sets it when the problem changes; who shows it clears it */
} FollowSource;

typedef struct FollowList {
  FollowSource *sources;
  size_t n_sources;
  Follow **runs; /* by source, then by name; a file that is named twice is there once */
  size_t n_runs;
} FollowList;

/* Makes a list of n names, which must live as long as the list. Nothing is looked at yet.
 * STATUS_MEMORY. */
Status follow_list_init(FollowList *list, char *const *paths, size_t n) MUST_CHECK;
void follow_list_free(FollowList *list);
/* Looks for new files, and at all files. STATUS_MEMORY is the only failure. */
Status follow_list_look(FollowList *list, double now) MUST_CHECK;
/* Returns whether there is a run, all have ended, and no folder is still empty. */
int follow_list_has_ended(const FollowList *list);
/* Returns the first problem of a source; without one, the first verdict of a run that is not
 * success, in the order of the list. */
Status follow_list_verdict(const FollowList *list) MUST_CHECK;
/* Adds "5 runs: 3 finished, 2 running; on MNIST", with the names of all data sets. */
void follow_list_totals(TextBuffer *text, const FollowList *list);

#endif
