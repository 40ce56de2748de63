"""Golden transcripts: what an environment says in a few steps of seeded play, kept in a file.

The words on a page are what an agent observes, so a changed word makes another task. Run the tests
with ``ALECTORS_UPDATE_GOLDEN=1`` to write the files anew.
"""

import json
import os
from pathlib import Path
from typing import Any

import gymnasium as gym
import numpy as np

import alectors  # noqa: F401  (registers the environments)

FOLDER = Path(__file__).parent / "golden"
UPDATE = "ALECTORS_UPDATE_GOLDEN"
CHANGED = "wording changed: raise narration_version and update the golden file"
OUTDATED = f"narration_version was raised: run the test with {UPDATE}=1 to update the golden file"
MISSING = f"there is no golden file yet: run the test with {UPDATE}=1 to write it"


def transcript(env_id: str, seed: int, steps: int, **env_kwargs: Any) -> dict[str, Any]:
    """Play random legal actions and write down what the environment says.

    Args:
        env_id: A registered id.
        seed: Of the first episode and of the choices.
        steps: Actions to take; an episode that ends is followed by another.
        **env_kwargs: Arguments of the environment.

    Returns:
        A dict that goes to JSON and back unchanged: the id, its arguments if any, its
        ``narration_version``, the seed, and ``steps``: what was done (None at a reset), its reward,
        the page's lines and the words of the actions.
    """
    env = gym.make(env_id, **env_kwargs)
    random = np.random.default_rng(seed)
    page, info = env.reset(seed=seed)
    told = [_moment(None, 0.0, page, info)]
    for _ in range(steps):
        legal = np.flatnonzero(info["action_mask"])
        choice = int(random.integers(len(legal)))
        words = info["actions"][choice]
        page, reward, terminated, truncated, info = env.step(int(legal[choice]))
        told.append(_moment(words, float(reward), page, info))
        if terminated or truncated:
            page, info = env.reset()
            told.append(_moment(None, 0.0, page, info))
    version = env.unwrapped.narration_version  # type: ignore[attr-defined]
    env.close()
    about = {"id": env_id, **({"env_kwargs": env_kwargs} if env_kwargs else {})}
    return {**about, "narration_version": version, "seed": seed, "steps": told}


def _moment(done: str | None, reward: float, page: str, info: dict[str, Any]) -> dict[str, Any]:
    return {"done": done, "reward": reward, "page": page.split("\n"), "actions": info["actions"]}


def file_name(env_id: str, **env_kwargs: Any) -> str:
    """The golden file of an id and arguments, without its ending."""
    return "-".join([env_id.rpartition("/")[2], *env_kwargs.values()])


def golden(env_id: str, seed: int = 3, steps: int = 6, **env_kwargs: Any) -> None:
    """Compare an environment's transcript with its golden file, or write the file.

    Args:
        env_id: A registered id; its name without the namespace names the file.
        seed: Of the transcript.
        steps: Of the transcript.
        **env_kwargs: Arguments of the environment; their values, strings, end the file's name.

    Raises:
        AssertionError: The two differ; the message says what to do.
    """
    file = FOLDER / f"{file_name(env_id, **env_kwargs)}.json"
    told = transcript(env_id, seed, steps, **env_kwargs)
    if os.environ.get(UPDATE) == "1":
        _write(file, told)
    assert file.is_file(), f"{file.name}: {MISSING}"
    known = json.loads(file.read_text())
    assert told["narration_version"] == known["narration_version"], f"{file.name}: {OUTDATED}"
    for k, (now, then) in enumerate(zip(told["steps"], known["steps"], strict=False)):
        for part in ("page", "actions"):
            assert now[part] == then[part], f"{file.name}, step {k}: {CHANGED}"
    assert told == known, f"{file.name}: the same words, but other rewards or choices"


def _write(file: Path, told: dict[str, Any]) -> None:
    file.parent.mkdir(exist_ok=True)
    draft = file.with_suffix(f".{os.getpid()}.tmp")
    draft.write_text(json.dumps(told, indent=1) + "\n")
    draft.replace(file)
