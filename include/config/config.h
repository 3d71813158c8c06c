#ifndef NORMLAB_CONFIG_CONFIG_H
#define NORMLAB_CONFIG_CONFIG_H
/* The configuration of a run: a YAML file, checked against the rows of the keys (config/key.h),
 * changed by options of the command line, completed with defaults. `normlab config` explains the
 * keys; `normlab train` prints the resolved configuration.
 *
 * A file is one YAML document of at most 1 MiB. Anchors, aliases, tags and keys given twice are
 * refused, as is everything unknown. Switches are true, false, yes or no; numbers are decimal.
 *
 * Errors are STATUS_USAGE with "FILE:LINE: KEY: what is wrong; what is accepted", or with "--set
 * KEY=VALUE: ..." where an option is at fault; STATUS_FILE if the file cannot be read. */
#include "base/status.h"
#include "config/key.h"
#include "config/statistics.h"
#include "norms/norms.h"
#include <stddef.h>
#include <stdint.h>

/* One entry of network.layers. */
typedef struct LayerConfig {
  const Kind *kind;
  void *settings; /* of the kind; a key that means nothing for this layer is 0 there */
  int line;       /* in the file, for messages */
} LayerConfig;

/* The operations of a block, in order. */
typedef enum BlockOp { BLOCK_CONV, BLOCK_NORM, BLOCK_DROPOUT, BLOCK_RELU, BLOCK_OP_COUNT } BlockOp;

/* In Key.needs, beside bits of operations: the key means something only where the norm of some
 * layer is corrected (NormKind.is_corrected). */
enum { NEEDS_CORRECTED_NORM = 1u << BLOCK_OP_COUNT };

/* How the weights of convolutions are used. */
typedef enum WeightsUse {
  WEIGHTS_PLAIN,       /* as they are */
  WEIGHTS_STANDARDIZED /* less their mean, over their deviation, filter by filter */
} WeightsUse;

typedef struct NetworkConfig {
  NormSpec norm;        /* norm */
  double norm_epsilon;  /* epsilon: 1e-5 */
  double norm_momentum; /* momentum: 0.1, weight of the new value in the running statistics */
  double dropout; /* dropout: 0; at least 1/512 otherwise, as it is applied in steps of 1/256 */
  BlockOp order[BLOCK_OP_COUNT]; /* order: all four by default; conv first, none twice */
  int n_order;
  WeightsUse weights; /* weights: plain */
  LayerConfig *layers;
  int n_layers;
} NetworkConfig;

/* Which parameters l1 is for. */
typedef enum L1On {
  L1_ON_ALL, /* all that decay: see decay_norm */
  L1_ON_CONV /* conv: the weights of convolutions */
} L1On;

enum { MAX_INPUT_CHANNELS = 4 };

/* Dropout compares bytes, in steps of 1/256; less than half a step would be none. */
#define RANGE_DROPOUT                                                                              \
  { 0, 255.0 / 256, .gap = 1.0 / 512 }

/* How training images are varied, anew each epoch (data/augment.h); nothing by default. The test
 * set never is. */
typedef struct AugmentConfig {
  double rotation; /* rotation: degrees, drawn from -rotation .. rotation; up to 180 */
  double shift;    /* shift: pixels, -shift .. shift along each axis */
  double scale;    /* scale: share, 1 - scale .. 1 + scale; up to 0.9 */
  double shear;    /* shear: degrees, -shear .. shear, of the upright lines; up to 60 */
  int crop;        /* crop: pixels of black around the image, out of which it is cut anew */
  int flip;        /* flip: left and right changed with probability 1/2 */
} AugmentConfig;

/* What is looked at while a network is trained, beside its results; nothing by default. What a run
 * learns does not depend on it. */
enum { MAX_WALK = 16 };
typedef struct ProbesConfig {
  int every;             /* every: 0 for never, else at steps 1, 1 + every, ... of the run */
  int n_walk;            /* the number of entries of walk */
  double walk[MAX_WALK]; /* walk: multiples of the learning rate, along the gradient */
  int layers;            /* layers: false */
} ProbesConfig;

