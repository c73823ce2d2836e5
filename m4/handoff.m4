# SPDX-License-Identifier: MIT
# Macros of handoff's configure.ac, in the order in which it uses them.

# HANDOFF_NEED_64_BITS: ends configure where a long has fewer.  Histograms add in
# integers of 128 bits, which compilers have for 64-bit machines only; and raw system
# calls take 64-bit times and offsets as one word each.
AC_DEFUN([HANDOFF_NEED_64_BITS], [
	AC_CHECK_SIZEOF([long])
	AS_IF([test "$ac_cv_sizeof_long" != 8],
		[AC_MSG_ERROR([$CC $CFLAGS makes 32-bit programs, and handoff is for 64-bit Linux only:
  it adds up times in 128-bit integers, and hands 64-bit times and offsets to the kernel as one word])])
])

# HANDOFF_WARNINGS: WARNING_CFLAGS, with -Werror after --enable-werror.
AC_DEFUN([HANDOFF_WARNINGS], [
	WARNING_CFLAGS="-Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes"
	WARNING_CFLAGS="$WARNING_CFLAGS -Wvla -Wpointer-arith -Wundef"
	# Tells of what is built but not registered; clang has it, and gcc since 14.
	AC_CACHE_CHECK([whether $CC takes -Wmissing-variable-declarations],
		[handoff_cv_missing_variable_declarations],
		[handoff_save_CFLAGS=$CFLAGS
		CFLAGS="$CFLAGS -Werror -Wmissing-variable-declarations"
		AC_COMPILE_IFELSE([AC_LANG_PROGRAM],
			[handoff_cv_missing_variable_declarations=yes],
			[handoff_cv_missing_variable_declarations=no])
		CFLAGS=$handoff_save_CFLAGS])
	AS_IF([test "$handoff_cv_missing_variable_declarations" = yes],
		[WARNING_CFLAGS="$WARNING_CFLAGS -Wmissing-variable-declarations"])
	AS_IF([test "$enable_werror" = yes], [WARNING_CFLAGS="$WARNING_CFLAGS -Werror"])
	AC_SUBST([WARNING_CFLAGS])
])

# HANDOFF_SANITIZER(OPTION, FLAGS, NAME): one --enable switch.
AC_DEFUN([HANDOFF_SANITIZER], [
	AC_ARG_ENABLE([$1],
		[AS_HELP_STRING([--enable-$1], [build with $3, except the programs that are executed])],
		[], [enable_$1=no])
	AS_IF([test "$enable_$1" = yes],
		[SANITIZER_FLAGS="$SANITIZER_FLAGS $2" sanitizers="$sanitizers $3"])
])

# HANDOFF_SANITIZERS: SANITIZER_FLAGS, for the compiler and for the linker.
AC_DEFUN([HANDOFF_SANITIZERS], [
	SANITIZER_FLAGS= sanitizers=
	HANDOFF_SANITIZER([asan], [-fsanitize=address], [AddressSanitizer])
	HANDOFF_SANITIZER([ubsan], [-fsanitize=undefined -fno-sanitize-recover=undefined],
		[UndefinedBehaviorSanitizer])
	HANDOFF_SANITIZER([tsan], [-fsanitize=thread], [ThreadSanitizer])
	AS_IF([test "$enable_asan$enable_tsan" = yesyes],
		[AC_MSG_ERROR([--enable-asan and --enable-tsan exclude each other])])
	AS_IF([test -n "$SANITIZER_FLAGS"],
		[AC_MSG_CHECKING([whether $CC links with$SANITIZER_FLAGS])
		handoff_save_CFLAGS=$CFLAGS
		CFLAGS="$CFLAGS $SANITIZER_FLAGS"
		AC_LINK_IFELSE([AC_LANG_PROGRAM], [AC_MSG_RESULT([yes])],
			[AC_MSG_RESULT([no])
			AC_MSG_ERROR([this compiler lacks the libraries of$sanitizers])])
		CFLAGS=$handoff_save_CFLAGS])
	AC_SUBST([SANITIZER_FLAGS])
])

# HANDOFF_FIND_FUNCTION(VARIABLE, FUNCTION, LIBRARY): VARIABLE is empty if libc
# has FUNCTION, -lLIBRARY if that has it, else "missing".  LIBS stays as it is,
# so that nothing is linked that a program did not ask for.
AC_DEFUN([HANDOFF_FIND_FUNCTION], [
	handoff_save_LIBS=$LIBS
	AC_SEARCH_LIBS([$2], [$3])
	LIBS=$handoff_save_LIBS
	AS_CASE([$ac_cv_search_$2],
		["none required"], [$1=],
		[no], [$1=missing],
		[$1=$ac_cv_search_$2])
	AC_SUBST([$1])
])

# HANDOFF_ARGP: INCLUDED_ARGP, if libc has no argp (musl) or is not to be asked; what
# is in lib/compat is built then.
AC_DEFUN([HANDOFF_ARGP], [
	AC_ARG_WITH([included-argp],
		[AS_HELP_STRING([--with-included-argp], [take our argp, even if libc has one])],
		[], [with_included_argp=no])
	have_argp=no
	AS_IF([test "$with_included_argp" = no],
		[AC_CHECK_HEADER([argp.h], [AC_CHECK_FUNC([argp_parse], [have_argp=yes])])])
	ARGP_CPPFLAGS=
	AS_IF([test "$have_argp" = no], [ARGP_CPPFLAGS='-I$(srcdir)/lib/compat'])
	AC_SUBST([ARGP_CPPFLAGS])
	AM_CONDITIONAL([INCLUDED_ARGP], [test "$have_argp" = no])
])

# HANDOFF_TARGETS: have_tiny, have_static: which programs to execute can be built.
AC_DEFUN([HANDOFF_TARGETS], [
	handoff_save_CFLAGS=$CFLAGS
	CFLAGS="$CFLAGS -fno-sanitize=all"
	AC_CACHE_CHECK([whether target-tiny knows this machine], [handoff_cv_tiny],
		[AC_COMPILE_IFELSE([AC_LANG_PROGRAM([[
			#if !defined(__x86_64__) && !defined(__aarch64__)
			#error other
			#endif]])], [handoff_cv_tiny=yes], [handoff_cv_tiny=no])])
	CFLAGS="$CFLAGS -static"
	AC_CACHE_CHECK([whether $CC links statically], [handoff_cv_static],
		[AC_LINK_IFELSE([AC_LANG_PROGRAM([[#include <stdio.h>]], [[return puts("") < 0;]])],
			[handoff_cv_static=yes], [handoff_cv_static=no])])
	CFLAGS=$handoff_save_CFLAGS
	have_tiny=$handoff_cv_tiny
	have_static=$handoff_cv_static
])

# HANDOFF_TABLE_BEGIN(TITLE), HANDOFF_TABLE(NAME, FOUND, WHAT-IS-OFF)...,
# HANDOFF_TABLE_END(REST): what configure says at its end.
AC_DEFUN([HANDOFF_TABLE_BEGIN], [
	printf '\n%s\n\n  %-28s %-5s %s\n' "$1" found "" "off without it"
])
AC_DEFUN([HANDOFF_TABLE], [
	AS_CASE(["$2"],
		[no], [printf '  %-28s %-5s %s\n' "$1" no "$3"],
		[printf '  %-28s %s\n' "$1" yes])
])
AC_DEFUN([HANDOFF_TABLE_END], [
	printf '\n  %s\n\n' "$1"
])
