/* SPDX-License-Identifier: MIT */
#include "inject-plan.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "inject-calls.h"

#define FAULTS_MAX 256

static const struct { const char *name; int number; } errors[] = {
#define ERROR(name) { #name, name }
	ERROR(E2BIG), ERROR(EACCES), ERROR(EADDRINUSE), ERROR(EADDRNOTAVAIL), ERROR(EAFNOSUPPORT),
	ERROR(EAGAIN), ERROR(EBUSY), ERROR(ECHILD), ERROR(ECONNABORTED), ERROR(ECONNREFUSED),
	ERROR(ECONNRESET), ERROR(EDEADLK), ERROR(EDQUOT), ERROR(EEXIST), ERROR(EFBIG), ERROR(EIDRM),
	ERROR(EINTR), ERROR(EIO), ERROR(EMFILE), ERROR(EMSGSIZE), ERROR(ENFILE), ERROR(ENOBUFS),
	ERROR(ENOENT), ERROR(ENOLCK), ERROR(ENOMEM), ERROR(ENOPROTOOPT), ERROR(ENOSPC),
	ERROR(ENOSYS), ERROR(ENXIO), ERROR(EOPNOTSUPP), ERROR(EOVERFLOW), ERROR(EPERM),
	ERROR(EPIPE), ERROR(ERANGE), ERROR(EROFS), ERROR(ESRCH), ERROR(ETIMEDOUT),
};

static struct fault faults[FAULTS_MAX];
static int fault_count = -1;           /* -1: record */

int plan_call(long number, const uint64_t *arguments)
{
	for (size_t i = 0; i < CALL_COUNT; i++)
		if (calls[i].number == number &&
		    (!calls[i].is_meant || calls[i].is_meant(arguments)))
			return (int)i;
	for (size_t i = 0; i < sizeof(sure_calls) / sizeof(sure_calls[0]); i++)
		if (sure_calls[i] == number)
			return -1;
	return number >= 0 && number < PLAN_CALLS_MAX - (long)CALL_COUNT ? (int)(CALL_COUNT + (size_t)number) : -1;
}

const char *plan_errors(int call)
{
	return call < (int)CALL_COUNT ? calls[call].errors : unknown_call.errors;
}

void plan_name_call(int call, char *ret, size_t size)
{
	if (call < (int)CALL_COUNT)
		snprintf(ret, size, "%s", calls[call].name);
	else
		snprintf(ret, size, "%d", call - (int)CALL_COUNT);
}

static bool knows(int call, const char *how)
{
	const char *at = strstr(plan_errors(call), how);
	size_t length = strlen(how);

	return at && (at[length] == ' ' || !at[length]) && (at == plan_errors(call) || at[-1] == ' ');
}

bool plan_is_meant(const struct fault *fault, int call)
{
	char name[32];

	if (*fault->call == '*')
		return knows(call, fault->how);
	plan_name_call(call, name, sizeof(name));
	return !strcmp(name, fault->call);
}

/* An errno's number by its name; 0: there is none of that name here. */
static int error_of(const char *name)
{
	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++)
		if (!strcmp(errors[i].name, name))
			return errors[i].number;
	return 0;
}

static bool read_how(struct fault *fault)
{
	fault->answer = !strcmp(fault->how, "SHORT") ? ANSWER_SHORT
		      : !strcmp(fault->how, "END") ? ANSWER_END : ANSWER_ERROR;
	fault->error = error_of(fault->how);
	return fault->answer != ANSWER_ERROR || fault->error;
}

static bool read_place(struct fault *fault)
{
	char *end;
	unsigned long number = strtoul(fault->place + 1, &end, 10);
	const char *at = strchr("bwa/", *fault->place);

	if (!at || !number)
		return false;
	if (*at == '/')
		fault->every = number;
	fault->stage = *at == 'b' ? BEFORE : *at == 'w' ? WITHIN : BEHIND;
	fault->nth = number;
	fault->is_lasting = *end == '+';
	return true;
}

bool plan_understand(struct fault *fault)
{
	return read_how(fault) && read_place(fault);
}

bool plan_is_due(const struct fault *fault, const unsigned long seen[STAGES], enum stage stage)
{
	if (fault->every)
		return (seen[BEFORE] + seen[WITHIN] + seen[BEHIND]) % fault->every == 0;
	if (fault->is_lasting)
		return stage == fault->stage && seen[stage] >= fault->nth;
	return stage == fault->stage && seen[stage] == fault->nth;
}

bool plan_read(const char *name)
{
	FILE *file;
	int words;

	if (!strcmp(name, "record"))
		return true;
	file = fopen(name, "re");
	if (!file)
		return false;
	for (fault_count = 0; fault_count < FAULTS_MAX; fault_count++) {
		struct fault *fault = &faults[fault_count];

		words = fscanf(file, "%47s %23s %31s %15s", fault->mechanism, fault->place,
			       fault->call, fault->how);
		if (words != 4)
			break;
		if (!plan_understand(fault))
			return false;
	}
	fclose(file);
	return true;
}

bool plan_is_record(void)
{
	return fault_count < 0;
}

const struct fault *plan_fault(const char *mechanism)
{
	for (int i = 0; i < fault_count; i++)
		if (!strcmp(faults[i].mechanism, mechanism))
			return &faults[i];
	return NULL;
}

void plan_watch(const struct fault *fault, struct watch *ret)
{
	char *end;
	long number = strtol(fault->call, &end, 10);

	ret->count = 0;
	for (size_t i = 0; i < CALL_COUNT && ret->count < WATCHED_MAX; i++)
		if (plan_is_meant(fault, (int)i))
			ret->numbers[ret->count++] = (int32_t)calls[i].number;
	if (end != fault->call && !*end)
		ret->numbers[ret->count++] = (int32_t)number;
}
