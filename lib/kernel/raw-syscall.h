/* SPDX-License-Identifier: MIT */
/*
 * kernel/raw-syscall - a system call that leaves errno and thread-local storage alone.
 *
 * For children that share their parent's memory (CLONE_VM) and thread-local
 * storage: a failing syscall(2) there would write the parent's errno.  Returns
 * what the kernel returned: a value, or -errno.
 *
 * UNINSTRUMENTED marks functions that such children run: the sanitizers' own
 * book-keeping lives in thread-local storage too.  It is for the small ones,
 * which are inlined: unmarked, gcc would leave the marks of their variables'
 * lives in whoever takes them in.  UNINSTRUMENTED_FUNCTION is for the others.
 *
 * IS_SANITIZED: libc's functions are wrapped by a sanitizer's.  The same
 * children must then call none of them.
 */
#ifndef HANDOFF_RAW_SYSCALL_H
#define HANDOFF_RAW_SYSCALL_H

#include <errno.h>
#include <unistd.h>

#if !defined(__clang__)
#define NO_SANITIZERS no_sanitize_address, no_sanitize_thread, no_sanitize_undefined
#elif __has_attribute(disable_sanitizer_instrumentation)
/* The first three alone leave atomic operations to ThreadSanitizer. */
#define NO_SANITIZERS no_sanitize("address", "thread", "undefined"), \
		      disable_sanitizer_instrumentation
#else
#define NO_SANITIZERS no_sanitize("address", "thread", "undefined")
#endif

#define UNINSTRUMENTED __attribute__((NO_SANITIZERS, always_inline))
#if defined(__clang__)
#define UNINSTRUMENTED_FUNCTION __attribute__((NO_SANITIZERS, noinline))
#else
#define UNINSTRUMENTED_FUNCTION \
	__attribute__((NO_SANITIZERS, noinline, optimize("no-stack-protector")))
#endif

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define IS_SANITIZED 1
#elif defined(__clang__)
#define IS_SANITIZED (__has_feature(address_sanitizer) || __has_feature(thread_sanitizer))
#else
#define IS_SANITIZED 0
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
