"""``alectors envs ID``: an environment's page, from its docstring, its class and an episode."""

from __future__ import annotations

import re
from typing import Any

import gymnasium as gym
from gymnasium.envs.registration import load_env_creator
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from alectors.envs.base import CHARSET
from alectors.envs.errors import MissingDependency
from alectors.envs.registration import TASKS, Task

from ..arguments import Context
from ..options import find_defaults
from ..references import find_references
from .docstring import Docstring, read_docstring
from .ids import make

WIDTH = 100
"""Columns that the page takes at most."""
SHOWN = 24
"""Actions that are listed at most."""
COMMON = {
    "split": '``"train"`` or ``"test"``: which levels are drawn.',
    "narration": "The style of the words.",
    "wording": "Their vocabulary: other words for the same game.",
    "on_invalid": 'What an illegal action does: ``"noop"`` keeps the state and says why, '
    '``"penalty"`` also costs 0.1, ``"terminate"`` ends the episode, ``"error"`` raises.',
    "render_mode": 'What ``render()`` returns: ``"ansi"`` the page, ``"rgb_array"`` a picture, '
    "which not every environment has.",
}
"""Arguments that every environment takes, where its own docstring does not tell of them."""


def describe(env_id: str, context: Context) -> None:
    """Show the page of an environment.

    Args:
        env_id: A whole id.
        context: Where it is shown, and the arguments that the episode is made with.
    """
    task = TASKS[env_id]
    creator: Any = load_env_creator(str(gym.spec(env_id).entry_point))
    read = read_docstring(creator)
    use = Text(f'gymnasium.make("{env_id}")    alectors play {env_id}', "cyan")
    shown: list[RenderableType] = [_head(task, creator), read.summary, "", use, ""]
    history = read.sections.pop("Version History", [])
    for heading, blocks in read.sections.items():
        body = [_block(block) for block in blocks]
        if heading == "Arguments":
            body = [_arguments(read, creator, find_defaults(env_id)), *body]
        shown.append(_section(heading, body))
    try:
        env = make(env_id, context.env_kwargs)
        shown += [*_episode(env), *_scores(env_id, bool(context.env_kwargs))]
        env.close()
    except MissingDependency as error:
        shown.append(_section("Not installed", [Text(str(error))]))
    shown.append(_section("Version history", [_block(block) for block in history]))
    width = min(WIDTH, context.console.width)
    context.console.print(Group(*shown), width=width, soft_wrap=False)


def _head(task: Task, creator: Any) -> Text:
    kind = f"{task.family}{', a core task' if task.core else ''}"
    version = getattr(creator, "narration_version", 1)
    return Text.assemble((task.id, "bold"), f"  ({kind}; narration {version})")


def _section(heading: str, body: list[RenderableType]) -> Group:
    parts = [Padding(part, (0, 0, 0, 2)) for part in body]
    return Group(Text(heading, "bold"), *_spaced(parts), "")


def _spaced(parts: list[Padding]) -> list[RenderableType]:
    """The parts with an empty line between them."""
    return [part for k, each in enumerate(parts) for part in (("", each) if k else (each,))]


def _block(block: str) -> RenderableType:
    """A paragraph or a list, wrapped; a table as it stands."""
    if block.startswith("="):
        return Text(block, no_wrap=True)
    items = Table.grid(padding=(0, 1, 0, 0))
    for line in block.split("\n"):
        if not line.startswith("- "):
            return _words(block)
        items.add_row("-", _words(line.removeprefix("- ")))
    return items


def _words(text: str) -> Text:
    """Text with what stands between backticks in a colour of its own."""
    parts = re.split(r"``(.+?)``|`(.+?)`", text)
    plain, double, single = parts[::3], parts[1::3], parts[2::3]
    told = Text(plain[0])
    for code, name, after in zip(double, single, plain[1:], strict=True):
        told.append(code or name or "", "cyan").append(after)
    return told


def _arguments(read: Docstring, creator: Any, defaults: dict[str, Any]) -> Group:
    """Each argument with its default, and below it what the docstring says."""
    told = {name for argument in read.arguments for name in argument.names}
    rows = [(argument.names, argument.text) for argument in read.arguments]
    rows += [
        ((name,), text)
        for name, text in COMMON.items()
        if name not in told and _choices(creator, name) != 1
    ]
    return Group(*(part for names, text in rows for part in _argument(names, text, defaults)))


def _argument(
    names: tuple[str, ...], text: str, defaults: dict[str, Any]
) -> tuple[RenderableType, RenderableType]:
    heading = Text(", ").join(
        Text.assemble((name, "cyan"), _tell_default(defaults, name)) for name in names
    )
    return heading, Padding(_words(text), (0, 0, 0, 4))


def _choices(creator: Any, name: str) -> int:
    """How many values a common argument can have; 0 where the class does not say."""
    of = {"narration": "narrations", "wording": "wordings"}.get(name)
    return len(getattr(creator, of, ())) if of else 0


def _tell_default(defaults: dict[str, Any], name: str) -> Text:
    if name not in defaults:
        return Text(" (needed)")
    value = defaults[name]
    return Text.assemble(" = ", (f'"{value}"' if isinstance(value, str) else str(value), "green"))


def _episode(env: gym.Env[Any, Any]) -> list[RenderableType]:
    """The spaces, and how the episode of seed 0 begins."""
    page, info = env.reset(seed=0)
    actions = info["actions"]
    places = int(env.action_space.n)  # type: ignore[attr-defined]
    modes = ", ".join(f'"{mode}"' for mode in env.unwrapped.metadata["render_modes"])
    more = [f"… and {len(actions) - SHOWN} more"] if len(actions) > SHOWN + 1 else []
    listed = actions[: SHOWN if more else None]
    spaces = (
        f"observations: {_tell_space(env.observation_space)}\n"
        f"actions: Discrete({places})\nrender modes: {modes}"
    )
    return [
        _section("Spaces", [Text(spaces)]),
        _section("A page, after reset(seed=0)", [Text(_tell_page(page))]),
        _section(
            f"Its actions: {len(actions)} of {places:,} are legal",
            [Text("\n".join([*listed, *more]))],
        ),
    ]


def _tell_page(page: Any) -> str:
    return page if isinstance(page, str) else f"an array, {page.dtype} {list(page.shape)}"


def _tell_space(space: gym.Space[Any]) -> str:
    if isinstance(space, gym.spaces.Text) and space.character_set == frozenset(CHARSET):
        return f"Text, at most {space.max_length:,} characters of printable ASCII"
    return str(space)


def _scores(env_id: str, changed: bool) -> list[RenderableType]:
    """Reference scores, where there are any."""
    found = find_references(env_id)
    if not found:
        return []
    table = Table.grid(padding=(0, 3, 0, 0))
    table.add_row("agent", "return", "success", style="dim")
    for agent, score in found.items():
        table.add_row(agent, f"{score.mean_return:.2f}", f"{score.success_rate:.2f}")
    where = "100 test levels" + (", with the id's own arguments" if changed else "")
    return [_section(f"Scores on {where}", [table])]
