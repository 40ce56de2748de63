"""What several test files share."""

import pytest
import torch

import alectors


@pytest.fixture(autouse=True)
def _quiet_cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Torch on one thread: any second busy process makes more of them slow."""
    torch.set_num_threads(1)


@pytest.fixture(scope="session")
def encoder() -> "alectors.Encoder":
    """The real default encoder, loaded once; in float32, as known answers are, everywhere."""
    return alectors.Encoder(precision="float32")
