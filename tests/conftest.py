"""What several test files share."""

import pytest
import torch

import alectors

DEVICES = ["cpu", *(["cuda"] if torch.cuda.is_available() else [])]
"""Where tests that take `device` run."""


@pytest.fixture(scope="session", params=DEVICES)
def device(request: pytest.FixtureRequest) -> str:
    """A device of this machine."""
    return str(request.param)


@pytest.fixture(autouse=True)
def _on_the_cpu(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where ``device`` is not said it is the CPU: known bytes are those of the CPU."""
    monkeypatch.setattr("alectors.device.best_device", lambda: torch.device("cpu"))


@pytest.fixture(autouse=True)
def _quiet_cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Torch on one thread: any second busy process makes more of them slow."""
    torch.set_num_threads(1)


@pytest.fixture(scope="session")
def encoder() -> "alectors.Encoder":
    """The real default encoder, loaded once; in float32, as known answers are, everywhere."""
    return alectors.Encoder(precision="float32")
