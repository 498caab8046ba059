"""The simulated year of `avouch demo --year`: what an auditor asks for is answered in its package, and what
the year has against it was found.

Each row of docs/pbc.md is walked: its files are there and not empty, and hold what the story says. Runs when
AVOUCH names the program `avouch`.
"""
import json
import os
import pathlib
import re
import subprocess
import tempfile
import unittest

import verify as v

AVOUCH = os.environ.get("AVOUCH")
PAGE = pathlib.Path(__file__).resolve().parents[2] / "docs" / "pbc.md"


def shown(person):
    """The name of a person in a fact."""
    return person if isinstance(person, str) else (person or {}).get("pseudonym")


@unittest.skipUnless(AVOUCH, "AVOUCH names no program")
class Year(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.told = subprocess.run(
            [os.path.abspath(AVOUCH), "demo", "--year", "--no-pause"], cwd=cls.folder.name,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
        cls.home = pathlib.Path(cls.folder.name, "avouch-demo")
        cls.package = cls.home / "package"
        cls.said = cls.told.stdout.decode("utf-8")
        if cls.told.returncode != 0:
            raise AssertionError(cls.said)
        results = json.loads((cls.package / "oscal/assessment-results.json").read_bytes())
        found = results["assessment-results"]["results"][0]["findings"]
        cls.controls = {}
        for one in found:
            control, result = one["title"].split(": ", 1)
            cls.controls[control] = (result, one["description"])

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def rows(self, population):
        lines = (self.package / "populations" / (population + ".ndjson")).read_text("utf-8")
        rows = [json.loads(line)["fact"] for line in lines.splitlines()]
        self.assertTrue(rows, population)
        sample = json.loads((self.package / "samples" / (population + ".json")).read_bytes())
        self.assertTrue(sample, population)
        return rows

    def found(self, control, *words):
        """A control has exceptions, and says so in these words."""
        result, why = self.controls[control]
        self.assertEqual(result, "exceptions", (control, why))
        for word in words:
            self.assertIn(word, why)

    def effective(self, *controls):
        for control in controls:
            self.assertEqual(self.controls[control][0], "effective", (control, self.controls[control][1]))

    def test_it_says_everywhere_that_it_is_simulated(self):
        self.assertIn("Nothing of this happened", self.said)
        report = (self.package / "report/report.html").read_text("utf-8")
        cover = report[:report.index("<h2>")]
        self.assertIn("SIMULATED YEAR", cover)
        self.assertIn("SIMULATED YEAR", (self.package / "engagement.json").read_text("utf-8"))

    def test_the_package_verifies_by_the_other_verifier_too(self):
        text = (self.home / "ledger/identity.vkey").read_text("ascii").strip()
        name, key = v.parse_vkey(text, 1)
        judged = v.Package(str(self.package), key, name).run()
        self.assertEqual((judged.verdict(), [one["code"] for one in judged.findings]), ("intact", []))

    def test_the_page_names_fifteen_rows_and_only_files_that_are_there(self):
        page = PAGE.read_text("utf-8")
        rows = re.findall(r"^## (\d+) ", page, re.M)
        self.assertEqual(rows, [str(number) for number in range(1, 16)])
        parts = re.split(r"^## \d+ ", page, flags=re.M)[1:]
        for part in parts:
            paths = re.findall(r"`((?:populations|samples|report|oscal|ledger)/[\w./-]+)`", part)
            self.assertTrue(paths, part)
            for path in paths:
                self.assertGreater((self.package / path).stat().st_size, 0, path)
            # Other ids are of the story, such as ACC-1.
            families = {control.split("-")[0] for control in self.controls}
            named = set(re.findall(r"\b[A-Z]{2,4}-\d\b", part))
            controls = {one for one in named if one.split("-")[0] in families}
            self.assertTrue(controls, part)
            self.assertEqual(controls - set(self.controls), set())

    def test_1_access_granted(self):
        rows = self.rows("credential-issued")
        self.assertEqual(sorted({row["event"] for row in rows}), ["issued", "rotated"])
        self.assertEqual(sum(row["event"] == "issued" for row in rows), 6)
        for row in rows:
            self.assertTrue(row["request"].startswith("ACC-"), row)
            self.assertEqual([shown(one) for one in row["approved_by"]], ["otto"])
            self.assertNotIn(shown(row["actor"]), ["otto", shown(row["owner"])])
        self.effective("IAM-4")
        # The one that holds longer than keys may, under an exception that ended.
        self.found("IAM-3", "days, more than 90")

    def test_2_access_removed(self):
        left = [row for row in self.rows("person") if row["event"] == "left"]
        self.assertEqual(sorted(shown(row["person"]) for row in left), ["juan", "oldpay"])
        revoked = {shown(row["owner"]) for row in self.rows("credential-revoked")}
        self.assertEqual(revoked, {"courier", "juan", "oldpay"})
        self.found("IAM-9", "outlived its holder", "a request of somebody who left was let through")
        self.assertNotIn("oldpay", self.controls["IAM-9"][1])

    def test_3_access_reviewed(self):
        rows = self.rows("access-review")
        reviews = sorted({row["id"] for row in rows})
        self.assertEqual(reviews, ["AR-2025-Q%d" % quarter for quarter in (1, 2, 3, 4)])
        self.assertEqual(sum(row["verdict"] == "revoke" for row in rows), 2)
        snapshots = [row["id"] for row in self.rows("evidence") if row["id"].startswith("AR-2025")]
        self.assertEqual(len(snapshots), 8)

    def test_4_privileged_access(self):
        rows = self.rows("admin-login")
        self.assertEqual(len(rows), 11)
        self.assertEqual(sum(row.get("second_factor") is not True for row in rows), 1)
        self.found("IAM-8", "shows no second factor")

    def test_5_changes(self):
        changes = [row for row in self.rows("change") if row.get("component") == "gateway"]
        self.assertEqual(len([row for row in changes if row["event"] == "changed"]), 4)
        approved = [row["ticket"] for row in self.rows("change") if row.get("about") == "change"]
        self.assertEqual(approved, ["CHG-1", "CHG-7", "OPS-99", "CHG-25"])
        deploys = [row["ticket"] for row in self.rows("deploy") if row.get("action") == "deploy"]
        self.assertEqual(len(deploys), 6)
        self.effective("CHG-1")
        report = (self.package / "report/report.html").read_text("utf-8")
        changes = report[report.index("<h2>Changes"):]
        row = r'<b>%s</b> %s</td><td data-is="By">%s</td><td data-is="Approved by">%s</td>'
        for one in (("gateway", "changed", "not named", "otto"),
                    ("policy access-control 1", "published", "anna", "otto"),
                    ("policy vendor-management 1", "published", "anna", "not named")):
            self.assertRegex(changes, row % one)

    def test_6_emergency_change(self):
        urgent = [row for row in self.rows("change") if row.get("emergency")]
        self.assertEqual([row["ticket"] for row in urgent], ["OPS-99"])
        self.found("CHG-4", "an emergency change was looked at too late")

    def test_7_logging(self):
        rows = self.rows("log-integrity")
        events = [row["event"] for row in rows]
        # The count of April differs, which is a gap besides the one that noor wrote down.
        self.assertEqual({name: events.count(name) for name in set(events)},
                         {"verified": 12, "archived": 12, "reconciled": 11, "gap": 2})
        self.assertEqual({row["verdict"] for row in rows if row["event"] == "verified"}, {"intact"})
        self.found("LOG-4", "records were lost: the disk of the ledger was full",
                   "the log of the API: it knows", "disk full from 2025-04-22")

    def test_8_alerts(self):
        alerts = {row["id"] for row in self.rows("alert")}
        judged = {row["id"] for row in self.rows("incident-timeline")
                  if row["event"] in ("dismissed", "declared")}
        self.assertEqual(alerts, judged)
        self.assertEqual(len(alerts), 6)
        self.found("MON-2", "alert `ALERT-3` was judged too late")

    def test_9_incidents(self):
        self.assertEqual([row["id"] for row in self.rows("incident")], ["INC-2025-1", "INC-2025-2"])
        for incident, notice in (("INC-2025-1", "not-notified"), ("INC-2025-2", "notified")):
            events = [row["event"] for row in self.rows("incident-timeline") if row["id"] == incident]
            self.assertEqual(events[:2], ["suspected", "declared"])
            for event in ("contained", "assessed", notice, "recovered", "closed"):
                self.assertIn(event, events)
        self.effective("IR-2", "IR-3", "IR-4")

    def test_10_vulnerabilities(self):
        rows = self.rows("scan-run")
        self.assertEqual({row["ending"] for row in rows}, {"complete"})
        # Those that asked for one finding again name their check.
        self.assertEqual(len([row for row in rows if not row.get("checks")]), 11)
        grave = [row for row in self.rows("finding") if row["severity"] in ("critical", "high")]
        proven = {row["fingerprint"] for row in grave}
        closed = {row["fingerprint"] for row in self.rows("finding-closed")}
        self.assertTrue(proven and proven <= closed, proven - closed)
        self.found("TST-2", "nothing in 1 of 12 monthly windows, the first from 2025-08-01")

    def test_11_penetration_test(self):
        reports = [row for row in self.rows("evidence") if "TST-3" in row.get("controls", [])]
        self.assertEqual(len(reports), 1)
        names = [row["name"] for row in self.rows("finding") if row["check"] == "REPORTED"]
        self.assertEqual(names, ["PT-1", "PT-2"])
        closed = [row["name"] for row in self.rows("finding-closed") if row["check"] == "REPORTED"]
        self.assertEqual(closed, ["PT-1"])
        self.effective("TST-3")

    def test_12_vendors(self):
        rows = self.rows("vendor-review")
        registered = {row["id"] for row in rows if row["event"] == "registered"}
        self.assertEqual(registered, {row["id"] for row in rows if row["event"] == "reviewed"})
        self.effective("GOV-4")
        self.found("PHY-0", "the report of `payments` covers 2024-07-01 to 2025-06-30")
        self.assertNotIn("hosting", self.controls["PHY-0"][1])

    def test_13_training(self):
        rows = self.rows("training")
        assigned = [shown(row["person"]) for row in rows if row["event"] == "assigned"]
        self.assertEqual(assigned, ["piet"])
        self.assertNotIn("piet", [shown(row["person"]) for row in rows if row["event"] == "completed"])
        self.found("GOV-3", "`api-security` was assigned, is over its date and was not done")

    def test_14_policies(self):
        rows = self.rows("policy-version")
        published = {row["id"] for row in rows if row["event"] == "published"}
        self.assertEqual(len(published), 12)
        self.assertTrue(self.rows("policy-acknowledged"))
        self.found("GOV-1", "`vendor-management` was approved only after it came into force")
        for other in published - {"vendor-management"}:
            self.assertNotIn("`%s`" % other, self.controls["GOV-1"][1])

    def test_marked_requests_bound_what_was_lost(self):
        summary = json.loads((self.package / "canaries/summary.json").read_bytes())
        self.assertEqual((summary["sent"], summary["missing"]), (300, 0))
        self.assertLess(summary["loss_bound_ppm"], 10_000)
        lines = (self.package / "canaries/found.ndjson").read_text("utf-8").splitlines()
        self.assertEqual(len({json.loads(line)["index"] for line in lines}), 300)

    def test_15_backup(self):
        rows = self.rows("restore-test")
        self.assertEqual([row["verdict"] for row in rows], ["intact"] * 12)
        exercises = [row for row in self.rows("evidence") if "AVL-2" in row.get("controls", [])]
        self.assertEqual(len(exercises), 1)
        self.effective("AVL-2")


if __name__ == "__main__":
    unittest.main()
