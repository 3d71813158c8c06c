#include "commands/command.h"
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Fits images from 6 x 6 pixels on, of any number of channels. FILE stands for the file's name. */
static const char TEXT[] =
    "# A small residual network, and how it is trained. Each line is explained; what is not here "
    "has\n"
    "# its default.\n"
    "#\n"
    "#     normlab train FILE --data DIR       trains it; --data synthetic: on drawn digits\n"
    "#     normlab train FILE --norm group:2   the same with another norm; explain --list has all\n"
    "#     normlab summary FILE --data DIR     prints layers, parameters and memory\n"
    "#     normlab config                      prints all keys; config optimizer.lr explains one\n"
    "\n"
    "network:\n"
    "  norm: batch                 # how the norm of each block divides values into groups\n"
    "  order: [conv, norm, relu]   # what a block does, in this order; dropout can be one of them\n"
    "  layers:                     # from the images to one value a class\n"
    "    # 16 filters of 3 x 3 pixels. With a padding of 1 the image keeps its height and width.\n"
    "    - {type: block, channels: 16, kernel: 3, padding: 1}\n"
    "    # A residual block, x + block(x). Its output has the size of its input.\n"
    "    - {type: block, channels: 16, kernel: 3, padding: 1, skip: true}\n"
    "    # The largest value of each 2 x 2 pixels: half the height, half the width.\n"
    "    - {type: max-pool, size: 2}\n"
    "    - {type: block, channels: 32, kernel: 3, padding: 1}               # 32 filters\n"
    "    - {type: block, channels: 32, kernel: 3, padding: 1, skip: true}   # residual again\n"
    "    # The mean over all pixels of each channel, whatever the size of the images.\n"
    "    - {type: global-avg-pool}\n"
    "    # One value a class; so many classes as the images have, 10 for MNIST and CIFAR-10.\n"
    "    - {type: linear, channels: 10}\n"
    "\n"
    "training:\n"
    "  epochs: 5      # passes over all training images\n"
    "  batch: 128     # images of a step\n"
    "\n"
    "optimizer:       # stochastic gradient descent; others: normlab config optimizer\n"
    "  lr: 0.1        # the learning rate, a share of the gradient that is taken off the weights\n"
    "  momentum: 0.9  # the share of the last step's direction that the next one keeps\n"
    "\n"
    "schedule:          # the learning rate rises to lr and falls to almost nothing\n"
    "  type: one-cycle  # constant, for one, would leave it at lr\n"
    "  rise: 0.3        # the share of all steps in which it rises\n";

/* NAME or NAME.yaml, with the folder that it may have. */
static Status make_path(char **path, const char *name) {
  const char *dot = strrchr(name, '.');
  const int has_ending = dot && (strcmp(dot, ".yaml") == 0 || strcmp(dot, ".yml") == 0);
  if (asprintf(path, "%s%s", name, has_ending ? "" : ".yaml") >= 0) return status_ok();
  *path = NULL;
  return status_error(STATUS_MEMORY, "new: no memory for the name of the file");
}

/* The text with the name of the file in it. */
static Status write_text(FILE *out, const char *path) {
  for (const char *at = TEXT, *found; *at; at = found ? found + strlen("FILE") : at + strlen(at)) {
    found = strstr(at, "FILE");
    fprintf(out, "%.*s%s", found ? (int)(found - at) : (int)strlen(at), at, found ? path : "");
  }
  if (fflush(out) != 0 || ferror(out) || fsync(fileno(out)) != 0)
    return status_error(STATUS_FILE, "%s: cannot be written: %s", path, strerror(errno));
  return status_ok();
}

static Status write_file(const char *path) {
  const int handle = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  FILE *out = handle >= 0 ? fdopen(handle, "w") : NULL;
  if (!out && handle >= 0) close(handle);
  if (!out && errno == EEXIST)
    return status_error(STATUS_FILE, "%s: is there already; choose another name, or remove it",
                        path);
  if (!out) return status_error(STATUS_FILE, "%s: cannot be made: %s", path, strerror(errno));
  Status status = write_text(out, path);
  if (fclose(out) != 0 && status.code == STATUS_OK)
    status = status_error(STATUS_FILE, "%s: cannot be written: %s", path, strerror(errno));
  if (status.code != STATUS_OK) unlink(path);
  return status;
}

static Status run(void *options, const Words *words) {
  (void)options;
  const char *name;
  char *path = NULL;
  TRY(words_one(&name, words, "NAME"));
  for (const char *c = name; *c; c++)
    if (iscntrl((unsigned char)*c))
      return status_error(STATUS_USAGE, "new: a name with a control character");
  if (!*name || name[strlen(name) - 1] == '/')
    return status_error(STATUS_USAGE, "new: '%.80s': expected the name of a file", name);
  Status status = make_path(&path, name);
  if (status.code == STATUS_OK) status = write_file(path);
  if (status.code == STATUS_OK)
    printf("%s\ntry it: normlab train %s --data synthetic\n", path, path);
  free(path);
  return status;
}

const Command COMMAND_new = {
    .name = "new",
    .summary = "a network to start from, with each line explained",
    .usage = "NAME",
    .about = "Writes NAME.yaml: a small residual network for images of any size, and how it is "
             "trained, with each line explained. It trains as it is. A file that is there stays. "
             "For all keys there are see normlab config.",
    .exits =
        (const ExitLine[]){{STATUS_USAGE, NULL}, {STATUS_FILE, NULL}, {STATUS_MEMORY, NULL}, {0}},
    .start = START_WITHOUT_MPI,
    .run = run};
