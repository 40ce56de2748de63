"""Good actions for the grids: minigrid's bot for missions, search for goals."""

from collections import deque
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from .grid_view import DIRECTIONS

LEFT, RIGHT, FORWARD, PICKUP, TOGGLE = 0, 1, 2, 3, 5
MOST_NODES = 200_000
"""States after which the search for a goal square gives up."""
MOST_THOUGHTS = 1_000
"""Searches and changes of plan after which the bot gives up on one action."""
MOST_BOTS = 3
"""Bots that may give up in one episode: a fresh one starts from the present state."""


class GaveUp(Exception):
    """The bot goes round in circles."""


def make_oracle(game: Any) -> "BotOracle | GoalOracle":
    """The oracle of the episode that ``game`` has begun."""
    return BotOracle(game) if hasattr(game, "instrs") else GoalOracle(game)


class BotOracle:
    """minigrid's BabyAI bot, told of every action, and stopped where it would search for ever."""

    def __init__(self, game: Any) -> None:
        self._game = game
        self._bots = 0
        self._advice: int | None = None
        self._engage()

    def suggest(self) -> int | None:
        """The advised action, or None once the bot has given up."""
        return self._advice

    def observe(self, action: int) -> None:
        """Tell the bot which action was taken."""
        self._advice = self._ask(action)
        if self._advice is None:
            self._engage()

    def _engage(self) -> None:
        """Start a fresh bot, which knows nothing of what was seen before."""
        while self._advice is None and self._bots < MOST_BOTS:
            self._bots += 1
            self._bot = _capped_bot(self._game)
            self._advice = self._ask(None)

    def _ask(self, action: int | None) -> int | None:
        self._bot.stack.thoughts = 0
        try:
            return int(self._bot.replan(action))
        except Exception:  # it fails by assertions and by errors of every kind
            return None


class _CappedStack(list[Any]):
    """The bot's stack of aims, which counts what is put on it."""

    thoughts = 0

    def append(self, item: Any) -> None:
        self.think()
        super().append(item)

    def think(self) -> None:
        self.thoughts += 1
        if self.thoughts > MOST_THOUGHTS:
            raise GaveUp


def _capped_bot(game: Any) -> Any:
    from minigrid.utils import baby_ai_bot

    library: Any = baby_ai_bot  # half of its functions have no types
    bot = library.BabyAIBot(game)
    bot.stack = stack = _CappedStack(bot.stack)
    search: Callable[..., Any] = bot._breadth_first_search

    def counted(*args: Any, **kwargs: Any) -> Any:
        stack.think()
        return search(*args, **kwargs)

    bot._breadth_first_search = counted
    return bot


class GoalOracle:
    """The shortest way to a goal square, through doors and with keys.

    In a world of memory the goal is the place before the right object.
    """

    def __init__(self, game: Any) -> None:
        self._game = game
        self._plan: list[int] = []

    def suggest(self) -> int | None:
        """The first action of a shortest plan, or None where there is no goal or no way."""
        world, start = _snapshot(self._game)
        # Things may have moved since the plan was made, so it is tried out again at each step.
        if not _reaches_goal(world, start, self._plan):
            self._plan = _search(world, start)
        if self._plan:
            return self._plan[0]
        # Obstacles that move may clear the way: turning on the spot is waiting.
        return LEFT if world.goals and not world.can_pick_up else None

    def observe(self, action: int) -> None:
        """Follow the plan, or drop it when the action was another one."""
        self._plan = self._plan[1:] if self._plan and self._plan[0] == action else []


class World(NamedTuple):
    """What does not change during a plan."""

    cells: dict[tuple[int, int], Any]
    """MiniGrid's objects by place (x, y); free floor is absent."""
    goals: frozenset[tuple[int, int]]
    """Where the episode ends well."""
    ends: frozenset[tuple[int, int]]
    """Where it ends badly."""
    can_pick_up: bool
    """Whether the world takes all seven actions; some take the three of moving only."""


class State(NamedTuple):
    """What a plan changes."""

    place: tuple[int, int]
    direction: int
    carrying: Any
    opened: frozenset[tuple[int, int]]
    """Places of doors that the plan has opened."""
    taken: frozenset[tuple[int, int]]
    """Places of things that the plan has picked up."""


def _snapshot(game: Any) -> tuple[World, State]:
    width = game.grid.width
    cells = {
        (k % width, k // width): cell for k, cell in enumerate(game.grid.grid) if cell is not None
    }
    goals = {place for place, cell in cells.items() if cell.type == "goal"}
    ends = {place for place, cell in cells.items() if cell.type == "lava"}
    if hasattr(game, "success_pos"):
        goals.add(game.success_pos)
        ends.add(game.failure_pos)
    x, y = game.agent_pos
    state = State((int(x), int(y)), game.agent_dir, game.carrying, frozenset(), frozenset())
    return World(cells, frozenset(goals), frozenset(ends), game.action_space.n > TOGGLE), state


def _search(world: World, start: State) -> list[int]:
    """A shortest plan by breadth-first search; empty where there is none within the cap."""
    if not world.goals:
        return []
    came_from: dict[State, tuple[State, int] | None] = {start: None}
    queue = deque([start])
    while queue and len(came_from) < MOST_NODES:
        state = queue.popleft()
        for action, following in _moves(world, state):
            if following in came_from:
                continue
            came_from[following] = (state, action)
            if following.place in world.goals:
                return _retrace(came_from, following)
            queue.append(following)
    return []


def _retrace(came_from: dict[State, tuple[State, int] | None], state: State) -> list[int]:
    plan: list[int] = []
    while step := came_from[state]:
        state, action = step
        plan.append(action)
    return plan[::-1]


def _reaches_goal(world: World, state: State, plan: list[int]) -> bool:
    for action in plan:
        following = dict(_moves(world, state)).get(action)
        if following is None:
            return False
        state = following
    return bool(plan) and state.place in world.goals


def _moves(world: World, state: State) -> Iterator[tuple[int, State]]:
    """The actions that change something for the better, and what they lead to."""
    yield LEFT, state._replace(direction=(state.direction - 1) % 4)
    yield RIGHT, state._replace(direction=(state.direction + 1) % 4)
    dx, dy = DIRECTIONS[state.direction]
    ahead = (state.place[0] + dx, state.place[1] + dy)
    if ahead in world.ends:
        return
    cell: Any = None if ahead in state.taken else world.cells.get(ahead)
    if _is_free(cell, ahead in state.opened):
        yield FORWARD, state._replace(place=ahead)
    elif not world.can_pick_up:
        return
    elif cell.type == "door" and _can_open(cell, state.carrying):
        yield TOGGLE, state._replace(opened=state.opened | {ahead})
    elif cell.can_pickup() and state.carrying is None:
        yield PICKUP, state._replace(carrying=cell, taken=state.taken | {ahead})


def _is_free(cell: Any, opened: bool) -> bool:
    return cell is None or opened or cell.can_overlap()


def _can_open(door: Any, carrying: Any) -> bool:
    if not door.is_locked:
        return True
    return carrying is not None and (carrying.type, carrying.color) == ("key", door.color)
