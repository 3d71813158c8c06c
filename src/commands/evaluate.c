#include "base/log.h"
#include "base/memory.h"
#include "base/utf8.h"
#include "commands/command.h"
#include "data/dataset.h"
#include "data/format.h"
#include "dist/facts.h"
#include "evaluate_stored.h"
#include "nn/pass.h"
#include "nn/team.h"
#include "store/file.h"
#include "store/schema.h"
#include "train/agreement.h"
#include "train/model.h"
#include "train/threads.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct Options {
  Statistics statistics; /* N_STATISTICS: all three */
  const char *data, *train;
  int adapt, json, n_threads;
} Options;

static const Option OPTIONS[] = {
    {"statistics", "WAY",
     "Takes these statistics alone: running, population or batch; all three by default.",
     TO_STATISTICS(Options, statistics)},
    {"data", "DIR",
     "Evaluates the test set of this folder, whatever the run was trained on. By default the "
     "images "
     "of the run, which $NORMLAB_DATA must hold then, its validation split if it has one.",
     TO_TEXT(Options, data), .may_differ = 1},
    {"train", "DIR",
     "Takes the training images from this folder, of which population takes its statistics, where "
     "--data does not have them; $NORMLAB_DATA by default, where FILE does not have them either.",
     TO_TEXT(Options, train), .may_differ = 1},
    {"adapt", NULL,
     "Takes the statistics of population on the evaluated images themselves: covariate shift "
     "adaptation (Schneider et al. 2020).",
     TO_FLAG(Options, adapt)},
    {"json", NULL, "Prints all of it, for programs.", TO_FLAG(Options, json)},
    {"threads", "N",
     "Uses so many threads a rank; $OMP_NUM_THREADS by default, or the allowed cores shared by the "
     "ranks.",
     TO_COUNT(Options, n_threads, MAX_THREADS)},
    {0}};

/* A network that is evaluated anew. */
typedef struct Work {
  const Options *options;
  const char *file;
  Model model;
  char hash[DATASET_HASH_TEXT]; /* of the images that it was trained on */
  char norm[NORM_SPEC_TEXT];
  StoredEvaluation stored;
  DataSet data, train; /* the latter is empty unless it is another one */
  int is_own;          /* data is what it was trained on */
  int is_train_given;  /* to rank 0, by --train */
  const ImageSet *evaluated;
  float table[MAX_INPUT_CHANNELS * 256];
  int n_threads;
  Pass *pass;
  EvaluationResult result[N_STATISTICS];
  int is_done[N_STATISTICS];
  Status status;
} Work;

/* Each rank reads the file; they must have read the same. */
static Status load_model(Work *work) {
  Record record;
  int used_previous;
  char digest[33] = "";
  Status status = result_read(&record, work->file, &used_previous);
  if (status.code == STATUS_OK) {
    const char *hash = result_text(&record, RESULT_DATA_HASH);
    snprintf(work->hash, sizeof work->hash, "%s", hash ? hash : "");
    record_digest(digest, &record);
    work->stored = stored_evaluation(&record);
    status = model_load(&work->model, &record, work->file);
    record_free(&record);
  }
  Facts facts = {0};
  facts_add(&facts, &(Fact){"the result file", digest, work->file, "give all ranks the same file"});
  facts_add(&facts, &(Fact){"the hash of its images", work->hash, work->file,
                            "give all ranks the same file"});
  status = dist_agree_facts(&facts, status);
  facts_free(&facts);
  return status;
}

/* Whether a data set is the one that the network was trained on. */
static int is_of_run(const Work *work, const DataSet *set) {
  char hash[DATASET_HASH_TEXT];
  dataset_hash_text(hash, set->hash);
  return strcmp(hash, work->hash) == 0;
}

/* Collective. The training images without those that were held out. */
static Status hold_out(const Work *work, DataSet *set) {
  const int n = work->model.config->data.validation;
  return n > 0 && n < set->train.n ? dataset_hold_out(set, n) : status_ok();
}

static Status check_size(const Work *work, const DataSet *set) {
  const Model *model = &work->model;
  const ImageSet *images = &set->test;
  if (images->c != model->c || images->h != model->h || images->w != model->w)
    return status_error(STATUS_DATA,
                        "%s: images of %d x %d x %d; the network of %s takes %d x %d x "
                        "%d",
                        set->source, images->c, images->h, images->w, work->file, model->c,
                        model->h, model->w);
  if (set->n_classes <= model->network.n_classes) return status_ok();
  return status_error(STATUS_DATA, "%s: %d classes; the network of %s has %d outputs", set->source,
                      set->n_classes, work->file, model->network.n_classes);
}

