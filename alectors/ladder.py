"""A round robin between the opponents of chess: ``python -m alectors.ladder``."""

import hashlib
import itertools
import math
import sys
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import chess
import numpy as np
import tyro
from rich.console import Console
from rich.progress import Progress

from alectors.envs.chess_opponents import Opponent, make_opponent
from alectors.envs.chess_rules import Repetitions, find_ending
from alectors.envs.errors import AlectorsError, DamagedFile, InvalidArgument, require

from .elo import RESAMPLES, VIRTUAL_DRAWS, Rating, rate
from .files import read_json, write_json, write_text

ENGINE_TIMEOUT = 60.0
"""Seconds that an engine may take for a move."""


@dataclass(frozen=True)
class Ladder:
    """Let opponents of chess play each other and rate them.

    Every pair plays the same openings, each one twice with colours changed. Run again with the
    same file, the games that it holds are not played anew, and further players may join.
    """

    out: Path
    """The file of the results (JSON); the table is written beside it (.md)."""
    players: tuple[str, ...] = ("random", "greedy", "minimax-1", "minimax-2", "minimax-3")
    """Opponents by the names that chess environments take; the first one's rating is 0."""
    games: int = 50
    """Games of each pair; even, since an opening is played twice."""
    seed: int = 0
    """Decides the openings, and the players' chances."""
    opening: int = 4
    """Random half-moves that a game begins with."""
    plies: int = 200
    """Half-moves after which a game is a draw."""
    nodes: int = 10_000
    """Nodes that an engine may search for a move."""

    def check(self) -> None:
        """Raise `InvalidArgument` for a value out of range."""
        require(self.out.suffix != ".md", f"--out {self.out}: the table goes there; name a .json.")
        require(
            len(set(self.players)) == len(self.players) > 1,
            "--players: name two opponents or more, each once.",
        )
        for name in self.players:
            make_opponent(name, nodes=self.nodes, timeout=ENGINE_TIMEOUT).close()
        require(self.games > 0 and self.games % 2 == 0, "--games must be even and at least 2.")
        require(self.seed >= 0, "--seed must be at least 0.")
        require(0 <= self.opening < self.plies, "--opening must be less than --plies.")
        require(self.nodes > 0, "--nodes must be at least 1.")

    @property
    def conditions(self) -> dict[str, int]:
        """What games must share to be counted together."""
        return {name: asdict(self)[name] for name in ("games", "seed", "opening", "plies", "nodes")}


@dataclass(frozen=True)
class Pair:
    """The games of two players, in the order in which they were played."""

    players: tuple[str, str]
    """In alphabetical order. The first has white in the games 0, 2, …; games 2k and 2k + 1 share
    an opening."""
    scores: list[float]
    """The first player's: 1 won, 0.5 drawn, 0 lost."""
    plies: list[int]
    """Half-moves of each game, those of the opening included."""
    moves: list[str]
    """The first 16 hex digits of the sha256 of each game's moves in UCI."""


def play_ladder(ladder: Ladder, progress: Callable[[], Any] | None = None) -> list[Pair]:
    """Play what the file lacks; it is written anew after each pair.

    Args:
        ladder: Who plays, and how.
        progress: Called after each game of a pair, and for each that was already there.

    Returns:
        Every pair of the players.
    """
    known = _read_pairs(ladder)
    wanted = list(itertools.combinations(sorted(ladder.players), 2))
    for names in wanted:
        if names not in known:
            known[names] = _play_pair(names, ladder, progress)
            pairs = [asdict(pair) for pair in known.values()]
            write_json(ladder.out, {"conditions": ladder.conditions, "pairs": pairs})
        elif progress:
            for _ in known[names].scores:
                progress()
    return [known[names] for names in wanted]


def _read_pairs(ladder: Ladder) -> dict[tuple[str, str], Pair]:
    if not ladder.out.exists():
        return {}
    found = read_json(ladder.out)
    if not isinstance(found, dict) or found.get("conditions") != ladder.conditions:
        raise InvalidArgument(
            f"{ladder.out} holds no games, or games that were played under other conditions: give "
            "the settings that it was made with, or another --out."
        )
    try:
        pairs = [Pair(**{**pair, "players": tuple(pair["players"])}) for pair in found["pairs"]]
    except (KeyError, TypeError) as error:
        raise DamagedFile(f"{ladder.out} does not hold what it should: {error!r}.") from error
    return {pair.players: pair for pair in pairs}


def _play_pair(names: tuple[str, str], ladder: Ladder, progress: Callable[[], Any] | None) -> Pair:
    players = [make_opponent(name, nodes=ladder.nodes, timeout=ENGINE_TIMEOUT) for name in names]
    pair = Pair(names, [], [], [])
    try:
        for number in range(ladder.games):
            first_has_white = number % 2 == 0
            sides = players if first_has_white else players[::-1]
            board, score = play_game(sides, names, number, ladder)
            pair.scores.append(score if first_has_white else 1 - score)
            pair.plies.append(board.ply())
            pair.moves.append(_hash(board))
            if progress:
                progress()
    finally:
        for player in players:
            player.close()
    return pair