typedef struct Config {
  char *name;    /* name: file name without folder and suffix by default */
  uint64_t seed; /* seed: 1 */
  NetworkConfig network;
  struct {
    int shuffle;    /* shuffle: true */
    int validation; /* validation: 0; the last so many of the train set are not trained on, but
                            evaluated in place of the test set */
    int n_mean;     /* 0: mean and deviation of the train set, per channel */
    double mean[MAX_INPUT_CHANNELS];      /* mean: list, pixels being 0 .. 1 */
    int n_deviation;                      /* the same as n_mean */
    double deviation[MAX_INPUT_CHANNELS]; /* deviation: list of the same length */
  } data;
  AugmentConfig augment;
  struct {
    double r_max;        /* r_max: 3 */
    double d_max;        /* d_max: 5 */
    double begin;        /* begin: 5000, steps, or below 1 a share of the run */
    double r_end, d_end; /* r_end: 40000, d_end: 25000, likewise */
  } renorm;              /* of the norms that are corrected: nn/renorm.h */
  struct {
    int epochs;             /* epochs: 15; 0 writes the initial state */
    int steps;              /* steps: 0; else the run ends after so many: config/run_length.h */
    int batch;              /* batch: 128, samples of a step over all ranks */
    double label_smoothing; /* label_smoothing: 0, to below 1; of the training loss alone */
    double ema;             /* ema: 0 for none, else to below 1: decay of the average of the weights
                               (nn/average.h), which is what is evaluated and predicts */
  } training;
  struct {
    const Kind *kind;    /* type: sgd */
    void *settings;      /* of the kind */
    double lr;           /* lr: 0.05; the kind may have another default */
    double weight_decay; /* weight_decay: 0; likewise */
    int decay_norm;      /* decay_norm: true; false: neither decay for norm parameters and biases */
    double l1;           /* l1: 0, adds l1 x sum |w| to the loss */
    L1On l1_on;          /* l1_on: all */
  } optimizer;
  struct {
    const Kind *kind; /* type: constant */
    void *settings;   /* of the kind */
    double warmup;    /* warmup: 0, epochs of linear warm-up from lr / 100, before any schedule */
  } schedule;
  ProbesConfig probes;
  struct {
    const char *backend; /* backend: one of the row's words, not owned */
  } conv;
  struct {
    Statistics statistics; /* statistics: running */
    int each_epoch;        /* each_epoch: false */
  } evaluate;
  struct {
    int every_steps;      /* every: 0: at epochs only; 50: steps */
    double every_seconds; /* every: 30s, 10min, 2h */
  } checkpoint;
  struct {
    double seconds; /* seconds: 300; a run in which nothing goes on for so long ends itself with
                       STATUS_STALLED; 0: never */
  } watchdog;
  char *file;          /* where it came from, for messages; not part of the resolved text */
  int validation_line; /* of data.validation in it, 0 if an option says that; likewise */
} Config;

/* The keys that have an option of their own, from their rows; the option without its dashes is a
 * short name of the key. The table is static; *n is its length. */
typedef struct ConfigShort {
  const char *option;   /* "--norm" */
  const char *key;      /* "network.norm" */
  const char *argument; /* "SPEC" */
  const char *help;     /* what the option does, in whole sentences */
  /* Writes what it takes, in short; NULL where the help says that. */
  void (*accepted)(char *text, size_t bytes);
} ConfigShort;
const ConfigShort *config_shorts(int *n);

/* One change. option is for messages: "--norm", "--set", or a place in a file. */
typedef struct ConfigChange {
  const char *option;
  const char *key;   /* "optimizer.lr", "network.layers.3.channels" */
  const char *value; /* YAML: 0.1, [1, 2], batch:32 */
} ConfigChange;

/* Reads FILE and applies the changes in order. *config is owned by the caller (config_free), and is
 * NULL after a failure. The file must be valid by itself; the changes may be valid only together,
 * and the one that made the difference is blamed. Everything is checked that can be checked without
 * the data: ranges, a list in place of a number, keys that mean nothing for a type (kernel of a
 * pool), a block without channels, unknown norm specs. Shapes are checked by nn/network.h. kinds
 * are those of the program, NETWORK_KINDS of nn/kinds.h, and must outlive the configuration. */
Status config_read(Config **config, const Kinds *kinds, const char *file,
                   const ConfigChange *changes, int n_changes) MUST_CHECK;
/* Does the same with a text; file is for messages. */
Status config_parse(Config **config, const Kinds *kinds, const char *text, const char *file,
                    const ConfigChange *changes, int n_changes) MUST_CHECK;
/* Reads the resolved configuration that a result file holds. Older files have all keys of a section
 * in it: those that mean nothing for the section's type are left out, where config_parse would
 * refuse them. */
Status config_parse_stored(Config **config, const Kinds *kinds, const char *text,
                           const char *file) MUST_CHECK;
