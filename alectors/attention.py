"""How an agent reads one state: its scores of the actions, and the statements it attends to."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from .agent import Agent
from .ddqn import DDQN
from .network import Block, StatementNetwork
from .qvalues import action_values
from .relevance import find_distinct, goal_relevance


@dataclass(frozen=True)
class StateReading:
    """What an agent makes of a state with S statements and A legal actions."""

    scores: list[float]
    """``[A]``: the probability of each action, or its value in an agent that has no policy."""
    valued: bool
    """Whether `scores` are values."""
    value: float | None
    """What the state is worth to the agent; None where it does not learn that."""
    relevance: list[float] | None
    """``[S]``: similarity to the goal, pretrained and not learned; None without a page."""
    attention: list[list[float]] | None
    """``[1 + A, S]``: how much the value, and then each action, attends to each statement in the
    last block, in parts of all that goes to statements; None in networks of another kind."""

    @property
    def bars(self) -> list[float]:
        """``[A]``, 0 to 1: probabilities themselves, or values from the lowest to the highest."""
        if not self.valued or not self.scores:
            return self.scores
        low, high = min(self.scores), max(self.scores)
        return [(score - low) / (high - low) if high > low else 1.0 for score in self.scores]


@torch.no_grad()
def read_state(agent: Agent, observation: Any, info: dict[str, Any]) -> StateReading:
    """Let an agent read a state, as `Agent.choose_action` does.

    With ``network.memory`` it is a step of the episode that `Agent.reset` began.

    Args:
        agent: The agent.
        observation: A page, or an array.
        info: The info beside it, with at least one legal action.
    """
    with _watch(agent) as seen:
        agent.choose_action(observation, info)
    batch, (logits, values) = seen["batch"], seen["judged"]
    valued = isinstance(agent, DDQN)
    scores = action_values((logits, values), batch.legal) if valued else logits.softmax(1)
    told = seen.get("attention")
    return StateReading(
        scores[0].tolist(),
        valued,
        values.item() if _learns_values(agent.network) else None,
        _relevance(agent, batch),
        None if told is None else told.tolist(),
    )


@contextmanager
def _watch(agent: Agent) -> Iterator[dict[str, Any]]:
    """What goes through the network meanwhile: the batch, the judgement, the attention."""
    seen: dict[str, Any] = {}

    def judge(_: Any, given: tuple[Any, ...], judged: tuple[Tensor, Tensor]) -> None:
        seen["batch"], seen["judged"] = given[0], judged

    def attend(block: Any, given: tuple[Any, ...]) -> None:
        x, _, _, asking = given
        weights = attention_weights(block, x, asking).mean(0)[:, asking:]
        seen["attention"] = weights / weights.sum(1, keepdim=True).clamp(min=1e-12)

    hooks = [agent.network.register_forward_hook(judge)]
    if isinstance(agent.network, StatementNetwork) and isinstance(agent.network.blocks[-1], Block):
        hooks.append(agent.network.blocks[-1].register_forward_pre_hook(attend))
    try:
        yield seen
    finally:
        for hook in hooks:
            hook.remove()


def attention_weights(block: Block, x: Tensor, asking: int) -> Tensor:
    """The weights by which a block mixes the positions of a single state.

    Args:
        block: The block.
        x: ``[T, d]``, what it is given.
        asking: How many of the first positions attend.

    Returns:
        ``[heads, asking, T]``, each row of sum 1.
    """
    normed = block.norm(x)
    asked, offered = block.q(normed[:asking]), block.kv(normed).chunk(2, 1)[0]
    q, k = (part.view(len(part), block.heads, -1).transpose(0, 1) for part in (asked, offered))
    weights: Tensor = (q @ k.transpose(1, 2) / q.shape[2] ** 0.5).softmax(2)
    return weights


def _learns_values(network: Any) -> bool:
    """The value's head is zero until something is learnt by it: GRPO and SAC's actor never do."""
    head = getattr(network, "value", None)
    return head is not None and bool(head.weight.any())


def _relevance(agent: Agent, batch: Any) -> list[float] | None:
    if agent.table is None:
        return None
    told, _ = goal_relevance(batch, agent.table.reading(), find_distinct(batch))
    return [float(value) for value in told]
