"""Every MiniGrid and BabyAI world, told in words from the agent's own point of view."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, ClassVar

import gymnasium as gym
from gymnasium.envs.registration import load_env_creator

from .base import Pixels, Symbols, TextEnv
from .errors import InvalidArgument, MissingDependency, UnknownName, nearest
from .grid_oracle import BotOracle, GoalOracle, make_oracle
from .grid_sketch import sketch_grid
from .grid_splits import Levels
from .grid_symbols import symbol_space, symbols
from .grid_wording import Event, GridWording
from .grid_words import WORDINGS, find_event, moment, tell

COMMON = ("split", "on_invalid", "narration", "wording", "render_mode")


class GridEnv(TextEnv):
    """A MiniGrid or BabyAI world as its agent sees it, in words.

    Description:
        A small grid of rooms with walls, doors, keys, balls and boxes, and a mission. The rules
        are MiniGrid's own; ``env.unwrapped.game`` is its environment.

    Observation:
        The goal; what the last action did; what the agent carries and faces; then one statement
        for each visible object, e.g. ``A locked yellow door is 1 step to your right.``, and for
        each straight run of visible wall. Places are relative to the agent, which sees what
        MiniGrid's partial view shows and nothing behind walls and closed doors.

        That is ``narration="prose"``; ``"terse"`` tells the same facts in few words (``Locked
        yellow door 1 right.``). ``"symbolic"`` observes an array of zeros and ones instead, a flat
        ``Box`` described at `grid_symbols.symbols`: MiniGrid's own view, one-hot, what the last
        action did, and the mission's words; its actions have the words of ``"prose"``.

    Actions:
        ``Discrete(7)``, MiniGrid's own, all always legal: 0 turn left, 1 turn right, 2 move
        forward, 3 pick up, 4 drop, 5 open or close, 6 declare to be done.

    Rewards:
        MiniGrid's own: ``1 - 0.9 * steps / max_steps`` for a mission accomplished, 0 otherwise;
        -1 for a collision in the worlds with moving obstacles.

    Episode end:
        Terminates when the world does; truncated after ``max_steps``. ``success`` means that the
        episode terminated with a positive reward; ``score`` is its return clipped to 0..1. The
        Playground has no mission: its ``success`` is False and its ``score`` 0 always.

    Arguments:
        task: The id under which minigrid registers the world, e.g. ``MiniGrid-DoorKey-5x5-v0``.
        agent_view_size: Cells along the side of the square view, odd, at least 3 (default: the
            world's own, 7).
        max_steps: Length of an episode (default: the world's own, which in BabyAI depends on the
            mission). MiniGrid's reward depends on it.
        split: Level seeds come from disjoint ranges. Where layouts repeat (DoorKey-5x5 has 48), a
            hash of the layout parts them, a quarter for the tests; in worlds of memory both cues of
            a layout are on one side. Where there is one layout (Empty-5x5, DistShift1, …), both
            have the same level.
        narration: ``"prose"`` (default), ``"terse"`` or ``"symbolic"``.
        wording: ``"train"`` (default) or ``"heldout"``, which has other nouns, colours, verbs and
            sentences, for missions, pages and actions.
        render_mode: ``"ansi"`` or ``"rgb_array"``, MiniGrid's own picture, where what the agent
            sees is highlighted.
        Any further argument of the world's class (``size``, ``room_size``, …) is passed to it, and
        so are those of MiniGrid's picture (``agent_pov``, ``highlight``, ``tile_size``).

    Version History:
        v0: first version (narration 1).
    """

    metadata: dict[str, Any] = {"render_modes": ["ansi", "rgb_array"], "render_fps": 10}
    narrations = tuple(WORDINGS["train"])
    wordings = tuple(WORDINGS)
    actions_told: ClassVar[int] = 7
    """How many of MiniGrid's actions, the first ones, are in the action space."""

    def __init__(
        self,
        *,
        task: str,
        agent_view_size: int | None = None,
        max_steps: int | None = None,
        **options: Any,
    ) -> None:
        common = {name: options.pop(name) for name in COMMON if name in options}
        if agent_view_size is not None:
            options["agent_view_size"] = _checked_view(agent_view_size)
        self.game = self._make_game(task, options)
        size = self.game.agent_view_size
        super().__init__(
            num_actions=self.actions_told,
            max_steps=max(1, self.game.max_steps) if max_steps is None else max_steps,
            max_length=max(10_000, 100 * size * size),
            **common,
        )
        self._wording = self._choose_wording()
        self._actions = dict(enumerate(self._wording.actions[: self.actions_told]))
        self._levels = Levels(task, options, self.split)
        self._fixed_max_steps = max_steps
        self._event = Event.ARRIVED
        self._return = 0.0
        self._success = False
        self._oracle: BotOracle | GoalOracle | None = None

    def _make_game(self, task: str, options: dict[str, Any]) -> Any:
        """MiniGrid's environment, made with the arguments of its class."""
        return _make_game(task, options)

    def _choose_wording(self) -> GridWording:
        return WORDINGS[self.wording][self.narration]

    def _start(self, options: dict[str, Any]) -> None:
        self._draw_level()
        if self._fixed_max_steps is not None:
            self.game.max_steps = self._fixed_max_steps
        self.max_steps = self.game.max_steps
        self._event, self._return, self._success = Event.ARRIVED, 0.0, False
        self._oracle = None

    def _draw_level(self) -> None:
        try:
            with _unobserved(self.game):
                self._levels.draw(self.game, self._draw_level_seed)
        except (gym.error.DependencyNotInstalled, ImportError, FileNotFoundError) as error:
            raise _missing(self._arguments["task"], error) from error

    def _statements(self) -> list[str]:
        return tell(self.game, self._event, self._wording)

    def _symbol_space(self) -> gym.spaces.Box:
        return symbol_space(self.game.agent_view_size)

    def _symbols(self) -> Symbols:
        return symbols(self.game, self._event)

    def _legal(self) -> dict[int, str]:
        return self._actions

    def _play(self, action: int) -> tuple[float, bool]:
        before = moment(self.game)
        with _unobserved(self.game):
            _, reward, terminated, _, _ = self.game.step(action)
        self._event = find_event(action, before, self.game)
        if self._oracle and not terminated:
            self._oracle.observe(action)
        self._return += float(reward)
        self._success = bool(terminated and reward > 0)
        return float(reward), bool(terminated)

    def _result(self) -> tuple[bool, float]:
        return self._success, min(1.0, max(0.0, self._return))

    def oracle_action(self) -> int | None:
        """A good action's index, or None where none can be computed.

        The BabyAI missions are played by minigrid's own bot, worlds with a goal square by
        breadth-first search; both know the whole level. Asking slows down the episode's steps.
        """
        self._oracle = self._oracle or make_oracle(self.game)
        action = self._oracle.suggest()
        return None if action is None or action >= self.actions_told else action

    def _picture(self) -> Pixels:
        game = self.game
        return game.get_frame(game.highlight, game.tile_size, game.agent_pov)  # type: ignore[no-any-return]

    def sketch(self) -> str:
        """The whole grid for a terminal; what the agent does not see is dim."""
        return sketch_grid(self.game)

    def close(self) -> None:
        """Close the game."""
        self.game.close()


@contextmanager
def _unobserved(game: Any) -> Iterator[None]:
    """Spare the game its own observation: nine tenths of its step, and nobody reads it here."""
    game.gen_obs = dict
    try:
        yield
    finally:
        del game.gen_obs


def _make_game(task: str, options: dict[str, Any]) -> Any:
    import minigrid  # noqa: F401  (importing it fills Gymnasium's registry)

    if task not in gym.registry:
        known = [name for name in gym.registry if name.startswith(("MiniGrid-", "BabyAI-"))]
        raise UnknownName(f"minigrid registers no world {task!r}.{nearest(task, known)}")
    spec = gym.registry[task]
    try:
        creator = load_env_creator(spec.entry_point)  # type: ignore[arg-type]
        return creator(**{**spec.kwargs, **options}).unwrapped
    except (gym.error.DependencyNotInstalled, ImportError) as error:
        raise _missing(task, error) from error
    except (TypeError, ValueError, AssertionError) as error:
        raise InvalidArgument(
            f"{task} cannot be made with the arguments {options}: {error or 'a value is wrong'}."
        ) from error


def _checked_view(size: object) -> int:
    if not isinstance(size, int) or size < 3 or size % 2 == 0:
        raise InvalidArgument(
            f"agent_view_size={size!r} must be an odd whole number of at least 3."
        )
    return size


def _missing(task: str, error: Exception) -> MissingDependency:
    return MissingDependency(
        f"{task} needs something that is not installed ({error}). MiniGrid's WFC worlds need "
        "imageio, networkx and pattern pictures that its published packages leave out: clone "
        "https://github.com/Farama-Foundation/Minigrid and run there: pip install -e '.[wfc]'"
    )
