#!/usr/bin/env python3
"""Checks the model with spin: every case of cases.txt must end as it says there.

  ./check.py               all cases but the long ones
  ./check.py --long        these too
  ./check.py WORD...       the cases whose line has all these words
  ./check.py --trace WORD...  and the shortest steps to each violation among them
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

HERE = Path(__file__).resolve().parent

# How pan tells of a violation, by the assertion's text in world.pml and native.pml.
VIOLATIONS = {
    "overlap": r"native_in\+js_in",
    "two natives": r"domain_in",
    "robs": r"a==2",
    "unlinks": r"L==0.*fault",
    "lost": r"acked&",
    "header": r"head==0",
    "litter": r"litter|killed\[I|G\[1\]",
    "stuck": r"acceptance cycle|invalid end state",
}
INCOMPLETE = r"max search depth too small|out of memory|memory bound|hash.*full"


def main():
    flags = {word for word in sys.argv[1:] if word.startswith("--")}
    words = [word for word in sys.argv[1:] if not word.startswith("--")]
    if flags - {"--long", "--trace"}:
        sys.exit(__doc__)
    missing = [tool for tool in ("spin", "gcc") if not shutil.which(tool)]
    if missing:
        sys.exit(f"not checked: {' and '.join(missing)} missing (apt-get install spin gcc)")

    cases = [case for case in read_cases() if all(word in case["line"] for word in words)]
    if not words and "--long" not in flags:
        cases = [case for case in cases if not case["long"]]
    failed = 0
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for case, (got, states, trace) in zip(cases, pool.map(lambda c: run(c, "--trace" in flags), cases)):
            verdict = "UNEXPECTED" if got != case["expected"] else "ok" if got == "ok" else "violated as expected"
            failed += verdict == "UNEXPECTED"
            detail = f"{got}, expected {case['expected']}" if verdict == "UNEXPECTED" else "" if got == "ok" else got
            print(f"{verdict:21}{detail:8} {states:>9} states  {case['title']}", flush=True)
            for step in trace:
                print(f"    {step}")
    print(f"{len(cases) - failed} passed, {failed} failed")
    sys.exit(failed > 0 or not cases)


def read_cases():
    title = ""
    for line in (HERE / "cases.txt").read_text().splitlines():
        if line and not line.startswith(("#", "==")):
            expected, text, switches = (field.strip() for field in line.split("|"))
            title = f"{title.split(' ...')[0]} {text}" if text.startswith("...") else text
            long = expected.endswith("*")
            yield dict(line=line, expected=expected.rstrip(" *"), long=long, title=title, switches=switches.split())


def run(case, with_trace):
    """The property that some order of steps violates, or ok; how many states there are; the steps."""
    live = "LIVE" in case["switches"]
    shortest = with_trace and not live
    with tempfile.TemporaryDirectory(prefix="journal-model-") as folder:
        for source in HERE.glob("*.pml"):  # pan writes its trail beside them
            shutil.copy(source, folder)

        def call(*command):
            done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
            return done.stdout + done.stderr

        spin = ["spin", *(f"-D{switch}" for switch in case["switches"])]
        mode = ["-DNFAIR=4"] if live else ["-DSAFETY", "-DBFS"] if shortest else ["-DSAFETY"]
        out = call(*spin, "-a", "fleet.pml")
        out += call("gcc", "-O1" if case["long"] else "-O0", "-w", *mode, "-DVECTORSZ=1024", "-o", "pan", "pan.c")
        if not Path(folder, "pan").exists():
            return "not built: " + out, 0, []
        out = call("./pan", "-m1000000", "-w22" if case["long"] else "-w20", *(["-a", "-f"] if live else []))
        trace = call(*spin, "-t", "fleet.pml").splitlines() if with_trace else []
    states = re.search(r"(\d+) states, stored", out)
    errors = re.search(r"errors: (\d+)", out)
    if not states or not errors or re.search(INCOMPLETE, out):
        return "not finished: " + out, 0, []
    steps = [step.strip().replace("look_", "look ") for step in trace if re.match(r"\s*(N\d|J\d|E |R |--|END|<<)", step)]
    if errors[1] == "0":
        return "ok", states[1], []
    report = re.search(r"pan:1: (.*)", out)[1]
    return next((name for name, text in VIOLATIONS.items() if re.search(text, report)), report), states[1], steps


main()
