"""`python -m tests.bench [NAME …]`: the figures, each as ratios of one run. Without a name: all of them, one by one."""

import subprocess
import sys

BENCHES = {
    "scrape": "a scrape of 100,000 samples, against prometheus-client's own handler",
    "start": "time to --help and to /-/healthy, and memory",
    "endurance": "10,000 runs of which half fail, 1,000 reloads, 100 kills: growth and losses",
    "classify": "10,000 messages through the failure classifier",
    "upload": "the upload benchmark, against azcopy bench",
    "vsphere": "5,000 machines with nothing changing, against vmware_exporter",
    "replication": "500 machines on one appliance, 10,000 in 20 vaults, against the models of the SDK",
    "shards": "three shards of 10,000 machines in 20 vaults, against one exporter; a fourth that joins",
    "boards": "each query of the dashboards in a real Prometheus, at 2,000 and at 10,000 machines",
    "rules": "all alert rules together in a real Prometheus, at 500 and at 10,000 machines",
    "noise": "thirty simulated days without a fault, two sites and two exporters: only the watchdog fires",
}


def main(names: list[str]) -> int:
    unknown = set(names) - set(BENCHES)
    if unknown:
        print(f"no bench {', '.join(sorted(unknown))}; there are: {', '.join(BENCHES)}", file=sys.stderr)
        return 2
    worst = 0
    for name in names or BENCHES:
        print(f"\n== {name}: {BENCHES[name]}", flush=True)
        worst = max(worst, subprocess.run([sys.executable, "-m", f"tests.bench.{name}"], check=False).returncode)
    return worst


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
