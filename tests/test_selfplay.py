"""Saved agents as opponents: they read the board from their side and play what they learnt."""

import json
from collections.abc import Callable
from pathlib import Path

import chess
import gymnasium as gym
import numpy as np
import pytest
from gymnasium.envs.registration import EnvSpec

import alectors
from alectors.envs.chess_env import ChessEnv
from alectors.envs.errors import DamagedFile, InvalidArgument, OpponentError, UnknownName
from alectors.selfplay import from_run, sampled_from_run

ROOK_ENDING = "7k/8/8/8/8/8/8/KR6 w - - 0 1"
"""Where random moves soon repeat a position."""
SMALL = {"num_envs": 2, "num_steps": 16, "minibatch_size": 32}


def save(encoder: "alectors.Encoder", env_id: str, folder: Path, **env_kwargs: object) -> None:
    """A tiny agent of one update."""
    agent = alectors.PPO(env_id, encoder=encoder, env_kwargs=env_kwargs, **SMALL)
    agent.learn(32)
    agent.save(folder)


@pytest.fixture(scope="module")
def run(encoder: "alectors.Encoder", tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("runs") / "chess"
    save(encoder, "alectors/Chess-v0", folder, colour="random", opponent="greedy")
    return folder


def play(env: ChessEnv, seed: int, steps: int) -> list[str]:
    """The moves of a game in which the environment's agent plays at random."""
    random = np.random.default_rng(seed)
    _, info = env.reset(seed=seed)
    for _ in range(steps):
        *_, terminated, truncated, info = env.step(
            int(random.choice(np.flatnonzero(info["action_mask"])))
        )
        if terminated or truncated:
            break
    return [move.uci() for move in env.game.move_stack]


@pytest.mark.parametrize("env_id", ["alectors/Chess-v0", "alectors/ChessCrazyhouse-v0"])
def test_a_board_is_told_as_its_own_environment_tells_it(env_id: str) -> None:
    random = np.random.default_rng(0)
    env = gym.make(env_id, colour="random", max_steps=60).unwrapped
    other = gym.make(env_id, max_steps=60).unwrapped
    repeated = 0
    for seed, fen in enumerate((None, None, ROOK_ENDING, ROOK_ENDING)):
        page, info = env.reset(seed=seed, options={"fen": fen})
        over = False
        while not over:
            told, about = other.look(env.game)
            assert told == page
            assert about["actions"] == info["actions"]
            assert (about["action_mask"] == info["action_mask"]).all()
            repeated += "occurred before" in page
            action = int(random.choice(np.flatnonzero(info["action_mask"])))
            page, _, terminated, truncated, info = env.step(action)
            over = terminated or truncated
    assert repeated > 0


def test_it_plays_what_the_agent_would_choose(run: Path) -> None:
    agent = alectors.load(run)
    env = ChessEnv(opponent=f"alectors.selfplay:from_run:{run}")
    env.reset(seed=0)
    env.step(env.parse_action("e4"))
    board = chess.Board()
    board.push_uci("e2e4")
    seat = ChessEnv(colour="black")
    page, info = seat.look(board)
    assert "You play black." in page
    assert "The enemy pawn has just moved to e4." in page
    chosen = seat.move_of(agent.choose_action(page, info))
    board.push(chosen)
    assert env.game.move_stack == board.move_stack


@pytest.mark.parametrize("factory", ["from_run", "sampled_from_run"])
def test_the_same_seed_gives_the_same_game(run: Path, factory: str) -> None:
    env = ChessEnv(opponent=f"alectors.selfplay:{factory}:{run}", colour="random")
    assert play(env, 3, steps=8) == play(env, 3, steps=8)


def test_only_a_sampled_policy_varies_with_the_seed(run: Path) -> None:
    board = chess.Board()
    generators = [np.random.default_rng(seed) for seed in range(12)]
    assert len({from_run(run)(board, rng) for rng in generators}) == 1
    assert len({sampled_from_run(run)(board, rng) for rng in generators}) > 3


def test_the_spec_goes_to_json_and_back(run: Path) -> None:
    env = gym.make("alectors/Chess-v0", opponent=f"alectors.selfplay:from_run:{run}")
    spec = EnvSpec.from_json(json.loads(json.dumps(env.spec.to_json())))
    assert play(env.unwrapped, 1, steps=3) == play(gym.make(spec).unwrapped, 1, steps=3)


def test_an_agent_learns_against_an_earlier_one(
    run: Path, encoder: "alectors.Encoder", tmp_path: Path
) -> None:
    opponent = f"alectors.selfplay:sampled_from_run:{run}"
    save(encoder, "alectors/Chess-v0", tmp_path / "second", opponent=opponent)
    # The second is an opponent in its turn, and does not need the first for that.
    assert from_run(tmp_path / "second")(chess.Board(), np.random.default_rng(0))


def test_wrong_folders_are_refused_in_a_sentence(
    run: Path, encoder: "alectors.Encoder", tmp_path: Path
) -> None:
    refused: dict[str, tuple[type[Exception], str]] = {
        str(run.parent / "ches"): (UnknownName, "Did you mean 'chess'"),
        str(tmp_path): (DamagedFile, "holds no agent"),
        str(tmp_path / "echo"): (InvalidArgument, "trained on alectors/Echo-v0, not on chess"),
    }
    save(encoder, "alectors/Echo-v0", tmp_path / "echo")
    for folder, (error, sentence) in refused.items():
        with pytest.raises(error, match=sentence):
            ChessEnv(opponent=f"alectors.selfplay:from_run:{folder}")


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], str]:
    def write(body: str) -> str:
        name = f"factories_{tmp_path.name.replace('-', '_')}"
        (tmp_path / f"{name}.py").write_text(body)
        monkeypatch.syspath_prepend(str(tmp_path))
        return name

    return write


def test_a_factory_is_given_the_text_after_the_second_colon(module: Callable[[str], str]) -> None:
    name = module(
        "import chess\n"
        "def play(argument):\n"
        "    moves = iter(argument.split(':'))\n"
        "    return lambda board, rng: chess.Move.from_uci(next(moves))\n"
    )
    env = ChessEnv(opponent=f"{name}:play:e7e5:d7d5")
    env.reset(seed=0)
    for own in ("a3", "b3"):
        env.step(env.parse_action(own))
    assert [move.uci() for move in env.game.move_stack[1::2]] == ["e7e5", "d7d5"]
    with pytest.raises(OpponentError, match="StopIteration"):
        env.step(env.parse_action("c3"))


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ("return 3", "the factory returned 3, no callable"),
        ("return 1 / 0", "the factory failed: ZeroDivisionError"),
    ],
)
def test_a_failing_factory_is_one_clear_error(
    module: Callable[[str], str], body: str, sentence: str
) -> None:
    name = module(f"def play(argument):\n    {body}\n")
    with pytest.raises(InvalidArgument, match=sentence):
        ChessEnv(opponent=f"{name}:play:argument")
