#ifndef NORMLAB_COMMANDS_OPTION_H
#define NORMLAB_COMMANDS_OPTION_H
/* Options of commands. A row says all of an option; the macros TO_... are its last members and say
 * where in the command's structure of options its value goes, with a check of that member's type:
 *
 *     typedef struct Options { const char *out; int resume, n_jobs; } Options;
 *     static const Option OPTIONS[] = {
 *         {"out", "FILE", "Writes this file.", TO_TEXT(Options, out)},
 *         {"resume", NULL, "Goes on with it.", TO_FLAG(Options, resume)},
 *         {"jobs", "N", "Runs so many at once.", TO_COUNT(Options, n_jobs, 1024)}, {0}};
 */
#include "base/status.h"
#include "config/config.h"
#include "data/format.h"
#include <stddef.h>
#include <stdint.h>

typedef struct Option Option;
struct Option {
  const char *name;     /* without the dashes */
  const char *argument; /* what stands for the value in the help; NULL: there is none */
  const char *help;     /* whole sentences */
  /* Takes the value from the command line, which lives as long as the program; NULL without
   * argument. STATUS_USAGE for one that means nothing. */
  Status (*take)(void *place, const Option *option, char *text);
  size_t place;    /* offset of what take is given, in the command's options */
  int most;        /* of a count */
  const char *key; /* of a change of the configuration; NULL: the value names it */
  /* Writes what the value may be, in short, for the help; NULL where that says it. */
  void (*accepted)(char *text, size_t bytes);
  const char
      *only;      /* the actions that have this option: "list", "run, list and submit"; NULL: all */
  int may_differ; /* 1: ranks may be given different values, or what the value leads to is compared
                       in its place (train/agreement.h) */
};

Status option_flag(void *place, const Option *option, char *text) MUST_CHECK;  /* int, set to 1 */
Status option_text(void *place, const Option *option, char *text) MUST_CHECK;  /* not empty */
Status option_count(void *place, const Option *option, char *text) MUST_CHECK; /* int, from 1 */
Status option_whole(void *place, const Option *option, char *text) MUST_CHECK; /* from 0 */
Status option_time(void *place, const Option *option, char *text) MUST_CHECK;  /* 90s, 2h, or 0 */
/* Percentage points above 0 and at most 100, kept as a share. */
Status option_points(void *place, const Option *option, char *text) MUST_CHECK;
Status option_share(void *place, const Option *option, char *text) MUST_CHECK; /* (0, 1] */
Status option_input(void *place, const Option *option, char *text) MUST_CHECK;
Status option_statistics(void *place, const Option *option, char *text) MUST_CHECK;
Status option_fit(void *place, const Option *option, char *text) MUST_CHECK;
Status option_change(void *place, const Option *option, char *text) MUST_CHECK;

/* Writes the value of an option as a message has it: "yes", "no", "none", a number or a text. The
 * text is empty for a change of the configuration. */
void option_show(char *text, size_t bytes, const void *place, const Option *option);

#define OPTION_TO(function, Type, Options, member)                                                 \
  .take = _Generic(((Options *)0)->member, Type : function), .place = offsetof(Options, member)
#define TO_FLAG(Options, member) OPTION_TO(option_flag, int, Options, member)
#define TO_TEXT(Options, member) OPTION_TO(option_text, const char *, Options, member)
#define TO_COUNT(Options, member, n) OPTION_TO(option_count, int, Options, member), .most = n
#define TO_WHOLE(Options, member) OPTION_TO(option_whole, uint64_t, Options, member)
#define TO_SECONDS(Options, member) OPTION_TO(option_time, double, Options, member)
#define TO_POINTS(Options, member) OPTION_TO(option_points, double, Options, member)
#define TO_SHARE(Options, member) OPTION_TO(option_share, double, Options, member)
#define TO_INPUT(Options, member) OPTION_TO(option_input, InputSize, Options, member)
#define TO_STATISTICS(Options, member) OPTION_TO(option_statistics, Statistics, Options, member)
#define TO_FIT(Options, member) OPTION_TO(option_fit, PictureFit, Options, member)
#define TO_CHANGES(Options, member) OPTION_TO(option_change, Changes, Options, member)

/* Channels, rows and columns of images. All 0 where no option has set it. */
typedef struct InputSize {
  int c, h, w;
} InputSize;
/* The size itself, or 1x28x28 where no option has set it. */
InputSize input_size(InputSize given);

/* Changes of a configuration, in the order of the command line. */
enum { MAX_CHANGES = 200 };
typedef struct Changes {
  ConfigChange change[MAX_CHANGES];
  int n;
  char *key[MAX_CHANGES]; /* of --set, owned */
} Changes;
void changes_free(Changes *changes);

/* The row that stands for all options that change the configuration: the keys that have a short one
 * (--norm and so on; config/config.h), then --set KEY=VALUE. */
#define OPTIONS_OF_CHANGES(Options, member)                                                        \
  {                                                                                                \
    "set", "KEY=VALUE", "Sets any key of the configuration, as in --set optimizer.lr=0.1.",        \
        TO_CHANGES(Options, member)                                                                \
  }

/* The rows of a table with those that OPTIONS_OF_CHANGES stands for, and --help. */
enum { MAX_OPTIONS = 48 };
typedef struct OptionList {
  Option row[MAX_OPTIONS];
  int n;
} OptionList;
void option_list(OptionList *list, const Option *table);

#endif
