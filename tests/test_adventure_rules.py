"""What the rules make possible is what TextWorld's own matching finds."""

import random
from typing import Any

import pytest
from textworld import Game
from textworld.logic import Rule, State

from alectors.envs import adventure_games as games
from alectors.envs.adventure_challenges import cooking
from alectors.envs.adventure_logic import Logic
from alectors.envs.adventure_rules import WHEREABOUTS, Rules, by_kind


@pytest.fixture
def game() -> Any:
    """A game with doors, containers, supporters and a recipe, of its own for each test."""
    story = games.find_game(cooking(10, "train"), games.pool_seed("train", 0))
    return Game.load(str(story.with_suffix(".json")))


def textworlds(game: Any, facts: frozenset[Any]) -> set[str]:
    state = State(game.kb.logic, facts)
    rules, constants = game.kb.rules.values(), game.kb.types.constants_mapping
    return set(map(str, state.all_applicable_actions(rules, constants)))


def test_textworld_finds_the_same(game: Any) -> None:
    logic, rng = Logic(game), random.Random(0)
    node = logic.root
    for _ in range(60):
        possible = Rules(game).possible(node.kinds)
        assert {can.text for can in possible} == textworlds(game, node.facts)
        assert {can.command for can in possible} == set(node.commands)
        node = logic.apply(node, rng.choice(list(node.commands.values())))
        assert node.kinds == by_kind(node.facts)


def test_states_are_textworlds_own(game: Any) -> None:
    logic, rng, state = Logic(game), random.Random(1), game.world.state.copy()
    node = logic.root
    for _ in range(60):
        action = rng.choice(list(node.commands.values()))
        assert state.apply(action)
        node = logic.apply(node, action)
        assert node.facts == frozenset(state.facts)


@pytest.mark.filterwarnings("ignore:Using slower text commands")
def test_a_rule_may_speak_of_things_that_its_preconditions_do_not_name(game: Any) -> None:
    game.kb.rules["conjure"] = Rule.parse("conjure :: $at(P, r) -> at(f, r)")
    game.kb.inform7_commands["conjure"] = "conjure {f}"
    game.kb.inform7_events["conjure"] = "conjuring the {f}"
    facts = frozenset(game.world.state.facts)
    rules = Rules(game)
    for _ in range(2):
        found = {can.text for can in rules.possible(by_kind(facts))}
        assert found == textworlds(game, facts)
        assert any("conjure" in text for text in found)


def test_where_the_player_stands_is_a_kind_of_its_own(game: Any) -> None:
    kinds = by_kind(game.world.state.facts)
    assert len(kinds[WHEREABOUTS]) == 1
    assert len(kinds["at"]) > 1
