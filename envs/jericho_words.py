"""Reading the pages of Z-machine games: status line, score, endings, nouns, and what to try."""

import re
from collections.abc import Iterable, Mapping
from itertools import compress

from .adventure_words import TITLE, ascii_text

MOVES = tuple(
    f"go {way}"
    for way in (
        *("north", "south", "east", "west", "northeast", "northwest", "southeast", "southwest"),
        *("up", "down", "in", "out"),
    )
)
ONE_NOUN = tuple(
    f"{verb} {{}}"
    for verb in (
        *("open", "close", "push", "pull", "turn", "eat", "drink", "enter", "climb", "light"),
        *("attack", "read", "turn on", "turn off"),
    )
)
NOT_CARRIED, CARRIED = ("take {}",), ("drop {}", "wear {}")
CARRIED_FIRST = ("put {} in {}", "put {} on {}", "give {} to {}")
CARRIED_LAST = ("unlock {} with {}",)
MOST_NOUNS = 30

_STATUS = re.compile(r"\A\s*>([^\n]*)\n|\n>([^\n]*)\s*\Z")
_SCORES = (
    re.compile(r"Score:\s*(-?\d+)", re.IGNORECASE),
    re.compile(r"(-?\d+)\s*/\s*\d+\s*$"),
)
_SUM = re.compile(
    r"scored?(?: is)?[^.\d-]{0,20}(-?\d+)[^.]{0,40}?(?:out|total) of[^.\d]*(\d+)", re.IGNORECASE
)
_ENDING = re.compile(r"\*\*\*+\s*([^*\n]*[A-Za-z][^*\n]*?)\s*\*\*\*+")
_WON = re.compile(r"\b(?:won|win|victor\w*|congratulations)\b", re.IGNORECASE)
_LOST = re.compile(r"\b(?:died|dead|killed|lost|lose|failed)\b", re.IGNORECASE)
_TOKEN = re.compile(r"[a-z][a-z'-]*|[.,;:!?]")
_NO_NAMES = frozenset(
    [
        *("a", "all", "am", "an", "and", "another", "are", "at", "be", "both", "but", "d", "down"),
        *("e", "each", "east", "everything", "except", "for", "full", "go", "he", "her", "here"),
        *("him", "his", "i", "in", "inside", "inventory", "is", "it", "its", "l", "lie", "long"),
        *("look", "me", "my", "myself", "n", "ne", "no", "north", "northeast", "northwest", "nw"),
        *("o", "of", "on", "oops", "other", "out", "outside", "s", "se", "self", "short", "south"),
        *("southeast", "southwest", "sw", "that", "the", "their", "them", "then", "there", "this"),
        *("to", "u", "undo", "up", "w", "west", "with", "yes", "you", "yourself", "z"),
    ]
)


def split_status(text: str) -> tuple[str, str]:
    """Part an answer into its prose and the status line, which stands beside a prompt.

    Up to version 3 that is the prompt at which the command was given, later the one that follows.
    """
    status = " ".join(filter(None, (line for pair in _STATUS.findall(text) for line in pair)))
    return _STATUS.sub("", text), status.strip()


def score_of(status: str) -> int | None:
    """The score in a status line, "Score: 5 Moves: 9" or "5/9"; None where there is none."""
    told = TITLE.sub(" ", status)
    for pattern in _SCORES:
        if found := pattern.search(told):
            return int(found[1])
    return None


def summed_up(text: str) -> tuple[int, int] | None:
    """The score and the highest possible one in "You have scored 5 out of a possible 9"."""
    found = _SUM.search(" ".join(text.split()))
    return (int(found[1]), int(found[2])) if found else None


def ending(text: str) -> str | None:
    """The closing line of a game, "You have won" in "*** You have won ***"."""
    found = _ENDING.search(ascii_text(text))
    return found[1] if found else None


def tells_victory(closing: str) -> bool:
    """Whether a closing line says that the game is won."""
    return bool(_WON.search(closing)) and not _LOST.search(closing)


def tells_defeat(closing: str) -> bool:
    """Whether a closing line says that the game is lost."""
    return bool(_LOST.search(closing))


def prose(text: str) -> str:
    """A game's text without pictures drawn in letters, closing line and menu."""
    text = ascii_text(_ENDING.split(text)[0])
    return "\n".join(line for line in text.split("\n") if _is_prose(line))


def _is_prose(line: str) -> bool:
    marks = [sign for sign in line if not sign.isspace()]
    words = sum(sign.isalnum() or sign in ",.!?'\"-=" for sign in marks)
    return not marks or words >= 0.8 * len(marks)


def place(look: str) -> str:
    """What looking around shows, under a heading as TextWorld writes it."""
    text = prose(look).strip()
    heading, _, rest = text.partition("\n")
    is_heading = heading and heading[-1] not in ".!?" and len(heading) < 60
    return f"-= {heading} =-\n{rest}" if is_heading and not TITLE.search(heading) else text


def without(text: str, part: str) -> str:
    """``text`` without ``part``, which may be broken into other lines there."""
    pattern = r"\s+".join(re.escape(word) for word in part.split())
    return re.sub(pattern, "\n\n", text, count=1) if part.split() else text


def noun_phrases(text: str, vocabulary: Mapping[str, bool]) -> list[str]:
    """What could be the names of things in a text: runs of known words, then each word alone.

    Args:
        text: Prose.
        vocabulary: The game's words, cut off as it cuts them off, and whether each can be part of
            a name.

    Returns:
        Each once, in the order of the text, at most 4 words long.
    """
    longest = max(map(len, vocabulary), default=0)
    runs: list[list[str]] = [[]]
    for token in _TOKEN.findall(ascii_text(text).lower()):
        if token[0].isalpha() and token not in _NO_NAMES and vocabulary.get(token[:longest], False):
            runs[-1].append(token)
        elif runs[-1]:
            runs.append([])
    phrases = [" ".join(run[-4:]) for run in runs if run]
    return list(dict.fromkeys([*phrases, *(word for run in runs for word in run)]))


def without_parts(known: Iterable[str]) -> list[str]:
    """Names without those whose words are all in one longer name."""
    names = list(known)
    return [
        name
        for name in names
        if not any(name != other and set(name.split()) < set(other.split()) for other in names)
    ][:MOST_NOUNS]


def commands_to_try(
    nouns: list[str], carried: list[str], vocabulary: Mapping[str, bool]
) -> list[str]:
    """Commands made of templates and the names of what is here, whether or not they do anything.

    Args:
        nouns: Everything here, what is carried included.
        carried: What is carried.
        vocabulary: The game's words: templates whose verb it does not know are left out.
    """
    longest = max(map(len, vocabulary), default=0)
    one = [form.format(noun) for form in ONE_NOUN for noun in nouns]
    one += [form.format(noun) for form in NOT_CARRIED for noun in nouns if noun not in carried]
    one += [form.format(noun) for form in CARRIED for noun in carried]
    pairs = [(mine, noun) for mine in carried for noun in nouns if noun != mine]
    two = [form.format(mine, noun) for form in CARRIED_FIRST for mine, noun in pairs]
    two += [form.format(noun, mine) for form in CARRIED_LAST for mine, noun in pairs]
    known = (command.split()[0][:longest] in vocabulary for command in (*MOVES, *one, *two))
    return list(compress((*MOVES, *one, *two), known))
