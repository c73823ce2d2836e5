/* SPDX-License-Identifier: MIT */
/*
 * inject-calls - how system calls fail, as their man pages have it.
 *
 * Left out are errors of a caller that is wrong (EBADF, EFAULT, EINVAL) and calls
 * that know no others.  A call of no line fails in the ways of unknown_call.
 * SHORT is a part of what was asked for, END the end of a file: both are no errors
 * but answers of a call that moves bytes.
 */
#ifndef HANDOFF_INJECT_CALLS_H
#define HANDOFF_INJECT_CALLS_H

#include <linux/futex.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/syscall.h>

struct call {
	const char *name;
	long number;
	const char *errors;
	/* Where only some calls of this number fail so; NULL: all. */
	bool (*is_meant)(const uint64_t *arguments);
};

/* Numbers that are the same on every architecture, and younger than some headers. */
enum {
	CALL_PIDFD_SEND_SIGNAL = 424, CALL_IO_URING_SETUP, CALL_IO_URING_ENTER,
	CALL_IO_URING_REGISTER, CALL_PIDFD_OPEN = 434, CALL_CLONE3, CALL_CLOSE_RANGE,
	CALL_FACCESSAT2 = 439, CALL_FUTEX_WAITV = 449,
};

static bool waits_for_futex(const uint64_t *arguments)
{
	uint64_t operation = arguments[1] & FUTEX_CMD_MASK;

	return operation == FUTEX_WAIT || operation == FUTEX_WAIT_BITSET;
}

static bool waits_for_lock(const uint64_t *arguments)
{
	return arguments[1] == 7 || arguments[1] == 38;      /* F_SETLKW, F_OFD_SETLKW */
}

static bool duplicates(const uint64_t *arguments)
{
	return arguments[1] == 0 || arguments[1] == 1030;    /* F_DUPFD, F_DUPFD_CLOEXEC */
}

static bool sizes_pipe(const uint64_t *arguments)
{
	return arguments[1] == 1031;                         /* F_SETPIPE_SZ */
}

static bool has_timeout(const uint64_t *arguments)
{
	return arguments[2] != 0;
}

static bool orders_death(const uint64_t *arguments)
{
	return arguments[0] == 1 && arguments[1];            /* PR_SET_PDEATHSIG */
}

/* Who may trace is said to be sure: most kernels do not ask. */
static bool is_other_prctl(const uint64_t *arguments)
{
	return !orders_death(arguments) && arguments[0] != 0x59616d61;   /* PR_SET_PTRACER */
}

static const struct call unknown_call = { "unknown", -1, "EPERM ENOSYS ENOMEM", NULL };

