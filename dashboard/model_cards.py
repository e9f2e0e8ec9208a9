"""The shipped models: what each is, and how well it does."""

import re

import pandas as pd
import streamlit as st

from dashboard import evaluation_names as names
from dashboard import wording
from emotion.errors import ModelError
from emotion.models import manifest
from emotion.models.manifest import Entry, Manifest

FIGURES = ("measure", "value", "data", "protocol", "clips", "seed", "commit")

_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)


def page() -> None:
    """The figures of all models, and the card of each."""
    try:
        entries = list(Manifest(manifest.folder()).entries.values())
    except ModelError as error:
        st.error(wording.plain(str(error)), icon=":material/error:")
        return
    st.caption("What Rapport reads faces and voices with, and how well each model does.")
    with st.container(key="figures"):
        figures(entries)
    if entries:
        for tab, entry in zip(st.tabs([_title(entry) for entry in entries]), entries, strict=True):
            with tab:
                card(entry)


def figures(entries: list[Entry]) -> None:
    """The figures of the manifest in one table.

    Args:
        entries: Of the models.
    """
    rows = [
        {"model": _title(entry), **{name: figure.get(name) for name in FIGURES}}
        for entry in entries
        for figure in entry.fields.get("figures", [])
    ]
    if not rows:
        st.info("The manifest gives no figures.", icon=":material/info:")
        return
    table = pd.DataFrame(rows)
    # A training without chance, as of the voice's head, has no seed.
    table["seed"] = [f"{seed:.0f}" if pd.notna(seed) else "–" for seed in table["seed"]]
    table["commit"] = ["" if value is None else str(value)[:10] for value in table["commit"]]
    column = st.column_config
    st.dataframe(
        table,
        hide_index=True,
        column_config={
            "model": column.TextColumn("Model", width=110),
            "measure": column.TextColumn("Measure", width=195),
            "value": column.NumberColumn("Value", format="%.1f", width=60),
            "data": column.TextColumn("Data", width=175),
            "protocol": column.TextColumn("Protocol", width=370),
            "clips": column.NumberColumn("Clips", format="localized", width=60),
            "seed": column.TextColumn("Seed", width=50),
            "commit": column.TextColumn("Commit", width=95),
        },
    )
    st.caption("Values are in percent unless the measure names another unit.")


def card(entry: Entry) -> None:
    """What the manifest says of a model, and its card.

    Args:
        entry: Of the model.
    """
    try:
        trained = entry.training_data
    except ModelError as error:
        st.error(wording.plain(str(error)), icon=":material/error:")
        trained = ()
    facts = {
        "File": f"`{entry.path.name}`",
        "Size": _size(entry.fields.get("bytes")),
        "Licence": entry.fields.get("licence"),
        "Source": entry.fields.get("source"),
        "Training data": "; ".join(
            wording.plain(f"{names.data_set(one.corpus).title} ({one.words})".removesuffix(" ()"))
            for one in trained
        ),
    }
    st.markdown(f"**{entry.fields.get('task', entry.name)}**")
    known = [f"{name}: {value}" for name, value in facts.items() if value]
    st.markdown("\n".join(f"- {line}" for line in known))
    name = entry.fields.get("card")
    path = entry.path.with_name(str(name))
    if name and path.is_file():
        st.divider()
        with st.container(key=f"card-{entry.name}"):
            st.markdown(_COMMENT.sub("", path.read_text(encoding="utf-8")))
    else:
        st.caption("No card of this model lies beside it.")


def _title(entry: Entry) -> str:
    return entry.name.replace("-", " ").capitalize()


def _size(count: int | None) -> str | None:
    return f"{count / 1e6:.1f} MB" if count else None
