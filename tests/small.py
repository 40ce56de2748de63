"""Settings with which each algorithm has several updates within a few hundred steps."""

from typing import Any

SETTINGS: dict[str, dict[str, Any]] = {
    "ppo": {"num_envs": 4, "num_steps": 16, "minibatch_size": 64},
    "sac": {"num_envs": 4, "num_steps": 16, "minibatch_size": 16, "learning_starts": 64},
    "ddqn": {"num_envs": 4, "num_steps": 16, "minibatch_size": 16, "learning_starts": 64},
    "grpo": {"groups": 2, "group_size": 2, "minibatch_size": 64},
}
SMALL = SETTINGS["ppo"]
