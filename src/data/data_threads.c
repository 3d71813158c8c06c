#include "data_threads.h"

#include "base/threads.h"
#include <omp.h>

int data_threads(int most) {
  int n = omp_get_max_threads();
  const int n_cores = omp_get_num_procs();
  if (n > n_cores) n = n_cores;
  if (n > most) n = most;
  if (n < 1) return 1;
  return n == 1 || threads_try(n).code == STATUS_OK ? n : 1;
}
