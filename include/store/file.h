#ifndef NORMLAB_STORE_FILE_H
#define NORMLAB_STORE_FILE_H
/* Result files: HDF5 that is never half written. Only rank 0 calls these; none is collective.
 *
 * A file is built in memory (HDF5's core driver, no backing store), given a 512-byte text header as
 * HDF5 user block (magic, format, length, XXH3 of all that follows, attempt, check sum of the
 * header), written to FILE.tmp.<host>.<pid> in the same folder, synced, and renamed over FILE. The
 * generation before is kept as FILE.prev, by a hard link, so that at no moment FILE is missing.
 * Then the folder is synced. A failure leaves FILE and FILE.prev as they were and removes the
 * temporary. A damaged FILE never becomes FILE.prev.
 *
 * A symbolic link is followed when the file is opened: what it points to is replaced, not the link.
 *
 * The attempt number in header and lock is one more than every one that is found there, so 1 for
 * a new file. It keeps a run that has lost its lock (file systems without locks between nodes) from
 * overwriting a newer one. A job that Slurm starts again (SLURM_JOB_ID, SLURM_RESTART_COUNT) takes
 * the lock away from its own earlier starts, as processes of a lost node may live on.
 *
 * A process that runs under a limit on the size of files must ignore SIGXFSZ, or the system ends it
 * where result_write would have returned STATUS_FILE. */
#include "base/status.h"
#include "store/note.h"
#include "store/record.h"

typedef struct ResultFile ResultFile; /* the right to write one file */

typedef enum OpenMode {
  OPEN_NEW,       /* STATUS_FILE if FILE or FILE.prev is there: "exists; use --resume or
                     --overwrite" */
  OPEN_OVERWRITE, /* what is there stays until the first write replaces it; that removes FILE.prev,
                     which is of another run, too */
  OPEN_RESUME     /* FILE or FILE.prev must be there: see result_read */
} OpenMode;

/* Takes the file for writing: makes the folder if it is missing (not for OPEN_RESUME), takes an
 * owner lock (FILE.lock, flock and its holder's host, pid and attempt inside; a lock whose process
 * has died is taken over), checks that files can be made in the folder, and removes temporaries
 * that dead runs of this host left. STATUS_FILE if another run is writing it (names host and pid)
 * or the folder cannot be made or written. On failure *file is NULL. */
Status result_open(ResultFile **file, const char *path, OpenMode mode) MUST_CHECK;

/* Fails as result_open would now, as far as that can be told without making, locking or removing
 * anything: whether there is room, and whether files of any name can be made, only shows then. */
Status result_look(const char *path, OpenMode mode) MUST_CHECK;

/* Replaces the file by this content, atomically and durably. STATUS_FILE on any failure (no space,
 * permission, folder gone), the old file intact; also if another run has taken the file over. May
 * be called again after a failure. */
Status result_write(ResultFile *file, const Record *record) MUST_CHECK;

/* Replaces the note beside the file, FILE.progress. It does nothing if another run has taken the
 * file over. */
void result_note(ResultFile *file, const RunNote *note);

/* Builds what result_write would write, in memory alone, and sets *bytes to its length. What the
 * HDF5 library takes is then in memory. Fails as result_write does before it writes. */
Status result_length(size_t *bytes, const Record *record) MUST_CHECK;

/* Seconds the last write took. */
double result_write_seconds(const ResultFile *file);

/* Gives the lock back, and removes the lock file and the note. NULL is allowed. */
void result_close(ResultFile *file);

/* Removes the lock file and the temporaries of the file that this process has open for writing, if
 * it has one. The process must end at once afterwards, by _exit(). It may be called by a signal
 * handler. */
void result_abandon(void);

/* Whether a run has PATH open for writing now (result_open); then `by` says who: "process 17 on
 * host". Takes no lock away from anybody. */
int result_is_in_use(char *by, size_t bytes, const char *path);

/* Makes a folder and those above it as far as they are missing. STATUS_FILE. */
Status result_make_folder(const char *folder) MUST_CHECK;

/* Reads PATH into a record, which need not be initialized; empty on failure. Header, length and
 * check sum are verified before HDF5 sees a byte; then a process of its own reads all data sets and
 * attributes, as HDF5 may crash on a file that was made to have the right check sum. If
 * PATH is damaged or missing and PATH.prev is good, reads that and says so by log_warning
 * (*used_previous = 1). No fallback from a file that a newer normlab has written. STATUS_FILE:
 * there is none, or it cannot be read; STATUS_DATA: damaged or not a result file, with what was
 * expected. No lock is needed: readers never see half a file. Never waits, whatever PATH is. */
Status result_read(Record *record, const char *path, int *used_previous) MUST_CHECK;
/* The same without falling back. */
Status result_read_exactly(Record *record, const char *path) MUST_CHECK;
/* The same for a file that another program has changed: its check sum need not be right
 * (*is_changed = 1), but its header must be whole, and all that it holds must be of kinds that
 * result files have. */
Status result_read_changed(Record *record, const char *path, int *is_changed) MUST_CHECK;

/* Reads the arrays of an HDF5 file that something else has written, such as a PyTorch state_dict
 * saved with h5py: those directly in the group /model if there is one, in the root otherwise, as
 * "/model/NAME" with an empty description. Numbers become FIELD_FLOAT32 (floating point of up to 32
 * bits), FIELD_FLOAT64 or FIELD_INT64. Attributes, groups, links and data sets of anything but
 * numbers are passed over. A result file is recognized, and read by result_read_exactly.
 * STATUS_FILE if the file cannot be read; STATUS_DATA if it is no HDF5 file, damaged as far as HDF5
 * can tell (without check sums not all damage shows; as HDF5 crashes on some, a child process reads
 * the file), or holds an array of more than 4 dimensions, of more than 1 GiB with those
 * before it, or not stored as a plain array in the file: in chunks, so also compressed. The record
 * need not be initialized; empty on failure. */
Status record_read_hdf5(Record *record, const char *path) MUST_CHECK;

/* HDF5's version, static. */
const char *result_library_version(void);

#endif
