"""How the prose of a text adventure becomes statements: one sentence on each line, ASCII only."""

import re
import unicodedata
from functools import lru_cache

from .adventure_wording import TRAIN, AdventureWording, retell, retell_objective

TYPOGRAPHY = str.maketrans(
    {"‘": "'", "’": "'", "“": '"', "”": '"', "–": "-", "—": "-", "…": "...", "\xa0": " "}
)
TITLE = re.compile(r"-=\s*(.+?)\s*=-")
"""The heading that TextWorld prints over a room."""

_TRACE = re.compile(r"\[[^]]+\]\n?")
_ACTION_END = re.compile(r"\[[^]]+ - succeeded\]")
_PROMPT = re.compile(r"\n>[^\n]*$")
_STATUS = re.compile(r"<(score|moves)>.*?</\1>", re.DOTALL)
_THE_END = re.compile(r"\*\*\*.*", re.DOTALL)
_RULE = re.compile(r"\n[ \t]*[-=_*~]{3,}[ \t]*(?=\n)")
"""A line drawn under a heading."""

_GAP = re.compile(r"""(?<=[.!?])(["')]*)\s+(?=["'(]*[A-Z0-9])""")
_ABBREVIATION = re.compile(
    r"(?:^|[\s(\"'])(?:Mr|Mrs|Ms|Dr|Prof|St|Sr|Jr|No|vs|etc|e\.g|i\.e|[A-Z])\.$"
)
_LEANS_ON_THE_LAST = re.compile(r"(?:It|It's|Don't worry, it)\s")
_ANSWERS = re.compile(r"(?:You should|You better|Why not|Well|Because|Look|Yes|No)\b")
_UNPRINTABLE = re.compile(r"[^\n -~]")


def ascii_text(text: str) -> str:
    """``text`` in printable ASCII: typographic marks and accents are written plainly."""
    if not text.isascii():
        text = unicodedata.normalize("NFKD", text.translate(TYPOGRAPHY))
    return _UNPRINTABLE.sub("", text)


@lru_cache(maxsize=4096)
def sentences(text: str) -> tuple[str, ...]:
    """Split prose into statements.

    A paragraph ends a sentence, and so does a full stop, an exclamation or a question mark before
    a capital letter. A question belongs to the sentence that answers it ("You need an exit? You
    should try going east."), and one about "it" to the sentence that says what "it" is: alone
    they would say nothing. A list, whose first line ends in a colon, is told item by item
    ("Directions: fry the carrot.").

    Args:
        text: Prose with any line breaks.

    Returns:
        Complete statements in their order, each on one line of ASCII.
    """
    paragraphs = re.split(r"\n\s*\n", _RULE.sub("\n\n", ascii_text(text)))
    return tuple(line for paragraph in paragraphs for line in _of_paragraph(paragraph))


def _of_paragraph(paragraph: str) -> list[str]:
    first, *items = [" ".join(line.split()) for line in paragraph.strip().split("\n")]
    if items and first.endswith(":"):
        return [_complete(f"{first} {item}") for item in items if re.search(r"\w", item)]
    return _of_prose(" ".join([first, *items]).strip())


def _of_prose(prose: str) -> list[str]:
    lines: list[str] = []
    for piece in _pieces(prose):
        if lines and (_ABBREVIATION.search(lines[-1]) or _belongs(lines[-1], piece)):
            lines[-1] += " " + piece
        else:
            lines.append(piece)
    return [_complete(line) for line in lines if re.search(r"\w", line)]


def _pieces(paragraph: str) -> list[str]:
    # Closing quotes and brackets stay with the sentence that they close.
    return _GAP.sub(lambda gap: f"{gap[1]}\n", paragraph).split("\n")


def _belongs(before: str, piece: str) -> bool:
    leans = _LEANS_ON_THE_LAST.match(piece) or (before.endswith("?") and _ANSWERS.match(piece))
    return bool(leans)


def _complete(line: str) -> str:
    line = line[0].upper() + line[1:].removesuffix(":")
    return line if line.rstrip("\"')")[-1:] in (".", "!", "?") else line + "."


@lru_cache(maxsize=4096)
def retold(text: str, wording: AdventureWording = TRAIN) -> tuple[str, ...]:
    """The `sentences` of TextWorld's prose, told in a wording."""
    return tuple(retell(sentence, wording) for sentence in sentences(text))


@lru_cache(maxsize=4096)
def room_statements(description: str, wording: AdventureWording = TRAIN) -> tuple[str, ...]:
    """What a room's description says, its heading ``-= Kitchen =-`` first, as a sentence."""
    title = TITLE.search(description)
    if not title:
        return retold(description, wording)
    name = " ".join(title[1].split()).lower()
    heading = sentences(wording.room.format(name=name))
    return heading + retold(description[title.end() :], wording)


def split_answer(answer: str) -> tuple[str, str]:
    """Part what a game answers to a command into its news and its description of the room.

    Args:
        answer: The game's text, with traced actions (``[going east]``), prompt and status line.

    Returns:
        The news (what happened, prose), and the description, empty when the answer has none.
    """
    text = _THE_END.sub("", _STATUS.sub("", _PROMPT.sub("", answer)))
    title = TITLE.search(text)
    if not title:
        return _TRACE.sub("\n", text), ""
    end = _ACTION_END.search(text, title.end())
    stop = end.start() if end else len(text)
    news = text[: title.start()] + "\n\n" + text[stop:]
    return _TRACE.sub("\n", news), _TRACE.sub("", text[title.start() : stop])


def events(answer: str) -> list[str]:
    """The actions that a game's answer traces as carried out, e.g. ``going east``."""
    traced = [tag.strip()[1:-1] for tag in _TRACE.findall(answer)]
    done = [tag.partition(" - succeeded")[0] for tag in traced if " - succeeded" in tag]
    # With brackets inside it is a part of another action, which is traced too.
    return [tag for tag in done if "(" not in tag and ")" not in tag]


def goal_statement(objective: str, wording: AdventureWording = TRAIN) -> str:
    """The goal line of a game with that objective; greetings that only praise are left out."""
    told = sentences(objective)
    useful = [line for line in told if "TextWorld" not in line] or told
    if not useful:
        return wording.explore
    return wording.goal.format(objective=retell_objective(" ".join(useful), wording))
