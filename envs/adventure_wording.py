"""What a wording of the text adventures consists of, and the wording of training."""

import re
from dataclasses import dataclass
from functools import lru_cache

Rewriting = tuple[str, str]
"""A regular expression for a whole text, and its replacement with ``\\1`` for the first group."""


@dataclass(frozen=True, eq=False)
class AdventureWording:
    """The templates of one wording.

    Compared and hashed by identity, so that it can be a key of caches at every step.
    """

    goal: str
    """The first statement: the ``objective``."""
    explore: str
    """The first statement of a game without an objective."""
    coin: str
    """The first statement of Coin Collector."""
    story: str
    """The first statement of a Z-machine story."""
    nothing_done: str
    """No action has been taken."""
    last: str
    """The last action: ``command``."""
    won: str
    """The game is won."""
    lost: str
    """The game is lost."""
    room: str
    """The ``name`` of the present room."""
    objectives: tuple[Rewriting, ...] = ()
    """Phrases of an objective and what they are replaced by, wherever they stand in it."""
    commands: tuple[Rewriting, ...] = ()
    """TextWorld's commands and their words; the first that fits counts."""
    other_command: str = "{command}"
    """The words of any other ``command``."""
    sentences: tuple[Rewriting, ...] = ()
    """TextWorld's sentences and how they are told; the first that fits counts."""
    other_sentence: str = "{sentence}"
    """How any other ``sentence`` of TextWorld's is told."""


TRAIN = AdventureWording(
    goal="Your goal is this: {objective}",
    explore="Your goal is to explore.",
    coin="Your goal is to find the coin and take it.",
    story="Your goal is to score as many points as you can and to bring the story to a good end.",
    nothing_done="You have not done anything yet.",
    last="Your last action was: {command}.",
    won="You have won.",
    lost="You have lost.",
    room="You are in the {name}.",
)
"""TextWorld's own sentences and commands, with a few of ours."""


@lru_cache(maxsize=16_384)
def retell(sentence: str, wording: AdventureWording) -> str:
    """A sentence of TextWorld's in the words of a wording."""
    told = _rewrite(sentence, wording.sentences)
    if told is None:
        return wording.other_sentence.format(sentence=sentence)
    return told[0].upper() + told[1:]


@lru_cache(maxsize=16_384)
def command_words(command: str, wording: AdventureWording) -> str:
    """The words of a command of TextWorld's; no two commands have the same ones."""
    told = _rewrite(command, wording.commands)
    return wording.other_command.format(command=command) if told is None else told


def _rewrite(text: str, rewritings: tuple[Rewriting, ...]) -> str | None:
    found = ((re.fullmatch(pattern, text), words) for pattern, words in rewritings)
    return next((match.expand(words) for match, words in found if match), None)


def retell_objective(objective: str, wording: AdventureWording) -> str:
    """An objective in the words of a wording, the names of things as they are."""
    for pattern, words in wording.objectives:
        objective = re.sub(pattern, words, objective)
    return objective
