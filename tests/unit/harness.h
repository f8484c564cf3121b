/* SPDX-License-Identifier: BSD-3-Clause */
// What every unit test's main() does: run a table of CUnit tests, exit 1 if any assertion failed or
// none ran.
#ifndef TESTS_HARNESS_H
#define TESTS_HARNESS_H

#include <stddef.h>

#include <CUnit/Basic.h>

struct harness_test {
	const char *name;
	void (*run)(void);
};

static inline int
harness_run(const char *suite, const struct harness_test *tests, size_t n)
{
	unsigned asserts, failures;
	CU_pSuite s;

	if (CU_initialize_registry() != CUE_SUCCESS || !(s = CU_add_suite(suite, NULL, NULL)))
		return 1;
	for (size_t i = 0; i < n; i++)
		if (!CU_add_test(s, tests[i].name, tests[i].run))
			return 1;
	CU_basic_set_mode(CU_BRM_VERBOSE);
	CU_basic_run_tests();
	asserts = CU_get_number_of_asserts();
	failures = CU_get_number_of_failures();
	CU_cleanup_registry();
	return asserts == 0 || failures > 0;
}

#define HARNESS_RUN(suite, tests) harness_run(suite, tests, sizeof(tests) / sizeof((tests)[0]))

#endif