void config_free(Config *config);

/* Returns where the value of a layer's own key ("kernel") is, which is of its row's type, or NULL
 * if the layer's kind has no such key. */
const void *config_layer_value(const Config *config, int layer, const char *key);

/* A failure about layer I: "FILE:LINE: network.layers.I (TYPE): text". */
Status config_layer_error(const Config *config, int layer, const char *format, ...) MUST_CHECK
    __attribute__((format(printf, 3, 4)));

/* A failure about data.validation: "FILE:LINE: data.validation: text", or "--set
 * data.validation=N: text" where an option says it. */
Status config_validation_error(const Config *config, const char *format, ...) MUST_CHECK
    __attribute__((format(printf, 2, 3)));

/* Writes the resolved configuration as YAML, all defaults written out, numbers in the shortest form
 * that reads back the same; config_parse reads it back to an equal Config. Only a layer's norm,
 * dropout and pool stride are left out where they equal what they default to (network.norm,
 * network.dropout, size), so that --norm reaches the layers of a resolved configuration too. *text
 * is owned by the caller. */
Status config_text(char **text, const Config *config) MUST_CHECK;
/* Writes the part of it that results depend on: without `name` and the sections checkpoint and
 * watchdog. */
Status config_result_text(char **text, const Config *config) MUST_CHECK;
/* Writes the same as what a hash is made of: a line "PATH: VALUE" for each value that results
 * depend on and that is not its default, those of the layers one by one ("network.layers.0.type:
 * conv"), sorted by strcmp. A key that is added to the program changes the text of no configuration
 * that leaves it at its default. For a key whose default has changed, the default is its
 * first_default (config/key.h): so no text ever stands for two configurations. */
Status config_canonical_text(char **text, const Config *config) MUST_CHECK;

/* A time as checkpoint.every takes it, in seconds: 30s, 10min, 2h, or 0. Returns 1 if the text is
 * such a one, and 0 otherwise. */
int config_duration(double *seconds, const char *text);

/* One value of a configuration. */
typedef struct ConfigValue {
  const char *path; /* "optimizer.lr"; each layer is one value, "network.layers.0" */
  const char *text; /* as config_text writes it: "0.1", "[1, 2]", "{type: relu}" */
  const Key *key;   /* its row: type, effect, documentation */
  /* The value of KEY_NUMBER, KEY_WHOLE and KEY_SWITCH (n = 1, a switch being 0 or 1), KEY_NUMBERS
   * and KEY_WHOLES (n entries). n is -1 where the value is not made of numbers. */
  int n;
  const double *number; /* [n] */
  uint64_t seed;        /* of KEY_SEED, which has n = -1 */
} ConfigValue;
typedef void ConfigVisit(void *context, const ConfigValue *value);

/* Calls visit for every value of the resolved configuration, in the order of config_text. What it
 * is given lives until it returns. */
void config_visit(const Config *config, ConfigVisit *visit, void *context);
/* Does the same for the values of config_result_text alone. */
void config_visit_result(const Config *config, ConfigVisit *visit, void *context);

/* Returns 1 if runs that differ in the key at a path ("optimizer.lr", "network.layers.3") are runs
 * of different variants, and 0 for what results do not depend on and for the seed. A path that no
 * row has makes a variant: it is of a kind or of another program. */
int config_key_makes_variant(const char *path);

/* Returns 0 if the key at a path is one of a kind, but not of the type that its section has
 * ("schedule.rise" for type "constant"), and 1 otherwise, for an unknown type too. Older result
 * files hold such keys. */
int config_key_applies(const Kinds *kinds, const char *path, const char *type);

/* Calls visit for each key whose value, which results depend on, is another here than in `base`, in
 * the order of config_text; the keys of layers one by one ("network.layers.3.channels"). The norm
 * and the seed are left out, and so is what follows from another key: defaults of another type, the
 * norm of a layer that follows network.norm. `value` is the text here, and NULL for a layer that is
 * only in `base`. What visit is given lives until it returns. Together with the norm the keys tell
 * configurations of the same base apart. Returns STATUS_MEMORY. */
Status config_visit_changes(const Config *config, const Config *base,
                            void (*visit)(void *context, const char *key, const char *value),
                            void *context) MUST_CHECK;

/* Writes the first difference in what results depend on, "optimizer.lr: 0.1 here, 0.05 there", and
 * returns 1; returns 0 if there is none. */
int config_difference(char *text, size_t bytes, const Config *here, const Config *there);

#endif
