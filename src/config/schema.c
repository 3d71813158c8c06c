#include "schema.h"

#include "base/log.h"
#include "values.h"

#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* Every field is optional for libcyaml: what is missing has been filled in before. */
#define FLAGS (CYAML_FLAG_OPTIONAL | CYAML_FLAG_STRICT)
/* Strict numbers may not be denormal. */
#define NUMBER_FLAGS CYAML_FLAG_OPTIONAL
#define COUNT(array) ((int)(sizeof(array) / sizeof *(array)))

#define NUMBER(key, member) .schema = CYAML_FIELD_FLOAT(key, NUMBER_FLAGS, Parsed, member)
#define WHOLE(key, member) .schema = CYAML_FIELD_INT(key, FLAGS, Parsed, member)
#define WORD(key, member, words)                                                                   \
  .schema = CYAML_FIELD_ENUM(key, FLAGS, Parsed, member, words, COUNT(words))
#define SWITCH(key, member) WORD(key, member, SWITCHES)
#define TEXT(key, member)                                                                          \
  .schema = CYAML_FIELD_STRING_PTR(key, FLAGS, Parsed, member, 0, CYAML_UNLIMITED)
#define LIST(key, member, count, entry, least, most)                                               \
  .schema = CYAML_FIELD_SEQUENCE_COUNT(key, FLAGS, Parsed, member, count, entry, least, most)
/* The members are named from the top, so a section begins where the whole does. */
#define SECTION(name, table)                                                                       \
  .schema = {.key = name, .value = {.type = CYAML_MAPPING, .flags = CYAML_FLAG_OPTIONAL}},         \
  .fallback = "", .fields = table, .n_fields = COUNT(table)

#define LAYER_WHOLE(key, member) .schema = CYAML_FIELD_INT(key, FLAGS, ParsedLayer, member)
#define LAYER_WORD(key, member, words)                                                             \
  .schema = CYAML_FIELD_ENUM(key, FLAGS, ParsedLayer, member, words, COUNT(words))
#define LAYER_NUMBER(key, member)                                                                  \
  .schema = CYAML_FIELD_FLOAT(key, NUMBER_FLAGS, ParsedLayer, member)
#define LAYER_TEXT(key, member)                                                                    \
  .schema = CYAML_FIELD_STRING_PTR(key, FLAGS, ParsedLayer, member, 0, CYAML_UNLIMITED)

#define ANY_NUMBER                                                                                 \
  { -HUGE_VAL, HUGE_VAL, .gap = 0 }
#define AT_LEAST(low)                                                                              \
  { low, HUGE_VAL, .gap = 0 }
#define ABOVE(low)                                                                                 \
  { low, HUGE_VAL, .is_above = 1 }
#define FROM_TO(low, high)                                                                         \
  { low, high, .gap = 0 }
#define FROM_BELOW(low, high)                                                                      \
  { low, high, .is_below = 1 }
#define BETWEEN(low, high)                                                                         \
  { low, high, .is_above = 1, .is_below = 1 }
/* Dropout compares bytes, in steps of 1/256; less than half a step would be none. */
#define DROPOUT_RANGE                                                                              \
  { 0, 255.0 / 256, .gap = 1.0 / 512 }

/* Short enough to be missed would be an accident. */
#define WATCHDOG_RANGE                                                                             \
  { 0, 1e6, .gap = 1 }

#define IN(type) (1u << (type))
#define CONVS                                                                                      \
  { .types = IN(LAYER_BLOCK) | IN(LAYER_CONV) }
#define SGD                                                                                        \
  { .types = IN(OPTIMIZER_SGD) }
#define ADAMS                                                                                      \
  { .types = IN(OPTIMIZER_ADAM) | IN(OPTIMIZER_ADAMW) }
#define POOLS                                                                                      \
  { .types = IN(LAYER_MAX_POOL) | IN(LAYER_AVG_POOL) }

static const cyaml_strval_t SWITCHES[] = {{"true", 1}, {"false", 0}, {"yes", 1}, {"no", 0}};

static const cyaml_strval_t LAYER_TYPES[] = {
    {"block", LAYER_BLOCK},       {"conv", LAYER_CONV},
    {"norm", LAYER_NORM},         {"relu", LAYER_RELU},
    {"dropout", LAYER_DROPOUT},   {"max-pool", LAYER_MAX_POOL},
    {"avg-pool", LAYER_AVG_POOL}, {"global-avg-pool", LAYER_GLOBAL_AVG_POOL},
    {"linear", LAYER_LINEAR},
};

static const cyaml_strval_t BLOCK_OPS[] = {
    {"conv", BLOCK_CONV},
    {"norm", BLOCK_NORM},
    {"dropout", BLOCK_DROPOUT},
    {"relu", BLOCK_RELU},
};

