# shellcheck shell=sh
# SPDX-License-Identifier: MIT
# sample.sh - for the scripts what sample.h is for the unit tests: of a large family
# make check runs one case of a few, on another day others; make check-long all.
#
# HANDOFF_TEST_SEED: the seed, to run the sample of another day (the number of the day)
# HANDOFF_TEST_SHARE: one case of so many, for all families
# HANDOFF_CHECK_LONG: if it is set, all of them

DAY_S=86400
seed=${HANDOFF_TEST_SEED:-$(($(date +%s) / DAY_S))}
turn=0
if [ -z "${HANDOFF_CHECK_LONG:-}" ]; then
	echo "# a sample: HANDOFF_TEST_SEED=$seed; make check-long runs all cases"
fi

# share_of SHARE: 1 where all cases are run
share_of() {
	if [ -n "${HANDOFF_CHECK_LONG:-}" ]; then
		echo 1
	else
		echo "${HANDOFF_TEST_SHARE:-$1}"
	fi
}

# part_of COUNT SHARE LEAST: so many things of COUNT, but never fewer than these
part_of() {
	part=$(($1 / $(share_of "$2")))
	if [ "$part" -lt "$3" ]; then
		part=$3
	fi
	echo "$part"
}

# seldom SHARE: is true in one sample of so many; of neighbours in a script each is in
# another sample, so that of SHARE neighbours one is always run
seldom() {
	turn=$((turn + 1))
	[ $(((turn + seed) % $(share_of "$1"))) -eq 0 ]
}

# some SHARE: one of so many of the lines that it reads; one at least
some() {
	awk -v share="$(share_of "$1")" -v seed="$seed" '
		{ line[NR] = $0 }
		END {
			for (i = 1; i <= NR; i++)
				if ((i + seed) % share == 0) {
					print line[i]
					found = 1
				}
			if (!found && NR)
				print line[seed % NR + 1]
		}'
}

# words WORD...: a line each, for some
words() {
	printf '%s\n' "$@"
}