def play_game(
    sides: list[Opponent], names: tuple[str, str], number: int, ladder: Ladder
) -> tuple[chess.Board, float]:
    """Play one game.

    Args:
        sides: White and black.
        names: Of the pair; with the number they decide the players' chances.
        number: Of the game within its pair.
        ladder: How to play.

    Returns:
        The last position, with all moves, and white's score.
    """
    board = _opening(ladder, number // 2)
    # From the names, so that a game does not depend on who else is on the ladder.
    rng = np.random.default_rng([ladder.seed, number, *(zlib.crc32(n.encode()) for n in names)])
    repetitions = Repetitions()
    for side in sides:
        side.begin()
    while True:
        can_move = any(board.generate_legal_moves())
        ending = find_ending(board, chess.WHITE, can_move, repetitions.count(board))
        if ending is not None or board.ply() >= ladder.plies:
            return board, 0.5 if ending is None else ending.score
        board.push(sides[0 if board.turn else 1](board, rng))


def _opening(ladder: Ladder, number: int) -> chess.Board:
    rng = np.random.default_rng([ladder.seed, number])
    while True:
        board = chess.Board()
        for _ in range(ladder.opening):
            moves = list(board.generate_legal_moves())
            if not moves:
                break
            board.push(moves[int(rng.integers(len(moves)))])
        if any(board.generate_legal_moves()):
            return board


def _hash(board: chess.Board) -> str:
    moves = " ".join(move.uci() for move in board.move_stack)
    return hashlib.sha256(moves.encode()).hexdigest()[:16]


def rate_pairs(players: tuple[str, ...], pairs: list[Pair]) -> dict[str, Rating]:
    """Elo ratings; the first player's is 0. The two games of an opening are drawn together."""
    number = {name: k for k, name in enumerate(players)}
    meetings = [
        (number[pair.players[0]], number[pair.players[1]], np.reshape(pair.scores, (-1, 2)))
        for pair in pairs
    ]
    return dict(zip(players, rate(len(players), meetings), strict=True))


def tell_table(ladder: Ladder, pairs: list[Pair]) -> str:
    """The ratings and the results of each pair, in Markdown, with the command that made them."""
    ratings = rate_pairs(ladder.players, pairs)
    ranked = sorted(ladder.players, key=lambda name: -ratings[name].elo)
    return "\n".join(
        [
            "# The ladder of chess opponents\n",
            *_lines(
                ["", "player", "Elo", "95 % interval", "points"], _standings(ranked, ratings, pairs)
            ),
            "\nEach pair, from the row's side: won, drawn, lost.\n",
            *_lines(["", *ranked], [[name, *_results(name, ranked, pairs)] for name in ranked]),
            f"\n{_explain(ladder)}",
            f"\n```\n{_command(ladder)}\n```\n",
        ]
    )


def _lines(head: list[str], rows: Iterable[list[str]]) -> Iterator[str]:
    for row in (head, ["---"] * len(head), *rows):
        yield f"| {' | '.join(row)} |"


def _standings(
    ranked: list[str], ratings: dict[str, Rating], pairs: list[Pair]
) -> Iterator[list[str]]:
    for place, name in enumerate(ranked, 1):
        scores = [score for pair in pairs for score in _scores(name, pair)]
        rating = ratings[name]
        yield [
            str(place),
            name,
            f"{rating.elo:.0f}",
            f"{rating.low:.0f} to {rating.high:.0f}",
            f"{sum(scores):g} of {len(scores)}",
        ]


def _results(name: str, others: list[str], pairs: list[Pair]) -> Iterator[str]:
    for other in others:
        met = [_scores(name, pair) for pair in pairs if {name, other} == set(pair.players)]
        yield "–".join(str(met[0].count(score)) for score in (1, 0.5, 0)) if met else ""


def _scores(name: str, pair: Pair) -> list[float]:
    if name not in pair.players:
        return []
    return pair.scores if name == pair.players[0] else [1 - score for score in pair.scores]


def _explain(ladder: Ladder) -> str:
    return (
        f"{ladder.games} games of each pair: {ladder.games // 2} openings of {ladder.opening} "
        f"random half-moves, each played twice with colours changed; a draw after {ladder.plies} "
        f"half-moves. Elo by maximum likelihood (Bradley and Terry, a draw as half a win, "
        f"{VIRTUAL_DRAWS:g} drawn games added to each pair), {ladder.players[0]} at 0; intervals "
        f"by {RESAMPLES:,} bootstrap resamples of the openings."
    )


def _command(ladder: Ladder) -> str:
    options = {
        "players": " ".join(ladder.players),
        **ladder.conditions,
        "out": str(ladder.out),
    }
    return "python -m alectors.ladder " + " ".join(f"--{k} {v}" for k, v in options.items())


def main(argv: list[str] | None = None) -> int:
    """Run ``python -m alectors.ladder``.

    Args:
        argv: The arguments; those of the process by default.

    Returns:
        The exit status: 0, or 2 after one sentence that says what was wrong.
    """
    try:
        ladder = tyro.cli(Ladder, args=argv, prog="python -m alectors.ladder")
        ladder.check()
        with Progress(console=Console(stderr=True)) as bar:
            total = ladder.games * math.comb(len(ladder.players), 2)
            task = bar.add_task("games", total=total)
            pairs = play_ladder(ladder, lambda: bar.advance(task))
        table = tell_table(ladder, pairs)
        write_text(ladder.out.with_suffix(".md"), table)
    except KeyboardInterrupt:
        return 130
    except (AlectorsError, OSError) as error:
        print(f"alectors.ladder: {error}", file=sys.stderr)
        return 2
    print(table)
    return 0


if __name__ == "__main__":
    sys.exit(main())
