"""The words of a report, in both languages."""

from typing import Final

from azure_migrate_exporter.diagnosis.model import Verdict
from azure_migrate_exporter.failures.model import Strength, Text

VERDICTS: Final = {
    Verdict.FAILED: Text("failed", "échec"),
    Verdict.UNDECIDED: Text("unclear", "incertain"),
    Verdict.OK: Text("ok", "ok"),
    Verdict.VALUE: Text("value", "valeur"),
    Verdict.NOT_ASKED: Text("not asked", "non demandé"),
    Verdict.NOT_CONFIGURED: Text("not configured", "non configuré"),
    Verdict.NOT_APPLICABLE: Text("not applicable", "sans objet"),
}
COLOURS: Final = {Verdict.FAILED: "red", Verdict.UNDECIDED: "yellow", Verdict.OK: "green"}

LOOKING: Final = Text("looking for {vm}", "recherche de {vm}")

CAUSES: Final = {
    Strength.DIRECT: Text("Cause:", "Cause :"),
    Strength.EARLY: Text("Possible cause (an early sign):", "Cause possible (un signe avant-coureur) :"),
    Strength.PROXY: Text("Probable cause (a proxy, no proof):", "Cause probable (un indice, pas une preuve) :"),
}
SEEN_ITSELF: Final = Text("The failure itself is seen:", "La défaillance elle-même est visible :")
EARLY_SIGN: Final = Text("This fails, an early sign of:", "Ceci est en échec, signe avant-coureur de :")

SEEN: Final = Text("Seen:", "Vu :")
REMEDY: Final = Text("First:", "D'abord :")
EXPLAINS: Final = Text("Documented failure:", "Défaillance documentée :")
REPORTED: Final = Text("Azure reports it for:", "Azure la signale pour :")
DO: Final = Text("What to do", "Que faire")
DO_FOR: Final = Text("If it is this:", "Si c'est ceci :")
THEN: Final = Text("Then", "Ensuite")
LINKS: Final = Text("Documents", "Documents")
FURTHER: Final = Text("Also failing", "Également en échec")
UNDECIDED: Final = Text("Unclear", "Incertain")
REMAINING: Final = Text("What remains", "Ce qui reste possible")
NO_CHECK: Final = Text("nothing that can be asked shows it", "rien de ce qui peut être demandé ne le montre")
NOT_LOOKED: Final = Text("not part of this diagnosis", "ne fait pas partie de ce diagnostic")
EXPLAIN: Final = Text("Every cause with its fix", "Toutes les causes et solutions")

HEALTHY: Final = Text(
    "Nothing fails: everything that was asked works.", "Rien n'est en échec : tout ce qui a été demandé fonctionne."
)
NONE_FAILS: Final = Text(
    "None of the documented causes fails now; the disturbance may have passed.",
    "Aucune des causes documentées n'est en échec en ce moment ; la perturbation est peut-être passée.",
)
NONE_FAILS_YET: Final = Text(
    "None of the documented causes fails now, yet Azure still reports trouble.",
    "Aucune des causes documentées n'est en échec en ce moment, mais Azure signale encore un problème.",
)
COULD_NOT_TELL: Final = Text(
    "Could not tell: nothing is seen to fail, but not every answer was conclusive.",
    "Impossible de conclure : rien n'est vu en échec, mais toutes les réponses ne sont pas concluantes.",
)
NOTHING_ASKED: Final = Text(
    "Could not tell: there was nothing to ask.", "Impossible de conclure : il n'y avait rien à demander."
)
