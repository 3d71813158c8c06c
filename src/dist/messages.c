#include "dist/launcher.h"
#include "internal.h"

#include <stdlib.h>
#include <sys/statvfs.h>
#include <unistd.h>

/* Open MPI makes a file of this size a rank (btl_vader_segment_size), and a little beside it. */
static const unsigned long long FILE_BYTES = 4352 << 10;

/* Names of the folder in versions 4 and 5. */
static const char *const FOLDERS[] = {"OMPI_MCA_btl_vader_backing_directory",
                                      "OMPI_MCA_btl_sm_backing_directory"};

int messages_fit(const char *folder, int n_ranks) {
  struct statvfs info;
  return access(folder, W_OK | X_OK) == 0 && statvfs(folder, &info) == 0 &&
         (unsigned long long)info.f_bavail * info.f_frsize >=
             FILE_BYTES * (unsigned long long)n_ranks;
}

void messages_place(void) {
  const Launcher launcher = launcher_read();
  const int n_ranks = launcher.local_size > 0 ? launcher.local_size : launcher.size;
  const char *other = getenv("TMPDIR");
  if (!other) other = "/tmp";
  if (n_ranks < 2 || messages_fit(MESSAGES_FOLDER, n_ranks) || !messages_fit(other, n_ranks))
    return;
  for (size_t i = 0; i < sizeof FOLDERS / sizeof *FOLDERS; i++) (void)setenv(FOLDERS[i], other, 0);
}
