#ifndef NORMLAB_STORE_FILE_H
#define NORMLAB_STORE_FILE_H
/* Result files: HDF5 that is never half written. Only rank 0 calls these; none is collective.
 *
 * A file is built in memory (HDF5's core driver, no backing store), given a 512-byte text header as
 * HDF5 user block (magic, version, length, XXH3 of all that follows, attempt, check sum of the header),
 * written to FILE.tmp.<host>.<pid> in the same folder, synced, renamed over FILE after the generation
 * before has been kept as FILE.prev (a hard link, so that at no moment FILE is missing), and the folder is
 * synced. A failure leaves FILE and FILE.prev as they were and removes the temporary. */
#include "base/status.h"
#include "store/record.h"

typedef struct ResultFile ResultFile; /* the right to write one file */

typedef enum OpenMode {
  OPEN_NEW,       /* STATUS_FILE if FILE or FILE.prev is there: "exists; use --resume or --overwrite" */
  OPEN_OVERWRITE, /* what is there is replaced by the first write; FILE.prev of another run is removed then */
  OPEN_RESUME     /* FILE must be there: see result_read */
} OpenMode;

/* Takes the file for writing: makes the folder if it is missing, checks that it can be written to, takes an
 * owner lock (FILE.lock, flock and its holder's host, pid and attempt inside; a lock whose process has
 * died is taken over), and raises the attempt number. STATUS_FILE if another run is writing it (names
 * host and pid) or the folder cannot be made or written. Removes temporaries of dead runs. */
Status result_open(ResultFile **file, const char *path, OpenMode mode) MUST_CHECK;

/* Replaces the file by this content, atomically and durably. STATUS_FILE on any failure (no space,
 * permission, folder gone), the old file intact; also if a newer attempt has taken the file over. */
Status result_write(ResultFile *file, const Record *record) MUST_CHECK;

/* Seconds the last write took. */
double result_write_seconds(const ResultFile *file);

/* Gives the lock back and removes the lock file. NULL is allowed. */
void result_close(ResultFile *file);

/* Reads PATH. Header, length and check sum are verified before HDF5 sees a byte; then all data sets and
 * attributes are read. If PATH is damaged or missing and PATH.prev is good, reads that and says so by
 * log_warning (used_previous = 1). STATUS_FILE: there is none, or it cannot be read; STATUS_DATA: damaged
 * or not a result file, with what was expected. No lock is needed: readers never see half a file. */
Status result_read(Record *record, const char *path, int *used_previous) MUST_CHECK;
/* The same without falling back. */
Status result_read_exactly(Record *record, const char *path) MUST_CHECK;

/* HDF5's version, static. */
const char *result_library_version(void);

#endif
