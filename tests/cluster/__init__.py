"""The chart on a real Kubernetes API server, with the Prometheus operator: `make test-cluster`.

Nothing runs the pods, since there is no node: what is tested is what the API server, its admission and its controllers,
Helm, and the operator make of the objects.
"""
