/* SPDX-License-Identifier: MIT */
/*
 * engine/round/io-file - the file that requests read and write, and what is known of its pages.
 *
 * create() makes a file without a name in a directory, of the pattern of
 * engine/lane.h with seed 0, allocated and on the device: no request meets a hole.
 * The descriptor is the caller's; the file ends with it.  signal, or NULL, is looked at
 * between portions: -EINTR when it is set.
 *
 * Cached pages are counted by mincore(2), of the whole file, outside of windows.  It
 * shows them to the file's owner and to who may write it: io_file_shows_pages();
 * to others all of them seem to be in memory.
 * io_file_warm() reads all of it; io_file_cool() writes back what is dirty and
 * asks the kernel to forget it: what it does not forget is seen by the count.
 *
 * 0, a count or a descriptor; or -errno.  Any thread.
 */
#ifndef HANDOFF_IO_FILE_H
#define HANDOFF_IO_FILE_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#define IO_FILE_PAGE_BYTES 4096

int io_file_create(const char *directory, uint64_t bytes, const volatile sig_atomic_t *signal);

int io_file_warm(int file, uint64_t bytes);
int io_file_cool(int file, uint64_t bytes);

/* Whole pages of so many bytes: the last one may be part of one. */
uint64_t io_file_pages(uint64_t bytes);

bool io_file_shows_pages(int file);

/* Pages of the file that are in memory, or -errno. */
int64_t io_file_cached_pages(int file, uint64_t bytes);

#endif
