"""TextWorld's logic of a game as a graph that is worked out once: states, commands, planning."""

from collections import deque
from collections.abc import Callable
from functools import cached_property
from typing import Any

from .adventure_rules import Facts, Possible, Rules, by_kind, kind_of

MOST_NODES = 4_000
"""How many states are remembered, at 8 to 80 kB each: long training must not fill the memory."""


class Node:
    """A state of a game's logic.

    Attributes:
        facts: What holds in it.
        kinds: The same by kind.
        commands: What TextWorld says can be done, sorted, mapped to the logical action.
        events: How the game traces what can be done, mapped to the logical action.
    """

    def __init__(self, facts: frozenset[Any], kinds: Facts, possible: list[Possible]) -> None:
        self.facts, self.kinds = facts, kinds
        # Two actions with the same words have the same effect: one of them is enough.
        by_words = {can.command: can.action for can in possible}
        self.commands: dict[str, Any] = {words: by_words[words] for words in sorted(by_words)}
        # Of two actions with the same trace, the game means the one that asks for more.
        most_first = sorted(possible, key=lambda can: -len(can.action.preconditions))
        self.events: dict[str, Any] = {can.event: can.action for can in reversed(most_first)}


class Logic:
    """The states of one game that have been met, and what leads from one to another.

    TextWorld works out after every command which actions are possible. That depends on the facts
    alone, so each set of facts is worked out once.
    """

    def __init__(self, game: Any) -> None:
        self.game = game
        self._rules = Rules(game)
        self._nodes: dict[frozenset[Any], Node] = {}
        facts = frozenset(game.world.state.facts)
        self.root = self._add(facts, by_kind(facts))

    def _add(self, facts: frozenset[Any], kinds: Facts) -> Node:
        if len(self._nodes) >= MOST_NODES:
            self._nodes.clear()
            self._rules.forget()
        node = self._nodes[facts] = Node(facts, kinds, self._rules.possible(kinds))
        return node

    def after(self, node: Node, event: str) -> tuple[Any, Node]:
        """What an event that the game traced, e.g. ``going east``, makes of a state.

        Returns:
            The logical action, None where the event is none, and the state that follows.
        """
        action = node.events.get(event.lower())
        return action, node if action is None else self.apply(node, action)

    def apply(self, node: Node, action: Any) -> Node:
        """The state after a logical action that is possible."""
        removed, added = action.removed, action.added
        if not removed and not added:
            return node
        facts = (node.facts - removed) | added
        if facts in self._nodes:
            return self._nodes[facts]
        changed = {kind_of(fact) for fact in removed | added}
        kept = {kind: of for kind, of in node.kinds.items() if kind not in changed}
        return self._add(facts, kept | by_kind(f for f in facts if kind_of(f) in changed))

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
        paths: dict[frozenset[Any], list[str]] = {node.facts: []}
        queue = deque([node])
        while queue:
            here = queue.popleft()
            if is_goal(here):
                return paths[here.facts]
            for command in filter(may_take, here.commands):
                there = self.apply(here, here.commands[command])
                if there.facts not in paths:
                    paths[there.facts] = [*paths[here.facts], command]
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
