"""What a wording of chess consists of, and the wordings of training."""

from dataclasses import dataclass, replace


@dataclass(frozen=True, eq=False)
class ChessWording:
    """The templates of one wording; each gives sentences without a line break.

    Compared and hashed by identity, so that it can be a key of caches at every step.
    """

    goal: str
    """The first statement."""
    plays: str
    """The agent's ``colour``."""
    colours: tuple[str, str]
    """Names of the colours: black, white."""
    names: tuple[str, ...]
    """Names of the pieces, by python-chess's piece type; the first is empty."""
    sides: tuple[str, str]
    """Where one castles: on the queen's side, on the king's side."""
    own: str
    """An own piece: ``name``, ``square``."""
    enemy: str
    """A piece of the enemy: ``name``, ``square``."""
    arrived: str
    """The enemy's last move: ``name`` and the ``square`` it came to."""
    came_from: str
    """The enemy's last move: the ``square`` it came from."""
    enemy_castled: str
    """The enemy's last move was castling on this ``side``."""
    enemy_captured: str
    """The enemy's last move captured an own piece: ``name``."""
    enemy_captured_en_passant: str
    """The enemy's last move captured an own pawn en passant."""
    enemy_promoted: str
    """The enemy's last move promoted a pawn to this piece: ``name``."""
    check: tuple[str, str]
    """The agent is not in check; it is."""
    own_castling: tuple[str, str, str, str]
    """What castling the agent still has: none, kingside, queenside, both."""
    enemy_castling: tuple[str, str, str, str]
    """The same of the enemy."""
    en_passant: str
    """The agent can capture en passant on this ``square``."""
    clock_low: str
    """The fifty-move clock is below its first step, 10 moves."""
    clock: str
    """The fifty-move clock has reached so many ``moves``."""
    moves_left: tuple[str, str]
    """The agent has no move left; one."""
    at_most: str
    """The agent has at most so many ``moves`` left."""
    more_than: str
    """The agent has more than so many ``moves`` left."""
    repeated: str
    """The position has occurred before."""
    over: dict[float, str]
    """The game is over, by the agent's score: lost, drawn, won for a ``reason``."""
    reasons: dict[str, str]
    """Other names for the reasons of `chess_rules.Ending`; one that is missing keeps its own."""
    attacks: tuple[str, str]
    """A piece attacks one of the other side: own, enemy's. ``name``, ``square``, ``other`` and
    ``target``, as in the next two."""
    defends: tuple[str, str]
    """A piece defends another of its side: own, enemy's."""
    pins: tuple[str, str]
    """A piece pins one of the other side to its king: own, enemy's."""
    flight: str
    """The enemy king can go to this ``square``."""
    no_flight: str
    """It can go nowhere."""
    fen: str
    """The position as a ``fen``."""
    travel: str
    """A clause of a move: the piece ``name`` goes from ``start`` to ``end``."""
    castle: str
    """A clause: castling on this ``side``."""
    capture: str
    """A clause: capturing this piece, ``name``."""
    capture_en_passant: str
    """A clause: capturing a pawn en passant."""
    promote: str
    """A clause: promoting to this piece, ``name``."""
    give_check: str
    """A clause: the move gives check."""
    attacked: str
    """A clause: where the piece arrives an enemy piece, ``name``, attacks it."""
    defended: str
    """A clause: where the piece arrives another of its side, ``name``, defends it."""


TRAIN = ChessWording(
    goal="Your goal is to checkmate the enemy king.",
    plays="You play {colour}.",
    colours=("black", "white"),
    names=("", "pawn", "knight", "bishop", "rook", "queen", "king"),
    sides=("queenside", "kingside"),
    own="Your {name} is on {square}.",
    enemy="The enemy {name} is on {square}.",
    arrived="The enemy {name} has just moved to {square}.",
    came_from="The enemy's last move came from {square}.",
    enemy_castled="The enemy has just castled {side}.",
    enemy_captured="The enemy's last move captured your {name}.",
    enemy_captured_en_passant="The enemy's last move captured your pawn en passant.",
    enemy_promoted="The enemy's last move promoted a pawn to a {name}.",
    check=("You are not in check.", "You are in check."),
    own_castling=(
        "You may no longer castle.",
        "You may still castle kingside only.",
        "You may still castle queenside only.",
        "You may still castle on both sides.",
    ),
    enemy_castling=(
        "The enemy may no longer castle.",
        "The enemy may still castle kingside only.",
        "The enemy may still castle queenside only.",
        "The enemy may still castle on both sides.",
    ),
    en_passant="You can capture en passant on {square}.",
    clock_low="The fifty-move clock is below 10 moves.",
    clock="The fifty-move clock has reached {moves} moves.",
    moves_left=("You have no moves left.", "This is your last move."),
    at_most="You have at most {moves} moves left.",
    more_than="You have more than {moves} moves left.",
    repeated="This position has occurred before and the third time is a draw.",
    over={
        0.0: "The game is over and you lost by {reason}.",
        0.5: "The game is over and it is a draw by {reason}.",
        1.0: "The game is over and you won by {reason}.",
    },
    reasons={},
    attacks=(
        "Your {name} on {square} attacks the enemy {other} on {target}.",
        "The enemy {name} on {square} attacks your {other} on {target}.",
    ),
    defends=(
        "Your {name} on {square} defends your {other} on {target}.",
        "The enemy {name} on {square} defends the enemy {other} on {target}.",
    ),
    pins=(
        "Your {name} on {square} pins the enemy {other} on {target}.",
        "The enemy {name} on {square} pins your {other} on {target}.",
    ),
    flight="The enemy king can go to {square}.",
    no_flight="The enemy king can go nowhere.",
    fen="The position in FEN is {fen}.",
    travel="{name} from {start} to {end}",
    castle="castling {side}",
    capture="capturing a {name}",
    capture_en_passant="capturing a pawn en passant",
    promote="promoting to a {name}",
    give_check="giving check",
    attacked="attacked by a {name}",
    defended="defended by a {name}",
)
"""Whole sentences: what ``narration="prose"`` tells in training."""

TERSE = replace(
    TRAIN,
    goal="Goal: checkmate.",
    plays="Playing {colour}.",
    names=("", "P", "N", "B", "R", "Q", "K"),
    own="{name} {square}.",
    enemy="Enemy {name} {square}.",
    arrived="Enemy moved {name} to {square}.",
    came_from="Enemy moved from {square}.",
    enemy_castled="Enemy castled {side}.",
    enemy_captured="Enemy took {name}.",
    enemy_captured_en_passant="Enemy took P en passant.",
    enemy_promoted="Enemy promoted to {name}.",
    check=("No check.", "In check."),
    own_castling=("Castling none.", "Castling K.", "Castling Q.", "Castling KQ."),
    enemy_castling=(
        "Enemy castling none.",
        "Enemy castling K.",
        "Enemy castling Q.",
        "Enemy castling KQ.",
    ),
    en_passant="En passant {square}.",
    clock_low="Clock below 10.",
    clock="Clock {moves}.",
    moves_left=("No moves left.", "Last move."),
    at_most="At most {moves} moves left.",
    more_than="Over {moves} moves left.",
    repeated="Repeated.",
    over={0.0: "Lost by {reason}.", 0.5: "Drawn by {reason}.", 1.0: "Won by {reason}."},
    travel="{name} {start} {end}",
    castle="castle {side}",
    capture="takes {name}",
    capture_en_passant="takes P en passant",
    promote="becomes {name}",
    give_check="check",
)
"""The same facts in as few characters as can be read: ``narration="terse"`` in training."""
