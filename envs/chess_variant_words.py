"""What the variants of chess say that chess does not: goals, rules, pockets, checks, explosions."""

import chess
from chess.variant import AtomicBoard, CrazyhouseBoard, ThreeCheckBoard

from .chess_moves import Checks, Vocabulary, index_of
from .chess_words import move_words, tell_enemy_move

GOALS: dict[str, tuple[str, str]] = {
    "3check": ("Your goal is to give check three times, or to checkmate the enemy king.",) * 2,
    "antichess": ("Your goal is to lose all your pieces, or to have no legal move.",) * 2,
    "atomic": ("Your goal is to blow up the enemy king, or to checkmate it.",) * 2,
    "horde": (
        "Your goal is to capture every piece of the enemy's horde.",
        "Your goal is to checkmate the enemy king with your horde.",
    ),
    "kingofthehill": ("Your goal is to bring your king to the hill, or to checkmate.",) * 2,
    "racingkings": ("Your goal is to bring your king to the eighth rank first.",) * 2,
}
"""The first line of the page for black and for white, where it is not that of chess."""

RULES: dict[str, tuple[str, ...]] = {
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
}
"""What differs from chess and the goal does not say."""


def tell_extras(board: chess.Board, colour: chess.Color) -> list[str]:
    """Statements on what a variant's position has beside the pieces on the board.

    Args:
        board: The position.
        colour: The agent's colour.

    Returns:
        E.g. ``You hold 2 pawns to drop.`` or ``The enemy has given 1 check.``; none in variants
        that add nothing.
    """
    if isinstance(board, ThreeCheckBoard):
        given = [3 - max(0, left) for left in board.remaining_checks]
        return [
            f"You have given {_count(given[colour], 'check')}.",
            f"The enemy has given {_count(given[not colour], 'check')}.",
        ]
    if isinstance(board, CrazyhouseBoard):
        own = _pocket(board, colour, "You hold {} to drop.")
        enemy = _pocket(board, not colour, "The enemy holds {} to drop.")
        return own + enemy + _promoted(board, colour)
    return []


def _count(number: int, name: str) -> str:
    return f"{number or 'no'} {name}{'' if number == 1 else 's'}"


def _pocket(board: CrazyhouseBoard, side: chess.Color, words: str) -> list[str]:
    counts = {piece: board.pockets[side].count(piece) for piece in chess.PIECE_TYPES}
    told = [
        words.format(_count(number, chess.piece_name(piece)))
        for piece, number in counts.items()
        if number
    ]
    return told or [words.format("no piece")]


def _promoted(board: CrazyhouseBoard, colour: chess.Color) -> list[str]:
    """A promoted piece is held as a pawn once it is captured."""
    return [
        f"{'Your' if board.color_at(square) == colour else 'The enemy'} "
        f"{_name(board, square)} on {chess.SQUARE_NAMES[square]} was a pawn."
        for square in chess.scan_forward(board.promoted)
    ]


def tell_variant_move(board: chess.Board, move: chess.Move, colour: chess.Color) -> list[str]:
    """What the enemy's move did, to be told after it.

    Args:
        board: The position before the move.
        move: A legal move of the enemy.
        colour: The agent's colour.
    """
    if move.drop:
        square = chess.SQUARE_NAMES[move.to_square]
        return [f"The enemy has just dropped a {chess.piece_name(move.drop)} on {square}."]
    told = tell_enemy_move(board, move)
    if isinstance(board, AtomicBoard) and board.is_capture(move):
        told += _tell_explosion(board, move, colour)
    return told


def _tell_explosion(board: AtomicBoard, move: chess.Move, colour: chess.Color) -> list[str]:
    centre = chess.BB_SQUARES[move.to_square]
    reached = chess.BB_KING_ATTACKS[move.to_square] & ~board.pawns & ~centre
    reached &= ~chess.BB_SQUARES[move.from_square]
    return [
        f"The enemy's last move blew up on {chess.SQUARE_NAMES[move.to_square]}.",
        *(
            f"The explosion destroyed {'your' if board.color_at(square) == colour else 'the enemy'}"
            f" {_name(board, square)} on {chess.SQUARE_NAMES[square]}."
            for square in chess.scan_forward(reached & board.occupied)
        ),
    ]


def _name(board: chess.Board, square: chess.Square) -> str:
    return chess.piece_name(board.piece_type_at(square) or 0)


def variant_move_words(
    board: chess.Board, moves: list[chess.Move], vocabulary: Vocabulary
) -> dict[int, str]:
    """The words of legal moves, those that only a variant has among them.

    Args:
        board: The position.
        moves: Legal moves of the side to move.
        vocabulary: Numbers them; it begins with the moves of chess.

    Returns:
        Index to words, ascending, e.g. ``dropping a knight on f3, giving check``.
    """
    ordinary: list[chess.Move] = []
    special: list[chess.Move] = []
    for move in moves:
        (special if _is_special(board, move) else ordinary).append(move)
    told = move_words(board, ordinary)
    checks = Checks.of(board)
    for move in special:
        if move.promotion:  # Told as the promotion to a queen, which is legal beside it.
            queening = chess.Move(move.from_square, move.to_square, chess.QUEEN)
            words = told[index_of(queening)].replace("to a queen", "to a king")
        else:
            words = _special_words(board, move, checks)
        told[vocabulary.index_of(move)] = words
    return dict(sorted(told.items()))


def _special_words(board: chess.Board, move: chess.Move, checks: Checks) -> str:
    if move.drop:
        square = chess.SQUARE_NAMES[move.to_square]
        words = f"dropping a {chess.piece_name(move.drop)} on {square}"
        gives_check = checks.given_by(move, move.drop)
    else:
        side = "kingside" if board.is_kingside_castling(move) else "queenside"
        words, gives_check = f"castling {side}", board.gives_check(move)
    return words + ", giving check" if gives_check else words


def _is_special(board: chess.Board, move: chess.Move) -> bool:
    """Whether a move is none that standard chess has."""
    if move.drop or move.promotion == chess.KING:
        return True
    return board.chess960 and board.is_castling(move)
