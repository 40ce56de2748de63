"""Drawing with letters and ANSI colours, for terminals."""

RESET = "\x1b[0m"


def paint(text: str, ink: int | None = None, paper: int | None = None, dim: bool = False) -> str:
    """Text in colours.

    Args:
        text: What to write.
        ink: Colour of the letters, one of the 256 of xterm; None leaves the terminal's own.
        paper: Colour behind them, likewise.
        dim: Whether it is written faintly.
    """
    codes = ["2"] if dim else []
    if ink is not None:
        codes.append(f"38;5;{ink}")
    if paper is not None:
        codes.append(f"48;5;{paper}")
    return f"\x1b[{';'.join(codes)}m{text}{RESET}" if codes else text


def sketch_map(text: str) -> str:
    """The map of a toy text environment without the line that names the last action.

    Args:
        text: What Gymnasium prints of it.
    """
    return "\n".join(line for line in text.strip("\n").split("\n") if not line.startswith("  ("))