static const cyaml_strval_t SCHEDULES[] = {
    {"constant", SCHEDULE_CONSTANT},     {"step", SCHEDULE_STEP},
    {"multi-step", SCHEDULE_MULTI_STEP}, {"cosine", SCHEDULE_COSINE},
    {"one-cycle", SCHEDULE_ONE_CYCLE},
};

static const cyaml_strval_t OPTIMIZERS[] = {
    {"sgd", OPTIMIZER_SGD},
    {"adam", OPTIMIZER_ADAM},
    {"adamw", OPTIMIZER_ADAMW},
};

static const cyaml_strval_t L1_PARTS[] = {{"all", L1_ON_ALL}, {"conv", L1_ON_CONV}};

static const cyaml_schema_value_t BLOCK_OP_ENTRY = {
    CYAML_VALUE_ENUM(CYAML_FLAG_STRICT, BlockOp, BLOCK_OPS, COUNT(BLOCK_OPS))};
static const cyaml_schema_value_t NUMBER_ENTRY = {CYAML_VALUE_FLOAT(CYAML_FLAG_DEFAULT, double)};
static const cyaml_schema_value_t WHOLE_ENTRY = {CYAML_VALUE_INT(CYAML_FLAG_DEFAULT, int)};

static int norm_is_fine(const char *text) {
  NormSpec spec;
  return norm_spec_parse(&spec, text).code == STATUS_OK;
}

static int interval_is_fine(const char *text) {
  int steps;
  double seconds;
  return interval_parse(&steps, &seconds, text);
}

static void interval_accepted(char *text, size_t bytes) {
  snprintf(text, bytes, "steps like 50, times like 30s, 10min, 2h, or 0 for none");
}

static void name_accepted(char *text, size_t bytes) {
  snprintf(text, bytes, "up to 64 letters, digits and . _ + -, a letter, digit or _ first");
}

static int backend_is_fine(const char *text) {
  return strcmp(text, "direct") == 0 || strcmp(text, "gemm") == 0;
}

static void backend_accepted(char *text, size_t bytes) {
  snprintf(text, bytes, "direct, gemm");
}

#define NORM_RULE .is_fine = norm_is_fine, .accepted = norm_spec_accepted

/* clang-format off */
static const Field LAYER[] = {
    {LAYER_WORD("type", layer.type, LAYER_TYPES)},
    {LAYER_WHOLE("channels", layer.channels), .range = FROM_TO(1, 65536),
     .scope = {.types = IN(LAYER_BLOCK) | IN(LAYER_CONV) | IN(LAYER_LINEAR)}},
    {LAYER_WHOLE("kernel", layer.kernel), "3", FROM_TO(1, 255), .scope = CONVS},
    {LAYER_WHOLE("size", layer.size), "2", FROM_TO(1, 4096), .scope = POOLS},
    {LAYER_WHOLE("stride", layer.stride), "1", FROM_TO(1, 2), .scope = CONVS},
    {LAYER_WHOLE("stride", layer.stride), "=size", FROM_TO(1, 4096), .scope = POOLS},
    {LAYER_WHOLE("padding", layer.padding), "0", FROM_TO(0, 254), .scope = CONVS},
    {LAYER_WORD("bias", layer.bias, SWITCHES), "false", .scope = CONVS},
    {LAYER_WORD("bias", layer.bias, SWITCHES), "true", .scope = {.types = IN(LAYER_LINEAR)}},
    {LAYER_WORD("skip", layer.skip, SWITCHES), "false", .scope = CONVS},
    {LAYER_TEXT("norm", norm), "=network.norm", NORM_RULE,
     .scope = {.types = IN(LAYER_NORM), .blocks = IN(BLOCK_NORM)}},
    {LAYER_NUMBER("dropout", layer.dropout), "=network.dropout", DROPOUT_RANGE,
     .scope = {.types = IN(LAYER_DROPOUT), .blocks = IN(BLOCK_DROPOUT)}},
};

static const Field NETWORK[] = {
    {TEXT("norm", norm), "batch", NORM_RULE},
    {NUMBER("epsilon", config.network.norm_epsilon), "1e-5", ABOVE(0)},
    {NUMBER("momentum", config.network.norm_momentum), "0.1", FROM_TO(0, 1)},
    {NUMBER("dropout", config.network.dropout), "0", DROPOUT_RANGE},
    {LIST("order", config.network.order, config.network.n_order, &BLOCK_OP_ENTRY, 1,
          BLOCK_OP_COUNT), "[conv, norm, dropout, relu]"},
    {LIST("layers", layers, n_layers, NULL, 1, 1000), .fields = LAYER, .n_fields = COUNT(LAYER)},
};

