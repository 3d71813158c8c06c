#include "workspace.h"

#include "base/memory.h"
#include "batch.h"
#include "nn/team.h"
#include <stdlib.h>
#include <string.h>

enum { WORK_BLOCKS = 3, ARENA_BLOCKS = 2, THREAD_BLOCKS = 9 };

/* What is needed once. */
static void work_blocks(MemoryBlock block[WORK_BLOCKS], Workspace *work, const WorkspaceShape *s) {
  const MemoryBlock blocks[WORK_BLOCKS] = {
      {&work->slots, (size_t)s->n_slots, sizeof(Slot), "blocks"},
      {&work->threads, (size_t)s->n_threads, sizeof(Thread), "threads"},
      {&work->crews, (size_t)s->n_threads, sizeof(Crew), "threads"}};
  memcpy(block, blocks, sizeof blocks);
}

/* What the slots' arrays lie in. */
static void arena_blocks(MemoryBlock block[ARENA_BLOCKS], Workspace *work,
                         const WorkspaceShape *s) {
  const size_t n = (size_t)s->n_slots;
  const MemoryBlock blocks[ARENA_BLOCKS] = {
      {&work->arena, n * s->slot_floats, sizeof(float), "activations"},
      {&work->kept_arena, n * s->kept_doubles, sizeof(double), "statistics of samples"}};
  memcpy(block, blocks, sizeof blocks);
}

/* What each thread needs. */
static void thread_blocks(MemoryBlock block[THREAD_BLOCKS], Thread *thread,
                          const WorkspaceShape *shape) {
  const Sizes *s = &shape->sizes;
  const MemoryBlock blocks[THREAD_BLOCKS] = {
      {&thread->scratch, s->scratch, sizeof(float), "kernel scratch"},
      {&thread->extra, s->extra, sizeof(float), "kernel scratch"},
      {&thread->temporary, s->temporary, sizeof(float), "activations"},
      {&thread->sums, s->sums, sizeof(double), "sums of a block"},
      {&thread->observed, s->sums, sizeof(double), "observations"},
      {&thread->piece, 2 * s->piece, sizeof(float), "piece of an activation"},
      {&thread->exchange, s->exchange, sizeof(ExactSum), "batch statistics"},
      {&thread->observation, shape->n_observed, sizeof(ExactSum), "observations"},
      {&thread->gradient, shape->n_parameters, sizeof(int64_t), "gradient of a thread"}};
  memcpy(block, blocks, sizeof blocks);
}

/* Workspaces before they have been written. */
typedef struct Clearing {
  Workspace *work;
  const WorkspaceShape *shape;
} Clearing;

/* Each thread writes first what it will work with: its own arrays, and the slots of the blocks that
 * it will have. */
static void clear(void *context, int t) {
  const Clearing *clearing = context;
  const WorkspaceShape *shape = clearing->shape;
  const int begin = part_begin(shape->n_slots, t, shape->n_threads),
            end = part_begin(shape->n_slots, t + 1, shape->n_threads);
  MemoryBlock blocks[THREAD_BLOCKS];
  thread_blocks(blocks, &clearing->work->threads[t], shape);
  memory_clear_all(blocks, THREAD_BLOCKS);
  for (int i = begin; i < end; i++) {
    const Slot *slot = &clearing->work->slots[i];
    memset(slot->arrays, 0, shape->slot_floats * sizeof(float));
    memset(slot->kept, 0, shape->kept_doubles * sizeof(double));
  }
}

Status workspace_make(Workspace *work, const WorkspaceShape *shape) {
  MemoryBlock blocks[WORK_BLOCKS], arenas[ARENA_BLOCKS], of_thread[THREAD_BLOCKS];
  *work =
      (Workspace){.sizes = shape->sizes, .n_threads = shape->n_threads, .n_slots = shape->n_slots};
  work_blocks(blocks, work, shape);
  arena_blocks(arenas, work, shape);
  TRY(memory_allocate_all(blocks, WORK_BLOCKS));
  TRY(memory_reserve_all(arenas, ARENA_BLOCKS));
  for (size_t i = 0; i < (size_t)shape->n_slots; i++) {
    work->slots[i].arrays = work->arena + i * shape->slot_floats;
    work->slots[i].kept = work->kept_arena + i * shape->kept_doubles;
  }
  for (int t = 0; t < shape->n_threads; t++) {
    thread_blocks(of_thread, &work->threads[t], shape);
    TRY(memory_reserve_all(of_thread, THREAD_BLOCKS));
  }
  team_run(shape->n_threads, clear, &(Clearing){work, shape});
  return status_ok();
}

size_t workspace_bytes(const WorkspaceShape *shape) {
  MemoryBlock blocks[WORK_BLOCKS], arenas[ARENA_BLOCKS], of_thread[THREAD_BLOCKS];
  Workspace work;
  Thread thread;
  work_blocks(blocks, &work, shape);
  arena_blocks(arenas, &work, shape);
  thread_blocks(of_thread, &thread, shape);
  return memory_bytes_of_all(blocks, WORK_BLOCKS) + memory_bytes_of_all(arenas, ARENA_BLOCKS) +
         (size_t)shape->n_threads * memory_bytes_of_all(of_thread, THREAD_BLOCKS);
}

enum { IMAGE_BLOCKS = 2 };

static void image_blocks(MemoryBlock block[IMAGE_BLOCKS], Thread *thread, size_t image_bytes,
                         size_t scratch_bytes) {
  const MemoryBlock blocks[IMAGE_BLOCKS] = {
      {&thread->images, LANES * image_bytes, 1, "augmented images"},
      {&thread->augment_scratch, scratch_bytes, 1, "augmented images"}};
  memcpy(block, blocks, sizeof blocks);
}

Status workspace_make_images(Workspace *work, size_t image_bytes, size_t scratch_bytes) {
  MemoryBlock blocks[IMAGE_BLOCKS];
  for (int t = 0; t < work->n_threads; t++) {
    image_blocks(blocks, &work->threads[t], image_bytes, scratch_bytes);
    TRY(memory_allocate_all(blocks, IMAGE_BLOCKS));
  }
  return status_ok();
}

size_t workspace_image_bytes(int n_threads, size_t image_bytes, size_t scratch_bytes) {
  MemoryBlock blocks[IMAGE_BLOCKS];
  Thread thread;
  image_blocks(blocks, &thread, image_bytes, scratch_bytes);
  return (size_t)n_threads * memory_bytes_of_all(blocks, IMAGE_BLOCKS);
}

void workspace_free(Workspace *work) {
  for (int t = 0; work->threads && t < work->n_threads; t++) {
    Thread *thread = &work->threads[t];
    void *owned[] = {thread->scratch,  thread->extra,       thread->temporary,      thread->sums,
                     thread->piece,    thread->observed,    thread->exchange,       thread->images,
                     thread->gradient, thread->observation, thread->augment_scratch};
    for (size_t i = 0; i < sizeof owned / sizeof *owned; i++) free(owned[i]);
  }
  void *owned[] = {work->slots, work->threads, work->crews, work->arena, work->kept_arena};
  for (size_t i = 0; i < sizeof owned / sizeof *owned; i++) free(owned[i]);
}
