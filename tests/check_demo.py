"""Holds the demo's lines against what they promise: each case once as of its own date and once as of today."""

import collections
import json
import sys

CASES = range(1, 11)
KINDS = {
    1: "illegal-content", 2: "illegal-content", 3: "illegal-content", 4: "defacement", 5: "illegal-content",
    6: "hidden-link", 7: "defacement", 8: "missing-police-mark", 9: "illicit-redirect", 10: "defacement",
}

dates = collections.defaultdict(set)
kinds = collections.defaultdict(set)
for line in open(sys.argv[1], encoding="utf-8"):
    record = json.loads(line)
    if record["type"] != "finding":
        continue
    dates[record["case"]].add(record["law_as_of"])
    kinds[record["case"]].add(record["kind"])
    assert record["evidence"], f"a finding of case {record['case']} without evidence"
    assert record["obligations"], f"a finding of case {record['case']} touches no duty"

for case in CASES:
    assert len(dates[case]) == 2, f"case {case} was linked as of {sorted(dates[case])}"
    assert any(date < "2020" for date in dates[case]), f"case {case} not as of its own date"
    assert KINDS[case] in kinds[case], f"case {case} shows {sorted(kinds[case])}, not {KINDS[case]}"
print("demo: 10 cases, each as of its own date and as of today")