/* Collective. */
static Status load_data(Work *work) {
  const char *folder = data_given(work->options->data);
  int is_chosen = work->options->data != NULL;
  work->is_train_given = work->options->train != NULL;
  dist_broadcast(&is_chosen, sizeof is_chosen);
  dist_broadcast(&work->is_train_given, sizeof work->is_train_given);
  TRY(agreement_on_files(folder, NULL));
  TRY(dataset_load(&work->data, folder));
  TRY(check_size(work, &work->data));
  work->is_own = is_of_run(work, &work->data);
  if (!work->is_own && !is_chosen)
    return status_error(STATUS_USAGE,
                        "%s: $NORMLAB_DATA (%s) holds other images than it was trained on; --data "
                        "DIR evaluates these, too",
                        work->file, work->data.source);
  if (work->is_own) TRY(hold_out(work, &work->data));
  work->evaluated = work->data.validation.n > 0 ? &work->data.validation : &work->data.test;
  dataset_table(work->table, work->model.mean, work->model.deviation, work->model.c);
  return status_ok();
}

static int is_wanted(const Work *work, Statistics statistics) {
  const Options *options = work->options;
  if (!work->model.network.crosses_samples) return statistics == STATISTICS_RUNNING;
  return options->statistics == N_STATISTICS || options->statistics == statistics;
}

/* Collective. Another folder than that of the evaluated images. */
static Status load_train(Work *work) {
  const char *folder = data_given(work->options->train);
  int is_given = folder != NULL; /* to rank 0, which reads */
  dist_broadcast(&is_given, sizeof is_given);
  if (!is_given)
    return status_error(STATUS_USAGE,
                        "%s: holds no statistics of all training images; --train DIR says where "
                        "the images are that it was trained on",
                        work->file);
  TRY(agreement_on_files(folder, NULL));
  TRY(dataset_load(&work->train, folder));
  if (!is_of_run(work, &work->train))
    return status_error(STATUS_DATA,
                        "%s: %s has other images than it was trained on, whose hash is %s, and is "
                        "no set to take the statistics of all training images from",
                        work->file, work->train.source, work->hash);
  return hold_out(work, &work->train);
}

/* Collective. Has the statistics of the population. They are taken anew of the images that the
 * network was trained on, and are those of the file where these are not at hand. */
static Status find_population(Work *work) {
  const ImageSet *images = work->evaluated;
  if (!work->options->adapt) {
    const int is_known = work->model.network.has_population;
    if (is_known && !work->is_own && !work->is_train_given) return status_ok();
    if (!work->is_own) TRY(load_train(work));
    images = work->is_own ? &work->data.train : &work->train.train;
  }
  if (pass_population(work->pass, images, work->table))
    return status_error(STATUS_NUMBERS, "%s: a statistic is not finite or too large", work->file);
  return status_ok();
}

/* Collective. */
static Status evaluate_all(Work *work) {
  const Network *network = &work->model.network;
  for (int way = 0; way < N_STATISTICS; way++) {
    const Statistics statistics = (Statistics)way;
    if (!is_wanted(work, statistics)) continue;
    const Status found = statistics == STATISTICS_POPULATION ? find_population(work) : status_ok();
    if (found.code != STATUS_OK && work->options->statistics != N_STATISTICS) return found;
    if (found.code != STATUS_OK) {
      if (dist_rank() == 0) log_note("%s: %s is left out", found.text, STATISTICS_NAMES[way]);
      continue;
    }
    if (statistics == STATISTICS_BATCH) TRY(network_check_evaluation(network, work->evaluated->n));
    TRY(pass_evaluate(work->pass, work->evaluated, work->table, statistics, &work->result[way]));
    if (work->result[way].out_of_range)
      return status_error(STATUS_NUMBERS, "%s: a loss is not finite or too large", work->file);
    work->is_done[way] = 1;
  }
  return status_ok();
}

static void lead(void *context) {
  Work *work = context;
  work->status = evaluate_all(work);
}

static const char *name_of(const Work *work, int way) {
  if (!work->model.network.crosses_samples) return "any";
  return way == STATISTICS_POPULATION && work->options->adapt ? "adapted" : STATISTICS_NAMES[way];
}

static const char *evaluated_name(const Work *work) {
  return work->data.validation.n > 0 ? "validation" : "test";
}

static void print_text(const Work *work) {
  const int n = work->evaluated->n;
  printf("%s: %s, norm %s, on the %d %s images of %s%s\n", work->file, work->model.config->name,
         work->norm, n, evaluated_name(work), work->data.title,
         work->is_own ? "" : ", which it was not trained on");
  printf("statistics  accuracy %%      loss  misclassified\n");
  for (int way = 0; way < N_STATISTICS; way++)
    if (work->is_done[way])
      printf("%-10s  %10.2f  %8.4f  %13lld\n", name_of(work, way),
             100 * (double)work->result[way].correct / n, exact_value(work->result[way].loss) / n,
             (long long)(n - work->result[way].correct));
  if (!work->model.network.crosses_samples)
    printf("No norm of this network crosses samples: it is the same by all statistics.\n");
}

