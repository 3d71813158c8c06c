#include "workspace.h"

#include "base/memory.h"
#include <stdlib.h>

static Status make_thread(Thread *thread, const Sizes *s) {
  TRY(memory_allocate(&thread->scratch, s->scratch, sizeof(float), "kernel scratch"));
  TRY(memory_allocate(&thread->extra, s->extra, sizeof(float), "kernel scratch"));
  TRY(memory_allocate(&thread->term, s->term, sizeof(float), "gradient of a block"));
  TRY(memory_allocate(&thread->sums, s->sums, sizeof(double), "sums of a block"));
  TRY(memory_allocate(&thread->observed, s->sums, sizeof(double), "observations"));
  TRY(memory_allocate(&thread->piece, 2 * s->piece, sizeof(float), "piece of an activation"));
  TRY(memory_allocate(&thread->term_first, s->first, sizeof(float), "gradient of a block"));
  TRY(memory_allocate(&thread->affine, s->affine, sizeof(double), "gradient of a block"));
  return memory_allocate(&thread->exchange, s->exchange, sizeof(ExactSum), "batch statistics");
}

Status workspace_make(Workspace *work, Sizes sizes, int n_threads, int n_slots,
                      size_t activation_floats, size_t gradient_floats, size_t kept_doubles) {
  *work = (Workspace){.sizes = sizes, .n_threads = n_threads, .n_slots = n_slots};
  size_t n = (size_t)n_slots, floats = activation_floats + gradient_floats;
  TRY(memory_allocate(&work->slots, n, sizeof(Slot), "blocks"));
  TRY(memory_allocate(&work->arena, n * floats, sizeof(float), "activations"));
  TRY(memory_allocate(&work->kept_arena, n * kept_doubles, sizeof(double),
                      "statistics of samples"));
  for (size_t i = 0; i < n; i++) {
    work->slots[i].activation = work->arena + i * floats;
    work->slots[i].gradient = work->slots[i].activation + activation_floats;
    work->slots[i].kept = work->kept_arena + i * kept_doubles;
  }
  TRY(memory_allocate(&work->threads, (size_t)n_threads, sizeof(Thread), "threads"));
  for (int t = 0; t < n_threads; t++) TRY(make_thread(&work->threads[t], &sizes));
  return status_ok();
}

Status workspace_make_sums(Workspace *work, size_t n_parameters, size_t n_observed) {
  for (int t = 0; t < work->n_threads; t++) {
    Thread *thread = &work->threads[t];
    TRY(memory_allocate(&thread->observation, n_observed, sizeof(ExactSum), "observations"));
    TRY(memory_allocate(&thread->gradient, n_parameters, sizeof(int64_t), "gradient of a thread"));
  }
  return status_ok();
}

Status workspace_make_images(Workspace *work, size_t image_bytes, size_t scratch_bytes) {
  for (int t = 0; t < work->n_threads; t++) {
    Thread *thread = &work->threads[t];
    TRY(memory_allocate(&thread->images, LANES * image_bytes, 1, "augmented images"));
    TRY(memory_allocate(&thread->augment_scratch, scratch_bytes, 1, "augmented images"));
  }
  return status_ok();
}

void workspace_free(Workspace *work) {
  for (int t = 0; work->threads && t < work->n_threads; t++) {
    Thread *thread = &work->threads[t];
    void *owned[] = {thread->scratch,        thread->extra,    thread->term,
                     thread->sums,           thread->piece,    thread->term_first,
                     thread->observed,       thread->affine,   thread->exchange,
                     thread->images,         thread->gradient, thread->observation,
                     thread->augment_scratch};
    for (size_t i = 0; i < sizeof owned / sizeof *owned; i++) free(owned[i]);
  }
  void *owned[] = {work->slots, work->threads, work->arena, work->kept_arena};
  for (size_t i = 0; i < sizeof owned / sizeof *owned; i++) free(owned[i]);
}
