"""What each command of the command line can be told."""

import shlex
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

from rich.console import Console
from tyro.conf import FlagCreatePairsOff, Positional, arg

from alectors.envs.errors import require

from .board_arguments import Benchmark, Leaderboard, Report


@dataclass
class Envs:
    """List the environments, or describe one: rules, arguments, a page, its actions, scores."""

    id: Positional[str | None] = None
    """An id, such as alectors/Chess-v0; without it, all are listed."""
    core: FlagCreatePairsOff[bool] = False
    """List the core benchmark tasks only."""
    family: str | None = None
    """List the environments of one family only, such as chess."""

    def check(self) -> None:
        """Raise `InvalidArgument` where an option would do nothing."""
        require(
            self.id is None or not (self.core or self.family),
            "--core and --family choose what is listed: leave them out beside an id.",
        )


@dataclass
class Play:
    """Play an environment in the terminal, with the numbers or the words of the actions."""

    id: Positional[str]
    """An id, such as alectors/Chess-v0."""
    seed: int = 0
    """Which level."""

    def check(self) -> None:
        """Raise `InvalidArgument` for a value out of range."""
        require(self.seed >= 0, "--seed must be at least 0.")


CHANGEABLE = ("learning_rate", "final_learning_rate", "schedule", "max_grad_norm")
"""The fields of a configuration that a resumed run may change."""


@dataclass
class Train:
    """Train an agent, then score it on test levels beside random and oracle."""

    id: Positional[str | None] = None
    """An id, such as alectors/BabyAI-GoToRedBallGrey-v0 (--resume knows its own)."""
    agent: str = "ppo"
    """The algorithm."""
    steps: int | None = None
    """Environment steps in all; by default 100,000, or with --resume the run's own number."""
    seed: int = 0
    """Decides everything: weights, levels, samples."""
    out: Path | None = None
    """The run's folder; by default runs/ID-AGENT-SEED."""
    resume: Path | None = None
    """Go on with this run's newest checkpoint; what is not given stays as it was."""
    encoder: str | None = None
    """A hub id, a local folder, or a control (hash, static); by default all-MiniLM-L6-v2."""
    tuning: str | None = None
    """Whether the encoder learns too: frozen, lora or full; by default frozen."""
    layer: int | None = None
    """The encoder's hidden layer to read (0: its word embeddings); by default the last."""
    device: str = "auto"
    """Where it reads and learns: auto, cpu, cuda or cuda:N."""
    recall: int = 0
    """How many steps each page tells again, in training and in tests; 0: none."""
    network_class: str | None = None
    """An own network, as module:callable."""
    optimizer_class: str | None = None
    """An own optimiser, as module:callable, such as torch.optim:RMSprop."""
    threads: int | None = None
    """Torch's threads; by default 1, fastest while anything else runs on the machine."""
    checkpoint_every: int | None = None
    """Environment steps between two checkpoints; by default 20,000."""
    eval_every: int | None = None
    """Environment steps between two evaluations on levels of the training split, of which the best
    agent is kept in DIR/best; by default there is none."""
    eval_episodes: int | None = None
    """Episodes of each of them; by default 20."""
    episodes: int = 100
    """Test episodes after training; 0 leaves them out."""

    def check(self) -> None:
        """Raise `InvalidArgument` for a value out of range."""
        for name in ("steps", "threads", "checkpoint_every", "eval_every", "eval_episodes"):
            value = getattr(self, name)
            option = "--" + name.replace("_", "-")
            require(value is None or value >= 1, f"{option} must be at least 1.")
        require(self.seed >= 0, "--seed must be at least 0.")
        require(self.episodes >= 0, "--episodes must be at least 0.")


@dataclass
class Evaluate:
    """Score a trained agent, or random or oracle, on test levels."""

    agent: Positional[str]
    """A run's folder; a trained agent of the package, such as ppo-Chess-v0; or random, oracle,
    human, uci:PATH, llm:FOLDER, llm:ADDRESS, or MODULE:CLASS for one of your own."""
    id: Positional[str | None] = None
    """An id; a trained agent's own environment when left out."""
    episodes: int = 100
    """How many episodes."""
    seed: int = 0
    """The first episode's seed; episode k has seed + k."""
    split: str = "test"
    """Which levels: test or train."""
    sampled: FlagCreatePairsOff[bool] = False
    """Draw actions from the agent's policy, whatever the task's protocol says."""
    greedy: FlagCreatePairsOff[bool] = False
    """Take the likeliest action, whatever the task's protocol says."""
    json: Path | None = None
    """Write every episode to this file."""
    device: str = "auto"
    """Where a trained agent computes: auto, cpu, cuda or cuda:N."""
    threads: int = 1
    """Torch's threads."""

    @property
    def drawn(self) -> bool | None:
        """Whether actions are drawn; None as the task's protocol says."""
        return self.sampled if self.sampled or self.greedy else None

    def check(self) -> None:
        """Raise `InvalidArgument` for a value out of range."""
        require(not (self.sampled and self.greedy), "Choose one: --sampled or --greedy.")
        require(self.episodes >= 1, "--episodes must be at least 1.")
        require(self.seed >= 0, "--seed must be at least 0.")
        require(self.threads >= 1, "--threads must be at least 1.")


@dataclass
class Record:
    """Play episodes with an agent and keep them as a Minari dataset."""

    id: Positional[str]
    """An id, such as alectors/Chess-v0."""
    out: str
    """The dataset: a Minari id such as chess/oracle-v0, or a folder such as ./oracle-v0."""
    agent: str = "oracle"
    """A run's folder; a trained agent of the package, such as ppo-Chess-v0; or random, oracle,
    human, uci:PATH, llm:FOLDER, llm:ADDRESS, or MODULE:CLASS for one of your own."""
    episodes: int = 100
    """How many episodes."""
    seed: int = 0
    """The first episode's seed; episode k has seed + k."""
    split: str = "train"
    """Which levels: train or test."""
    threads: int = 1
    """Torch's threads."""

    def check(self) -> None:
        """Raise `InvalidArgument` for a value out of range."""
        require(self.episodes >= 1, "--episodes must be at least 1.")
        require(self.seed >= 0, "--seed must be at least 0.")
        require(self.threads >= 1, "--threads must be at least 1.")


Command = (
    Annotated[Envs, arg(name="envs")]
    | Annotated[Play, arg(name="play")]
    | Annotated[Train, arg(name="train")]
    | Annotated[Evaluate, arg(name="evaluate")]
    | Annotated[Record, arg(name="record")]
    | Annotated[Benchmark, arg(name="benchmark")]
    | Annotated[Leaderboard, arg(name="leaderboard")]
    | Annotated[Report, arg(name="report")]
)


@dataclass
class Context:
    """What belongs to every command."""

    console: Console
    argv: list[str]
    env_kwargs: dict[str, Any] = field(default_factory=dict)
    config: dict[str, Any] = field(default_factory=dict)

    @property
    def command(self) -> str:
        """The whole command, as typed."""
        return "alectors " + shlex.join(self.argv)
