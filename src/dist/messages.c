#include "dist/dist.h"
#include "dist/launcher.h"
#include "internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/statvfs.h>
#include <unistd.h>

/* Open MPI makes a file of this size a rank (btl_vader_segment_size), and a little beside it. */
static const unsigned long long FILE_BYTES = 4352 << 10;

/* Names of the folder in versions 4 and 5. */
static const char *const FOLDERS[] = {"OMPI_MCA_btl_vader_backing_directory",
                                      "OMPI_MCA_btl_sm_backing_directory"};

/* Over TCP a longer message is announced first, which takes three delays of the network in place of
 * one; Open MPI's own limit is 64 KB, a little less than the gradients of small networks. Measured
 * on 4 nodes, 20 ms apart: sums of 64 KB took 8.3 delays of the network, and 4.4 with this one; of
 * 128 KB 11.9 and 6.5; of 256 KB 17.4 and 6.2. Both limits, as the smaller one counts. */
#define AT_ONCE "262144" /* bytes */
static const char *const LIMITS[] = {"OMPI_MCA_btl_tcp_eager_limit",
                                     "OMPI_MCA_btl_tcp_rndv_eager_limit"};

void messages_set_limits(void) {
  const Launcher launcher = launcher_read();
  if (launcher.size == launcher.local_size) return; /* one node */
  for (size_t i = 0; i < sizeof LIMITS / sizeof *LIMITS; i++) (void)setenv(LIMITS[i], AT_ONCE, 0);
}

void dist_tcp_setting(char *text, size_t bytes) {
  const char *value = getenv(LIMITS[0]);
  snprintf(text, bytes, "%s=%s", LIMITS[0], value ? value : AT_ONCE);
}

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
