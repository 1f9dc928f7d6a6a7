"""Azure Monitor as its two data planes: platform metrics in batches, and queries in Log Analytics.

    async with LabMonitor(ca, clock=clock) as monitor:
        monitor.metrics.resource(account_id, "francecentral")
        monitor.metrics.set(account_id, "Ingress", {"total": 6000.0})              # each minute, from now on
        monitor.metrics.set(account_id, "Transactions", {"total": 3.0}, ResponseType="ServerBusyError")
        monitor.logs.workspace(workspace_id)
        monitor.logs.ingest(workspace_id, "AZKVAuditLogs", RequestUri="…", HttpStatusCode=403, …)

        MetricsClient(monitor.url, credential, …), LogsQueryClient(credential, endpoint=monitor.url, …)

Faults: `monitor.faults.on(Trouble…, scope="getbatch" or "/query")` as those of `tests.lab.arm` (THROTTLED is 529 for
metrics), `monitor.switch` (network), `monitor.logs.incomplete` (partial answers), `monitor.metrics.late`. What was
asked is in `monitor.metrics.calls` and `monitor.logs.queries`.
"""

from tests.lab.monitor.server import LabMonitor

__all__ = ["LabMonitor"]
