"""The picture of a page being read."""

import xml.etree.ElementTree as ET

import gymnasium as gym
import pytest

import alectors
from alectors.picture import draw_reading


@pytest.mark.parametrize("env_id", ["alectors/BabyAI-GoToLocal-v0", "alectors/Echo-v0"])
def test_every_statement_and_action_is_drawn(encoder: "alectors.Encoder", env_id: str) -> None:
    agent = alectors.PPO(env_id, encoder=encoder)
    page, info = gym.make(env_id).reset(seed=0)
    picture = ET.fromstring(draw_reading(agent, page, info))
    words = [element.text for element in picture.iter("{http://www.w3.org/2000/svg}text")]
    for text in [*page.split("\n"), *info["actions"]]:
        assert text in words
    bars = list(picture.iter("{http://www.w3.org/2000/svg}rect"))
    assert len(bars) == 1 + len(page.split("\n")) + len(info["actions"])
    widths = [float(bar.get("width", "0")) for bar in bars[-len(info["actions"]) :]]
    assert widths == pytest.approx([80 / len(widths)] * len(widths), abs=0.1)
