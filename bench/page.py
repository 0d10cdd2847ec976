"""docs/benchmarks.md: the tables and plots between its two marks are written anew, the words around them are kept."""
import json
from statistics import median

import plot
import report

BEGIN, END = "<!-- figures: written by scripts/bench -->", "<!-- end of figures -->"
PLOTS = (("plain", "GET 128 B over plain keep-alive", ("plain-8", "plain-64", "plain-256")),
         ("tls", "GET 128 B over TLS keep-alive", ("tls-8", "tls-64", "tls-256")),
         ("bodies", "Bodies, GET and POST", ("down-1k", "down-16k", "down-1m", "up-1m")),
         ("handshakes", "TLS 1.3 handshakes", ("handshake-full", "handshake-resumed")))


def records(directory, workloads):
    """[(workload, record)] of those that have been measured."""
    read = ((w, directory / f"{w.name}.json") for w in workloads)
    return [(w, json.loads(path.read_text())) for w, path in read if path.exists()]


def write_page(root, directory, workloads):
    found = records(directory, workloads)
    if not found:
        raise RuntimeError(f"nothing has been measured: {directory} is empty")
    page = root / "docs/benchmarks.md"
    before, begin, rest = page.read_text().partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise RuntimeError(f"{page} has lost its marks {BEGIN} and {END}")
    plots = write_plots(root / "docs/benchmarks", found)
    page.write_text("\n".join([before + BEGIN, "", *figures(found, workloads, plots), END + after]))


def figures(found, workloads, plots):
    return [*conditions(found), *targets(found), *plots, *tables(found), *probes(found), *unmeasured(found, workloads)]


def conditions(found):
    """Machine and versions; every combination that the records know, should they differ."""
    lines = ["## Conditions", ""]
    for described in unique(record["machine"] for _, record in found):
        versions = ", ".join(f"{name} {version}" for name, version in described["versions"].items())
        lines += ["- {processor}, {cores} cores, {memory} GB; {system}, Linux {kernel}, {congestion}; {openssl}; {wrk}"
                  .format(**described), f"- commit {described['commit']}; {versions}"]
    days = sorted({record["when"][:10] for _, record in found})
    lengths = unique(f"{r['rounds']} rounds of {r['seconds']:g} s" for _, r in found)
    loads = [record["machine"]["load"] for _, record in found]
    return [*lines, f"- {' to '.join(unique((days[0], days[-1])))}; {', '.join(lengths)}; load average before the start "
                    f"{min(loads):.1f} to {max(loads):.1f}", ""]


def unique(items):
    kept = []
    for item in items:
        comparable = {k: v for k, v in item.items() if k != "load"} if isinstance(item, dict) else item
        if comparable not in kept:
            kept.append(comparable)
    return kept


def targets(found):
    """What was aimed at, what was reached."""
    rows = []
    for workload, record in found:
        ratios = report.ratios(record)
        for name, aim in workload.targets.items():
            if name in ratios:
                reached = ratios[name].median
                verdict = "reached" if reached >= aim else f"**missed by {aim - reached:.2f}**"
                rows.append([workload.title, name, f"{aim:.2f} ×", f"{reached:.2f} ×", verdict])
    rows += other_targets(dict((w.name, r) for w, r in found))
    return ["## Targets", "", *report.markdown(["workload", "", "aim", "reached", "remarks"], rows)] if rows else []


def other_targets(named):
    """Those that are no ratio of two rates of one workload."""
    rows = []

    def add(title, against, aim, reached, fine):
        rows.append([title, against, aim, reached, "reached" if fine else "**missed**"])

    def ours(name):
        return named.get(name, {}).get("peers", {}).get(report.OURS)

    if idle := ours("idle"):
        add("Memory of an idle connection", "", "1.00 KB", f"{idle['each'] / 1024:.2f} KB", idle["each"] <= 1024)
    if (one := ours("plain-64")) and (two := ours("plain-64-2cores")):
        ratio = median(two["rates"]) / median(one["rates"])
        add("Two cores, plain GET", "one core", "1.90 ×", f"{ratio:.2f} ×", ratio >= 1.9)
    theirs = named.get("plain-64", {}).get("peers", {}).get("nginx", {}).get("latency")
    if theirs and one and one.get("latency"):
        aim, reached = (median(run["p99"] for run in runs) for runs in (theirs, one["latency"]))
        add("p99 at half of nginx's rate", "nginx", f"{aim:,.0f} µs", f"{reached:,.0f} µs", reached <= aim)
    return rows


def write_plots(directory, found):
    """One chart for each family of workloads; gives the lines that show them."""
    named = dict((w.name, (w, r)) for w, r in found)
    lines = []
    for file, title, names in PLOTS:
        groups = [(named[n][0].title, [(p, median(f["rates"])) for p, f in named[n][1]["peers"].items()])
                  for n in names if n in named]
        if groups:
            directory.mkdir(exist_ok=True)
            (directory / f"{file}.svg").write_text(plot.bars(title, groups, "per second, medians, one core"))
            lines += [f"![{title}](benchmarks/{file}.svg)", ""]
    return lines


def tables(found):
    lines = ["## Workloads", ""]
    for workload, record in found:
        lines += [f"### {workload.title}", "", f"`scripts/bench --only {workload.name}`", "",
                  *report.markdown(*report.columns(workload, record))]
        header, rows = report.latency_columns(record)
        if rows:
            lines += [f"At {record['latency_rate']:,} requests a second:", "", *report.markdown(header, rows)]
    return lines


def probes(found):
    header, rows = report.probe_columns(found)
    return ["## Instructions, system calls, memory", "", *report.markdown(header, rows)] if rows else []


def unmeasured(found, workloads):
    there = {w.name for w, _ in found}
    rows = [f"- {w.title} (against {', '.join(p for p in w.peers if p != report.OURS) or 'nobody'})"
            for w in workloads if w.name not in there]
    return ["## Not measured yet", "", *rows, ""] if rows else []
