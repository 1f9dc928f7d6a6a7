"""The Grafana dashboards, as data: rows of panels, and what makes JSON and pictures of them."""
