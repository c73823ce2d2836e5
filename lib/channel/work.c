/* SPDX-License-Identifier: MIT */
#include "channel/work.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "kernel/pages.h"

#define PAGE_BYTES 4096u

size_t channel_work_words(const struct channel_work_plan *plan)
{
	return (plan->footprint_bytes + plan->stride_bytes - 1) / plan->stride_bytes;
}

/* Room for a whole word at the last stride, too. */
size_t channel_work_bytes(const struct channel_work_plan *plan)
{
	size_t bytes = plan->footprint_bytes + sizeof(uint64_t) + PAGE_BYTES - 1;

	return plan->footprint_bytes ? bytes / PAGE_BYTES * PAGE_BYTES : 0;
}

/* Small pages, all of them ours before the first walk. */
static int take_arrays(struct channel_work *work, size_t bytes)
{
	work->arrays = pages_take(bytes);
	if (!work->arrays)
		return -ENOMEM;
	if (madvise(work->arrays, bytes, MADV_NOHUGEPAGE) && errno != EINVAL) {
		int error = -errno;

		channel_work_done(work);
		return error;
	}
	memset(work->arrays, 0, bytes);
	return 0;
}

int channel_work_init(struct channel_work *work, const struct channel_work_plan *plan,
		      uint32_t count)
{
	size_t bytes;

	*work = (struct channel_work){
		.words = channel_work_words(plan),
		.stride = plan->stride_bytes / sizeof(uint64_t),
		.state = plan->state,
		.array_bytes = channel_work_bytes(plan),
		.count = count,
	};
	if (!work->array_bytes)
		return 0;
	if (__builtin_mul_overflow(work->array_bytes, count, &bytes))
		return -ENOMEM;
	return take_arrays(work, bytes);
}

void channel_work_done(struct channel_work *work)
{
	pages_give(work->arrays, work->array_bytes * work->count);
	work->arrays = NULL;
}

double channel_work_touched(const struct channel_work *work)
{
	uint64_t sum = 0;

	for (uint32_t i = 0; work->arrays && i < work->count; i++) {
		const uint64_t *word = work->arrays + i * (work->array_bytes / sizeof(*word));

		for (size_t at = 0; at < work->words; at++)
			sum += word[at * work->stride];
	}
	return (double)sum;
}
