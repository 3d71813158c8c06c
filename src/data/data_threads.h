#ifndef NORMLAB_DATA_DATA_THREADS_H
#define NORMLAB_DATA_DATA_THREADS_H

/* Returns how many threads, at least 1 and at most `most`, are to read or draw images together: as
 * many as OpenMP would take, but not more than cores, and 1 where others cannot be started. Not
 * collective. */
int data_threads(int most);

#endif
