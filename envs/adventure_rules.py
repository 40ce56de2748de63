"""What can be done in a text adventure: TextWorld's rules, matched with the facts of a state.

TextWorld matches every rule with all facts anew after every command, which takes most of its time.
What a rule makes possible depends on the facts of the kinds in its preconditions alone, and a
command changes few of them: here a rule is matched once for each set of those.
"""

from collections.abc import Iterable, Iterator
from itertools import chain
from operator import itemgetter
from typing import Any, NamedTuple

Facts = dict[str, frozenset[Any]]
"""The facts of a state by their kind."""
WHEREABOUTS = "at P"
"""The kind of the fact that says where the player stands, which changes most often."""


def kind_of(fact: Any) -> str:
    """The kind of a fact or of a rule's predicate: its name, but for the `WHEREABOUTS`."""
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


class _Term(NamedTuple):
    """A precondition of a rule."""

    kind: str
    """The kind of the facts that can meet it."""
    types: frozenset[tuple[str, ...]]
    """The types that their things may have."""
    places: tuple[str, ...]
    """The names that their things have in the rule."""


class _Rule:
    def __init__(self, rule: Any, kb: Any) -> None:
        self.rule = rule
        self.terms = [_term(predicate, kb.logic.types) for predicate in rule.preconditions]
        self.kinds = sorted({term.kind for term in self.terms})
        self.known: dict[tuple[frozenset[Any] | None, ...], list[Possible]] = {}
        named = {place for predicate in rule.preconditions for place in predicate.parameters}
        self.is_open = not named.union(kb.types.constants_mapping).issuperset(rule.placeholders)

    def bindings(
        self, facts: Facts, bound: dict[str, str], depth: int = 0
    ) -> Iterator[dict[str, str]]:
        """Every way to meet the terms from ``depth`` on: the thing in each place, by name."""
        if depth == len(self.terms):
            yield bound
            return
        kind, types, places = self.terms[depth]
        for fact in facts.get(kind, ()):
            if fact.signature.types in types:
                more = _bind(places, [thing.name for thing in fact.arguments], bound)
                if more is not None:
                    yield from self.bindings(facts, more, depth + 1)


def _term(predicate: Any, types: Any) -> _Term:
    wanted = [types.get(name) for name in predicate.signature.types]
    allowed = frozenset(tuple(t.name for t in each) for each in types.multi_subtypes(wanted))
    return _Term(kind_of(predicate), allowed, tuple(place.name for place in predicate.parameters))


def _bind(
    places: Iterable[str], things: Iterable[str], bound: dict[str, str]
) -> dict[str, str] | None:
    """``bound`` with more things in their places; None where that cannot be.

    One place holds one thing, and one thing stands in one place.
    """
    more = dict(bound)
    for place, thing in zip(places, things, strict=True):
        if place not in more and thing not in more.values():
            more[place] = thing
        elif more.get(place) != thing:
            return None
    return more


class Rules:
    """What TextWorld's rules make possible in the states of one game."""

    def __init__(self, game: Any) -> None:
        from textworld.generator.inform7 import Inform7Game

        self._kb = game.kb
        self._inform7 = Inform7Game(game)
        self._rules = [_Rule(rule, game.kb) for rule in game.kb.rules.values()]
        constants = game.kb.types.constants_mapping
        self._constants = {place.name: thing.name for place, thing in constants.items()}
        facts = game.world.state.facts
        self._things = {thing.name: thing for fact in facts for thing in fact.arguments}
        self._things |= {thing.name: thing for thing in constants.values()}
        self._described: dict[Any, Possible] = {}

    def possible(self, facts: Facts) -> list[Possible]:
        """What can be done in a state, in the order of its texts."""
        found = [can for rule in self._rules for can in self._found(rule, facts)]
        # The facts are a set, whose order differs between processes.
        return sorted(found, key=itemgetter(0))

    def forget(self) -> None:
        """Drop what has been worked out."""
        for rule in self._rules:
            rule.known.clear()
        self._described.clear()

    def _found(self, rule: _Rule, facts: Facts) -> list[Possible]:
        key = tuple([facts.get(kind) for kind in rule.kinds])
        found = rule.known.get(key)
        if found is None or rule.is_open:
            match = self._match_openly if rule.is_open else self._match
            found = rule.known[key] = [self._describe(action) for action in match(rule, facts)]
        return found

    def _match(self, rule: _Rule, facts: Facts) -> Iterator[Any]:
        for bound in rule.bindings(facts, self._constants):
            things = {place: self._things[bound[place.name]] for place in rule.rule.placeholders}
            yield rule.rule.instantiate(things)

    def _match_openly(self, rule: _Rule, facts: Facts) -> Iterable[Any]:
        """What a rule finds that speaks of things which its preconditions do not name."""
        from textworld.logic import State

        state = State(self._kb.logic, chain.from_iterable(facts.values()))
        found: Iterable[Any] = state.all_instantiations(rule.rule, self._kb.types.constants_mapping)
        return found

    def _describe(self, action: Any) -> Possible:
        if action not in self._described:
            (command,) = self._inform7.gen_commands_from_actions([action])
            names = self._inform7._get_name_mapping(action)
            event = self._kb.inform7_events[action.name].format(**names).lower()
            self._described[action] = Possible(str(action), command, event, action)
        return self._described[action]