static const Field DATA[] = {
    {SWITCH("shuffle", config.data.shuffle), "true"},
    {WHOLE("validation", config.data.validation), "0", FROM_TO(0, INT_MAX)},
    {LIST("mean", config.data.mean, config.data.n_mean, &NUMBER_ENTRY, 0, MAX_INPUT_CHANNELS),
     "[]", ANY_NUMBER},
    {LIST("deviation", config.data.deviation, n_deviation, &NUMBER_ENTRY, 0, MAX_INPUT_CHANNELS),
     "[]", ABOVE(0)},
};

static const Field AUGMENT[] = {
    {NUMBER("rotation", config.augment.rotation), "0", FROM_TO(0, 180)},
    {NUMBER("shift", config.augment.shift), "0", FROM_TO(0, 4096)},
    {NUMBER("scale", config.augment.scale), "0", FROM_TO(0, 0.9)},
    {NUMBER("shear", config.augment.shear), "0", FROM_TO(0, 60)},
    {WHOLE("crop", config.augment.crop), "0", FROM_TO(0, 4096)},
    {SWITCH("flip", config.augment.flip), "false"},
};

static const Field TRAINING[] = {
    {WHOLE("epochs", config.training.epochs), "15", FROM_TO(0, 100000)},
    {WHOLE("batch", config.training.batch), "128", FROM_TO(1, 1000000)},
    {NUMBER("label_smoothing", config.training.label_smoothing), "0", FROM_BELOW(0, 1)},
    {NUMBER("ema", config.training.ema), "0", FROM_BELOW(0, 1)},
};

static const Field OPTIMIZER[] = {
    {WORD("type", config.optimizer.type, OPTIMIZERS), "sgd"},
    {NUMBER("lr", config.optimizer.lr), "0.05", AT_LEAST(0), .scope = SGD},
    {NUMBER("lr", config.optimizer.lr), "0.001", AT_LEAST(0), .scope = ADAMS},
    {NUMBER("momentum", config.optimizer.momentum), "0.9", FROM_BELOW(0, 1), .scope = SGD},
    {SWITCH("nesterov", config.optimizer.nesterov), "false", .scope = SGD},
    {NUMBER("beta1", config.optimizer.beta1), "0.9", FROM_BELOW(0, 1), .scope = ADAMS},
    {NUMBER("beta2", config.optimizer.beta2), "0.999", FROM_BELOW(0, 1), .scope = ADAMS},
    {NUMBER("epsilon", config.optimizer.epsilon), "1e-8", ABOVE(0), .scope = ADAMS},
    {NUMBER("weight_decay", config.optimizer.weight_decay), "0", AT_LEAST(0),
     .scope = {.types = IN(OPTIMIZER_SGD) | IN(OPTIMIZER_ADAM)}},
    {NUMBER("weight_decay", config.optimizer.weight_decay), "0.01", AT_LEAST(0),
     .scope = {.types = IN(OPTIMIZER_ADAMW)}},
    {SWITCH("decay_norm", config.optimizer.decay_norm), "true"},
    {NUMBER("l1", config.optimizer.l1), "0", AT_LEAST(0)},
    {WORD("l1_on", config.optimizer.l1_on, L1_PARTS), "all"},
};

static const Field SCHEDULE[] = {
    {WORD("type", config.schedule.type, SCHEDULES), "constant"},
    {WHOLE("every", config.schedule.every), "5", FROM_TO(1, 100000)},
    {NUMBER("gamma", config.schedule.gamma), "0.1", BETWEEN(0, 1000)},
    {LIST("milestones", config.schedule.milestones, config.schedule.n_milestones, &WHOLE_ENTRY, 0,
          MAX_MILESTONES), "[]", FROM_TO(1, 100000)},
    {NUMBER("final", config.schedule.final), "0", AT_LEAST(0)},
    {NUMBER("rise", config.schedule.rise), "0.3", BETWEEN(0, 1)},
    {NUMBER("div", config.schedule.div), "25", ABOVE(0)},
    {NUMBER("final_div", config.schedule.final_div), "10000", ABOVE(0)},
    {NUMBER("warmup", config.schedule.warmup), "0", AT_LEAST(0)},
};

static const Field CONV[] = {
    {TEXT("backend", config.conv.backend), "direct", .is_fine = backend_is_fine,
     .accepted = backend_accepted},
};

static const Field CHECKPOINT[] = {
    {TEXT("every", every), "0", .is_fine = interval_is_fine, .accepted = interval_accepted,
     .is_label = 1},
};

static const Field WATCHDOG[] = {
    {NUMBER("seconds", config.watchdog.seconds), "300", WATCHDOG_RANGE, .is_label = 1},
};

