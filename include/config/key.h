#ifndef NORMLAB_CONFIG_KEY_H
#define NORMLAB_CONFIG_KEY_H
/* The rows of a configuration. A key is one Key: what it is called, what it takes, where its value
 * goes, and what it means. Reading, checking, messages, the resolved text, differences and the
 * manual of `normlab config` follow from the rows, which stand by section in src/config/keys.
 *
 * A section with a type (optimizer, schedule) and each entry of network.layers has the keys of its
 * kind beside those of the section. A kind is one Kind, which stands in the nn library with what
 * the kind does; the lists of kinds are passed in from there (nn/kinds.h). */
#include <math.h>
#include <stddef.h>

/* What a key takes, and the C type that its offset points to. */
typedef enum KeyType {
  KEY_NUMBER,    /* double */
  KEY_WHOLE,     /* int */
  KEY_SEED,      /* uint64_t */
  KEY_SWITCH,    /* int, 0 or 1: true, false, yes, no */
  KEY_WORD,      /* int, the number of the word in the row's list; const char * if keeps_word */
  KEY_NORM,      /* NormSpec */
  KEY_INTERVAL,  /* int steps, and at `beside` double seconds */
  KEY_NAME,      /* char *, owned; not among the keys of a kind */
  KEY_NUMBERS,   /* double [most], and at `beside` int n */
  KEY_WHOLES,    /* int [most], likewise */
  KEY_WORDS,     /* int [most], likewise */
  KEY_KIND,      /* const Kind *, and at `beside` void *, its settings: the type of a section */
  KEY_LAYERS,    /* LayerConfig *, and at `beside` int n */
  KEY_SECTION,   /* keys below it; its keys have offsets in Config */
  KEY_KIND_KEYS, /* no key: the place in a section where the keys of its kind stand */
  KEY_DEFAULT    /* no key, among those of a kind: gives the section's key of this name another
                    default */
} KeyType;

/* The numbers that a key takes. */
typedef struct Range {
  double low, high;
  int is_above, is_below; /* 1: low itself, high itself does not belong to it */
  double gap;             /* what is above 0 and below this is refused too */
} Range;

/* Initializers of a Range. */
#define RANGE_ANY                                                                                  \
  { -HUGE_VAL, HUGE_VAL, .gap = 0 }
#define RANGE_AT_LEAST(low)                                                                        \
  { low, HUGE_VAL, .gap = 0 }
#define RANGE_ABOVE(low)                                                                           \
  { low, HUGE_VAL, .is_above = 1 }
#define RANGE_FROM_TO(low, high)                                                                   \
  { low, high, .gap = 0 }
#define RANGE_FROM_BELOW(low, high)                                                                \
  { low, high, .is_below = 1 }
#define RANGE_BETWEEN(low, high)                                                                   \
  { low, high, .is_above = 1, .is_below = 1 }

/* What depends on a key. */
typedef enum KeyEffect {
  EFFECT_RESULTS, /* results do, so runs that differ in it are different variants */
  EFFECT_REPEATS, /* results do, but it tells the runs of one variant apart: the seed */
  EFFECT_NONE     /* results do not */
} KeyEffect;

/* An option of the command line that sets a key; without a name there is none. */
typedef struct KeyOption {
  const char *name, *argument; /* "--norm", "SPEC" */
  const char *help;            /* what it does, in whole sentences */
  /* Writes what it takes, in short; NULL where the help says that. */
  void (*accepted)(char *text, size_t bytes);
} KeyOption;

typedef struct Key Key;
struct Key {
  const char *name;
  KeyType type;
  size_t offset;        /* in Config; of the keys of a kind: in its settings */
  size_t beside;        /* see KeyType */
  const char *fallback; /* the default, in YAML. "=KEY": the value of that key beside it, or of that
                           path. NULL: the key must be given */
  const char *first_default; /* of a key whose default was another at first: that. The text that
                                hashes are made of leaves it out in place of today's, so that
                                files of then keep theirs */
  Range range;               /* of each number */
  int least, most;           /* entries of a list */
  const char *const *words;  /* of KEY_WORD, KEY_WORDS; ends with NULL */
  int keeps_word;            /* 1: KEY_WORD stores the word in place of its number */
  /* Bit of a BlockOp: the key means something only if network.order has that operation, and is
   * refused otherwise. NEEDS_CORRECTED_NORM: only if some layer has such a norm; otherwise a file
   * may have the key, which then has no effect, and an option that sets it is refused. 0: it means
   * something everywhere. */
  unsigned needs;
  KeyEffect effect;
  KeyOption option;          /* its own option of the command line */
  const char *documentation; /* one line: what it does, with its unit */
  const Key *keys; /* below it: of KEY_SECTION; of KEY_LAYERS, with offsets in LayerConfig */
  int n_keys;
  const char
      *example; /* of a key that must be given: how `normlab config` sets it, indented lines */
  size_t kinds; /* KEY_KIND: offset of its KindList in Kinds */
};

/* The configuration's side of an optimizer, a schedule or a kind of layer. */
typedef struct Kind {
  const char *name;    /* what `type` says */
  const char *summary; /* one line: what it is */
  const Key *keys;     /* its own keys, in the order in which they are written */
  int n_keys;
  size_t settings_bytes; /* of the struct that their offsets are in; it begins as zeros */
  /* Checks what involves more than one of its keys; NULL where nothing does. Returns NULL if all is
   * well; else the name of the key at fault, and writes "what is wrong; accepted: what". */
  const char *(*check)(const void *settings, char *text, size_t bytes);
} Kind;

typedef struct KindList {
  const Kind *const *kind; /* [n], in the order in which they are listed to the user */
  int n;
} KindList;

typedef struct Kinds {
  KindList layers, optimizers, schedules;
} Kinds;

/* The number of rows in an array of them. */
#define N_KEYS(array) ((int)(sizeof(array) / sizeof *(array)))

#endif
