# How pint reads the rules: `pint --offline --config alerts/pint.hcl lint alerts/rules`. A test does it.

# What every alert must say. Texts of several lines are templates; that they say the right thing is the unit tests' matter.
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
    value    = "https?://.+/{{ $alert }}\\.md"
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
  name "azure_migrate:[a-z0-9_:]+" {
    severity = "bug"
  }
}

# The one alert that always fires on purpose: that it arrives is what it says.
rule {
  match {
    name = "AzureMigrateWatchdog"
  }
  disable = ["alerts/comparison"]
}
