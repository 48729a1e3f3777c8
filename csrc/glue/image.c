#if !defined(_WIN32)
#define _POSIX_C_SOURCE 200809L
#endif

#include "image.h"

#include <string.h>

#ifdef _WIN32
#include <io.h>
#define close _close
#else
#include <sys/mman.h>
#include <unistd.h>
#endif

enum { MAPPED_FROM = 8 * 1024 * 1024 };

#ifdef _WIN32

static bool map(const lpo_file *file, lpo_image *image) {
  (void)file;
  (void)image;
  return false;
}

static void unmap(lpo_image *image) { (void)image; }

#else

static bool map(const lpo_file *file, lpo_image *image) {
  if (file->size < MAPPED_FROM)
    return false;
  void *at = mmap(NULL, file->size, PROT_READ, MAP_SHARED, file->descriptor, 0);
  if (at == MAP_FAILED)
    return false;
  image->at = (char *)at;
  image->mapped = true;
  return true;
}

static void unmap(lpo_image *image) { munmap(image->at, image->length); }

#endif

/* Reads the file, which is closed, into memory of the allocator's. */
static po_code read_in(const char *path, const lpo_file *file,
                       lpo_image *image) {
  const po_allocator *a = &image->allocator;
  image->at = (char *)a->resize(a->state, NULL, 0, file->size + 1);
  if (image->at == NULL)
    return PO_POLICY_MEMORY;
  po_code code = lpo_read_again(path, file, image->at);
  if (code != PO_OK)
    lpo_free_image(image);
  return code;
}

po_code lpo_load_image(const char *path, po_allocator allocator,
                       lpo_image *image) {
  lpo_file file;
  memset(image, 0, sizeof *image);
  image->allocator = allocator;
  po_code code = lpo_open_file(path, SIZE_MAX - 1, &file);
  if (code != PO_OK)
    return code;
  image->length = file.size;
  bool mapped = map(&file, image);
  close(file.descriptor);
  return mapped ? PO_OK : read_in(path, &file, image);
}

void lpo_free_image(lpo_image *image) {
  const po_allocator *a = &image->allocator;
  if (image->mapped)
    unmap(image);
  else if (image->at != NULL)
    a->resize(a->state, image->at, image->length + 1, 0);
  memset(image, 0, sizeof *image);
}
