#ifndef NORMLAB_TRAIN_AGREEMENT_H
#define NORMLAB_TRAIN_AGREEMENT_H
/* What all ranks must know alike before a run begins. Each rank finds it out by itself, and they
 * compare it before the first call whose size depends on it. Where they differ, all functions
 * return STATUS_USAGE on all ranks, with rank, host, the first difference and what to do
 * (dist/facts.h). A failure `local` of any rank comes first. With one rank nothing is compared. */
#include "base/status.h"
#include "config/config.h"

/* Collective. Compares the program itself (version, commit, build, libraries), the instruction set,
 * and the name of the command. */
Status agreement_on_program(const char *command, Status local) MUST_CHECK;

/* Collective. Compares the resolved configuration, all keys of it. `config` may be NULL where
 * `local` is a failure. */
Status agreement_on_config(const Config *config, Status local) MUST_CHECK;

/* Collective. Compares what is in the folder of the images, and in the file that the weights start
 * from; each may be NULL for none. A folder or file of another name is the same if its content is;
 * under the name that rank 0 has, it need not be there on other nodes, as rank 0 reads for all.
 * What rank 0 cannot read is left to be told by what needs it. */
Status agreement_on_files(const char *data, const char *init) MUST_CHECK;

/* Collective. Compares the library that the backend of convolutions computes with. To be called
 * when that is ready. */
Status agreement_on_backend(Status local) MUST_CHECK;

#endif
