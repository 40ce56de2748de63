"""Gymnasium's Blackjack, told in words."""

from dataclasses import dataclass
from functools import cache, partial
from typing import Any

from .narrated import NarratedEnv, make_bare, pick_wording
from .toy_places import require_bool

STICK, HIT = range(2)
CARDS = tuple((card, (4 if card == 10 else 1) / 13) for card in range(1, 11))
"""Each card's value, an ace counted as 1, and its probability: the deck has no end."""
LIMIT = 21
DEALER_STICKS = 17


@dataclass(frozen=True)
class BlackjackWording:
    """The templates of one wording."""

    goal: str
    """The first statement."""
    actions: tuple[str, str]
    """The names of Blackjack's actions, in its own order."""
    total: str
    """The sum of your cards: ``total``."""
    over: str
    """The sum is over 21."""
    ace: tuple[str, str]
    """No ace counts as 11; one does."""
    shown: str
    """The ``value`` of the dealer's open card."""
    shown_ace: str
    """The dealer's open card is an ace."""


WORDINGS = {
    "train": BlackjackWording(
        goal="Your goal is to come closer to 21 than the dealer without going over.",
        actions=("stick with the cards you have", "take another card"),
        total="Your cards add up to {total}.",
        over="Your cards add up to over 21.",
        ace=("You hold no ace that counts as 11.", "You hold an ace that counts as 11."),
        shown="The dealer shows a card that counts as {value}.",
        shown_ace="The dealer shows an ace.",
    ),
    "heldout": BlackjackWording(
        goal="Beat the bank's hand with yours, 21 points at most.",
        actions=("stay", "draw one more"),
        total="In all you have {total} points.",
        over="In all you have more than 21 points.",
        ace=("None of the points come from a high ace.", "Some of the points are a high ace's 11."),
        shown="Face up lies a bank card of {value} points.",
        shown_ace="Face up lies the bank's ace.",
    ),
}


class BlackjackEnv(NarratedEnv):
    """Come closer to 21 than the dealer without going over.

    Description:
        Gymnasium's Blackjack-v1, which is ``env.unwrapped.game``: cards come from a deck without
        end, and the dealer takes cards up to a sum of 17.

    Observation:
        The goal; the sum of your cards; whether an ace counts as 11 in it; the dealer's open card.

    Actions:
        ``Discrete(2)``, Gymnasium's own, both always legal: 0 stick with the cards you have, 1
        take another card.

    Rewards:
        1 for winning, 0 for a draw, -1 for losing; 1.5 for winning with a natural blackjack under
        ``natural=True``.

    Episode end:
        Terminates when you stick or go over 21; truncated after ``max_steps``. ``success`` means
        that you won; ``score`` is 1 for winning, 0.5 for a draw, else 0.

    Arguments:
        natural: Whether winning with an ace and a ten pays 1.5 (default False).
        sab: Whether an ace and a ten beat every other 21, as in Sutton and Barto's book (default
            True, as in Gymnasium's id); ``natural`` has no effect then.
        max_steps: Length of an episode (default 20, more than a hand can take).
        wording: ``"train"`` (default) or ``"heldout"``, which has other words and sentences.
        split: Level seeds come from disjoint ranges; the same hands occur in both.
        The oracle's expected return is the best possible: it wins about 43 hands of 100.

    Version History:
        v0: first version (narration 1).
    """

    wordings = tuple(WORDINGS)

    def __init__(
        self, *, natural: bool = False, sab: bool = True, max_steps: int = 20, **common: Any
    ) -> None:
        require_bool("natural", natural)
        require_bool("sab", sab)
        wording = pick_wording(WORDINGS, common)
        super().__init__(
            env=make_bare("Blackjack-v1", common, natural=natural, sab=sab),
            narrator=partial(tell, wording=wording),
            actions=wording.actions,
            result=judge,
            max_steps=max_steps,
            **common,
        )

    def oracle_action(self) -> int | None:
        """The action with the higher expected return."""
        total, dealer, ace = map(int, self._observation)
        if total > LIMIT:
            return None
        return STICK if value_of_stick(total, dealer) >= value_of_hit(total, ace, dealer) else HIT


def tell(
    observation: tuple[int, int, int],
    _info: dict[str, Any],
    wording: BlackjackWording = WORDINGS["train"],
) -> list[str]:
    """The page of (sum, dealer's card, whether an ace counts as 11)."""
    total, dealer, ace = map(int, observation)
    return [
        wording.goal,
        wording.total.format(total=total) if total <= LIMIT else wording.over,
        wording.ace[bool(ace)],
        wording.shown_ace if dealer == 1 else wording.shown.format(value=dealer),
    ]


def judge(total: float, terminated: bool) -> tuple[bool, float]:
    """Success is a win; a draw has half its score."""
    return total > 0, min(1.0, (total + 1) / 2) if terminated else 0.0


def add(total: int, ace: int, card: int) -> tuple[int, int]:
    """A hand with one more card: its best sum, and whether an ace counts as 11 in it."""
    total, ace = (total + 11, 1) if card == 1 and total + 11 <= LIMIT else (total + card, ace)
    return (total - 10, 0) if total > LIMIT and ace else (total, ace)


@cache
def dealer_sums(total: int, ace: int) -> dict[int, float]:
    """Probabilities of the sums at which a dealer with this hand stops; over 21 is 0."""
    if total >= DEALER_STICKS:
        return {total if total <= LIMIT else 0: 1.0}
    sums: dict[int, float] = {}
    for card, chance in CARDS:
        for end, share in dealer_sums(*add(total, ace, card)).items():
            sums[end] = sums.get(end, 0.0) + chance * share
    return sums


@cache
def value_of_stick(total: int, dealer: int) -> float:
    """Expected return of sticking with ``total`` while the dealer shows ``dealer``."""
    sums = dealer_sums(*add(0, 0, dealer))
    return sum(chance * ((total > end) - (total < end)) for end, chance in sums.items())


@cache
def value_of_hit(total: int, ace: int, dealer: int) -> float:
    """Expected return of taking a card and playing on as well as possible."""
    return sum(chance * value_of_hand(*add(total, ace, card), dealer) for card, chance in CARDS)


def value_of_hand(total: int, ace: int, dealer: int) -> float:
    """Expected return of the best play from a hand."""
    if total > LIMIT:
        return -1.0
    return max(value_of_stick(total, dealer), value_of_hit(total, ace, dealer))
