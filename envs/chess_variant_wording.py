"""What a wording of the variants consists of besides that of chess, and the two there are."""

from dataclasses import dataclass

from . import chess_wording
from .chess_heldout import HELDOUT
from .chess_wording import ChessWording


@dataclass(frozen=True, eq=False)
class VariantWording:
    """The templates of one wording; of each pair the first is the agent's own, else it says so."""

    chess: ChessWording
    """The templates of what chess has too."""
    goals: dict[str, tuple[str, str]]
    """The first line of the page for black and for white, where it is not that of chess."""
    rules: dict[str, tuple[str, ...]]
    """What differs from chess and the goal does not say."""
    given: tuple[str, str]
    """How many ``checks`` a side has given."""
    checks: tuple[str, str, str]
    """No check; one; ``count`` checks."""
    holds: tuple[str, str]
    """What a side holds to drop: ``pieces``."""
    nothing: str
    """No ``pieces``."""
    pieces: str
    """Several ``pieces``: ``count`` and the plural."""
    plurals: tuple[str, ...]
    """Names of several pieces, by python-chess's piece type; the first is empty."""
    piece: str
    """One of the ``pieces``: ``name``."""
    was_pawn: tuple[str, str]
    """A promoted piece: ``name``, ``square``."""
    dropped: str
    """The enemy's last move dropped a piece: ``name``, ``square``."""
    blew_up: str
    """The enemy's last move was an explosion on this ``square``."""
    destroyed: tuple[str, str]
    """A piece that the explosion destroyed: ``name``, ``square``."""
    drop: str
    """A clause of a move: dropping a piece, ``name``, on a ``square``."""


TRAIN = VariantWording(
    chess=chess_wording.TRAIN,
    goals={
        "3check": ("Your goal is to give check three times, or to checkmate the enemy king.",) * 2,
        "antichess": ("Your goal is to lose all your pieces, or to have no legal move.",) * 2,
        "atomic": ("Your goal is to blow up the enemy king, or to checkmate it.",) * 2,
        "horde": (
            "Your goal is to capture every piece of the enemy's horde.",
            "Your goal is to checkmate the enemy king with your horde.",
        ),
        "kingofthehill": ("Your goal is to bring your king to the hill, or to checkmate.",) * 2,
        "racingkings": ("Your goal is to bring your king to the eighth rank first.",) * 2,
    },
    rules={
        "3check": (),
        "antichess": (
            "Whoever can capture must capture.",
            "A king is a piece like any other.",
        ),
        "atomic": (
            "A capture blows up the piece that captures and the piece that is captured.",
            "A capture blows up every piece but pawns on the squares around it.",
        ),
        "chess960": ("Castling brings king and rook to the same squares as in ordinary chess.",),
        "crazyhouse": (
            "Whoever captures a piece may drop it on an empty square instead of moving.",
            "The fifty-move clock ends no game.",
        ),
        "horde": (),
        "kingofthehill": ("The hill is the four squares d4, e4, d5 and e5.",),
        "racingkings": (
            "No move may give check.",
            "If white's king arrives first, black draws by arriving with the next move.",
        ),
    },
    given=("You have given {checks}.", "The enemy has given {checks}."),
    checks=("no checks", "1 check", "{count} checks"),
    holds=("You hold {pieces} to drop.", "The enemy holds {pieces} to drop."),
    nothing="no piece",
    piece="1 {name}",
    pieces="{count} {name}",
    plurals=("", "pawns", "knights", "bishops", "rooks", "queens", "kings"),
    was_pawn=("Your {name} on {square} was a pawn.", "The enemy {name} on {square} was a pawn."),
    dropped="The enemy has just dropped a {name} on {square}.",
    blew_up="The enemy's last move blew up on {square}.",
    destroyed=(
        "The explosion destroyed your {name} on {square}.",
        "The explosion destroyed the enemy {name} on {square}.",
    ),
    drop="dropping a {name} on {square}",
)

VARIANT_HELDOUT = VariantWording(
    chess=HELDOUT,
    goals={
        "3check": (
            "Threatening the opposing monarch three times, or mating it, is what you are here for.",
        )
        * 2,
        "antichess": ("Running out of men or of allowed turns is what you are here for.",) * 2,
        "atomic": ("Bursting the opposing monarch, or mating it, is what you are here for.",) * 2,
        "horde": (
            "Removing the last man of the opposing crowd is what you are here for.",
            "Mating the opposing monarch with your crowd is what you are here for.",
        ),
        "kingofthehill": (
            "Leading your monarch to the summit, or mating the other, is what you are here for.",
        )
        * 2,
        "racingkings": ("Being first on rank 8 with your monarch is what you are here for.",) * 2,
    },
    rules={
        "3check": (),
        "antichess": (
            "A man that can be taken has to be taken.",
            "Monarchs are men like all others.",
        ),
        "atomic": (
            "Taker and taken burst together.",
            "All men on the squares next to them burst too, footmen excepted.",
        ),
        "chess960": ("Sheltered monarch and tower stand where the usual contest has them.",),
        "crazyhouse": (
            "Taken men serve the taker, who may set one on a free square in place of a turn.",
            "Turns without progress end no contest.",
        ),
        "horde": (),
        "kingofthehill": ("The summit consists of d4, e4, d5 and e5.",),
        "racingkings": (
            "Threatening a monarch is forbidden.",
            "Nobody wins if light is first and dark arrives one turn later.",
        ),
    },
    given=("Threats to the opposing monarch: {checks}.", "Threats to your monarch: {checks}."),
    checks=("none", "one", "{count}"),
    holds=("In your reserve: {pieces}.", "In the opposing reserve: {pieces}."),
    nothing="nobody",
    piece="a single {name}",
    pieces="{name}, {count} of them",
    plurals=("", "footmen", "horses", "clerics", "towers", "ladies", "monarchs"),
    was_pawn=(
        "Once a footman was the {name} of yours standing on {square}.",
        "Once a footman was the opposing {name} standing on {square}.",
    ),
    dropped="Out of the reserve came an opposing {name} to {square} a moment ago.",
    blew_up="A moment ago everything burst on {square}.",
    destroyed=(
        "With it burst the {name} of yours standing on {square}.",
        "With it burst the opposing {name} standing on {square}.",
    ),
    drop="set a {name} of the reserve on {square}",
)

WORDINGS = {"train": TRAIN, "heldout": VARIANT_HELDOUT}