static const struct call calls[] = {
	{ "read", SYS_read, "EIO EINTR EAGAIN SHORT END", NULL },
	{ "pread64", SYS_pread64, "EIO EINTR SHORT END", NULL },
	{ "preadv2", SYS_preadv2, "EIO EINTR EAGAIN", NULL },
	{ "pwritev2", SYS_pwritev2, "EIO ENOSPC EINTR EAGAIN", NULL },
	{ "readv", SYS_readv, "EIO EINTR EAGAIN", NULL },
	{ "write", SYS_write, "EIO ENOSPC EINTR EAGAIN EPIPE SHORT", NULL },
	{ "pwrite64", SYS_pwrite64, "EIO ENOSPC EINTR EFBIG EDQUOT SHORT", NULL },
	{ "writev", SYS_writev, "EIO ENOSPC EINTR EAGAIN EPIPE", NULL },
	{ "recvfrom", SYS_recvfrom, "ECONNREFUSED ENOMEM EINTR EAGAIN SHORT END", NULL },
	{ "recvmsg", SYS_recvmsg, "ECONNREFUSED ENOMEM EINTR EAGAIN END", NULL },
	{ "sendto", SYS_sendto, "ECONNRESET ENOBUFS EINTR EAGAIN EPIPE SHORT", NULL },
	{ "sendmsg", SYS_sendmsg, "ECONNRESET ENOBUFS EINTR EAGAIN EPIPE", NULL },
	{ "openat", SYS_openat, "EACCES EMFILE ENFILE ENOMEM ENOSPC EINTR ENOENT", NULL },
	{ "close", SYS_close, "EIO EINTR", NULL },
	{ "close_range", CALL_CLOSE_RANGE, "EMFILE ENOMEM ENOSYS", NULL },
	{ "dup", SYS_dup, "EMFILE", NULL },
	{ "dup3", SYS_dup3, "EMFILE EBUSY EINTR", NULL },
	{ "pipe2", SYS_pipe2, "EMFILE ENFILE", NULL },
	{ "eventfd2", SYS_eventfd2, "EMFILE ENFILE ENOMEM", NULL },
	{ "signalfd4", SYS_signalfd4, "EMFILE ENFILE ENOMEM", NULL },
	{ "memfd_create", SYS_memfd_create, "EMFILE ENFILE ENOMEM EPERM", NULL },
	{ "epoll_create1", SYS_epoll_create1, "EMFILE ENFILE ENOMEM", NULL },
	{ "epoll_ctl", SYS_epoll_ctl, "ENOMEM ENOSPC EPERM", NULL },
	{ "epoll_pwait", SYS_epoll_pwait, "EINTR", NULL },
	{ "ppoll", SYS_ppoll, "EINTR ENOMEM", NULL },
	{ "pselect6", SYS_pselect6, "EINTR ENOMEM", NULL },
	{ "socket", SYS_socket, "EMFILE ENFILE ENOBUFS ENOMEM EACCES EAFNOSUPPORT", NULL },
	{ "socketpair", SYS_socketpair, "EMFILE ENFILE EOPNOTSUPP EAFNOSUPPORT", NULL },
	{ "bind", SYS_bind, "EACCES EADDRINUSE ENOMEM", NULL },
	{ "listen", SYS_listen, "EADDRINUSE EOPNOTSUPP", NULL },
	{ "connect", SYS_connect, "ECONNREFUSED EADDRNOTAVAIL EAGAIN ETIMEDOUT EINTR", NULL },
	{ "accept", SYS_accept, "EMFILE ENFILE ENOBUFS ECONNABORTED EINTR", NULL },
	{ "accept4", SYS_accept4, "EMFILE ENFILE ENOBUFS ECONNABORTED EINTR", NULL },
	{ "getsockname", SYS_getsockname, "ENOBUFS", NULL },
	{ "setsockopt", SYS_setsockopt, "ENOPROTOOPT ENOMEM EPERM", NULL },
	{ "fcntl-lock", SYS_fcntl, "ENOLCK EINTR EDEADLK", waits_for_lock },
	{ "fcntl-dup", SYS_fcntl, "EMFILE", duplicates },
	{ "fcntl-pipe", SYS_fcntl, "EPERM EBUSY", sizes_pipe },
	{ "flock", SYS_flock, "ENOLCK EINTR", NULL },
	{ "futex-wait", SYS_futex, "EINTR EAGAIN", waits_for_futex },
	{ "futex_waitv", CALL_FUTEX_WAITV, "EINTR EAGAIN ENOSYS", NULL },
	{ "clone", SYS_clone, "EAGAIN ENOMEM EPERM", NULL },
	{ "clone3", CALL_CLONE3, "EAGAIN ENOMEM EPERM ENOSYS ENOSPC", NULL },
	{ "unshare", SYS_unshare, "EPERM ENOMEM ENOSPC", NULL },
	{ "execve", SYS_execve, "EACCES ENOENT ENOMEM EAGAIN EIO", NULL },
	{ "wait4", SYS_wait4, "ECHILD EINTR", NULL },
	{ "waitid", SYS_waitid, "ECHILD EINTR", NULL },
	{ "kill", SYS_kill, "EPERM ESRCH", NULL },
	{ "tgkill", SYS_tgkill, "EAGAIN EPERM ESRCH", NULL },
	{ "rt_sigqueueinfo", SYS_rt_sigqueueinfo, "EAGAIN EPERM ESRCH", NULL },
	{ "rt_tgsigqueueinfo", SYS_rt_tgsigqueueinfo, "EAGAIN EPERM ESRCH", NULL },
	{ "rt_sigtimedwait", SYS_rt_sigtimedwait, "EINTR", NULL },
	{ "rt_sigtimedwait-timeout", SYS_rt_sigtimedwait, "EAGAIN", has_timeout },
	{ "pidfd_open", CALL_PIDFD_OPEN, "EMFILE ENFILE ENOMEM ENOSYS", NULL },
	{ "pidfd_send_signal", CALL_PIDFD_SEND_SIGNAL, "EPERM ESRCH ENOSYS", NULL },
	{ "mmap", SYS_mmap, "ENOMEM EAGAIN EPERM ENFILE", NULL },
	{ "munmap", SYS_munmap, "ENOMEM", NULL },
	{ "mremap", SYS_mremap, "ENOMEM EAGAIN", NULL },
	{ "mprotect", SYS_mprotect, "ENOMEM EACCES", NULL },
	{ "madvise", SYS_madvise, "ENOMEM EAGAIN EIO", NULL },
	{ "mlock", SYS_mlock, "ENOMEM EPERM EAGAIN", NULL },
	{ "mincore", SYS_mincore, "EAGAIN ENOMEM", NULL },
	{ "msync", SYS_msync, "EIO ENOMEM EBUSY", NULL },
	{ "mbind", SYS_mbind, "EPERM ENOMEM EIO", NULL },
	{ "move_pages", SYS_move_pages, "EPERM ENOMEM EACCES", NULL },
	{ "shmget", SYS_shmget, "ENOSPC ENOMEM EACCES ENFILE EEXIST", NULL },
	{ "shmat", SYS_shmat, "ENOMEM EACCES", NULL },
	{ "shmctl", SYS_shmctl, "EPERM EACCES", NULL },
	{ "semget", SYS_semget, "ENOSPC ENOMEM EACCES EEXIST", NULL },
	{ "semop", SYS_semop, "EIDRM ENOMEM EINTR EAGAIN ERANGE", NULL },
	{ "semtimedop", SYS_semtimedop, "EIDRM ENOMEM EINTR EAGAIN", NULL },
	{ "semctl", SYS_semctl, "EPERM EIDRM", NULL },
	{ "msgget", SYS_msgget, "ENOSPC ENOMEM EACCES EEXIST", NULL },
	{ "msgsnd", SYS_msgsnd, "EIDRM ENOMEM EINTR EAGAIN", NULL },
	{ "msgrcv", SYS_msgrcv, "EIDRM EINTR E2BIG", NULL },
	{ "msgctl", SYS_msgctl, "EPERM EIDRM", NULL },
	{ "mq_open", SYS_mq_open, "EMFILE ENFILE ENOMEM ENOSPC EACCES EEXIST", NULL },
	{ "mq_unlink", SYS_mq_unlink, "EACCES", NULL },
	{ "mq_timedsend", SYS_mq_timedsend, "EAGAIN EINTR EMSGSIZE", NULL },
	{ "mq_timedreceive", SYS_mq_timedreceive, "EAGAIN EINTR EMSGSIZE", NULL },
	{ "mq_notify", SYS_mq_notify, "ENOMEM EBUSY", NULL },
	{ "process_vm_readv", SYS_process_vm_readv, "EPERM ESRCH ENOMEM SHORT", NULL },
	{ "process_vm_writev", SYS_process_vm_writev, "EPERM ESRCH ENOMEM", NULL },
	{ "splice", SYS_splice, "ENOMEM EAGAIN SHORT", NULL },
	{ "tee", SYS_tee, "ENOMEM EAGAIN", NULL },
	{ "vmsplice", SYS_vmsplice, "ENOMEM EAGAIN SHORT", NULL },
	{ "io_uring_setup", CALL_IO_URING_SETUP, "ENOMEM EMFILE ENFILE EPERM ENOSYS", NULL },
	{ "io_uring_enter", CALL_IO_URING_ENTER, "EAGAIN EBUSY EINTR ENXIO", NULL },
	{ "io_uring_register", CALL_IO_URING_REGISTER, "ENOMEM EBUSY EPERM EMFILE", NULL },
	{ "io_setup", SYS_io_setup, "EAGAIN ENOMEM ENOSYS", NULL },
	{ "io_submit", SYS_io_submit, "EAGAIN ENOSYS", NULL },
	{ "io_getevents", SYS_io_getevents, "EINTR ENOSYS", NULL },
	{ "ftruncate", SYS_ftruncate, "EIO EINTR EFBIG EPERM", NULL },
	{ "fallocate", SYS_fallocate, "ENOSPC EIO EINTR EFBIG", NULL },
	{ "fsync", SYS_fsync, "EIO ENOSPC EDQUOT", NULL },
	{ "fdatasync", SYS_fdatasync, "EIO ENOSPC EDQUOT", NULL },
	{ "sync_file_range", SYS_sync_file_range, "EIO ENOSPC ENOMEM", NULL },
	{ "fchmod", SYS_fchmod, "EIO EPERM EROFS", NULL },
	{ "faccessat2", CALL_FACCESSAT2, "EACCES EROFS EIO", NULL },
	{ "fstat", SYS_fstat, "ENOMEM EOVERFLOW", NULL },
	{ "newfstatat", SYS_newfstatat, "EACCES ENOMEM ENOENT", NULL },
	{ "unlinkat", SYS_unlinkat, "EACCES EIO EPERM", NULL },
	{ "mkdirat", SYS_mkdirat, "EACCES ENOSPC EDQUOT EROFS EEXIST", NULL },
	{ "mknodat", SYS_mknodat, "EACCES ENOSPC EROFS EEXIST", NULL },
	{ "readlinkat", SYS_readlinkat, "EACCES EIO ENOMEM", NULL },
	{ "getdents64", SYS_getdents64, "ENOENT", NULL },
	{ "mount", SYS_mount, "EPERM ENOMEM EBUSY", NULL },
	{ "umount2", SYS_umount2, "EPERM EBUSY", NULL },
	{ "sethostname", SYS_sethostname, "EPERM", NULL },
	{ "setsid", SYS_setsid, "EPERM", NULL },
	{ "pdeathsig", SYS_prctl, "EPERM", orders_death },
	{ "prctl", SYS_prctl, "EPERM", is_other_prctl },
	{ "prlimit64", SYS_prlimit64, "EPERM", NULL },
	{ "getrandom", SYS_getrandom, "EAGAIN EINTR ENOSYS", NULL },
	{ "sched_setaffinity", SYS_sched_setaffinity, "EPERM", NULL },
	{ "sched_getaffinity", SYS_sched_getaffinity, "EPERM", NULL },
	{ "sched_setscheduler", SYS_sched_setscheduler, "EPERM", NULL },
	{ "sched_setattr", SYS_sched_setattr, "EPERM EBUSY", NULL },
	{ "set_mempolicy", SYS_set_mempolicy, "ENOMEM EPERM", NULL },
	{ "nanosleep", SYS_nanosleep, "EINTR", NULL },
	{ "clock_nanosleep", SYS_clock_nanosleep, "EINTR", NULL },
	{ "timer_create", SYS_timer_create, "EAGAIN ENOMEM", NULL },
	{ "timerfd_create", SYS_timerfd_create, "EMFILE ENFILE ENOMEM", NULL },
	{ "perf_event_open", SYS_perf_event_open, "EACCES EMFILE ENOSYS", NULL },
	{ "membarrier", SYS_membarrier, "ENOSYS EPERM", NULL },
#ifdef SYS_open
	{ "open", SYS_open, "EACCES EMFILE ENFILE ENOMEM ENOSPC EINTR ENOENT", NULL },
	{ "pipe", SYS_pipe, "EMFILE ENFILE", NULL },
	{ "dup2", SYS_dup2, "EMFILE EBUSY EINTR", NULL },
	{ "fork", SYS_fork, "EAGAIN ENOMEM", NULL },
	{ "vfork", SYS_vfork, "EAGAIN ENOMEM", NULL },
	{ "poll", SYS_poll, "EINTR ENOMEM", NULL },
	{ "select", SYS_select, "EINTR ENOMEM", NULL },
	{ "epoll_wait", SYS_epoll_wait, "EINTR", NULL },
	{ "unlink", SYS_unlink, "EACCES EIO EPERM", NULL },
	{ "mkdir", SYS_mkdir, "EACCES ENOSPC EDQUOT EROFS EEXIST", NULL },
	{ "mknod", SYS_mknod, "EACCES ENOSPC EROFS EEXIST", NULL },
	{ "rmdir", SYS_rmdir, "EACCES EBUSY", NULL },
	{ "rename", SYS_rename, "EACCES ENOSPC", NULL },
	{ "readlink", SYS_readlink, "EACCES EIO ENOMEM", NULL },
#endif
};

