"""Draw how the parts of Rapport depend on each other, from the imports in the code.

    python docs/architecture.py            print the figures and the rooms, floor by floor
    python docs/architecture.py --write    renew docs/architecture.md as well

A room is `app.py`, `pages`, `dashboard`, or a package or a module of `emotion`; its `__main__` is
the door of its commands. A room stands on the floor above the highest of those that it imports;
an arrow is one room that imports another, however often. Benchmarks look in from outside, as
tests do: what they import is counted apart and not drawn. The picture leaves out an arrow that a
longer way says already (transitive reduction), as where a page imports the errors that all rooms
below it import.
"""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "architecture.md"

_TOP = ("app", "pages", "dashboard", "benchmarks")

OUTSIDE = "benchmarks"

Arrows = dict[str, set[str]]


def rooms(root: Path = ROOT) -> dict[str, list[Path]]:
    """The files of each room, by its name.

    Args:
        root: Folder of the project.
    """
    found: dict[str, list[Path]] = {"app.py": [root / "app.py"]}
    for folder in _TOP[1:]:
        found[folder] = sorted((root / folder).rglob("*.py"))
    for path in sorted((root / "emotion").iterdir()):
        if path.is_dir() and (path / "__init__.py").exists():
            found[f"emotion/{path.name}"] = sorted(path.rglob("*.py"))
        elif path.suffix == ".py" and not path.stem.startswith("__"):
            found[f"emotion/{path.name}"] = [path]
    found["emotion/commands"].append(root / "emotion" / "__main__.py")
    return found


def arrows(root: Path = ROOT) -> Arrows:
    """Which rooms each room imports.

    Args:
        root: Folder of the project.
    """
    places = rooms(root)
    return {
        room: {
            target
            for path in files
            for module in _imported(path)
            if (target := _room_of(module, places)) is not None and target != room
        }
        for room, files in places.items()
    }


def inside(given: Arrows) -> Arrows:
    """The arrows without those of what looks in from outside."""
    return {room: targets for room, targets in given.items() if room != OUTSIDE}


def purposes(root: Path = ROOT) -> dict[str, str]:
    """What each room is for: the first sentence of its docstring."""
    found = {}
    for room, files in rooms(root).items():
        own = root / room / "__init__.py" if (root / room).is_dir() else files[0]
        text = ast.get_docstring(ast.parse(own.read_text(encoding="utf-8"))) if own.exists() else ""
        found[room] = " ".join((text or "").partition("\n\n")[0].split())
    # Streamlit would serve a file that says so as a page.
    return found | {"pages": "The pages of the dashboard, a file each, and nothing else."}


def circles(given: Arrows) -> list[str]:
    """Rooms that import themselves by way of others.

    Args:
        given: Which rooms each room imports.
    """

    def reached(room: str) -> set[str]:
        seen: set[str] = set()
        waiting = list(given[room])
        while waiting:
            one = waiting.pop()
            if one not in seen:
                seen.add(one)
                waiting += given[one]
        return seen

    return sorted(room for room in given if room in reached(room))


def floors(given: Arrows) -> list[list[str]]:
    """The rooms floor by floor, the ground first.

    Args:
        given: Which rooms each room imports, without a circle.
    """
    height: dict[str, int] = {}

    def of(room: str) -> int:
        if room not in height:
            height[room] = 1 + max((of(below) for below in given[room]), default=-1)
        return height[room]

    for room in given:
        of(room)
    return [
        sorted(room for room in given if height[room] == level)
        for level in range(1 + max(height.values()))
    ]


def drawn(given: Arrows) -> Arrows:
    """The arrows that no longer way says already, or the picture would be a web.

    Args:
        given: Which rooms each room imports, without a circle.
    """
    below: Arrows = {}
    for level in floors(given):
        for room in level:
            below[room] = given[room].union(*(below[target] for target in given[room]))
    return {
        room: {target for target in targets if not any(target in below[way] for way in targets)}
        for room, targets in given.items()
    }


def page(every: Arrows) -> str:
    """The picture as Markdown with a Mermaid diagram.

    Args:
        every: The arrows of all rooms, `OUTSIDE` with them.
    """
    given = inside(every)
    levels = floors(given)
    what = purposes()
    names = {room: f"r{number}" for number, room in enumerate(sorted(given))}
    lines = [
        "# Architecture",
        "",
        "Written by `python docs/architecture.py --write` from the imports in the code.",
        "",
        f"{len(given)} rooms on {len(levels)} floors, no circle. A room is a package or a module; "
        f"it stands above all that it imports. {_count(drawn(given))} arrows are drawn: those that "
        f"no longer way says already, of {_count(given)} in all. `pages` knows `dashboard`, "
        f"`dashboard` knows `emotion`, and `emotion` knows neither. `{OUTSIDE}` look in from "
        f"outside, as tests do, at {len(every[OUTSIDE])} of the rooms.",
        "",
        "| floor | room | what it is for |",
        "|---|---|---|",
    ]
    for number, level in reversed(list(enumerate(levels, 1))):
        lines += [f"| {number} | `{room}` | {what[room]} |" for room in level]
    lines += ["", "```mermaid", "flowchart TD"]
    lines += [f'    {names[room]}["{room}"]' for room in sorted(given)]
    for room, targets in sorted(drawn(given).items()):
        lines += [f"    {names[room]} --> {names[target]}" for target in sorted(targets)]
    return "\n".join([*lines, "```", ""])


def _count(given: Arrows) -> int:
    return sum(map(len, given.values()))


def _imported(path: Path) -> Iterator[str]:
    """Names of the modules that a file imports, wherever in it."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            # `from emotion import files` names a module, `from emotion.files import write` one too.
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _room_of(module: str, places: dict[str, list[Path]]) -> str | None:
    parts = module.split(".")
    if parts[0] == "emotion" and len(parts) > 1:
        for name in (f"emotion/{parts[1]}", f"emotion/{parts[1]}.py"):
            if name in places:
                return name
        return None
    return parts[0] if parts[0] in _TOP[1:] else None


def main() -> None:
    """Print the figures; write the page where that is asked for."""
    every = arrows()
    given = inside(every)
    found = circles(every)
    if found:
        sys.exit(f"These rooms import themselves by way of others: {', '.join(found)}.")
    levels = floors(given)
    print(
        f"{len(given)} rooms, {len(levels)} floors, no circle, {_count(drawn(given))} arrows drawn "
        f"of {_count(given)}; {OUTSIDE} import {len(every[OUTSIDE])} of them"
    )
    for number, level in reversed(list(enumerate(levels, 1))):
        print(f"{number:2}  {', '.join(level)}")
    if "--write" in sys.argv[1:]:
        PAGE.write_text(page(every), encoding="utf-8")


if __name__ == "__main__":
    main()
