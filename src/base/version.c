#include "base/version.h"

#include "commit.h" /* generated: NORMLAB_COMMIT */
#include <elf.h>
#include <link.h>
#include <stdio.h>
#include <string.h>

enum { BUILD_TEXT = 129 };

/* The note of the linker among the notes at [at, at + bytes). */
static void take_note(char text[BUILD_TEXT], const char *at, size_t bytes) {
  const size_t head = sizeof(ElfW(Nhdr));
  for (const char *end = at + bytes; at + head <= end;) {
    ElfW(Nhdr) note;
    memcpy(&note, at, head);
    const char *name = at + head, *content = name + (note.n_namesz + 3) / 4 * 4;
    const int is_build = note.n_type == NT_GNU_BUILD_ID && strcmp(name, ELF_NOTE_GNU) == 0;
    for (size_t i = 0; is_build && i < note.n_descsz && 2 * i + 3 <= BUILD_TEXT; i++)
      snprintf(text + 2 * i, 3, "%02x", (unsigned char)content[i]);
    at = content + (note.n_descsz + 3) / 4 * 4;
  }
}

/* Of the first object, which is the program. */
static int take_notes(struct dl_phdr_info *object, size_t bytes, void *text) {
  (void)bytes;
  for (int i = 0; i < object->dlpi_phnum; i++) {
    const ElfW(Phdr) *part = &object->dlpi_phdr[i];
    if (part->p_type == PT_NOTE && part->p_align == 4)
      take_note(text, (const char *)(object->dlpi_addr + part->p_vaddr), part->p_memsz);
  }
  return 1;
}

const char *version_number(void) {
  return NORMLAB_VERSION;
}

const char *version_commit(void) {
  return NORMLAB_COMMIT;
}

const char *version_compiler(void) {
  return NORMLAB_COMPILER;
}

const char *version_build(void) {
  static char text[BUILD_TEXT];
  if (!text[0]) dl_iterate_phdr(take_notes, text);
  return text[0] ? text : "unknown";
}
