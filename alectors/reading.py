"""The reader that an environment's observations need: of pages, or of arrays."""

from typing import Any

import gymnasium as gym
import torch

from alectors.envs.errors import InvalidArgument, require

from .arrays import ArrayReader
from .encoder import DEFAULT_ENCODER
from .encoders import StatementEncoder, make_encoder
from .reader import Reader
from .tokens import make_table


def make_reader(
    env_id: str,
    spaces: tuple[gym.Space[Any], gym.spaces.Discrete],
    encoder: str | StatementEncoder | None,
    config: Any,
    *,
    tuning: str | None,
    layer: int | None,
    device: torch.device,
) -> Reader | ArrayReader:
    """A new reader; pages need an encoder, arrays none.

    Args:
        env_id: For messages.
        spaces: What `find_spaces` returned.
        encoder: See `make_encoder`, as for ``tuning`` and ``layer``.
        config: An agent's configuration, with ``disk_cache`` and ``unit``.
        tuning: Whether the encoder learns too.
        layer: Its hidden layer to read.
        device: Where it reads.

    Raises:
        InvalidArgument: There is an encoder for arrays, or none for pages.
    """
    observations, actions = spaces
    if not isinstance(observations, gym.spaces.Text):
        require(
            encoder in (None, DEFAULT_ENCODER) and tuning is None and layer is None,
            f"{env_id} gives arrays here, which no encoder reads: leave out the encoder.",
        )
        return ArrayReader(env_id, observations, actions, device)
    if encoder is None:
        raise InvalidArgument(
            f"{env_id} is told in words: encoder=None is for arrays; leave it out."
        )
    loaded = make_encoder(encoder, tuning=tuning, layer=layer, device=device)
    return Reader(make_table(loaded, device, config.disk_cache), config.unit)
