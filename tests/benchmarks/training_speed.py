"""Steps of training per second: alectors' PPO that reads, beside Stable-Baselines3's PPO.

    python tests/benchmarks/training_speed.py [--rounds 3]

Both train on BabyAI-GoToRedBallGrey with 16 environments, 64 steps, 4 epochs, minibatches of 256
and one thread. What Stable-Baselines3's PPO observes differs from row to row:

- `frozen encoder`: token ids; the same frozen encoder is its features extractor, and reads every
  observation anew in the rollout and in each epoch.
- `encoded once`: each page is read as a whole when it is observed, once, by the same encoder.
- `EmbedObservation`: our own wrapper, which reads each distinct statement once; its mean vector.
- `symbolic twin`: the grid as zeros and ones; no words.

A turn of each follows a turn of the others, so that what else runs on the machine slows all of
them alike, and time is the process's own CPU time. Exits with 1 where a bar is missed.
"""

import argparse
import sys
import time
from collections.abc import Callable
from typing import Any

import gymnasium as gym
import numpy as np
import torch
from rich.console import Console
from rich.table import Table
from stable_baselines3 import PPO
from stable_baselines3.common.env_util import make_vec_env
from stable_baselines3.common.torch_layers import BaseFeaturesExtractor

import alectors
from alectors.observations import EmbedObservation, TokenizeObservation
from alectors.table import EmbeddingTable

ENV_ID = "alectors/BabyAI-GoToRedBallGrey-v0"
ROLLOUT = 16 * 64
BARS = {"frozen encoder": 50.0, "encoded once": 8.0, "symbolic twin": 0.15}
"""How many times as fast as Stable-Baselines3 ours must be."""


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


def ours(encoder: alectors.Encoder) -> Callable[[], Any]:
    """A turn of our PPO: one rollout and its update."""
    agent = alectors.PPO(ENV_ID, encoder=encoder, seed=0, final_learning_rate=5e-4)
    return lambda: agent.learn(agent.steps + ROLLOUT)


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
    }


def measure(turns: dict[str, Callable[[], Any]], rounds: int) -> dict[str, list[float]]:
    """Steps per second of CPU time in each round, the first round, a warm-up, left out."""
    speeds: dict[str, list[float]] = {name: [] for name in turns}
    for round_number in range(rounds + 1):
        for name, turn in turns.items():
            if round_number == 0 and name == "frozen encoder":
                continue  # a minute, and nothing to warm up
            begun = time.process_time()
            turns_taken = 1 if name == "frozen encoder" else 4
            for _ in range(turns_taken):
                turn()
            if round_number:
                speeds[name].append(turns_taken * ROLLOUT / (time.process_time() - begun))
    return speeds


def main() -> int:
    """Measure, print, and say whether each bar is met."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rounds", type=int, default=3, help="turns of each that are measured")
    torch.set_num_threads(1)
    speeds = measure(contenders(alectors.Encoder()), parser.parse_args().rounds)
    table = Table(title=f"PPO on {ENV_ID}, one thread, steps per second of CPU time")
    for heading in ("observed", "steps/s", "ours / this", "lowest, highest", "bar"):
        table.add_column(heading, justify="left" if heading == "observed" else "right")
    missed = False
    for name, found in speeds.items():
        ratios = [a / b for a, b in zip(speeds["ours"], found, strict=True)]
        ratio, bar = float(np.median(ratios)), BARS.get(name)
        missed = missed or (bar is not None and ratio < bar)
        spread = f"{min(ratios):.2f}, {max(ratios):.2f}"
        told = "" if bar is None else f"{bar:g}"
        table.add_row(name, f"{np.median(found):,.1f}", f"{ratio:.2f}", spread, told)
    Console().print(table)
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
