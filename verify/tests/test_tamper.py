"""Every tamper case at every level of the auditor's knowledge."""
import os
import shutil
import tempfile
import unittest

from tests import scenario, tamper_keys, tamper_storage
from tests.scenario import LEVELS

TABLES = (tamper_storage.CASES, tamper_keys.CASES)


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

    def test_each_case_is_named_by_the_levels_that_can_see_it_and_by_no_other(self):
        for table in TABLES:
            for name, (mutation, expected) in table.items():
                case = self.honest.copy(os.path.join(self.folder, name.split()[0]))
                mutation(case)
                for level in LEVELS:
                    with self.subTest(case=name, level=level):
                        self.judge(case.verify(level), expected[level])

    def judge(self, report, expected):
        found = {finding["code"] for finding in report.findings}
        if expected:
            self.assertLessEqual(expected, found)
            self.assertNotEqual(0, report.exit())
        else:
            self.assertEqual(set(), found)


if __name__ == "__main__":
    unittest.main()
