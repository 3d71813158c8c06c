#ifndef NORMLAB_COMMANDS_SUBMIT_H
#define NORMLAB_COMMANDS_SUBMIT_H
/* Submissions by commands. Not collective. */
#include "commands/option.h"
#include "study/study.h"
#include "study/submit.h"

/* Hands a study to the cluster; request has all but the runs. `data` is the folder of its images,
 * or NULL. The failures are those of submit_runs(). */
Status submit_study(const Study *study, SubmitRequest *request, const char *data) MUST_CHECK;

/* Hands the runs of a list, in which a line has the arguments of one normlab train, to the cluster.
 * request has all but the runs. STATUS_USAGE with its line for a wrong one. */
Status submit_list(const char *file, SubmitRequest *request) MUST_CHECK;

#endif
