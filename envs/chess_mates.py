"""Forced mates: a search that proves them, and positions from seeded play that have one."""

import gzip
from collections.abc import Iterator
from functools import cache
from importlib.resources import files

import chess
import numpy as np

from .chess_moves import Checks
from .chess_opponents import play_greedy, play_random
from .chess_starts import is_test

LEVELS = {"train": 20_000, "test": 500}
"""Positions of each split, for each number of moves."""
FOUND = "chess_mates_in_one.txt.gz"
"""What `find_position` gives for a mate in one, level by level, train and then test: made once by
``alectors.envs.chess_mates.write_found``, since 20,000 searches of 20 ms are seven minutes."""
LONGEST_GAME = 200
"""Half-moves after which a game that positions are looked for in is given up."""


def find_mate(board: chess.Board, moves: int, first: chess.Move | None = None) -> chess.Move | None:
    """A move that forces mate in at most ``moves`` moves of the side to move, or None.

    A search of the full width, so that None is a proof; checks are tried first.

    Args:
        board: The position; as it was on return.
        moves: At least 1.
        first: A legal move to try before all others.
    """
    checks = Checks.of(board)
    giving: list[chess.Move] = []
    quiet: list[chess.Move] = []
    for move in board.generate_legal_moves():
        gives = checks.given_by(move, board.piece_type_at(move.from_square) or 0)
        (giving if gives else quiet).append(move)
    last = [] if moves == 1 else quiet  # A mating move gives check.
    refutations: list[chess.Move] = []
    for move in [*([first] if first else []), *giving, *last]:
        board.push(move)
        lost = _is_lost(board, moves - 1, refutations)
        board.pop()
        if lost:
            return move
    return None


def _is_lost(board: chess.Board, moves: int, refutations: list[chess.Move]) -> bool:
    """Whether the side to move is mated, or will be in ``moves`` moves of the enemy at most.

    Args:
        board: The position.
        moves: Of the enemy.
        refutations: The reply that saved the day last time, tried first; brought up to date.
    """
    if moves == 0:
        return board.is_checkmate()
    replies = list(board.generate_legal_moves())
    if not replies:
        return board.is_check()
    for reply in sorted(replies, key=lambda reply: reply not in refutations):
        if not _mates_after(board, reply, moves):
            refutations[:] = [reply]
            return False
    return True


def _mates_after(board: chess.Board, reply: chess.Move, moves: int) -> bool:
    board.push(reply)
    found = find_mate(board, moves)
    board.pop()
    return found is not None


def find_shortest_mate(board: chess.Board, most: int) -> tuple[int, chess.Move] | None:
    """The fewest moves that force mate and the first of them; None if ``most`` are too few."""
    for moves in range(1, most + 1):
        if move := find_mate(board, moves):
            return moves, move
    return None


def play_longest(board: chess.Board, most: int, rng: np.random.Generator) -> chess.Move:
    """The defender's move that the enemy needs the most moves to mate after.

    Args:
        board: The position, the defender to move.
        most: The enemy's moves to look ahead; a reply that it cannot mate within them is as good
            as any other such reply.
        rng: Decides between equally good replies.
    """
    replies = list(board.generate_legal_moves())
    rng.shuffle(replies)
    lengths = []
    for reply in replies:
        board.push(reply)
        mate = find_shortest_mate(board, most)
        board.pop()
        if mate is None:
            return reply
        lengths.append(mate[0])
    return replies[int(np.argmax(lengths))]


@cache
def mate_position(moves: int, split: str, level: int) -> str:
    """A position in FEN whose side to move mates in exactly ``moves`` moves.

    Args:
        moves: At least 1.
        split: The one that the position belongs to.
        level: Numbers the positions; the same level is the same position in every process.
    """
    return _found()[split][level] if moves == 1 else find_position(moves, split, level)


@cache
def _found() -> dict[str, list[str]]:
    packed = files(__package__).joinpath(FOUND).read_bytes()
    lines = gzip.decompress(packed).decode().splitlines()
    return {"train": lines[: LEVELS["train"]], "test": lines[LEVELS["train"] :]}


def write_found(path: str) -> None:
    """Look for every mate in one of `LEVELS` and write what `FOUND` holds."""
    lines = [find_position(1, split, level) for split, n in LEVELS.items() for level in range(n)]
    with open(path, "wb") as file:
        file.write(gzip.compress("".join(f"{fen}\n" for fen in lines).encode(), mtime=0))


def find_position(moves: int, split: str, level: int) -> str:
    """What `mate_position` gives, from a search."""
    rng = np.random.default_rng([moves, level, split == "test"])
    while True:
        for board in _play(rng):
            start = _look_back(board, moves)
            if start is not None and is_test(start) == (split == "test"):
                return start.fen()


def _play(rng: np.random.Generator) -> Iterator[chess.Board]:
    """The positions of one game, each side playing at random or greedily."""
    rules = [(play_random, play_greedy)[int(rng.integers(2))] for _ in chess.COLORS]
    board = chess.Board()
    while len(board.move_stack) < LONGEST_GAME and any(board.generate_legal_moves()):
        yield board
        board.push(rules[board.turn](board, rng))


def _look_back(board: chess.Board, moves: int) -> chess.Board | None:
    """Go back from a mate in one to a mate in exactly ``moves``, if the game came that way."""
    if find_mate(board, 1) is None:
        return None
    board = board.copy()
    for length in range(2, moves + 1):
        if len(board.move_stack) < 2:
            return None
        board.pop()
        played = board.pop()
        if find_mate(board, length - 1) or not find_mate(board, length, first=played):
            return None
    board.clear_stack()
    board.halfmove_clock, board.fullmove_number = 0, 1
    return board