#define CALL_COUNT (sizeof(calls) / sizeof(calls[0]))

/* They know no error that a caller which is right could see, or must not be kept from. */
static const long sure_calls[] = {
	SYS_exit, SYS_exit_group, SYS_rt_sigreturn, SYS_restart_syscall, SYS_brk, SYS_getpid,
	SYS_gettid, SYS_getppid, SYS_getuid, SYS_geteuid, SYS_getgid, SYS_getegid, SYS_getpgid,
	SYS_getsid, SYS_umask, SYS_sched_yield, SYS_getcpu, SYS_rt_sigaction, SYS_rt_sigprocmask,
	SYS_rt_sigpending, SYS_rt_sigsuspend, SYS_sigaltstack, SYS_set_tid_address,
	SYS_set_robust_list, SYS_getrusage, SYS_times, SYS_clock_gettime, SYS_clock_getres,
	SYS_gettimeofday, SYS_uname, SYS_sysinfo, SYS_getsockopt, SYS_shmdt, SYS_lseek,
	SYS_fcntl, SYS_futex, SYS_ioctl, SYS_prctl, SYS_io_destroy, SYS_fadvise64, SYS_getcwd, SYS_statfs,
	SYS_fstatfs, SYS_get_mempolicy, SYS_sched_getscheduler, SYS_sched_getparam,
	SYS_timer_settime, SYS_timer_delete, SYS_timerfd_settime,
	SYS_shutdown, SYS_setitimer, SYS_mq_getsetattr, SYS_personality, SYS_faccessat,
	SYS_io_cancel, SYS_getpeername, SYS_get_robust_list, SYS_sched_getattr,
#ifdef SYS_open
	SYS_getpgrp, SYS_arch_prctl, SYS_alarm, SYS_pause, SYS_time, SYS_access,
#endif
#ifdef SYS_rseq
	SYS_rseq,
#endif
};

#endif
