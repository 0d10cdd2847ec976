"""What the comparison's figures rest on, without running a proxy: python3 -m unittest bench/harness_test.py"""
import sys
import tempfile
import time
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

import load  # noqa: E402
import page  # noqa: E402
import peers  # noqa: E402
import report  # noqa: E402
from instructions import instructions_per_request, total  # noqa: E402
from measure import Cores  # noqa: E402
from processes import Process  # noqa: E402
from rounds import interleaved, paired  # noqa: E402
from workloads import Workload, workloads  # noqa: E402

WRK = """Running 2s test @ http://127.0.0.1:1/128
  1200 requests in 2.00s, 1.00MB read
  Socket errors: connect 1, read 2, write 3, timeout 4
  Non-2xx or 3xx responses: 5
Requests/sec:    600.00
"""


def record(ours, theirs, **more):
    return {"peers": {"sluice": {"rates": ours, "cpu": [1], **more}, "nginx": {"rates": theirs, "cpu": [1]}}}


def is_running(pid):
    """Not so a zombie that its new parent has yet to bury."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes() != b""
    except OSError:
        return False


class Templates(unittest.TestCase):
    def test_a_line_is_kept_in_its_variants_alone(self):
        self.assertEqual(peers.keep("a;  #: x y", {"y"}), "a;")
        self.assertIsNone(peers.keep("a;  #: x y", {"z"}))
        self.assertEqual(peers.keep("a;  #: !x", {"y"}), "a;")
        self.assertIsNone(peers.keep("a;  #: !x", {"x"}))
        self.assertEqual(peers.keep("a;  # of `#: x`, a remark.", set()), "a;  # of `#: x`, a remark.")

    def test_every_template_can_be_filled_for_every_workload(self):
        with tempfile.TemporaryDirectory() as directory:
            site = peers.Site(Path(directory), Path(directory), 1, [0])
            for peer in (peers.sluice("sluice"), *peers.OTHERS, peers.NGINX_ORIGIN):
                for workload in workloads():
                    fields = {**site.fields(), "config": "c"}
                    self.assertNotIn("@{", peers.configuration(peer, fields, workload.variant))


class Clients(unittest.TestCase):
    def test_wrk_is_understood_with_its_errors(self):
        outcome = load.parse_wrk(WRK)
        self.assertEqual((outcome.answered, outcome.failed, outcome.rate), (1200, 15, 600))


class Rounds(unittest.TestCase):
    def test_every_other_round_goes_the_other_way_round(self):
        self.assertEqual([name for _, name in interleaved("ab", 3)], list("abbaab"))

    def test_ratios_are_of_neighbours(self):
        ratio = paired([10, 20, 60], [10, 10, 20])
        self.assertEqual((ratio.median, ratio.low, ratio.high, ratio.of_medians), (2, 1, 3, 2))


class Places(unittest.TestCase):
    def test_the_proxy_shares_its_cores_with_nobody(self):
        for proxy in (1, 2):
            cores = Cores.share([0, 1, 2, 3], proxy)
            self.assertFalse(set(cores.proxy) & {*cores.origin, *cores.load})
        with self.assertRaisesRegex(RuntimeError, "needs four cores"):
            Cores.share([0, 1], 1)

    def test_a_program_that_ends_early_is_named_with_its_words(self):
        failing = ["sh", "-c", "echo no port; exit 1"]
        with tempfile.NamedTemporaryFile() as log, Process(failing, [0], log.name) as process:
            with self.assertRaisesRegex(RuntimeError, "sh does not answer:\nno port"):
                process.wait_until(lambda: False)

    def test_what_was_started_is_ended(self):
        with Process(["sh", "-c", "sleep 60 & sleep 60"], [0]) as process:
            process.wait_until(lambda: len(process.ids()) == 3)
            started = process.ids()
        end = time.monotonic() + 5  # a kill is asynchronous
        while any(map(is_running, started)) and time.monotonic() < end:
            time.sleep(0.01)
        self.assertFalse(any(map(is_running, started)))


class Instructions(unittest.TestCase):
    def test_a_request_is_the_difference_of_two_runs(self):
        def run(prefix, requests):
            out = Path(prefix[2].partition("=")[2].replace("%p", "1"))
            out.write_text(f"summary: {5000 + 7 * requests}\n")
        self.assertEqual(instructions_per_request(run, 10, 30), 7)

    def test_nothing_counted_is_an_error(self):
        with tempfile.TemporaryDirectory() as directory, self.assertRaisesRegex(RuntimeError, "counted nothing"):
            total(directory)


class Reports(unittest.TestCase):
    workload = Workload("w", "W", targets={"nginx": 1.5})

    def test_a_target_that_is_not_reached_is_said(self):
        self.assertEqual(report.missed(self.workload, record([14], [10])), [("nginx", 1.5, 1.4)])
        self.assertEqual(report.missed(self.workload, record([15], [10])), [])
        self.assertIn("missed: 1.50 × nginx aimed at, 1.40 × reached", report.text(self.workload, record([14], [10])))

    def test_a_proxy_that_drops_lines_is_disqualified(self):
        dropping = record([14], [10], log={"lines": 9, "answered": 10})
        self.assertIn("disqualified: 9 log lines for 10 answers", report.text(self.workload, dropping))
        whole = record([14], [10], log={"lines": 11, "answered": 10})
        self.assertNotIn("disqualified", report.text(self.workload, whole))

    def test_what_has_no_record_stands_among_the_unmeasured(self):
        lines = page.unmeasured([(w, {}) for w in workloads() if w.name != "cache-1k"], workloads())
        self.assertIn("- Cache hit 1 KB (against nginx, haproxy, varnish)", lines)
        self.assertEqual(len(lines), 4)


if __name__ == "__main__":
    unittest.main()
