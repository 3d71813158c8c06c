#ifndef NORMLAB_TRAIN_PROPOSAL_H
#define NORMLAB_TRAIN_PROPOSAL_H
#include "nn/pass.h"

/* How many ranks and threads a run should have. A batch is cut into blocks of 16 samples, and only
 * whole blocks are counted here, of which a thread has all of its time: with 8 blocks there is work
 * for 8 threads of all ranks together, and 6 take as long as 4. More threads share blocks, which
 * may be faster but leaves them idle for a part of the time. None of this is collective. */

/* Returns the smallest layout for one node that takes no longer than any other on so many cores:
 * one rank in each of n_domains parts of the memory if the threads can be shared out so, otherwise
 * fewer. With n_threads > 0 a rank has so many threads. */
PassLayout proposal_make(int n_cores, int n_domains, int batch, int n_threads);
/* Returns in how many parts (NUMA nodes) the memory of this machine is cut, 1 if that is not known.
 */
int proposal_domains(void);
/* Returns the share of the threads, 0 to 1, that are busy with a batch at a time. */
double proposal_busy(PassLayout layout, int batch);
/* Writes the command that starts the command as typed, less the options that only check, in this
 * layout; cut to `bytes`. */
void proposal_command(char *text, size_t bytes, PassLayout layout, const char *typed);

#endif
