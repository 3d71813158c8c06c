#ifndef NORMLAB_STORE_FIELDS_H
#define NORMLAB_STORE_FIELDS_H
/* The fields of a result file, a row each: FIELD(ID, path, type, shape, units, since, digest,
 * description). store/schema.h says what the parts of a row mean. A new field is one row here and
 * the call that puts its value (result_put). Rows are matched from the top.
 *
 * Once files of STORE_FORMAT are about, a new field comes with the next format, which its `since`
 * says, so that runs of older files can be resumed. If the digest covers it, runs that are the same
 * have another digest from then on. */

/* The format that this program writes: in the header of the file and in /@format_version. It reads
 * this one and all before it. */
enum { STORE_FORMAT = 5 };

#define RESULT_FIELDS(FIELD)                                                                       \
  FIELD(FORMAT, "/@format", FIELD_TEXT, "", "1", 1, 0, "what the file is: normlab result")         \
  FIELD(FORMAT_VERSION, "/@format_version", FIELD_INT64, "", "1", 1, 0, "number of the format")    \
  FIELD(VERSION, "/@version", FIELD_TEXT, "", "1", 1, 0, "version of normlab that began the run")  \
  FIELD(COMMAND_LINE, "/@command_line", FIELD_TEXT, "", "1", 1, 0, "how the run was started last") \
  FIELD(CREATED, "/@created", FIELD_TEXT, "", "1", 1, 0, "when the run began, UTC")                \
  FIELD(STATUS, "/@status", FIELD_TEXT, "", "1", 1, 0, "running, finished, stopped, or diverged")  \
  FIELD(SCALE_OUT, "/out_SIZE", FIELD_INT32, "[out]", "1", 3, 0,                                   \
        "numbers of output channels, from 0: a dimension of weights of this size")                 \
  FIELD(SCALE_IN, "/in_SIZE", FIELD_INT32, "[in]", "1", 3, 0,                                      \
        "numbers of input channels, from 0: a dimension of weights")                               \
  FIELD(SCALE_CHANNEL, "/channel_SIZE", FIELD_INT32, "[channel]", "1", 3, 0,                       \
        "numbers of channels, from 0: a dimension of weights")                                     \
  FIELD(SCALE_GROUP, "/group_SIZE", FIELD_INT32, "[group]", "1", 4, 0,                             \
        "numbers of groups of statistics, from 0: a dimension of running statistics")              \
  FIELD(SCALE_ROW, "/row_SIZE", FIELD_INT32, "[row]", "1", 3, 0,                                   \
        "numbers of rows, from 0: a dimension of weights")                                         \
  FIELD(SCALE_COLUMN, "/column_SIZE", FIELD_INT32, "[column]", "1", 3, 0,                          \
        "numbers of columns, from 0: a dimension of weights")                                      \
                                                                                                   \
  FIELD(CONFIG_RESOLVED, "/config/resolved", FIELD_TEXT, "", "1", 1, 0,                            \
        "the whole configuration, YAML")                                                           \
  FIELD(CONFIG_RESULT, "/config/result", FIELD_TEXT, "", "1", 1, 1,                                \
        "what results depend on and is not its default, a line a value; YAML and all in format 1") \
  FIELD(CONFIG_INIT, "/config@init", FIELD_TEXT, "", "1", 1, 0, "file of --init")                  \
  FIELD(CONFIG_INIT_HASH, "/config@init_hash", FIELD_TEXT, "", "1", 1, 0,                          \
        "hash of the weights that --init gave")                                                    \
  FIELD(CONFIG_KEY, "/config@KEY", FIELD_ANY, "*", "1", 1, 0,                                      \
        "value of a key: a number, a list of numbers, 0 or 1 of a switch, or text; text of all "   \
        "in format 1")                                                                             \
                                                                                                   \
  FIELD(DATA_TITLE, "/data@title", FIELD_TEXT, "", "1", 1, 0, "name of the data set")              \
  FIELD(DATA_SOURCE, "/data@source", FIELD_TEXT, "", "1", 1, 0, "where it was read")               \
  FIELD(DATA_HASH, "/data@hash", FIELD_TEXT, "", "1", 1, 0, "hash of all images and labels")       \
  FIELD(DATA_EVALUATED, "/data@evaluated", FIELD_TEXT, "", "1", 1, 0,                              \
        "test or validation: what the numbers called test_ are of")                                \
  FIELD(DATA_EVALUATED_HASH, "/data@evaluated_hash", FIELD_TEXT, "", "1", 1, 0,                    \
        "hash of the images and labels of EVALUATED")                                              \
  FIELD(DATA_MEAN, "/data/mean", FIELD_FLOAT64, "[channel]", "1", 1, 0,                            \
        "subtracted from the pixels, which are 0 .. 1")                                            \
  FIELD(DATA_DEVIATION, "/data/deviation", FIELD_FLOAT64, "[channel]", "1", 1, 0,                  \
        "the pixels are then divided by it")                                                       \
  FIELD(DATA_CHANNEL, "/data/channel", FIELD_INT32, "[channel]", "1", 3, 0,                        \
        "numbers of the channels of an image, from 0")                                             \
  FIELD(DATA_CLASS, "/data/class", FIELD_TEXT, "[class]", "1", 5, 0,                               \
        "names of the classes, from class 0; missing where they are not known")                    \
  FIELD(DATA_FIT, "/data@fit", FIELD_TEXT, "", "1", 5, 0,                                          \
        "how a picture becomes an image like those of the set: a word of normlab predict --fit")   \
  FIELD(DATA_TRAIN_IMAGES, "/data@train_images", FIELD_INT64, "", "1", 1, 0,                       \
        "images that are trained on")                                                              \
  FIELD(DATA_VALIDATION_IMAGES, "/data@validation_images", FIELD_INT64, "", "1", 1, 0,             \
        "images of the validation split")                                                          \
  FIELD(DATA_TEST_IMAGES, "/data@test_images", FIELD_INT64, "", "1", 1, 0,                         \
        "images of the test set")                                                                  \
  FIELD(DATA_CHANNELS, "/data@channels", FIELD_INT64, "", "1", 1, 0, "channels of an image")       \
  FIELD(DATA_HEIGHT, "/data@height", FIELD_INT64, "", "pixel", 1, 0, "height of an image")         \
  FIELD(DATA_WIDTH, "/data@width", FIELD_INT64, "", "pixel", 1, 0, "width of an image")            \
                                                                                                   \
  FIELD(ENV_VERSION, "/environment@version", FIELD_TEXT, "", "1", 1, 0, "version of normlab")      \
  FIELD(ENV_COMMIT, "/environment@commit", FIELD_TEXT, "", "1", 1, 0, "commit of its source")      \
  FIELD(ENV_COMPILER, "/environment@compiler", FIELD_TEXT, "", "1", 1, 0, "compiler")              \
  FIELD(ENV_MPI, "/environment@mpi", FIELD_TEXT, "", "1", 1, 0, "MPI library")                     \
  FIELD(ENV_HDF5, "/environment@hdf5", FIELD_TEXT, "", "1", 1, 0, "HDF5's version")                \
  FIELD(ENV_BLAS, "/environment@blas", FIELD_TEXT, "", "1", 1, 0,                                  \
        "library of matrix products; none where conv.backend is not gemm")                         \
  FIELD(ENV_BLAS_CORE, "/environment@blas_core_type", FIELD_TEXT, "", "1", 1, 0,                   \
        "core type that the library of matrix products computes for; none likewise")               \
  FIELD(ENV_INSTRUCTION_SET, "/environment@instruction_set", FIELD_TEXT, "", "1", 1, 0,            \
        "instruction set of the kernels")                                                          \
  FIELD(ENV_PROCESSOR, "/environment@processor", FIELD_TEXT, "", "1", 1, 0, "processor")           \
  FIELD(ENV_SYSTEM, "/environment@system", FIELD_TEXT, "", "1", 1, 0, "operating system")          \
  FIELD(ENV_SLURM_JOB, "/environment@slurm_job", FIELD_TEXT, "", "1", 1, 0,                        \
        "number of the Slurm job; empty outside")                                                  \
  FIELD(ENV_HOSTS, "/environment@hosts", FIELD_TEXT, "", "1", 1, 0,                                \
        "hosts and the number of processes on each")                                               \
  FIELD(ENV_RANKS, "/environment@ranks", FIELD_INT64, "", "1", 1, 0, "processes")                  \
  FIELD(ENV_THREADS, "/environment@threads", FIELD_INT64, "", "1", 1, 0, "threads of a process")   \
  FIELD(ENV_PEAK_MEMORY, "/environment@peak_memory_bytes", FIELD_INT64, "", "byte", 1, 0,          \
        "most memory that the first process had")                                                  \
                                                                                                   \
  FIELD(MODEL_PARAMETERS, "/model@parameters", FIELD_INT64, "", "1", 1, 0,                         \
        "number of trainable parameters")                                                          \
  FIELD(MODEL_RUNNING_MEAN, "/model/NAME.running_mean", FIELD_FLOAT32, "[group]", "1", 1, 1,       \
        "running mean of each group of statistics that samples share: of batch norm, a channel")   \
  FIELD(MODEL_RUNNING_VAR, "/model/NAME.running_var", FIELD_FLOAT32, "[group]", "1", 1, 1,         \
        "running variance, unbiased; of norms that are not centred the mean square")               \
  FIELD(MODEL_BATCHES, "/model/NAME.num_batches_tracked", FIELD_INT64, "", "1", 1, 1,              \
        "training steps so far")                                                                   \
  FIELD(MODEL_TENSOR, "/model/NAME", FIELD_FLOAT32, "*", "1", 1, 1,                                \
        "parameter that was evaluated")                                                            \
                                                                                                   \
  FIELD(STATE_EPOCH, "/optimizer/epoch", FIELD_INT64, "", "1", 1, 1, "epochs done")                \
  FIELD(STATE_STEP, "/optimizer/step", FIELD_INT64, "", "1", 1, 1,                                 \
        "steps done of the epoch in progress")                                                     \
  FIELD(STATE_LOSS, "/optimizer/epoch_loss", FIELD_INT64, "[part]", "nat 2^-50", 1, 1,             \
        "loss summed over the samples of the epoch in progress: first part 2^48 + second part")    \
  FIELD(STATE_PART, "/optimizer/part", FIELD_INT32, "[part]", "1", 3, 0,                           \
        "numbers of the two parts of epoch_loss, from 0")                                          \
  FIELD(STATE_CORRECT, "/optimizer/epoch_correct", FIELD_INT64, "", "1", 1, 1,                     \
        "samples classified right in the epoch in progress")                                       \
  FIELD(STATE_SAMPLES, "/optimizer/epoch_samples", FIELD_INT64, "", "1", 1, 1,                     \
        "samples of the epoch in progress so far")                                                 \
  FIELD(STATE_UPDATES, "/optimizer/updates", FIELD_INT64, "", "1", 1, 1,                           \
        "steps of the optimizer so far")                                                           \
  FIELD(WEIGHTS_RUNNING_MEAN, "/optimizer/weights/NAME.running_mean", FIELD_FLOAT32, "[group]",    \
        "1", 1, 1, "running mean that training goes on from")                                      \
  FIELD(WEIGHTS_RUNNING_VAR, "/optimizer/weights/NAME.running_var", FIELD_FLOAT32, "[group]", "1", \
        1, 1, "running variance, unbiased, that training goes on from")                            \
  FIELD(WEIGHTS_BATCHES, "/optimizer/weights/NAME.num_batches_tracked", FIELD_INT64, "", "1", 1,   \
        1, "training steps so far")                                                                \
  FIELD(WEIGHTS_TENSOR, "/optimizer/weights/NAME", FIELD_FLOAT32, "*", "1", 1, 1,                  \
        "parameter that training goes on from, where /model has averages")                         \
  FIELD(STATE_TENSOR, "/optimizer/STATE/NAME", FIELD_FLOAT32, "*", "1", 1, 1,                      \
        "what the optimizer keeps of a parameter, an array by the name of STATE")                  \
                                                                                                   \
  FIELD(STEP_NUMBER, "/metrics/step/step", FIELD_INT64, "[step]", "1", 1, 1,                       \
        "number of the step over all epochs, from 1")                                              \
  FIELD(STEP_LOSS, "/metrics/step/loss", FIELD_FLOAT64, "[step]", "nat", 1, 1,                     \
        "mean loss of the batch, before the update, label smoothing included")                     \
  FIELD(STEP_ACCURACY, "/metrics/step/accuracy", FIELD_FLOAT64, "[step]", "1", 1, 1,               \
        "share of the batch classified right")                                                     \
  FIELD(STEP_RATE, "/metrics/step/learning_rate", FIELD_FLOAT64, "[step]", "1", 1, 1,              \
        "learning rate of the step")                                                               \
                                                                                                   \
  FIELD(EPOCH_NUMBER, "/metrics/epoch/epoch", FIELD_INT64, "[epoch]", "1", 1, 1,                   \
        "number of the epoch, from 1")                                                             \
  FIELD(EPOCH_RATE, "/metrics/epoch/learning_rate", FIELD_FLOAT64, "[epoch]", "1", 1, 1,           \
        "learning rate of the last step")                                                          \
  FIELD(TRAIN_LOSS, "/metrics/epoch/train_loss", FIELD_FLOAT64, "[epoch]", "nat", 1, 1,            \
        "mean loss over the train set, while it is being trained on, label smoothing included")    \
  FIELD(TRAIN_ACCURACY, "/metrics/epoch/train_accuracy", FIELD_FLOAT64, "[epoch]", "1", 1, 1,      \
        "share of the train set classified right, while it is being trained on")                   \
  FIELD(TEST_LOSS, "/metrics/epoch/test_loss", FIELD_FLOAT64, "[epoch]", "nat", 1, 1,              \
        "mean loss over EVALUATED, without label smoothing")                                       \
  FIELD(TEST_ACCURACY, "/metrics/epoch/test_accuracy", FIELD_FLOAT64, "[epoch]", "1", 1, 1,        \
        "share of EVALUATED classified right")                                                     \
  FIELD(TEST_LOSS_BY, "/metrics/epoch/test_loss_STATISTICS", FIELD_FLOAT64, "[epoch]", "nat", 4,   \
        1, "test_loss by these statistics of norms that cross samples; NaN: not evaluated so")     \
  FIELD(TEST_ACCURACY_BY, "/metrics/epoch/test_accuracy_STATISTICS", FIELD_FLOAT64, "[epoch]",     \
        "1", 4, 1,                                                                                 \
        "test_accuracy by these statistics of norms that cross samples; NaN: not evaluated so")    \
                                                                                                   \
  FIELD(LABEL, "/predictions/label", FIELD_INT32, "[image]", "1", 1, 1,                            \
        "true class of each image of EVALUATED, in file order")                                    \
  FIELD(PREDICTION, "/predictions/prediction", FIELD_INT32, "[image]", "1", 1, 1,                  \
        "predicted class")                                                                         \
  FIELD(PROBABILITY, "/predictions/probability", FIELD_FLOAT32, "[image][class]", "1", 1, 1,       \
        "softmax of the logits")                                                                   \
  FIELD(IMAGE_LOSS, "/predictions/loss", FIELD_FLOAT64, "[image]", "nat", 1, 1,                    \
        "negative log-likelihood of the true class")                                               \
  FIELD(MISCLASSIFIED_INDEX, "/predictions/misclassified_index", FIELD_INT32, "[mistake]", "1", 1, \
        1, "numbers of the misclassified images of EVALUATED, from 0")                             \
  FIELD(MISCLASSIFIED_PIXELS, "/predictions/misclassified_pixels", FIELD_UINT8,                    \
        "[mistake][channel][row][column]", "1", 1, 1, "their pixels")                              \
  FIELD(IMAGE, "/predictions/image", FIELD_INT32, "[image]", "1", 3, 0,                            \
        "numbers of the images of EVALUATED, from 0, in file order")                               \
  FIELD(CLASS, "/predictions/class", FIELD_INT32, "[class]", "1", 3, 0,                            \
        "numbers of the classes, from 0")                                                          \
  FIELD(MISTAKE, "/predictions/mistake", FIELD_INT32, "[mistake]", "1", 3, 0,                      \
        "numbers of the misclassified images among themselves, from 0")                            \
  FIELD(PIXEL_CHANNEL, "/predictions/channel", FIELD_INT32, "[channel]", "1", 3, 0,                \
        "numbers of the channels of an image, from 0")                                             \
  FIELD(PIXEL_ROW, "/predictions/row", FIELD_INT32, "[row]", "1", 3, 0,                            \
        "numbers of the rows of an image, from 0")                                                 \
  FIELD(PIXEL_COLUMN, "/predictions/column", FIELD_INT32, "[column]", "1", 3, 0,                   \
        "numbers of the columns of an image, from 0")                                              \
                                                                                                   \
  FIELD(EVALUATION_USED, "/evaluation@used", FIELD_TEXT, "", "1", 4, 0,                            \
        "running, population or batch: which statistics of norms that cross samples are behind "   \
        "what is called test_, and /predictions; none: there are no such norms")                   \
  FIELD(EVALUATION_STATISTICS, "/evaluation/statistics", FIELD_TEXT, "[statistics]", "1", 4, 0,    \
        "what norms that cross samples take their statistics from: running averages, the "         \
        "population (all training images), groups of a batch as in training")                      \
  FIELD(EVALUATION_IMAGE, "/evaluation/image", FIELD_INT32, "[image]", "1", 4, 0,                  \
        "numbers of the images of EVALUATED, from 0, in file order")                               \
  FIELD(EVALUATION_PREDICTION, "/evaluation/prediction", FIELD_INT32, "[statistics][image]", "1",  \
        4, 1, "predicted class after the last epoch")                                              \
  FIELD(EVALUATION_CLASS, "/evaluation/class", FIELD_INT32, "[class]", "1", 4, 0,                  \
        "numbers of the classes, from 0")                                                          \
  FIELD(EVALUATION_PROBABILITY, "/evaluation/probability", FIELD_FLOAT32,                          \
        "[statistics][image][class]", "1", 4, 1, "softmax of the logits after the last epoch")     \
  FIELD(EVALUATION_LOSS, "/evaluation/loss", FIELD_FLOAT64, "[statistics][image]", "nat", 4, 1,    \
        "negative log-likelihood of the true class after the last epoch")                          \
  FIELD(POPULATION_MEAN, "/evaluation/population/NAME.running_mean", FIELD_FLOAT32, "[group]",     \
        "1", 4, 1, "mean over all training images, to take the place of the running mean")         \
  FIELD(POPULATION_VAR, "/evaluation/population/NAME.running_var", FIELD_FLOAT32, "[group]", "1",  \
        4, 1,                                                                                      \
        "variance, biased, over all training images, to take the place of the running variance")   \
                                                                                                   \
  FIELD(LAYERS_EPOCH, "/layers/epoch", FIELD_INT64, "[epoch]", "1", 1, 1,                          \
        "number of the epoch, from 1")                                                             \
  FIELD(MEAN_BEFORE, "/layers/mean_before", FIELD_FLOAT64, "[epoch][layer]", "1", 1, 1,            \
        "mean of the input of the norm, last batch of the epoch")                                  \
  FIELD(DEVIATION_BEFORE, "/layers/deviation_before", FIELD_FLOAT64, "[epoch][layer]", "1", 1, 1,  \
        "standard deviation of the input of the norm")                                             \
  FIELD(MEAN_AFTER, "/layers/mean_after", FIELD_FLOAT64, "[epoch][layer]", "1", 1, 1,              \
        "mean after the norm, before dropout and ReLU")                                            \
  FIELD(DEVIATION_AFTER, "/layers/deviation_after", FIELD_FLOAT64, "[epoch][layer]", "1", 1, 1,    \
        "standard deviation after the norm")                                                       \
  FIELD(GRADIENT_NORM, "/layers/gradient_norm", FIELD_FLOAT64, "[epoch][layer]", "1", 1, 1,        \
        "L2 norm of the gradient of the layer's parameters")                                       \
  FIELD(LAYERS_LAYER, "/layers/layer", FIELD_TEXT, "[layer]", "1", 3, 0,                           \
        "names of the layers: number, operation, norm, size of the output")                        \
                                                                                                   \
  FIELD(PROBE_NUMBER, "/probes/probe", FIELD_INT64, "[probe]", "1", 4, 0,                          \
        "number of the step that was looked at, before it was done, from 1")                       \
  FIELD(PROBE_RATE, "/probes/learning_rate", FIELD_FLOAT64, "[probe]", "1", 4, 0,                  \
        "learning rate of the step")                                                               \
  FIELD(PROBE_LOSS, "/probes/loss", FIELD_FLOAT64, "[probe]", "nat", 4, 0,                         \
        "mean loss of the batch, label smoothing included")                                        \
  FIELD(PROBE_GRADIENT, "/probes/gradient", FIELD_FLOAT64, "[probe]", "1", 4, 0,                   \
        "L2 norm of the gradient of that loss by all parameters")                                  \
  FIELD(PROBE_MULTIPLE, "/probes/multiple", FIELD_FLOAT64, "[multiple]", "1", 4, 0,                \
        "how far the weights go against that gradient, in learning rates")                         \
  FIELD(PROBE_WALK_LOSS, "/probes/walk_loss", FIELD_FLOAT64, "[probe][multiple]", "nat", 4, 0,     \
        "mean loss of the same batch there")                                                       \
  FIELD(PROBE_WALK_DISTANCE, "/probes/walk_distance", FIELD_FLOAT64, "[probe][multiple]", "1", 4,  \
        0, "L2 norm of the gradient there less the gradient where the walk began")                 \
  FIELD(PROBE_SIMILARITY, "/probes/similarity", FIELD_FLOAT64, "[probe][layer]", "1", 4, 0,        \
        "mean cosine similarity of two samples of the batch after the norm")                       \
  FIELD(PROBE_DEVIATION_BEFORE, "/probes/deviation_before", FIELD_FLOAT64, "[probe][layer]", "1",  \
        4, 0, "standard deviation of the input of the norm")                                       \
  FIELD(PROBE_DEVIATION_AFTER, "/probes/deviation_after", FIELD_FLOAT64, "[probe][layer]", "1", 4, \
        0, "standard deviation after the norm, before dropout and ReLU")                           \
  FIELD(PROBE_GRADIENT_NORM, "/probes/gradient_norm", FIELD_FLOAT64, "[probe][layer]", "1", 4, 0,  \
        "L2 norm of the gradient of the layer's parameters")                                       \
  FIELD(PROBE_LAYER, "/probes/layer", FIELD_TEXT, "[layer]", "1", 4, 0,                            \
        "names of the layers: number, operation, norm, size of the output")                        \
                                                                                                   \
  FIELD(TIMING_NUMBER, "/timing/epoch", FIELD_INT64, "[epoch]", "1", 1, 0,                         \
        "number of the epoch, from 1")                                                             \
  FIELD(IMAGES_PER_SECOND, "/timing/images_per_second", FIELD_FLOAT64, "[epoch]", "1/s", 1, 0,     \
        "training images a second, all ranks")                                                     \
  FIELD(EPOCH_SECONDS, "/timing/epoch_seconds", FIELD_FLOAT64, "[epoch]", "s", 1, 0,               \
        "training time of the epoch, rank 0")                                                      \
  FIELD(PHASE_MINIMUM, "/timing/PHASE_minimum", FIELD_FLOAT64, "[epoch]", "s", 1, 0,               \
        "seconds of the epoch in this phase, the least over ranks (thread 0 of each)")             \
  FIELD(PHASE_MEAN, "/timing/PHASE_mean", FIELD_FLOAT64, "[epoch]", "s", 1, 0,                     \
        "seconds of the epoch in this phase, the mean over ranks (thread 0 of each)")              \
  FIELD(PHASE_MAXIMUM, "/timing/PHASE_maximum", FIELD_FLOAT64, "[epoch]", "s", 1, 0,               \
        "seconds of the epoch in this phase, the most over ranks (thread 0 of each)")              \
                                                                                                   \
  FIELD(NOTE, "/notes@KEY", FIELD_TEXT, "", "1", 3, 0,                                             \
        "what normlab note was told to keep; keys that begin with normlab. are of the program")

#endif
