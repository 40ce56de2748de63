"""Steps of training per second: alectors' PPO that reads, beside Stable-Baselines3's PPO.

    python tests/benchmarks/training_speed.py [--rounds 3] [--json FILE]

Both train on BabyAI-GoToRedBallGrey with 16 environments, 64 steps, 4 epochs, minibatches of 256
and one thread. What Stable-Baselines3's PPO observes differs from row to row:

- `frozen encoder`: token ids; the same frozen encoder is its features extractor, and reads every
  observation anew in the rollout and in each epoch.
- `encoded once`: each page is read as a whole when it is observed, once, by the same encoder.
- `EmbedObservation`: our own wrapper, which reads each distinct statement once; its mean vector.
- `symbolic twin`: the grid as zeros and ones; no words.

Three more rows are our own PPO with one thing undone that makes it fast:

- `ours, whole pages`: a page is one text, so that a new page is encoded though none of its
  statements is new, and the network pools all tokens of all pages.
- `ours, nothing distinct`: a minibatch reads each statement as often as it occurs.
- `ours, no cache`: a step of the rollout reads its statements again under the same weights.

A turn of each follows a turn of the others, so that what else runs on the machine slows all of
them alike, and time is the process's own CPU time. Exits with 1 where a bar is missed.
"""

import argparse
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest import mock

import gymnasium as gym
import numpy as np
import torch
from rich.console import Console
from rich.table import Table
from stable_baselines3 import PPO
from stable_baselines3.common.env_util import make_vec_env
from stable_baselines3.common.torch_layers import BaseFeaturesExtractor

import alectors
from alectors.files import write_json
from alectors.leaderboard.facts import describe_hardware
from alectors.network import StatementNetwork
from alectors.observations import EmbedObservation, TokenizeObservation
from alectors.reader import Batch
from alectors.relevance import Distinct
from alectors.table import PADDING, EmbeddingTable
from alectors.versions import versions

ENV_ID = "alectors/BabyAI-GoToRedBallGrey-v0"
ROLLOUT = 16 * 64
BARS = {"frozen encoder": 50.0, "encoded once": 8.0, "symbolic twin": 0.15}
"""How many times as fast as Stable-Baselines3 ours must be."""
SLOW = ("frozen encoder", "encoded once", "ours, whole pages")
"""Those that take one turn in a round; the others take four."""


class FrozenExtractor(BaseFeaturesExtractor):
    """The mean of a page's token embeddings, by a frozen encoder."""

    def __init__(self, space: gym.spaces.Dict, encoder: alectors.Encoder) -> None:
        super().__init__(space, encoder.width)
        self.encoder = [encoder.model]  # not a submodule: it is neither trained nor copied

    @torch.no_grad()
    def forward(self, observations: dict[str, torch.Tensor]) -> torch.Tensor:
        mask = observations["attention_mask"].long()
        longest = int(mask.sum(1).max())
        mask = mask[:, :longest]
        ids = observations["input_ids"][:, :longest].long()
        hidden = self.encoder[0](input_ids=ids, attention_mask=mask).last_hidden_state.float()
        return (hidden * mask[:, :, None]).sum(1) / mask.sum(1, keepdim=True)


class EncodedOnce(gym.ObservationWrapper):
    """A page as the mean of its token embeddings, read as one text whenever it is observed."""

    def __init__(self, env: gym.Env, encoder: alectors.Encoder) -> None:
        super().__init__(env)
        self.encoder = encoder
        self.observation_space = gym.spaces.Box(-np.inf, np.inf, (encoder.width,), np.float32)

    def observation(self, page: str) -> np.ndarray:
        return self.encoder.encode([page])[0].mean(0).numpy()


def sb3(wrap: Callable[[gym.Env], gym.Env] | None, policy: str = "MlpPolicy", **more: Any) -> Any:
    """A turn of Stable-Baselines3's PPO: one rollout and its update."""
    narration = more.pop("narration", "prose")
    envs = make_vec_env(ENV_ID, 16, seed=0, env_kwargs={"narration": narration}, wrapper_class=wrap)
    model = PPO(policy, envs, n_steps=64, n_epochs=4, batch_size=256, seed=0, device="cpu", **more)
    return lambda: model.learn(ROLLOUT, reset_num_timesteps=False)


