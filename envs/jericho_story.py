"""One Z-machine game, played command by command in the interpreter's process."""

from pathlib import Path
from typing import Any

from . import jericho_words as words
from .adventure_games import is_story
from .errors import InvalidArgument
from .jericho_process import Interpreter

VERSIONS = (1, 2, 3, 4, 5, 8)
"""Versions of the Z-machine that can be played; 6 draws pictures, and 7 was hardly used."""
WAIT = "wait"


def check_rom(rom: str) -> Path:
    """The path of a story file that a user gives, once it is known to be one.

    Raises:
        InvalidArgument: There is no such file, or it is no Z-machine story.
    """
    file = Path(rom)
    if not file.is_file() or not is_story(file.read_bytes(), VERSIONS):
        raise InvalidArgument(
            f"rom={rom!r} must be the path of an existing Z-machine story file (.z1 to .z5 or .z8) "
            "that is whole."
        )
    return file


class JerichoStory:
    """A running game, in the terms of `adventure_story.Story`.

    Score and end are jericho's where it lists the game. Elsewhere the score is read from the
    status line, or from the answer to ``score``, and the end from the closing line.

    Attributes:
        game: The interpreter's process.
        news: What the last command brought about, in prose.
        room: The description of the present place.
        inventory: What the player carries, in prose.
        commands: What can be done, sorted.
        score: The present score.
        max_score: The highest score, 0 where the game does not tell it.
        taken: The commands since the start.
    """

    def __init__(self, time_limit: float) -> None:
        self.game = Interpreter(time_limit)

    def start(self, rom: Path, seed: int) -> None:
        """Begin a game with a seed of the interpreter's random numbers."""
        self.game.begin()
        self.game.load(rom)
        self.taken = list[str]()
        self.score, self.max_score = 0, 0
        self.won = self.lost = self.ended = False
        self._read(self.game.request("start", seed=seed))

    def step(self, command: str) -> None:
        """Give the game a command."""
        self.game.begin()
        self.taken.append(command)
        self._read(self.game.request("play", command=command))

    def _read(self, answer: dict[str, Any]) -> None:
        text, _ = words.split_status(answer["text"])
        self.news = words.prose(text)
        self.room, self.inventory, self.commands = "", "", list[str]()
        self._read_score(words.summed_up(text))
        if answer["listed"]:
            self.score, self.max_score = answer["score"], answer["max_score"]
            self.won, self.lost = answer["won"], answer["lost"]
        elif closing := words.ending(text):
            self._close_book(closing)
        self.ended = self.ended or self.won or self.lost or answer["halted"]
        if not self.ended:
            self._look_around(answer["listed"])

    def _read_score(self, summed_up: tuple[int, int] | None) -> None:
        if summed_up:
            self.score, self.max_score = summed_up

    def _close_book(self, closing: str) -> None:
        self.news = f"{self.news}\n\n{closing}"
        everything = self.score >= self.max_score > 0
        self.lost = words.tells_defeat(closing)
        self.won = not self.lost and (words.tells_victory(closing) or everything)
        self.ended = True

    def _look_around(self, listed: bool) -> None:
        looks = self.game.request("look", commands=["look", "inventory", "score"])["found"]
        (look, status), (inventory, _), (score, _) = map(words.split_status, looks)
        if not listed:
            self._read_score(words.summed_up(score))
            told = words.score_of(status)
            self.score = self.score if told is None else told
        shown = words.prose(look)
        self.room, self.inventory = words.place(look), words.prose(inventory)
        self.news = words.without(self.news, shown)
        self.commands = self._find_commands(shown + "\n" + self.news)

    def _find_commands(self, seen: str) -> list[str]:
        carried = self._known(self.inventory)
        nouns = list(dict.fromkeys([*carried, *self._known(seen)]))
        to_try = words.commands_to_try(nouns, carried, self.game.words)
        return sorted({*self.game.request("changing", commands=to_try)["found"], WAIT})

    def _known(self, text: str) -> list[str]:
        phrases = words.noun_phrases(text, self.game.words)
        tries = [f"examine {phrase}" for phrase in phrases]
        found = self.game.request("known", commands=tries)["found"]
        return words.without_parts(command.removeprefix("examine ") for command in found)

    def close(self) -> None:
        """End the interpreter's process."""
        self.game.close()
