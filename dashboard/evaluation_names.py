"""Data sets, modalities and protocols as people would say them, each with a sentence."""

from dataclasses import dataclass

from emotion.evaluation import protocols
from emotion.reports.model import Report
from emotion.reports.names import Modality, ProtocolName

OWN = "own"
"""In place of a data set's name: data of one's own, which has the name of its folder."""


@dataclass(frozen=True)
class Named:
    """What something is called on the pages.

    Attributes:
        title: Its name for people.
        sentence: What it is; '' where the name says it.
    """

    title: str
    sentence: str = ""


OFFERED = {
    "ravdess": Named("RAVDESS", "24 actors say two sentences in eight emotions, on camera."),
    "savee": Named("SAVEE", "Four men say 120 English sentences in seven emotions, on camera."),
    "cremad": Named("CREMA-D", "91 actors say twelve sentences in six emotions, on camera."),
    "tess": Named("TESS", "Two women say 200 words in seven emotions: sound alone."),
    "emodb": Named("EMO-DB", "Ten speakers say ten German sentences in six emotions: sound alone."),
    "ferplus": Named("FER+", "Faces from the web, each with the votes of ten people."),
    OWN: Named(
        "Data of my own",
        "A folder for each emotion, or a clips.csv with path, emotion, speaker and corpus.",
    ),
}
"""Data sets that the form offers, in its order."""

DATA_SETS = OFFERED | {
    "sfew": Named("SFEW", "Stills of films by what they show."),
    "faces": Named("Photographs", "Photographs of faces with one label each."),
    "affectnet": Named("AffectNet", "Faces from the web with one label each."),
    "ased": Named("ASED", "Acted Amharic speech: sound alone."),
    "casia": Named("CASIA", "Acted Mandarin speech: sound alone."),
    "emospeech": Named("emospeech", "Acted speech: sound alone."),
    "emovo": Named("EMOVO", "Acted Italian speech: sound alone."),
    "nemo": Named("nEMO", "Acted Polish speech: sound alone."),
    "turev": Named("TurEV-DB", "Acted Turkish speech: sound alone."),
}
"""All that reports and cards may name."""

MODALITIES = {
    str(Modality.FUSED): "Face and voice",
    str(Modality.VOICE): "Voice",
    str(Modality.FACE): "Face",
}
"""In the order in which they are offered: what rests on both first."""

PROTOCOLS = {str(one.name): Named(one.title, one.sentence) for one in protocols.ALL} | {
    str(ProtocolName.SHIPPED): Named(
        "Shipped model", "The shipped models are scored on clips as they are."
    ),
    str(ProtocolName.VALID): Named(
        "Validation part", "The shipped face is scored on pictures by which it was chosen."
    ),
    str(ProtocolName.TEST): Named(
        "Test part", "The shipped face is scored on pictures that neither trained nor chose it."
    ),
}


def data_set(name: str) -> Named:
    """A data set; one that is not known is called by its name.

    Args:
        name: As its clips have it.
    """
    return DATA_SETS.get(name, Named(name))


def protocol(name: str) -> Named:
    """A protocol.

    Args:
        name: One of `ProtocolName`.
    """
    return PROTOCOLS[name]


def data_sets(report: Report) -> str:
    """What a report tests, by the names of the data sets, or how many there are.

    Args:
        report: The report.
    """
    if len(report.dataset) > 2:
        return f"{len(report.dataset)} corpora"
    return ", ".join(data_set(name).title for name in report.dataset)
