"""Headings and sentences of a report, in both languages."""

from typing import Final

from azure_migrate_exporter.diagnosis.model import Verdict
from azure_migrate_exporter.failures.model import Strength, Text

VERDICTS: Final = {
    Verdict.FAILED: Text("failed", "échec"),
    Verdict.INCONCLUSIVE: Text("inconclusive", "non concluant"),
    Verdict.OK: Text("ok", "ok"),
    Verdict.VALUE: Text("value", "valeur"),
    Verdict.NOT_RUN: Text("not run", "non effectué"),
    Verdict.NOT_CONFIGURED: Text("not configured", "non configuré"),
    Verdict.NOT_APPLICABLE: Text("not applicable", "sans objet"),
}
COLOURS: Final = {Verdict.FAILED: "red", Verdict.INCONCLUSIVE: "yellow", Verdict.OK: "green"}

LOOKING: Final = Text("looking up {vm}", "recherche de {vm}")

CAUSES: Final = {
    Strength.DIRECT: Text("Cause:", "Cause :"),
    Strength.EARLY: Text("Possible cause (an early sign):", "Cause possible (un signe avant-coureur) :"),
    Strength.INDIRECT: Text("Probable cause (indirect evidence):", "Cause probable (un indice, pas une preuve) :"),
}
SEEN_ITSELF: Final = Text("The failure itself is observed:", "La défaillance elle-même est observée :")
EARLY_SIGN: Final = Text("Early sign of:", "Signe avant-coureur de :")

ACCESS_FAULT: Final = Text("The exporter itself:", "L'exportateur lui-même :")
SEEN: Final = Text("Observed:", "Observé :")
REMEDY: Final = Text("First:", "D'abord :")
EXPLAINS: Final = Text("Failure:", "Défaillance :")
REPORTED: Final = Text("Azure reports it for:", "Azure la signale pour :")
DO: Final = Text("What to do", "Que faire")
DO_FOR: Final = Text("If it is this:", "Si c'est ceci :")
THEN: Final = Text("Then", "Ensuite")
LINKS: Final = Text("Documents", "Documents")
FURTHER: Final = Text("Also failing", "Également en échec")
INCONCLUSIVE_ANSWERS: Final = Text("Inconclusive", "Non concluant")
REMAINING: Final = Text("Causes that remain possible", "Causes encore possibles")
NO_CHECK: Final = Text("no check can show it", "aucun contrôle ne peut le montrer")
NOT_LOOKED: Final = Text("not part of this diagnosis", "ne fait pas partie de ce diagnostic")
EXPLAIN: Final = Text("Every cause with its fix", "Toutes les causes et solutions")

HEALTHY: Final = Text(
    "Healthy: every check that ran succeeded.", "Rien n'est en échec : tous les contrôles effectués ont réussi."
)
NONE_FAILS: Final = Text(
    "None of the documented causes is present now; the disturbance may have passed.",
    "Aucune des causes documentées n'est présente en ce moment ; la perturbation est peut-être passée.",
)
NONE_FAILS_YET: Final = Text(
    "None of the documented causes is present now, but Azure still reports errors.",
    "Aucune des causes documentées n'est présente en ce moment, mais Azure signale encore des erreurs.",
)
INCONCLUSIVE: Final = Text(
    "Inconclusive: no check fails, but not every answer is conclusive.",
    "Impossible de conclure : aucun contrôle n'échoue, mais toutes les réponses ne sont pas concluantes.",
)
NOTHING_ASKED: Final = Text(
    "Inconclusive: no check could run.", "Impossible de conclure : aucun contrôle n'a pu être lancé."
)
