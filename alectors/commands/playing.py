"""``alectors play ID``: a person reads, and answers with a number or with words."""

from __future__ import annotations

from alectors.envs.errors import PlayerLeft

from ..arguments import Context, Play
from ..human import HumanAgent
from .ids import make, resolve_id


def play(command: Play, context: Context) -> int:
    """Play one episode with a person."""
    env = make(resolve_id(command.id), context.env_kwargs)
    person = HumanAgent(context.console)
    person.attach(env)
    try:
        page, info = env.reset(seed=command.seed)
        total, over = 0.0, False
        while not over:
            action = person.choose_action(page, info)
            page, reward, terminated, truncated, info = env.step(action)
            total, over = total + float(reward), terminated or truncated
    except PlayerLeft:
        return 0
    finally:
        env.close()
    person.show(page)
    result = "success" if info["success"] else "no success"
    context.console.print(f"The end: {result}, score {info['score']:.2f}, return {total:.2f}.")
    return 0
