/* SPDX-License-Identifier: MIT */
/*
 * raw-syscall - a system call that leaves errno and thread-local storage alone.
 *
 * For children that share their parent's memory (CLONE_VM) and thread-local
 * storage: a failing syscall(2) there would write the parent's errno.  Returns
 * what the kernel returned: a value, or -errno.
 *
 * UNINSTRUMENTED marks functions that such children run: the sanitizers' own
 * book-keeping lives in thread-local storage too.
 */
#ifndef HANDOFF_RAW_SYSCALL_H
#define HANDOFF_RAW_SYSCALL_H

#include <errno.h>
#include <unistd.h>

#if defined(__clang__)
#define UNINSTRUMENTED __attribute__((no_sanitize("address", "thread", "undefined"), always_inline))
#define UNINSTRUMENTED_FUNCTION __attribute__((no_sanitize("address", "thread", "undefined"), noinline))
#else
#define UNINSTRUMENTED __attribute__((always_inline))
#define UNINSTRUMENTED_FUNCTION \
	__attribute__((no_sanitize_address, no_sanitize_thread, no_sanitize_undefined, \
		       noinline, optimize("no-stack-protector")))
#endif

UNINSTRUMENTED static inline long raw_syscall(long number, long a, long b, long c,
					      long d, long e, long f)
{
#if defined(__x86_64__)
	long result;
	register long r10 __asm__("r10") = d;
	register long r8 __asm__("r8") = e;
	register long r9 __asm__("r9") = f;

	__asm__ volatile("syscall" : "=a"(result)
			 : "0"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
			 : "rcx", "r11", "memory");
	return result;
#elif defined(__aarch64__)
	register long x8 __asm__("x8") = number;
	register long x0 __asm__("x0") = a;
	register long x1 __asm__("x1") = b;
	register long x2 __asm__("x2") = c;
	register long x3 __asm__("x3") = d;
	register long x4 __asm__("x4") = e;
	register long x5 __asm__("x5") = f;

	__asm__ volatile("svc 0" : "+r"(x0)
			 : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5) : "memory");
	return x0;
#else
	int saved = errno;
	long result = syscall(number, a, b, c, d, e, f);

	if (result == -1)
		result = -errno;
	errno = saved;
	return result;
#endif
}

#endif
