#include "base/memory.h"
#include "base/threads.h"
#include "data/corruption.h"

#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

enum { ALIGNMENT = 64 };

Status corruption_find(const Corruption **kind, const char *name) {
  char names[512] = "";
  size_t used = 0;
  for (int i = 0; CORRUPTIONS[i]; i++) {
    *kind = CORRUPTIONS[i];
    if (strcmp(CORRUPTIONS[i]->name, name) == 0) return status_ok();
    if (used < sizeof names)
      used += (size_t)snprintf(names + used, sizeof names - used, "%s%s", i ? ", " : "",
                               CORRUPTIONS[i]->name);
  }
  return status_error(STATUS_USAGE, "%.60s: no kind of corruption; expected one of: %s", name,
                      names);
}

const CorruptionLevels *corruption_levels(const Corruption *kind, int c) {
  return c > 1 && kind->colour.source ? &kind->colour : &kind->gray;
}

/* Memory that threads share, and what each has of its own. */
typedef struct Room {
  void *table;
  uint8_t *scratch; /* [n_threads][bytes] */
  size_t bytes;
} Room;

static Status make_room(Room *room, const CorruptionChoice *choice, const ImageSet *set,
                        int n_threads) {
  const Corruption *kind = choice->kind;
  size_t bytes = kind->scratch ? kind->scratch(set->c, set->h, set->w) : 0;
  room->bytes = (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
  TRY(memory_allocate(&room->scratch, (size_t)n_threads, room->bytes, "corruption of images"));
  TRY(memory_allocate(&room->table, kind->table_bytes, 1, "corruption of images"));
  if (kind->fill)
    kind->fill(room->table, corruption_levels(kind, set->c)->value[choice->severity - 1]);
  return status_ok();
}

static void corrupt_image(uint8_t *pixels, const ImageSet *set, const CorruptionChoice *choice,
                          const Room *room, int i) {
  const Corruption *kind = choice->kind;
  /* Kinds are told by their names, so that a new one leaves the others as they are. */
  uint64_t stream = XXH3_64bits(kind->name, strlen(kind->name)) << 32 | (uint32_t)i;
  RandomStream random = random_stream(choice->seed, RANDOM_CORRUPT, stream);
  size_t place = (size_t)i * (size_t)set->c * (size_t)set->h * (size_t)set->w;
  const CorruptionCall call = {
      .out = pixels + place,
      .image = set->pixels + place,
      .c = set->c,
      .h = set->h,
      .w = set->w,
      .value = corruption_levels(kind, set->c)->value[choice->severity - 1],
      .random = &random,
      .scratch = room->scratch + (size_t)omp_get_thread_num() * room->bytes,
      .table = room->table};
  kind->apply(&call);
}

Status corrupt_images(uint8_t *pixels, const ImageSet *set, const CorruptionChoice *choice) {
  int n_threads = omp_get_max_threads(), n_cores = omp_get_num_procs();
  if (n_threads > n_cores) n_threads = n_cores;
  if (threads_try(n_threads).code != STATUS_OK) n_threads = 1;
  Room room = {0};
  Status status = make_room(&room, choice, set, n_threads);
  if (status.code == STATUS_OK) {
#pragma omp parallel for schedule(static) num_threads(n_threads)
    for (int i = 0; i < set->n; i++) corrupt_image(pixels, set, choice, &room, i);
  }
  free(room.table);
  free(room.scratch);
  return status;
}
