#include "picture.h"

#include "base/memory.h"
#include "png_fit.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static Status open_picture(FILE **file, const char *path) {
  *file = NULL;
  const int handle = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  if (handle < 0) return status_errno(STATUS_FILE, errno, "%s: cannot open", path);
  struct stat about;
  const int is_file = fstat(handle, &about) == 0 && S_ISREG(about.st_mode);
  if (is_file) *file = fdopen(handle, "rb");
  if (*file) return status_ok();
  close(handle);
  return is_file ? status_error(STATUS_MEMORY, "%s: no memory to read it", path)
                 : status_error(STATUS_FILE,
                                "%s: expected a PNG or JPEG file, found a folder or device", path);
}

static void look_for_colour(Picture *picture) {
  const size_t n = (size_t)picture->rows * (size_t)picture->columns;
  const uint8_t *p = picture->rgba;
  picture->is_gray = 1;
  for (size_t i = 0; i < n && picture->is_gray; i++, p += 4)
    picture->is_gray = p[0] == p[1] && p[1] == p[2];
}

Status picture_read(Picture *picture, const char *path) {
  static const uint8_t PNG[] = {0x89, 'P', 'N', 'G'}, JPEG[] = {0xff, 0xd8, 0xff};
  uint8_t magic[4] = {0};
  FILE *file;
  *picture = (Picture){0};
  TRY(open_picture(&file, path));
  const size_t got = fread(magic, 1, sizeof magic, file);
  Status status = status_ok();
  if (ferror(file))
    status = status_errno(STATUS_FILE, errno, "%s: cannot read", path);
  else if (memcmp(magic, PNG, sizeof PNG) == 0)
    status = png_decode(picture, path);
  else if (memcmp(magic, JPEG, sizeof JPEG) == 0)
    status = jpeg_decode(picture, file, path);
  else
    status = status_error(STATUS_DATA, "%s: byte 0: expected a PNG or JPEG file, found %s", path,
                          got == 0 ? "nothing (empty)" : "another format");
  fclose(file);
  if (status.code == STATUS_OK) look_for_colour(picture);
  return status;
}

void picture_free(Picture *picture) {
  free(picture->rgba);
  *picture = (Picture){0};
}

/* Gray i overwrites byte i, which is not needed any more. The weights sum to 2^16. */
void picture_make_gray(Picture *picture) {
  uint8_t *rgba = picture->rgba;
  const size_t n = (size_t)picture->rows * (size_t)picture->columns;
  for (size_t i = 0; i < n; i++) {
    const uint8_t *p = rgba + 4 * i;
    rgba[i] = (uint8_t)((19595u * p[0] + 38470u * p[1] + 7471u * p[2] + 32768u) >> 16);
  }
}

Status picture_fit(uint8_t *image, int c, int h, int w, PictureFit fit, Picture *picture,
                   const char *path) {
  const int rows = picture->rows, columns = picture->columns;
  if (c == 3) return fit_colour(image, h, w, fit, picture->rgba, rows, columns, path);
  picture_make_gray(picture);
  if (fit == FIT_DIGIT) return fit_digit(image, h, w, picture->rgba, rows, columns, path);
  return fit_gray(image, h, w, fit, picture->rgba, rows, columns, path);
}

/* What Exif's orientations are: first rows and columns are exchanged, then the order of the one,
 * the other, or both is turned round. */
static const struct {
  int is_exchanged, is_upside_down, is_mirrored;
} TURNS[] = {[1] = {0, 0, 0}, [2] = {0, 0, 1}, [3] = {0, 1, 1}, [4] = {0, 1, 0},
             [5] = {1, 0, 0}, [6] = {1, 0, 1}, [7] = {1, 1, 1}, [8] = {1, 1, 0}};

Status picture_turn(Picture *picture, int orientation, const char *path) {
  const int is_exchanged = TURNS[orientation].is_exchanged;
  const size_t rows = (size_t)(is_exchanged ? picture->columns : picture->rows);
  const size_t columns = (size_t)(is_exchanged ? picture->rows : picture->columns);
  uint8_t *turned;
  if (orientation == 1) return status_ok();
  TRY(memory_allocate(&turned, rows, columns * 4, path));
  for (size_t i = 0; i < rows; i++)
    for (size_t j = 0; j < columns; j++) {
      const size_t row = TURNS[orientation].is_upside_down ? rows - 1 - i : i;
      const size_t column = TURNS[orientation].is_mirrored ? columns - 1 - j : j;
      const size_t from = is_exchanged ? column * rows + row : row * columns + column;
      memcpy(turned + (i * columns + j) * 4, picture->rgba + from * 4, 4);
    }
  free(picture->rgba);
  *picture = (Picture){.rows = (int)rows, .columns = (int)columns, .rgba = turned};
  return status_ok();
}
