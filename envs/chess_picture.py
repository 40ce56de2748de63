"""The board as a picture, drawn from the agent's side: python-chess's SVG in pixels."""

import io
from xml.etree import ElementTree as ET

import chess
import chess.svg
import chess.variant
import numpy as np

from .base import Pixels
from .errors import MissingDependency

SIZE = 400
"""Width of the picture and of the board, in pixels."""
STRIP = 40
"""Height of the strip that each player has in the variants which need one, in pixels."""
PAPER, INK, CHECKED = "#f4efe6", "#40382e", "#c03a2b"


def draw_board(board: chess.Board, side: chess.Color) -> Pixels:
    """Draw a board with its last move, the king in check and what a variant keeps beside it.

    Args:
        board: The position, with the moves that led to it.
        side: Whose side is at the bottom.

    Returns:
        RGB, uint8, 400 x 400 x 3; with a strip above and one below in ``crazyhouse`` (the pieces
        held) and ``3check`` (the checks given), 480 x 400 x 3.

    Raises:
        MissingDependency: ``resvg_py`` or Pillow is not installed.
    """
    return _rasterise(board_svg(board, side))


def board_svg(board: chess.Board, side: chess.Color) -> str:
    """The same drawing as an SVG; see `draw_board`."""
    picture = _tell_svg(board, side)
    if _strip(board, side) is None:
        return picture
    strips = [
        _place(ET.tostring(_frame(_strip(board, colour) or [])).decode(), y)
        for colour, y in ((not side, 0), (side, STRIP + SIZE))
    ]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{SIZE}" height="{SIZE + 2 * STRIP}">'
        f"{strips[0]}{_place(picture, STRIP)}{strips[1]}</svg>"
    )


def _tell_svg(board: chess.Board, side: chess.Color) -> str:
    last = board.peek() if board.move_stack else None
    arrows = [] if last is None or last.drop else [(last.from_square, last.to_square)]
    return chess.svg.board(
        board,
        orientation=side,
        lastmove=last,
        check=board.king(board.turn) if board.is_check() else None,
        arrows=arrows,
        size=SIZE,
    )


def _strip(board: chess.Board, colour: chess.Color) -> list[ET.Element] | None:
    """What stands in a player's strip; None where the rules need none."""
    if isinstance(board, chess.variant.CrazyhouseBoard):
        held = board.pockets[colour]
        pieces = [
            chess.Piece(kind, colour)
            for kind in reversed(chess.PIECE_TYPES)
            for _ in range(held.count(kind))
        ]
        step = min(STRIP - 8, (SIZE - STRIP) / max(1, len(pieces)))
        return [_piece(piece, 8 + k * step) for k, piece in enumerate(pieces)]
    if isinstance(board, chess.variant.ThreeCheckBoard):
        return [_pip(k, k < 3 - board.remaining_checks[colour]) for k in range(3)]
    return None


def _frame(elements: list[ET.Element]) -> ET.Element:
    frame = ET.Element("svg", {"width": f"{SIZE}", "height": f"{STRIP}"})
    ET.SubElement(frame, "rect", {"width": "100%", "height": "100%", "fill": PAPER})
    frame.extend(elements)
    return frame


def _piece(piece: chess.Piece, x: float) -> ET.Element:
    drawn = ET.fromstring(chess.svg.piece(piece, size=STRIP - 8))
    drawn.attrib |= {"x": f"{x:.1f}", "y": "4"}
    return drawn


def _pip(place: int, given: bool) -> ET.Element:
    """One of the three checks, filled once it was given."""
    return ET.Element(
        "circle",
        {
            "cx": f"{STRIP // 2 + place * 30}",
            "cy": f"{STRIP // 2}",
            "r": "10",
            "stroke": INK,
            "stroke-width": "2",
            "fill": CHECKED if given else "none",
        },
    )


def _place(svg: str, y: int) -> str:
    """The same drawing, lower by ``y`` pixels inside another."""
    return svg.replace("<svg ", f'<svg y="{y}" ', 1)


def _rasterise(svg: str) -> Pixels:
    try:
        import resvg_py
        from PIL import Image
    except ImportError as error:
        raise MissingDependency(
            "A picture of chess needs the packages resvg-py and Pillow: install them with "
            '`pip install "alectors[pictures]"`.'
        ) from error
    png = resvg_py.svg_to_bytes(svg_string=svg, skip_system_fonts=True)
    with Image.open(io.BytesIO(png)) as image:
        return np.array(image.convert("RGB"))
