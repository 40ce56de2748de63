"""Pictures of states, small enough to keep one for every step of an episode."""

import base64
import io
import os
from typing import Any
from xml.etree import ElementTree as ET

import gymnasium as gym
from gymnasium.envs.registration import load_env_creator

from alectors.envs.errors import AlectorsError, MissingDependency

LARGEST = 400
"""Pixels that a picture has at most in width and in height."""
SVG = "{http://www.w3.org/2000/svg}"


class Texts:
    """Texts that come again and again, each kept once and named by its place."""

    def __init__(self) -> None:
        self._places: dict[str, int] = {}

    def place(self, text: str) -> int:
        """Where ``text`` stands, at the end where it is new."""
        return self._places.setdefault(text, len(self._places))

    def places(self, texts: list[str]) -> list[int]:
        """Where each of them stands."""
        return [self.place(text) for text in texts]

    @property
    def all(self) -> list[str]:
        """The distinct texts, in the order of their places."""
        return list(self._places)


def drawing_mode(env_id: str) -> str | None:
    """The render mode that an environment needs to be drawn; None where it needs none."""
    creator: Any = load_env_creator(str(gym.spec(env_id).entry_point))
    modes = getattr(creator, "metadata", {}).get("render_modes", [])
    if "rgb_array" not in modes:
        return None
    os.environ.setdefault("SDL_VIDEODRIVER", "dummy")  # pygame shall open no window
    return "rgb_array"


def draw_state(env: gym.Env[Any, Any], parts: Texts) -> dict[str, Any] | None:
    """The picture of an environment's state, ready for JSON.

    Args:
        env: An environment with the mode of `drawing_mode`, after its reset.
        parts: Holds what pictures are made of: an SVG's elements, which hardly change from step to
            step, or a whole picture in pixels as a data address.

    Returns:
        ``svg``, the places of its elements, with ``box``, the size it is drawn in; or ``image``,
        the place of its address. None where the state has no picture.
    """
    svg = env.unwrapped.svg() if hasattr(env.unwrapped, "svg") else None
    if svg is not None:
        return _take_apart(svg, parts)
    if env.render_mode != "rgb_array":
        return None
    try:
        pixels = env.render()
    except AlectorsError:
        return None
    return {"image": parts.place(_encode(pixels))}


def _take_apart(svg: str, parts: Texts) -> dict[str, Any]:
    root = ET.fromstring(svg)
    box = root.get("viewBox") or f"0 0 {root.get('width')} {root.get('height')}"
    elements = [child for child in root if child.tag != f"{SVG}desc"]
    return {"svg": parts.places([_tell(element) for element in elements]), "box": box}


def _tell(element: ET.Element) -> str:
    ET.register_namespace("", SVG[1:-1])
    ET.register_namespace("xlink", "http://www.w3.org/1999/xlink")
    return ET.tostring(element, encoding="unicode")


def _encode(pixels: Any) -> str:
    try:
        from PIL import Image
    except ImportError as error:
        raise MissingDependency(
            "Pictures in the report need the package Pillow: `pip install pillow`."
        ) from error
    image = Image.fromarray(pixels)
    image.thumbnail((LARGEST, LARGEST))
    held = io.BytesIO()
    image.save(held, "PNG")
    return "data:image/png;base64," + base64.b64encode(held.getvalue()).decode()
