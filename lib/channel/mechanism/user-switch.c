/* SPDX-License-Identifier: MIT */
/* user-switch and ucontext: two contexts of one thread, switched without and with swapcontext(3). */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>

#include "channel/loops.h"
#include "channel/mechanism/list.h"

#define STACK_BYTES 65536u
#define FRAME_ROOM 256

struct contexts {
	ucontext_t here, there;
	void *here_stack, *there_stack;    /* where the hand-written switch left off */
	char *stack;
	uint64_t turns;                    /* of the other context */
	size_t stack_bytes;
};

/* Whose contexts the other one's first instruction looks for: it takes no argument. */
static struct contexts *current;

static int take_stack(struct contexts *own)
{
	own->stack_bytes = STACK_BYTES;
	own->stack = mmap(NULL, own->stack_bytes, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	current = own;
	return own->stack == MAP_FAILED ? -errno : 0;
}

static int contexts_enter(struct channel_end *end)
{
	(void)end;
	return 0;
}

static void contexts_leave(struct channel_end *end)
{
	(void)end;
}

static void contexts_close(void *state)
{
	struct contexts *own = state;

	munmap(own->stack, own->stack_bytes);
}

static inline int contexts_send(struct channel_end *end, size_t bytes)
{
	(void)end, (void)bytes;
	return 0;
}

static inline int contexts_receive(struct channel_end *end, size_t bytes)
{
	(void)end, (void)bytes;
	return 0;
}

static int contexts_pong(struct channel_end *end)
{
	(void)end;
	return 0;
}

static int contexts_twin(struct channel_end *a, struct channel_end *b, uint64_t n)
{
	(void)a, (void)b, (void)n;
	return 0;
}

/* As often as we were away the other one must have been here. */
static int check_turns(const struct contexts *own, uint64_t before, uint64_t n)
{
	return own->turns - before == n ? 0 : -EBADMSG;
}

#ifdef HAVE_MAKECONTEXT
static void run_other_context(void)
{
	for (;;) {
		current->turns++;
		swapcontext(&current->there, &current->here);
	}
}

static int ucontext_open(void *state, const struct channel_config *config, char *ret_reason)
{
	struct contexts *own = state;
	int error = take_stack(own);

	(void)config, (void)ret_reason;
	if (error)
		return error;
	if (getcontext(&own->there)) {
		error = -errno;
		contexts_close(own);
		return error;
	}
	own->there.uc_stack.ss_sp = own->stack;
	own->there.uc_stack.ss_size = own->stack_bytes;
	own->there.uc_link = NULL;
	makecontext(&own->there, run_other_context, 0);
	return 0;
}

static int ucontext_ping(struct channel_end *end, uint64_t n)
{
	struct contexts *own = end->state;
	uint64_t before = own->turns;

	for (uint64_t i = 0; i < n; i++)
		if (swapcontext(&own->here, &own->there))
			return -errno;
	return check_turns(own, before, n);
}
#else /* musl */
static int ucontext_open(void *state, const struct channel_config *config, char *ret_reason)
{
	(void)state, (void)config;
	snprintf(ret_reason, CHANNEL_REASON_BYTES, "this libc has no makecontext and swapcontext");
	return -ENOSYS;
}

static int ucontext_ping(struct channel_end *end, uint64_t n)
{
	(void)end, (void)n;
	return -ENOSYS;
}
#endif

/*
 * handoff_user_switch(save, load): leaves this stack at *save and goes on where
 * *load has left off.  Saves what a call must preserve (System V ABI for x86-64,
 * AAPCS64), and nothing else: neither the signal mask nor the floating-point mode.
 */
#if defined(__x86_64__)
__asm__(".text\n"
	".type handoff_user_switch, @function\n"
	"handoff_user_switch:\n"
	"	push %rbp\n	push %rbx\n	push %r12\n	push %r13\n	push %r14\n	push %r15\n"
	"	mov %rsp, (%rdi)\n"
	"	mov (%rsi), %rsp\n"
	"	pop %r15\n	pop %r14\n	pop %r13\n	pop %r12\n	pop %rbx\n	pop %rbp\n"
	"	ret\n"
	".size handoff_user_switch, . - handoff_user_switch\n");
#define RETURN_WORD 6              /* behind six registers */
#define HAS_USER_SWITCH 1
#elif defined(__aarch64__)
__asm__(".text\n"
	".type handoff_user_switch, %function\n"
	"handoff_user_switch:\n"
	"	sub sp, sp, #160\n"
	"	stp x19, x20, [sp]\n	stp x21, x22, [sp, #16]\n	stp x23, x24, [sp, #32]\n"
	"	stp x25, x26, [sp, #48]\n	stp x27, x28, [sp, #64]\n	stp x29, x30, [sp, #80]\n"
	"	stp d8, d9, [sp, #96]\n	stp d10, d11, [sp, #112]\n"
	"	stp d12, d13, [sp, #128]\n	stp d14, d15, [sp, #144]\n"
	"	mov x9, sp\n	str x9, [x0]\n	ldr x9, [x1]\n	mov sp, x9\n"
	"	ldp x19, x20, [sp]\n	ldp x21, x22, [sp, #16]\n	ldp x23, x24, [sp, #32]\n"
	"	ldp x25, x26, [sp, #48]\n	ldp x27, x28, [sp, #64]\n	ldp x29, x30, [sp, #80]\n"
	"	ldp d8, d9, [sp, #96]\n	ldp d10, d11, [sp, #112]\n"
	"	ldp d12, d13, [sp, #128]\n	ldp d14, d15, [sp, #144]\n"
	"	add sp, sp, #160\n	ret\n"
	".size handoff_user_switch, . - handoff_user_switch\n");
#define RETURN_WORD 11             /* x30 */
#define HAS_USER_SWITCH 1
#else
#define HAS_USER_SWITCH 0
#endif

#if HAS_USER_SWITCH
void handoff_user_switch(void **save, void **load) __attribute__((visibility("hidden")));

static void run_other_stack(void)
{
	for (;;) {
		current->turns++;
		handoff_user_switch(&current->there_stack, &current->here_stack);
	}
}

/*
 * As if it had switched away just before its first instruction.  The frame is
 * 16-aligned on both: behind it the stack is as at a function's entry.
 */
static void *first_frame(char *stack, size_t bytes)
{
	void (*begin)(void) = run_other_stack;
	char *frame = stack + bytes - FRAME_ROOM;

	memcpy(frame + RETURN_WORD * sizeof(begin), &begin, sizeof(begin));
	return frame;
}

static int user_switch_open(void *state, const struct channel_config *config, char *ret_reason)
{
	struct contexts *own = state;
	int error = take_stack(own);

	(void)config, (void)ret_reason;
	if (!error)
		own->there_stack = first_frame(own->stack, own->stack_bytes);
	return error;
}

static int user_switch_ping(struct channel_end *end, uint64_t n)
{
	struct contexts *own = end->state;
	uint64_t before = own->turns;

	for (uint64_t i = 0; i < n; i++)
		handoff_user_switch(&own->here_stack, &own->there_stack);
	return check_turns(own, before, n);
}
#else
static int user_switch_open(void *state, const struct channel_config *config, char *ret_reason)
{
	(void)state, (void)config;
	snprintf(ret_reason, CHANNEL_REASON_BYTES, "written for x86-64 and arm64 only");
	return -ENOSYS;
}

static int user_switch_ping(struct channel_end *end, uint64_t n)
{
	(void)end, (void)n;
	return -ENOSYS;
}
#endif

#define CONTEXTS(identifier, option, text) \
	const struct channel channel_##identifier = { \
		.about = { option, text, CHANNEL_PROCESS | CHANNEL_THREAD | CHANNEL_TOKEN | \
			   CHANNEL_NULL | CHANNEL_SWITCH | CHANNEL_OWN_CPU | \
			   CHANNEL_PAIR_ONLY }, \
		.state_bytes = sizeof(struct contexts), \
		.open = identifier##_open, \
		.enter = contexts_enter, \
		.leave = contexts_leave, \
		.close = contexts_close, \
		.send = contexts_send, \
		.receive = contexts_receive, \
		.ping = identifier##_ping, \
		.pong = contexts_pong, \
		.pour = identifier##_ping, \
		.drain = contexts_pong, \
		.twin = contexts_twin, \
	}

CONTEXTS(user_switch, "user-switch", "two stacks of one thread, a hand-written switch");
CONTEXTS(ucontext, "ucontext", "two contexts of one thread, swapcontext(3)");
