#ifndef NORMLAB_TRAIN_PROPOSAL_H
#define NORMLAB_TRAIN_PROPOSAL_H
#include "nn/pass.h"

/* How many ranks and threads a run should have. A batch is cut into blocks of 16 samples: with 8
 * blocks there is work for 8 threads of all ranks together, and 6 threads share 2 of the blocks
 * when each has done one. How long that takes is pass_rounds() (nn/pass.h). None of this is
 * collective. */

/* Returns the fastest layout for one node of so many cores, and the smallest of equals, among those
 * whose threads do at least three quarters as much work each as one thread alone would: one rank in
 * each of n_domains parts of the memory if the threads can be shared out so, otherwise fewer. With
 * n_threads > 0 a rank has so many threads. */
PassLayout proposal_make(int n_cores, int n_domains, int batch, int n_threads);
/* Returns how long a batch takes in this layout, in units of the time that one thread takes for a
 * block of 16 samples, without communication. An estimate. */
double proposal_rounds(PassLayout layout, int batch);
/* Returns in how many parts (NUMA nodes) the memory of this machine is cut, 1 if that is not known.
 */
int proposal_domains(void);
/* Returns the samples of a batch over those for which the threads of this layout have time in the
 * meantime, 0 to 1. */
double proposal_busy(PassLayout layout, int batch);
/* Writes the command that starts the command as typed, less the options that only check, in this
 * layout; cut to `bytes`. */
void proposal_command(char *text, size_t bytes, PassLayout layout, const char *typed);

#endif
