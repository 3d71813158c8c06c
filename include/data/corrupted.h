#ifndef NORMLAB_DATA_CORRUPTED_H
#define NORMLAB_DATA_CORRUPTED_H
/* Data folders whose test set is corrupted. Beside its files such a folder has corruption.txt,
 * which says how it was made; the set's title comes from it ("MNIST, gaussian-noise 3"), and its
 * hashes tell whether the files are still those that it describes. The train set is that of the
 * original. Not collective. */
#include "data/corruption.h"
#include "data/format.h"

enum { CORRUPTED_WORD = 40 };

/* What corruption.txt says. Its kind need not be one that this program knows. */
typedef struct CorruptedNote {
  int is_there; /* 0: the folder has no such file, and the rest means nothing */
  char kind[CORRUPTED_WORD];
  int severity;
  uint64_t seed;
  char original[DATA_TITLE];    /* the title of the set that it was made from */
  uint64_t original_hash, hash; /* of that set and of this one, as DataSet.hash */
  int n_files;                  /* in the folder, with this one */
} CorruptedNote;

/* Reads corruption.txt of the folder that has the files. It is no failure if there is none.
 * Returns STATUS_FILE if it cannot be read, and STATUS_DATA, with the line, if it is damaged. */
Status corrupted_read(CorruptedNote *note, const char *folder) MUST_CHECK;

/* Returns STATUS_DATA unless the set in the folder, whose hash is given, is the described one. */
Status corrupted_check(const CorruptedNote *note, const char *folder, uint64_t hash) MUST_CHECK;

/* Writes the title of the described set. */
void corrupted_title(char title[DATA_TITLE], const CorruptedNote *note);

/* What is to be made of one original. */
typedef struct CorruptPlan {
  const char *from, *to;          /* folders */
  const CorruptionChoice *choice; /* [n] */
  int n;
  int is_inside; /* 1: each in a folder KIND-SEVERITY of its own in `to`; 0: in `to`, with n = 1 */
  int overwrite; /* 1: folders are replaced that hold what was made here, and no other file */
} CorruptPlan;

/* Corrupts the test set of a folder in all these ways, and prints a line about each. Each new
 * folder has the files of the original, the train set as hard links or copies, and appears complete
 * or not at all; one that is replaced is there until then. What has been made is left there after a
 * failure of what follows. Returns STATUS_USAGE if `from` is drawn, not read; STATUS_FILE if it is
 * no data folder, if a folder is there already, or if writing fails; STATUS_DATA if `from` is
 * damaged, or is corrupted itself; STATUS_MEMORY. */
Status corrupt_folder(const CorruptPlan *plan) MUST_CHECK;

#endif
