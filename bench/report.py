"""What was measured, as text for the terminal and as tables for the page."""
from statistics import median

from rounds import paired

OURS = "sluice"
BUSY_ENOUGH = 0.9  # of its cores; a proxy that is idle meanwhile was not what limited
TOO_BUSY = 0.95    # of one core: then the upstream limited


def ratios(record):
    """Ours against each other proxy's rates: {name: Ratio}."""
    ours = record["peers"].get(OURS, {}).get("rates")
    if not ours:
        return {}
    return {name: paired(ours, found["rates"]) for name, found in record["peers"].items()
            if name != OURS and found.get("rates")}


def loses_lines(found):
    """A proxy that drops lines of its access log is disqualified."""
    log = found.get("log")
    return bool(log) and (log["lines"] is None or log["lines"] < log["answered"])


def missed(workload, record):
    """[(peer, aim, reached)] of the targets that were not reached."""
    found = ratios(record)
    return [(name, aim, found[name].median) for name, aim in workload.targets.items()
            if name in found and found[name].median < aim]


def remarks(workload, found):
    """What makes a figure worth less."""
    said = []
    if loses_lines(found):
        said.append(f"disqualified: {found['log']['lines'] or 0:,} log lines for {found['log']['answered']:,} answers")
    if found.get("failed"):
        said.append(f"{found['failed']:,} failed")
    if found.get("busy") and median(found["busy"]) < BUSY_ENOUGH:
        said.append(f"only {median(found['busy']):.0%} busy")
    if found.get("origin") and median(found["origin"]) > TOO_BUSY:
        said.append(f"upstream {median(found['origin']):.0%} busy")
    if workload.resumed and found.get("resumed") and median(found["resumed"]) < 0.95:
        said.append(f"{median(found['resumed']):.0%} resumed")
    return "; ".join(said)


def columns(workload, record):
    """Header and rows of a workload's table."""
    if workload.kind == "idle":
        return (["", "KB each", "before, MB", "with them, MB"],
                [[name, f"{f['each'] / 1024:.2f}", f"{f['before'] / 2**20:.1f}", f"{f['after'] / 2**20:.1f}"]
                 for name, f in record["peers"].items()])
    if workload.kind == "reload":
        return (["", "reloads", "answered", "failed"],
                [[name, str(f["reloads"]), f"{f['answered']:,}", str(f["failed"])]
                 for name, f in record["peers"].items()])
    if workload.kind == "origins":
        return ["", "per second"], [[name, f"{median(f['rates']):,.0f}"] for name, f in record["peers"].items()]
    return rate_columns(workload, record)


def rate_columns(workload, record):
    compared = {name: [f"{r.median:.2f} ×", f"{r.low:.2f}–{r.high:.2f}", f"{r.of_medians:.2f} ×"]
                for name, r in ratios(record).items()}
    rows = [[name, f"{median(f['rates']):,.0f}", *compared.get(name, ["", "", ""]), f"{median(f['cpu']):.1f}",
             remarks(workload, f)] for name, f in record["peers"].items()]
    return ["", "per second", f"{OURS} is, paired", "range", "of medians", "CPU µs", "remarks"], rows


def latency_columns(record):
    """Percentiles of a workload at a fixed rate: the median of the rounds."""
    rows = [[name, *(f"{median(run[p] for run in f['latency']):,.0f}" for p in ("p50", "p99", "p99.9")),
             f"{sum(run['failed'] for run in f['latency']):,}"]
            for name, f in record["peers"].items() if f.get("latency")]
    return ["", "p50 µs", "p99 µs", "p99.9 µs", "failed"], rows


def probe_columns(records):
    """Instructions, system calls and memory, of the workloads that have them."""
    rows = []
    for workload, record in records:
        for name, f in record["peers"].items():
            if "system_calls" in f:
                counted = f"{f['instructions']:,.0f}" if f.get("instructions") else "–"
                rows.append([workload.title, name, counted, f"{f['system_calls']:.2f}", f"{f['resident'] / 2**20:.1f}"])
    return ["workload", "", "user instructions a request", "system calls a request", "resident MB after"], rows


def text(workload, record):
    """A workload for the terminal."""
    lines = [f"{workload.name}: {workload.title}", *aligned(*columns(workload, record))]
    latency = latency_columns(record)
    if latency[1]:
        lines += [f"  at {record['latency_rate']:,} a second", *aligned(*latency)]
    probes = probe_columns([(workload, record)])
    if probes[1]:
        lines += aligned(*probes)
    lines += [f"  missed: {aim:.2f} × {name} aimed at, {reached:.2f} × reached"
              for name, aim, reached in missed(workload, record)]
    return "\n".join(lines) + "\n"


def aligned(header, rows):
    widths = [max(len(row[i]) for row in [header, *rows]) for i in range(len(header))]
    return ["  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip() for row in [header, *rows]]


def markdown(header, rows):
    """A table; all columns but words are set to the right."""
    line = lambda cells: "| " + " | ".join(cells) + " |"  # noqa: E731
    return [line(header), line(["---" if not h or h in ("workload", "remarks") else "---:" for h in header]),
            *map(line, rows), ""]
