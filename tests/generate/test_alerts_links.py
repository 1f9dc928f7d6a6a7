"""What a text calls a link or an article stands in the notification as an address; no address is dead by default."""

import re

import pytest

from generate.alerts.groups import GROUPS
from generate.alerts.model import Alert
from generate.alerts.rendering.annotations import documents

ALERTS = [alert for group in GROUPS for alert in group.alerts]
NAMED = re.compile(r"link below|\(below\)|lien ci-dessous|VMware.s article|article de VMware|VMware article")
EVERY_ALERT = pytest.mark.parametrize("alert", ALERTS, ids=[alert.name for alert in ALERTS])


@EVERY_ALERT
def test_a_document_that_a_step_names_is_among_the_links(alert: Alert) -> None:
    steps = [step for cause in alert.causes for step in cause.fix] + list(alert.then)
    texts = [text for step in steps for text in (step.text.en, step.text.fr or "")]
    if any(map(NAMED.search, texts)):
        assert [link for link in documents(alert) if "learn.microsoft.com" not in link.url], "VMware's article"


@EVERY_ALERT
def test_the_links_of_the_catalogue_and_the_article_reach_the_notification(alert: Alert) -> None:
    found = documents(alert)
    assert set(alert.failure.documents if alert.failure else ()) <= set(found)
    assert "learn.microsoft.com" in found[-1].url
