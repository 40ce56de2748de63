"""TextWorld's logic of a game as a graph that is worked out once: states, commands, planning."""

from collections import deque
from collections.abc import Callable
from functools import cached_property
from typing import Any

MOST_NODES = 4_000
"""How many states are remembered, at 8 to 80 kB each: long training must not fill the memory."""


class Node:
    """A state of a game's logic.

    Attributes:
        commands: What TextWorld says can be done, sorted, mapped to the logical action.
        things: Every fact but where the player stands.
    """

    def __init__(self, state: Any, number: int, actions: list[Any], commands: list[str]) -> None:
        self.state, self.number, self.actions = state, number, actions
        # Two actions with the same words have the same effect: one of them is enough.
        by_words = dict(zip(commands, actions, strict=True))
        self.commands: dict[str, Any] = {words: by_words[words] for words in sorted(by_words)}
        self.things = frozenset(fact for fact in state.facts if not _is_whereabouts(fact))


def _is_whereabouts(fact: Any) -> bool:
    return bool(fact.name == "at" and fact.arguments[0].type == "P")


class Logic:
    """The states of one game that have been met, and what leads from one to another.

    TextWorld works out after every command which actions are possible. That depends on the facts
    alone, so each set of facts is worked out once.
    """

    def __init__(self, game: Any) -> None:
        from textworld.generator.inform7 import Inform7Game

        self.game = game
        self._inform7 = Inform7Game(game)
        self._met = 0
        self._forget()
        self.root = self._node(game.world.state.copy())

    def _forget(self) -> None:
        self._nodes: dict[frozenset[Any], Node] = {}
        self._edges: dict[tuple[int, str], tuple[Any, Node]] = {}

    def _node(self, state: Any) -> Node:
        facts = frozenset(state.facts)
        if facts not in self._nodes:
            if len(self._nodes) >= MOST_NODES:
                self._forget()
            self._met += 1
            # The facts are a set, whose order differs between processes.
            actions = sorted(self._possible(state), key=str)
            commands = self._inform7.gen_commands_from_actions(actions)
            self._nodes[facts] = Node(state, self._met, actions, commands)
        return self._nodes[facts]

    def _possible(self, state: Any) -> list[Any]:
        rules = self.game.kb.rules.values()
        return list(state.all_applicable_actions(rules, self.game.kb.types.constants_mapping))

    def after(self, node: Node, event: str) -> tuple[Any, Node]:
        """What an event that the game traced, e.g. ``going east``, makes of a state.

        Returns:
            The logical action, None where the event is none, and the state that follows.
        """
        key = (node.number, event)
        if key not in self._edges:
            action = self._inform7.detect_action(event, node.actions)
            self._edges[key] = (action, node if action is None else self.apply(node, action))
        return self._edges[key]

    def apply(self, node: Node, action: Any) -> Node:
        """The state after a logical action."""
        state = node.state.copy()
        state.apply(action)
        return self._node(state)

    def __len__(self) -> int:
        return len(self._nodes)

    @cached_property
    def objective(self) -> str:
        """The game's objective; one that spells out the way is replaced by its last action."""
        told = str(self.game.objective)
        spelled_out = tells_the_way(told, self.game.metadata.get("walkthrough") or [])
        return Guide(self.game).last_action() if spelled_out else told

    def shortest(
        self, node: Node, is_goal: Callable[[Node], bool], may_take: Callable[[str], bool]
    ) -> list[str] | None:
        """The fewest commands to a state that fulfils ``is_goal``.

        Args:
            node: Where to begin.
            is_goal: Tells the states to reach.
            may_take: Which commands the search may use.

        Returns:
            The commands, empty when ``node`` is a goal; None when no state that can be reached is.
        """
        paths: dict[int, list[str]] = {node.number: []}
        queue = deque([node])
        while queue:
            here = queue.popleft()
            if is_goal(here):
                return paths[here.number]
            for command in filter(may_take, here.commands):
                there = self.apply(here, here.commands[command])
                if there.number not in paths:
                    paths[there.number] = [*paths[here.number], command]
                    queue.append(there)
        return None


class Guide:
    """TextWorld's own plan for winning a game, kept up with what happens in it."""

    def __init__(self, game: Any) -> None:
        from textworld.generator.game import GameProgression

        self._game = game
        self._progression = GameProgression(game, track_quests=True)
        self._seen = 0

    def commands(self, happened: list[Any]) -> list[str]:
        """The commands that win from here, after the logical actions ``happened``."""
        from textworld.generator.inform7 import Inform7Game

        for action in happened[self._seen :]:
            self._progression.update(action)
        self._seen = len(happened)
        policy = self._progression.winning_policy or ()
        return list(Inform7Game(self._game).gen_commands_from_actions(policy))

    def last_action(self) -> str:
        """The last action of the plan as an instruction, in the words of TextWorld's grammar."""
        from numpy.random import RandomState
        from textworld.generator.game import Event
        from textworld.generator.text_generation import describe_event
        from textworld.generator.text_grammar import Grammar

        policy = self._progression.winning_policy
        if not policy:
            return "Win the game."
        options = self._game.grammar_options.copy()
        options.only_last_action = True
        return str(describe_event(Event(policy), self._game, Grammar(options, RandomState(0))))


def tells_the_way(objective: str, walkthrough: list[str]) -> bool:
    """Whether an objective names, one after another, what each command of a walkthrough is about.

    Three commands at least: to put a thing somewhere is to have taken it.
    """
    place = 0
    for command in walkthrough:
        place = objective.lower().find(command.split()[-1].lower(), place) + 1
        if not place:
            return False
    return len(walkthrough) >= 3