static const Field FILE_FIELDS[] = {
    {TEXT("name", config.name), .is_fine = name_is_fine, .accepted = name_accepted, .is_label = 1},
    {.schema = CYAML_FIELD_UINT("seed", FLAGS, Parsed, config.seed), "1"},
    {SECTION("network", NETWORK)},
    {SECTION("data", DATA)},
    {SECTION("augment", AUGMENT)},
    {SECTION("training", TRAINING)},
    {SECTION("optimizer", OPTIMIZER)},
    {SECTION("schedule", SCHEDULE)},
    {SECTION("conv", CONV)},
    {SECTION("checkpoint", CHECKPOINT)},
    {SECTION("watchdog", WATCHDOG)},
};
/* clang-format on */

const Field *schema_fields(int *n) {
  *n = COUNT(FILE_FIELDS);
  return FILE_FIELDS;
}

int schema_is_layers(const Field *field) {
  return field->fields == LAYER;
}

const Field *schema_find(const char *path) {
  size_t length = strcspn(path, ".");
  if (!path[length]) return NULL;
  for (int i = 0; i < COUNT(FILE_FIELDS); i++) {
    const Field *section = &FILE_FIELDS[i];
    if (strncmp(section->schema.key, path, length) != 0 || section->schema.key[length]) continue;
    for (int k = 0; k < section->n_fields; k++)
      if (strcmp(section->fields[k].schema.key, path + length + 1) == 0) return &section->fields[k];
  }
  return NULL;
}

const Field *schema_layers(void) {
  return schema_find("network.layers");
}

int schema_is_typed(const Field *field) {
  return field->fields == LAYER || field->fields == OPTIMIZER;
}

int schema_applies(const Field *field, int type, unsigned ops) {
  const Scope *scope = &field->scope;
  if (!scope->types && !scope->blocks) return 1;
  return (scope->types & IN(type)) || (type == LAYER_BLOCK && (scope->blocks & ops));
}

const char *schema_word(const cyaml_schema_value_t *schema, int64_t value) {
  for (uint32_t i = 0; i < schema->enumeration.count; i++)
    if (schema->enumeration.strings[i].val == value) return schema->enumeration.strings[i].str;
  return NULL;
}

int schema_word_value(const cyaml_schema_value_t *schema, const char *word, int64_t *value) {
  for (uint32_t i = 0; i < schema->enumeration.count; i++) {
    if (strcmp(schema->enumeration.strings[i].str, word) != 0) continue;
    *value = schema->enumeration.strings[i].val;
    return 1;
  }
  return 0;
}

unsigned schema_op_bit(const char *word) {
  int64_t value;
  return schema_word_value(&BLOCK_OP_ENTRY, word, &value) ? IN(value) : 0;
}

static const cyaml_schema_field_t *assemble(Schema *schema, const Field *fields, int n_fields) {
  cyaml_schema_field_t *block = schema->pool + schema->used;
  BUG_IF(schema->used + n_fields + 1 > SCHEMA_POOL);
  schema->used += n_fields + 1;
  int used = 0;
  for (int i = 0; i < n_fields; i++) {
    /* Two rows with one key differ in scope and default only. */
    int is_known = i > 0 && strcmp(fields[i].schema.key, fields[i - 1].schema.key) == 0;
    if (is_known) continue;
    block[used] = fields[i].schema;
    if (schema_is_layers(&fields[i])) {
      schema->layer = (cyaml_schema_value_t){CYAML_VALUE_MAPPING(
          CYAML_FLAG_DEFAULT, ParsedLayer, assemble(schema, LAYER, COUNT(LAYER)))};
      block[used].value.flags |= CYAML_FLAG_POINTER;
      block[used].value.sequence.entry = &schema->layer;
    } else if (fields[i].fields) {
      block[used].value.mapping.fields = assemble(schema, fields[i].fields, fields[i].n_fields);
      block[used].value.data_size = sizeof(Parsed);
    }
    used++;
  }
  block[used] = (cyaml_schema_field_t)CYAML_FIELD_END;
  return block;
}

void schema_build(Schema *schema) {
  int n;
  const Field *fields = schema_fields(&n);
  schema->used = 0;
  schema->root = (cyaml_schema_value_t){
      CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, Parsed, assemble(schema, fields, n))};
}

const ConfigShort CONFIG_SHORT[N_CONFIG_SHORT] = {
    {"--norm", "network.norm", "SPEC",
     "Takes this norm: none, batch, batch:N, layer, layer:chw, layer:w, group:G, group:c/N or "
     "instance."},
    {"--seed", "seed", "N", "Draws weights, order and dropout from this seed."},
    {"--epochs", "training.epochs", "N",
     "Passes so many times over the train set; 0 writes the initial state."},
    {"--batch", "training.batch", "N", "Takes so many samples a step, over all ranks."}};
