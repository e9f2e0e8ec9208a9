"""Model evaluation: what is shipped, and how well it does."""

import pandas as pd
import streamlit as st

from emotion.errors import ModelError
from emotion.manifest import Entry, Manifest
from pages import frame, shipped

FIGURES = ("measure", "value", "data", "protocol", "clips", "seed", "commit")


def page() -> None:
    st.title("Model evaluation", anchor=False)
    try:
        entries = list(Manifest(shipped.folder()).entries.values())
    except ModelError as error:
        st.error(str(error), icon=":material/error:")
        return
    st.caption("What Rapport reads faces and voices with, and how well each model does.")
    with st.container(key="figures"):
        figures(entries)
    if entries:
        for tab, entry in zip(st.tabs([_title(entry) for entry in entries]), entries, strict=True):
            with tab:
                card(entry)


def figures(entries: list[Entry]) -> None:
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
    table["seed"] = [str(seed) if pd.notna(seed) else "–" for seed in table["seed"]]
    table["commit"] = table["commit"].astype("string").str.slice(0, 10)
    st.dataframe(
        table,
        hide_index=True,
        column_config={
            "model": st.column_config.TextColumn("Model"),
            "measure": st.column_config.TextColumn("Measure"),
            "value": st.column_config.NumberColumn("Value", format="%.1f %%", width="small"),
            "data": st.column_config.TextColumn("Data"),
            "protocol": st.column_config.TextColumn("Protocol"),
            "clips": st.column_config.NumberColumn("Clips", format="localized", width="small"),
            "seed": st.column_config.TextColumn("Seed", width="small"),
            "commit": st.column_config.TextColumn("Commit", width="small"),
        },
    )


def card(entry: Entry) -> None:
    facts = {
        "File": f"`{entry.path.name}`",
        "Size": _size(entry.fields.get("bytes")),
        "Licence": entry.fields.get("licence"),
        "Source": entry.fields.get("source"),
        "Training data": ", ".join(entry.fields.get("training_data", [])),
    }
    st.markdown(f"**{entry.fields.get('task', entry.name)}**")
    known = [f"{name}: {value}" for name, value in facts.items() if value]
    st.markdown("\n".join(f"- {line}" for line in known))
    name = entry.fields.get("card")
    path = entry.path.with_name(str(name))
    if name and path.is_file():
        st.divider()
        st.markdown(path.read_text(encoding="utf-8"))
    else:
        st.caption("No card of this model lies beside it.")


def _title(entry: Entry) -> str:
    return entry.name.replace("-", " ").capitalize()


def _size(count: int | None) -> str | None:
    return f"{count / 1e6:.1f} MB" if count else None


frame.enter(page)
