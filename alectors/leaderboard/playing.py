"""Evaluating by the protocol, with the actions kept."""

from typing import TYPE_CHECKING, Any

from ..evaluation import Evaluation, evaluate
from .protocol import evaluation_arguments, find_protocol
from .traces import Recorder, Trace

if TYPE_CHECKING:
    from ..evaluation import Acting


def play(
    agent: "Acting", env_id: str, env_kwargs: dict[str, Any], episodes: int | None = None
) -> tuple[Evaluation, Trace]:
    """Evaluate an agent by the protocol of a task.

    Args:
        agent: Who plays.
        env_id: A whole id.
        env_kwargs: What the agent was trained with; evaluation takes over the words of it only.
        episodes: The first of the protocol's, for a look; by default all.

    Returns:
        The evaluation, and the actions of its episodes.
    """
    rules = find_protocol(env_id)
    recorders: list[Recorder] = []

    def record(env: Any) -> Recorder:
        recorders.append(Recorder(env))
        return recorders[-1]

    result = evaluate(
        agent,
        env_id,
        episodes=episodes or rules.episodes,
        seed=rules.first_seed,
        split=rules.split,
        sampled=rules.sampled and hasattr(agent, "sample_action"),
        env_kwargs=evaluation_arguments(env_kwargs),
        wrap=record,
    )
    return result, recorders[-1].episodes
