"""scripts/bench: Sluice and its peers side by side. `scripts/bench --help` says how."""
import argparse
import json
import os
import signal
import sys
from pathlib import Path

import machine
import page
import peers
import report
from measure import Bench, Settings
from workloads import workloads

ROOT = Path(__file__).resolve().parent.parent
QUICK = Settings(rounds=3, seconds=2, warm_up=1, probes=False, latency=False)
QUICK_PEERS = {"sluice", "nginx", "haproxy"}


def arguments():
    parser = argparse.ArgumentParser(prog="scripts/bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="few workloads, short runs: three minutes, no page")
    parser.add_argument("--only", metavar="WORKLOAD", action="append", help="this workload; may be repeated")
    parser.add_argument("--peers", metavar="A,B", help="only these proxies")
    parser.add_argument("--rounds", type=int, metavar="N")
    parser.add_argument("--seconds", type=float, metavar="S", help="length of a run")
    parser.add_argument("--no-probes", action="store_true", help="leave out instructions and system calls")
    parser.add_argument("--page", action="store_true", help="measure nothing, write the page from what is kept")
    parser.add_argument("--list", action="store_true", help="name the workloads")
    parser.add_argument("--build", type=Path, default=ROOT / "build/release", help="where sluice and the tools are")
    return parser.parse_args()


def settings(given):
    base = QUICK if given.quick else Settings()
    return Settings(rounds=given.rounds or base.rounds, seconds=given.seconds or base.seconds, warm_up=base.warm_up,
                    probes=base.probes and not given.no_probes, latency=base.latency)


def chosen_workloads(given):
    all_of_them = {w.name: w for w in workloads()}
    unknown = set(given.only or ()) - set(all_of_them)
    if unknown:
        sys.exit(f"no such workload: {', '.join(sorted(unknown))}; --list names them")
    if given.only:
        return [all_of_them[name] for name in given.only]
    return [w for w in all_of_them.values() if w.quick or not given.quick]


def chosen_peers(given):
    """By name: those that are installed and, if any were named, named."""
    named = set(given.peers.split(",")) if given.peers else None
    wanted = named or (QUICK_PEERS if given.quick else None)
    known = {p.name: p for p in (peers.sluice(given.build / "sluice"), *peers.OTHERS)}
    if named and named - set(known):
        sys.exit(f"no such peer: {', '.join(sorted(named - set(known)))}; there are {', '.join(known)}")
    for peer in known.values():
        if not peer.installed() and (wanted is None or peer.name in wanted):
            print(f"{peer.name} is not there; left out", file=sys.stderr)
    return {name: p for name, p in known.items() if p.installed() and (wanted is None or name in wanted)}


def kept(given):
    """Where records of this kind of run are kept."""
    directory = ROOT / "build/benchmarks" / ("quick" if given.quick else "results")
    directory.mkdir(parents=True, exist_ok=True)
    return directory


def measure_all(given, available):
    """Measures, keeps and prints each workload; gives the names of those that failed."""
    described = machine.describe(ROOT, available.values())
    failed = []
    with Bench(given.build / "bench/tools", sorted(os.sched_getaffinity(0)), settings(given)) as bench:
        for workload in chosen_workloads(given):
            taking_part = [available[name] for name in workload.peers if name in available]
            if not taking_part:
                print(f"{workload.name}: none of its peers is there", file=sys.stderr)
                continue
            try:
                record = {**bench.measure(workload, taking_part), "machine": described}
            except (RuntimeError, OSError) as error:
                print(f"{workload.name}: {error}", file=sys.stderr)
                failed.append(workload.name)
                continue
            (kept(given) / f"{workload.name}.json").write_text(json.dumps(record, indent=1))
            print(report.text(workload, record), flush=True)
    return failed


def main():
    given = arguments()
    if given.list:
        return print("\n".join(f"{w.name:24} {w.title}" for w in workloads()))
    if given.page:
        return page.write_page(ROOT, kept(given), workloads())
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that what was started is ended
    failed = measure_all(given, chosen_peers(given))
    if not (given.quick or given.only or given.peers):
        page.write_page(ROOT, kept(given), workloads())
    return f"bench: not measured: {', '.join(failed)}" if failed else None


try:
    sys.exit(main())
except KeyboardInterrupt:
    sys.exit(130)
except (RuntimeError, OSError) as error:
    sys.exit(f"bench: {error}")
