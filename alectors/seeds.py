"""Which seeds an episode is reset with: those of training and those of evaluation never meet."""

from numpy.random import SeedSequence

EVALUATION_SEEDS = range(1_000)
"""Reserved for evaluation: `episode_seed` gives none of them."""


def episode_seed(seed: int, place: int, number: int) -> int:
    """The seed of the ``number``-th episode that environment ``place`` of an agent plays.

    Args:
        seed: The agent's own.
        place: Which of its environments.
        number: How many episodes that one has begun before.

    Returns:
        A seed outside `EVALUATION_SEEDS`, below 2**32 + 1,000.
    """
    drawn = int(SeedSequence([seed, place, number]).generate_state(1)[0])
    # Beyond the 32 bits that are drawn from: no other episode gets such a seed by its own draw.
    return drawn + 2**32 if drawn in EVALUATION_SEEDS else drawn
