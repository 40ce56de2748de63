"""Episodes as a Minari dataset: where it is kept, and the wrapper that fills it.

A step's page, action and reward stand where Minari keeps observations, actions and rewards. Of
``info`` the dataset keeps, one entry for each page (h5py reads strings as ``bytes``):

- ``actions``: the legal actions' words, one on each line;
- ``action_mask``: ``int8[n]``;
- ``chosen``: the words of the action taken on that page, empty on an episode's last;
- ``invalid_actions``: how many illegal actions the episode has had.

An episode's metadata has ``seed``, ``rewards_sum`` and Minari's other sums, and ``success`` and
``score``. Environments that are not of this suite have no such infos, and none are kept.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import gymnasium as gym
import numpy as np

from alectors.envs.errors import InvalidArgument, MissingDependency, require

from .files import new_folder

Wrap = Callable[[gym.Env[Any, Any]], gym.Env[Any, Any]]

NO_WORDS = ""
"""What is chosen on an episode's last page."""


class Recorder(gym.Wrapper[Any, Any, Any, Any]):
    """Writes each finished episode to a Minari storage; one that is broken off is left out.

    Args:
        env: An environment made by ``gymnasium.make``.
        folder: A new folder for the data.

    Raises:
        InvalidArgument: Its observations are made of several parts.
    """

    def __init__(self, env: gym.Env[Any, Any], folder: Path) -> None:
        from minari.dataset.minari_storage import MinariStorage

        super().__init__(env)
        require(
            not isinstance(env.observation_space, gym.spaces.Dict | gym.spaces.Tuple),
            f"Only observations of one part can be recorded, not {env.observation_space}.",
        )
        self.storage = MinariStorage.new(
            folder, env.observation_space, env.action_space, env.spec, jpeg_encoding=False
        )
        self._number = 0

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Any, dict[str, Any]]:
        """Begin an episode; see the environment."""
        observation, info = self.env.reset(seed=seed, options=options)
        self._seed, self._observations, self._infos = seed, [observation], [info]
        self._actions: list[Any] = []
        self._rewards: list[float] = []
        return observation, info

    def step(self, action: Any) -> tuple[Any, Any, bool, bool, dict[str, Any]]:
        """Take an action; see the environment."""
        observation, reward, terminated, truncated, info = self.env.step(action)
        self._observations.append(observation)
        self._actions.append(action)
        self._rewards.append(float(reward))
        self._infos.append(info)
        if terminated or truncated:
            self._write(terminated, truncated)
        return observation, reward, terminated, truncated, info

    def _write(self, terminated: bool, truncated: bool) -> None:
        from minari import EpisodeMetadataCallback
        from minari.data_collector import EpisodeBuffer

        before_the_end = [False] * (len(self._rewards) - 1)
        buffer = EpisodeBuffer(
            id=self._number,
            seed=self._seed,
            observations=self._observations,
            actions=self._actions,
            rewards=self._rewards,
            terminations=[*before_the_end, terminated],
            truncations=[*before_the_end, truncated],
            infos=_gather(self._infos, self._actions),
        )
        self.storage.update_episodes([buffer])
        sums = EpisodeMetadataCallback()({"rewards": np.array(self._rewards)})
        last = self._infos[-1]
        result = {name: last[name] for name in ("success", "score") if name in last}
        self.storage.update_episode_metadata([sums | result], [self._number])
        self._number += 1


def _gather(infos: list[dict[str, Any]], actions: list[Any]) -> dict[str, Any] | None:
    """What is kept of an episode's infos, by name; None where they hold no words."""
    if any("actions" not in info for info in infos):
        return None
    chosen = [_words(info, action) for info, action in zip(infos, actions, strict=False)]
    return {
        "actions": ["\n".join(info["actions"]) for info in infos],
        "action_mask": np.stack([info["action_mask"] for info in infos]),
        "chosen": [*chosen, NO_WORDS],
        "invalid_actions": [info["invalid_actions"] for info in infos],
    }


def _words(info: dict[str, Any], action: int) -> str:
    """The words of an action; empty for an illegal one, which has none."""
    legal = np.flatnonzero(info["action_mask"]).tolist()
    return info["actions"][legal.index(action)] if action in legal else NO_WORDS


@dataclass(frozen=True)
class Place:
    """Where a dataset is kept."""

    id: str
    """Its id, as Minari has them: ``name-v0`` or ``namespace/name-v0``."""
    folder: Path
    """The folder that holds its ``data``."""
    listed: bool
    """Whether Minari itself looks there for the id."""

    @property
    def reading(self) -> str:
        """The Python expression that loads the dataset."""
        if self.listed:
            return f'minari.load_dataset("{self.id}")'
        return f'minari.MinariDataset("{self.folder / "data"}")'


def find_place(out: str) -> Place:
    """Where a new dataset is to be kept.

    Args:
        out: An id, ``name-v0`` or ``namespace/name-v0``, which is kept where Minari looks for it
            (``$MINARI_DATASETS_PATH``, else ``~/.minari/datasets``); or a folder, which begins with
            ``/``, ``.`` or ``~`` and ends in an id without a namespace.

    Raises:
        InvalidArgument: ``out`` is neither, or there is such a dataset already.
        MissingDependency: Minari is not installed.
    """
    _require_minari()
    from minari.dataset.minari_dataset import parse_dataset_id
    from minari.storage import get_dataset_path

    listed = not out.startswith(("/", ".", "~"))
    folder = Path(out).expanduser()
    dataset_id = out if listed else folder.name
    try:
        parse_dataset_id(dataset_id)
    except (ValueError, TypeError) as error:
        raise InvalidArgument(
            f"--out {out!r} names no dataset: give an id that ends in a version, such as "
            "chess/oracle-v0, or a folder that does, such as ./oracle-v0."
        ) from error
    place = Place(dataset_id, get_dataset_path(dataset_id) if listed else folder, listed)
    require(
        not place.folder.exists(),
        f"{place.folder} is there already, and is not written over: choose another --out.",
    )
    return place


@contextmanager
def new_dataset(place: Place, algorithm: str, description: str) -> Iterator[Wrap]:
    """A Minari dataset that is there when the block ends without an error, else not at all.

    Args:
        place: Where.
        algorithm: The name of the agent.
        description: What the dataset holds.

    Yields:
        What wraps the one environment whose episodes are recorded.
    """
    recorders: list[Recorder] = []

    def wrap(env: gym.Env[Any, Any]) -> Recorder:
        recorders.append(Recorder(env, folder / "data"))
        return recorders[-1]

    with new_folder(place.folder) as folder:
        yield wrap
        recorders[-1].storage.update_metadata(
            {
                "dataset_id": place.id,
                "minari_version": version("minari"),
                "algorithm_name": algorithm,
                "description": description,
                "requirements": [f"alectors=={version('alectors')}"],
            }
        )
    if place.listed:
        _name_namespace(place.id)


def _name_namespace(dataset_id: str) -> None:
    """Let Minari list the namespace of a dataset of its own."""
    from minari.namespace import create_namespace, list_local_namespaces

    namespace = dataset_id.rpartition("/")[0]
    if namespace and namespace not in list_local_namespaces():
        create_namespace(namespace)


def _require_minari() -> None:
    try:
        import h5py  # noqa: F401
        import minari  # noqa: F401
        import PIL  # noqa: F401
    except ImportError as error:
        raise MissingDependency(
            "Recording needs the packages minari, h5py and Pillow: install them with "
            '`pip install "alectors[minari]"`.'
        ) from error
