"""TextWorld's rules of a game, each worked out once for the facts that it asks for."""

from collections.abc import Iterable
from operator import itemgetter
from typing import Any, NamedTuple

Facts = dict[str, frozenset[Any]]
"""The facts of a state by their kind."""
WHEREABOUTS = "at P"
"""The kind of the fact that says where the player stands, which changes most often."""


def kind_of(fact: Any) -> str:
    """The kind of a fact, or of a rule's predicate: its name; that of the `WHEREABOUTS` apart."""
    name: str = fact.name
    return WHEREABOUTS if name == "at" and fact.signature.types[0] == "P" else name


def by_kind(facts: Iterable[Any]) -> Facts:
    """Facts by their kind."""
    kinds: dict[str, set[Any]] = {}
    for fact in facts:
        kinds.setdefault(kind_of(fact), set()).add(fact)
    return {kind: frozenset(of_kind) for kind, of_kind in kinds.items()}


class Possible(NamedTuple):
    """Something that can be done."""

    text: str
    """The logical action as TextWorld writes it."""
    command: str
    """The command for it."""
    event: str
    """How the game traces it, in lower case, e.g. ``going east``."""
    action: Any
    """The logical action."""


class _Rule:
    def __init__(self, rule: Any) -> None:
        self.rule = rule
        self.kinds = sorted({kind_of(predicate) for predicate in rule.preconditions})
        self.known: dict[tuple[frozenset[Any] | None, ...], list[Possible]] = {}


class Rules:
    """What TextWorld's rules make possible in the states of one game.

    TextWorld matches every rule with all facts anew in each state. What a rule finds depends on
    the facts of the kinds in its preconditions alone, and a command changes few of them.
    """

    def __init__(self, game: Any) -> None:
        from textworld.generator.inform7 import Inform7Game

        self._kb = game.kb
        self._inform7 = Inform7Game(game)
        self._rules = [_Rule(rule) for rule in game.kb.rules.values()]
        self._described: dict[Any, Possible] = {}

    def possible(self, state: Any, facts: Facts) -> list[Possible]:
        """What can be done, in the order of its texts.

        Args:
            state: A state of TextWorld's logic.
            facts: The same by kind.
        """
        found: list[Possible] = []
        for rule in self._rules:
            key = tuple([facts.get(kind) for kind in rule.kinds])
            if key not in rule.known:
                rule.known[key] = self._match(rule.rule, state)
            found += rule.known[key]
        # The facts are a set, whose order differs between processes.
        return sorted(found, key=itemgetter(0))

    def forget(self) -> None:
        """Drop what has been worked out."""
        for rule in self._rules:
            rule.known.clear()
        self._described.clear()

    def _match(self, rule: Any, state: Any) -> list[Possible]:
        actions = state.all_instantiations(rule, self._kb.types.constants_mapping)
        return [self._describe(action) for action in actions]

    def _describe(self, action: Any) -> Possible:
        if action not in self._described:
            (command,) = self._inform7.gen_commands_from_actions([action])
            names = self._inform7._get_name_mapping(action)
            event = self._kb.inform7_events[action.name].format(**names).lower()
            self._described[action] = Possible(str(action), command, event, action)
        return self._described[action]