static void print_json(const Work *work) {
  const int n = work->evaluated->n;
  char hash[DATASET_HASH_TEXT];
  const char *separator = "";
  dataset_hash_text(hash, dataset_images_hash(work->evaluated));
  fputs("{\"file\": ", stdout);
  utf8_print_json(stdout, work->file);
  printf(", \"norm\": \"%s\", \"data\": ", work->norm);
  utf8_print_json(stdout, work->data.title);
  printf(", \"is_trained_on\": %s, \"evaluated\": \"%s\", \"evaluated_hash\": \"%s\", "
         "\"images\": %d,\n \"evaluations\": [",
         work->is_own ? "true" : "false", evaluated_name(work), hash, n);
  for (int way = 0; way < N_STATISTICS; way++) {
    if (!work->is_done[way]) continue;
    printf("%s{\"statistics\": \"%s\", \"accuracy\": %.17g, \"loss\": %.17g}", separator,
           name_of(work, way), (double)work->result[way].correct / n,
           exact_value(work->result[way].loss) / n);
    separator = ",\n  ";
  }
  printf("]}\n");
}

/* What the file says of its own images must be what has been found. */
static Status check_stored(const Work *work) {
  if (!work->is_own) return status_ok();
  for (int way = 0; way < N_STATISTICS; way++) {
    const int is_adapted = way == STATISTICS_POPULATION && work->options->adapt;
    if (work->is_done[way] && !is_adapted)
      TRY(stored_check(&work->stored, (Statistics)way, &work->result[way], work->evaluated->n,
                       work->file));
  }
  return status_ok();
}

/* Collective. */
static Status prepare(Work *work) {
  int n_cores;
  TRY(load_model(work));
  norm_spec_text(work->norm, work->model.config->network.norm);
  TRY(load_data(work));
  TRY(threads_choose(&work->n_threads, &n_cores, work->options->n_threads, work->evaluated->n));
  return agreement_on_backend(
      pass_make(&work->pass, &work->model.network, work->model.batch, work->n_threads));
}

static void free_work(Work *work) {
  pass_free(work->pass);
  model_free(&work->model);
  if (work->data.memory.bytes > 0) dataset_free(&work->data);
  if (work->train.memory.bytes > 0) dataset_free(&work->train);
}

static Status check(const Options *options) {
  if (options->adapt && options->statistics != N_STATISTICS &&
      options->statistics != STATISTICS_POPULATION)
    return status_error(STATUS_USAGE, "evaluate: --adapt: is for the statistics of population");
  if (options->adapt && options->train)
    return status_error(STATUS_USAGE, "evaluate: --adapt or --train, not both");
  return status_ok();
}

static Status run(void *from, const Words *words) {
  const Options *options = from;
  Work *work;
  const char *file;
  TRY(words_one(&file, words, "FILE"));
  TRY(check(options));
  TRY(dist_agree(memory_allocate(&work, 1, sizeof *work, "evaluation")));
  work->options = options;
  work->file = file;
  Status status = prepare(work);
  if (status.code == STATUS_OK) {
    team_lead(work->n_threads, lead, work);
    status = work->status;
  }
  if (status.code == STATUS_OK && dist_rank() == 0) (options->json ? print_json : print_text)(work);
  if (status.code == STATUS_OK) status = check_stored(work);
  free_work(work);
  free(work);
  return status;
}

const Command COMMAND_evaluate = {
    .name = "evaluate",
    .summary = "a trained network again, by other statistics or images",
    .usage = "FILE [--statistics WAY] [--data DIR] [options]       (also under mpirun or srun)",
    .about =
        "Evaluates the network of the result file FILE, which stays as it is. A network with "
        "norms that cross samples (batch norms) is three: with running averages, with the "
        "statistics of all training images (population), and with those of groups of the "
        "evaluated images as large as in training (batch).\n"
        "The statistics of the population are taken anew of the images that it was trained on, "
        "or are those of the file where these images are not at hand. Where the images are those "
        "of the run, a file that says anything else of its network than is found is named, with "
        "status 4.",
    .options = OPTIONS,
    .exits =
        (const ExitLine[]){{STATUS_USAGE, NULL},
                           {STATUS_FILE, NULL},
                           {STATUS_DATA, NULL},
                           {STATUS_NUMBERS, "A statistic or a loss is not finite, or too large."},
                           {STATUS_MEMORY, NULL},
                           {0}},
    .options_bytes = sizeof(Options),
    .defaults = &(const Options){.statistics = N_STATISTICS},
    .start = START_WITH_MPI,
    .run = run};
