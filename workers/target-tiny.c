/* SPDX-License-Identifier: MIT */
/*
 * target-tiny: the smallest program to execute, without libc.
 *
 *	cc -O2 -nostdlib -static -ffreestanding -fno-stack-protector -Ilib workers/target-tiny.c
 */
#include <time.h>

#include "target.h"

/*
 * Where the kernel enters: the stack holds argc, argv, NULL.  The clock comes
 * first, whichever is wanted: only then are there registers and a stack to ask.
 */
#if defined(__x86_64__)
__asm__(".globl _start\n"
	".type _start, @function\n"
	"_start:\n\t"
	"lfence\n\t"
	"rdtsc\n\t"
	"lfence\n\t"
	"shlq $32, %rdx\n\t"
	"orq %rdx, %rax\n\t"
	"movq %rsp, %rdi\n\t"
	"movq %rax, %rsi\n\t"
	"xorl %ebp, %ebp\n\t"
	"andq $-16, %rsp\n\t"
	"call target_start\n\t"
	"ud2\n");
#elif defined(__aarch64__)
__asm__(".globl _start\n"
	".type _start, %function\n"
	"_start:\n\t"
	"isb\n\t"
	"mrs x1, cntvct_el0\n\t"
	"isb\n\t"
	"mov x0, sp\n\t"
	"mov x29, xzr\n\t"
	"mov x30, xzr\n\t"
	"bl target_start\n\t"
	"brk 0\n");
#else
#error "target-tiny is written for x86-64 and arm64: use target-libc elsewhere"
#endif

static uint64_t raw_ns(void)
{
	struct timespec now = { 0, 0 };

	raw_syscall(SYS_clock_gettime, CLOCK_MONOTONIC_RAW, (long)&now, 0, 0, 0, 0);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

void target_start(long *stack, uint64_t ticks) __attribute__((noreturn, used));

void target_start(long *stack, uint64_t ticks)
{
	int status = target_run((int)stack[0], (char *const *)(stack + 1), ticks, raw_ns);

	for (;;)
		raw_syscall(SYS_exit_group, status, 0, 0, 0, 0, 0);
}
