# Configuration of pint: `pint --offline --config alerts/pint.hcl lint alerts/rules`. A test runs it.

# Required labels and annotations of every alert. The unit tests check the expanded templates.
rule {
  match {
    kind = "alerting"
  }
  name "AzureMigrate[A-Za-z]+" {
    severity = "bug"
  }
  label "severity" {
    value    = "critical|warning|info"
    required = true
    severity = "bug"
  }
  label "component" {
    value    = "[a-z]+"
    required = true
    severity = "bug"
  }
  label "failure" {
    value    = "[a-z_]+"
    required = false
    severity = "bug"
  }
  annotation "summary" {
    value    = "[^{]+\\."
    required = true
    severity = "bug"
  }
  annotation "description" {
    required = true
    severity = "bug"
  }
  annotation "fix" {
    required = true
    severity = "bug"
  }
  annotation "documentation_url" {
    value    = "https?://[^{]+"
    required = true
    severity = "bug"
  }
  annotation "runbook_url" {
    value    = "(https?://|\\{\\{ with query ).+/{{ $alert }}\\.md(\\?.+)?"
    required = true
    severity = "bug"
  }
  annotation "dashboard_url" {
    value    = "https?://.+"
    required = true
    severity = "bug"
  }
}

rule {
  match {
    kind = "recording"
  }
  name "[a-z_]+:azure_migrate_[a-z_]+:[a-z0-9_]+" {
    severity = "bug"
  }
}

# The watchdog always fires on purpose.
rule {
  match {
    name = "AzureMigrateWatchdog"
  }
  disable = ["alerts/comparison"]
}
