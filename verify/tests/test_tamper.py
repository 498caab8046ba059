"""Cases 1 to 54 and their like: one test a case, in it each level of the auditor's knowledge.

A level that can see the case must name it; one that cannot must report nothing at all.
"""
import os
import shutil
import tempfile
import unittest

from tests import scenario, table, tamper_keys, tamper_rules, tamper_storage
from tests.scenario import LEVELS

TABLES = (tamper_storage.CASES, tamper_keys.CASES, tamper_rules.CASES)


class Tamper(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp()
        cls.honest = scenario.standard(os.path.join(cls.folder, "honest"))

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.folder)

    def test_the_untouched_log_is_intact_at_every_level(self):
        for level in LEVELS:
            self.assertEqual([], self.honest.verify(level).findings, level)

    def test_the_page_lists_every_case(self):
        here = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
        with open(os.path.join(here, "README.md"), encoding="utf-8") as file:
            same = "\n".join(table.lines()) in file.read()
        self.assertTrue(same, "take the table of `python3 -m tests.table` into README.md")

    def judge_case(self, name, mutation, expected):
        case = self.honest.copy(os.path.join(self.folder, name.split()[0]))
        mutation(case)
        for level in LEVELS:
            with self.subTest(level=level):
                self.judge(case.verify(level), expected[level])

    def judge(self, report, expected):
        found = {finding["code"] for finding in report.findings}
        if expected:
            self.assertLessEqual(expected, found)
            self.assertNotEqual(0, report.exit())
        else:
            self.assertEqual(set(), found)


def add_test(name, mutation, expected):
    def test(self):
        self.judge_case(name, mutation, expected)
    test.__doc__ = name
    words = "".join(char if char.isalnum() else "_" for char in name)
    setattr(Tamper, "test_case_" + words, test)


for cases in TABLES:
    for case_name, (case_mutation, case_expected) in cases.items():
        add_test(case_name, case_mutation, case_expected)


if __name__ == "__main__":
    unittest.main()
