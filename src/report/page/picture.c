#include "sections.h"

#include "base/memory.h"
#include <png.h>
#include <stdlib.h>

static void print_base64(FILE *out, const uint8_t *bytes, size_t n) {
  static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  for (size_t i = 0; i < n; i += 3) {
    unsigned word = (unsigned)bytes[i] << 16;
    if (i + 1 < n) word |= (unsigned)bytes[i + 1] << 8;
    if (i + 2 < n) word |= bytes[i + 2];
    fputc(digits[word >> 18], out);
    fputc(digits[word >> 12 & 63], out);
    fputc(i + 1 < n ? digits[word >> 6 & 63] : '=', out);
    fputc(i + 2 < n ? digits[word & 63] : '=', out);
  }
}

/* Interleaved, as PNG has it. */
static Status encode(uint8_t **png, size_t *bytes, const uint8_t *pixels, int c, int h, int w) {
  size_t n = (size_t)h * (size_t)w;
  uint8_t *mixed;
  TRY(memory_allocate(&mixed, n * (size_t)c, 1, "a picture"));
  for (size_t i = 0; i < n; i++)
    for (int k = 0; k < c; k++) mixed[i * (size_t)c + (size_t)k] = pixels[(size_t)k * n + i];
  png_image image = {.version = PNG_IMAGE_VERSION,
                     .width = (png_uint_32)w,
                     .height = (png_uint_32)h,
                     .format = c == 3 ? PNG_FORMAT_RGB : PNG_FORMAT_GRAY};
  png_alloc_size_t size = PNG_IMAGE_PNG_SIZE_MAX(image);
  Status status = memory_allocate(png, size, 1, "a picture");
  if (status.code == STATUS_OK) {
    if (!png_image_write_to_memory(&image, *png, &size, 0, mixed, 0, NULL)) {
      status = status_error(STATUS_MEMORY, "a picture of %d x %d pixels: %s", w, h, image.message);
      free(*png);
    }
    *bytes = size;
  }
  free(mixed);
  return status;
}

Status page_picture(const Page *page, const uint8_t *pixels, int c, int h, int w,
                    const char *alternative) {
  uint8_t *png;
  size_t bytes;
  TRY(encode(&png, &bytes, pixels, c, h, w));
  fprintf(page->out, "<img width=\"%d\" height=\"%d\" alt=\"", w, h);
  html_text(page->out, alternative);
  fputs("\" src=\"data:image/png;base64,", page->out);
  print_base64(page->out, png, bytes);
  fputs("\">", page->out);
  free(png);
  return status_ok();
}
