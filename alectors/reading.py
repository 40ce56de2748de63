"""The reader that an environment's observations need: of pages, or of arrays."""

from typing import Any

import gymnasium as gym

from alectors.envs.errors import InvalidArgument, require

from .arrays import ArrayReader
from .disk import default_disk
from .encoder import DEFAULT_ENCODER, Encoder
from .reader import Reader
from .table import EmbeddingTable


def make_reader(
    env_id: str,
    spaces: tuple[gym.Space[Any], gym.spaces.Discrete],
    encoder: str | Encoder | None,
    config: Any,
) -> Reader | ArrayReader:
    """A new reader; pages need an encoder, arrays none.

    Args:
        env_id: For messages.
        spaces: What `find_spaces` returned.
        encoder: A hub id, a local folder, or an `Encoder`.
        config: An agent's configuration, with ``disk_cache`` and ``unit``.

    Raises:
        InvalidArgument: There is an encoder for arrays, or none for pages.
    """
    observations, actions = spaces
    if not isinstance(observations, gym.spaces.Text):
        require(
            encoder is None or encoder == DEFAULT_ENCODER,
            f"{env_id} gives arrays here, which no encoder reads: leave out the encoder.",
        )
        return ArrayReader(env_id, observations, actions)
    if encoder is None:
        raise InvalidArgument(
            f"{env_id} is told in words: encoder=None is for arrays; leave it out."
        )
    loaded = encoder if isinstance(encoder, Encoder) else Encoder(encoder)
    disk = default_disk(loaded) if config.disk_cache else None
    return Reader(EmbeddingTable(loaded, disk=disk), config.unit)
