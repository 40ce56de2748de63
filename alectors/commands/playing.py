"""``alectors play ID``."""

from __future__ import annotations

from ..arguments import Context, Play
from .ids import make, resolve_id


def play(command: Play, context: Context) -> int:
    """``alectors play ID``: a person reads, and answers with a number or with words."""
    from alectors.envs.wrappers import TextActions

    env = TextActions(make(resolve_id(command.id), context.env_kwargs))
    page, info = env.reset(seed=command.seed)
    total, over = 0.0, False
    while not over:
        _show(page, info["actions"], context)
        answer = _ask(context)
        if answer is None:
            env.close()
            return 0
        if not answer:
            continue
        # A number is the action's place in the list just shown.
        if answer.isdecimal() and 1 <= int(answer) <= len(info["actions"]):
            answer = info["actions"][int(answer) - 1]
        page, reward, terminated, truncated, info = env.step(answer)
        total, over = total + reward, terminated or truncated
    context.console.print(f"\n{page}\n", markup=False)
    result = "success" if info["success"] else "no success"
    context.console.print(f"The end: {result}, score {info['score']:.2f}, return {total:.2f}.")
    env.close()
    return 0


def _show(page: str, actions: list[str], context: Context) -> None:
    context.console.print(f"\n{page}\n", markup=False)
    for k, words in enumerate(actions, 1):
        context.console.print(f"{k:4d}  {words}", markup=False)


def _ask(context: Context) -> str | None:
    """A person's answer; None to leave (quit, Ctrl-D)."""
    try:
        answer = context.console.input("\nYour action (a number or words; quit leaves): ").strip()
    except EOFError:
        return None
    return None if answer.lower() in ("q", "quit", "exit") else answer