def ours(encoder: alectors.Encoder, **settings: Any) -> Callable[[], Any]:
    """A turn of our PPO: one rollout and its update."""
    agent = alectors.PPO(ENV_ID, encoder=encoder, seed=0, final_learning_rate=5e-4, **settings)
    return lambda: agent.learn(agent.steps + ROLLOUT)


def keep_all(batch: Batch) -> Distinct:
    """`find_distinct` undone: every occurrence of a statement is a row of its own."""
    told = batch.statements[batch.statements != PADDING]
    offered = batch.clauses[batch.legal]
    parts = torch.arange(offered.numel()).view_as(offered)
    return Distinct(told, torch.arange(len(told)), offered.flatten(), parts)


def undone(turn: Callable[[], Any], target: Any, name: str, instead: Any) -> Callable[[], Any]:
    """A turn with a part of ours replaced."""

    def take() -> None:
        with mock.patch.object(target, name, instead):
            turn()

    return take


def contenders(encoder: alectors.Encoder) -> dict[str, Callable[[], Any]]:
    """A turn of each, by name."""
    table = EmbeddingTable(encoder)
    return {
        "ours": ours(encoder),
        "frozen encoder": sb3(
            lambda env: TokenizeObservation(env, encoder, places=512),
            "MultiInputPolicy",
            policy_kwargs={
                "features_extractor_class": FrozenExtractor,
                "features_extractor_kwargs": {"encoder": encoder},
            },
        ),
        "encoded once": sb3(lambda env: EncodedOnce(env, encoder)),
        "EmbedObservation": sb3(lambda env: EmbedObservation(env, table)),
        "symbolic twin": sb3(None, narration="symbolic"),
        "ours, whole pages": ours(encoder, unit="state", disk_cache=False),
        "ours, nothing distinct": undone(
            ours(encoder), sys.modules["alectors.network"], "find_distinct", keep_all
        ),
        "ours, no cache": undone(ours(encoder), StatementNetwork, "make_cache", lambda *_: None),
    }


def measure(turns: dict[str, Callable[[], Any]], rounds: int) -> dict[str, list[float]]:
    """Steps per second of CPU time in each round, the first round, a warm-up, left out."""
    speeds: dict[str, list[float]] = {name: [] for name in turns}
    for round_number in range(rounds + 1):
        for name, turn in turns.items():
            if round_number == 0 and name == "frozen encoder":
                continue  # a minute, and nothing to warm up
            begun = time.process_time()
            turns_taken = 1 if name in SLOW else 4
            for _ in range(turns_taken):
                turn()
            if round_number:
                speeds[name].append(turns_taken * ROLLOUT / (time.process_time() - begun))
    return speeds


def compare(speeds: dict[str, list[float]]) -> list[dict[str, Any]]:
    """A row for each contender; ratios are of rounds, since the machine changes between them."""
    rows = []
    for name, found in speeds.items():
        ratios = [a / b for a, b in zip(speeds["ours"], found, strict=True)]
        rows.append(
            {
                "observed": name,
                "steps_per_second": float(np.median(found)),
                "ratio": float(np.median(ratios)),
                "lowest": min(ratios),
                "highest": max(ratios),
                "bar": BARS.get(name),
            }
        )
    return rows


def show(rows: list[dict[str, Any]]) -> None:
    """The rows as a table."""
    table = Table(title=f"PPO on {ENV_ID}, one thread, steps per second of CPU time")
    for heading in ("observed", "steps/s", "ours / this", "lowest, highest", "bar"):
        table.add_column(heading, justify="left" if heading == "observed" else "right")
    for row in rows:
        table.add_row(
            row["observed"],
            f"{row['steps_per_second']:,.1f}",
            f"{row['ratio']:.2f}",
            f"{row['lowest']:.2f}, {row['highest']:.2f}",
            "" if row["bar"] is None else f"{row['bar']:g}",
        )
    Console().print(table)


def main() -> int:
    """Measure, print, and say whether each bar is met."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rounds", type=int, default=3, help="turns of each that are measured")
    parser.add_argument("--json", type=Path, help="a file that keeps the figures")
    given = parser.parse_args()
    torch.set_num_threads(1)
    rows = compare(measure(contenders(alectors.Encoder()), given.rounds))
    show(rows)
    if given.json:
        made = {"rows": rows, "versions": versions(), "hardware": describe_hardware()}
        write_json(given.json, made)
    return int(any(row["bar"] and row["ratio"] < row["bar"] for row in rows))


if __name__ == "__main__":
    sys.exit(main())
