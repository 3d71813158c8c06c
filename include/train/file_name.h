#ifndef NORMLAB_TRAIN_FILE_NAME_H
#define NORMLAB_TRAIN_FILE_NAME_H
/* What a result file is called where --out does not say it. Not collective. */
#include "config/config.h"

/* Writes the name of a run's result file:
 *
 *   results/<config>[-synthetic]-<norm>[-<key><value>]...[-init-<file>][-<hash>]-s<seed>.h5
 *
 * The keys are those that results depend on and whose value the command line has changed from that
 * of the configuration file, `base`, in the order of the configuration. Each stands there by the
 * last part of its path where that tells it: "s6-batch-lr0.002-epochs3-s1.h5". "synthetic" stands
 * there if `data` asks for such images, and the file that the weights are from if `init` is not
 * NULL. Where that would be longer than FILE_NAME_CHANGES characters, or leaves something unsaid (a
 * list, a layer that is gone, the folder of the init file), the first parts are followed by a hash
 * of all of it. So runs of one configuration have one name, whatever the order of options, and runs
 * of others other names.
 *
 * Returns STATUS_USAGE if the configuration's name makes no file name, or STATUS_MEMORY. */
enum { FILE_NAME_CHANGES = 48 };
Status file_name_of_run(char *path, size_t bytes, const Config *config, const Config *base,
                        const char *data, const char *init) MUST_CHECK;

#endif
