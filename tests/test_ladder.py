"""The round robin of chess opponents: its games, its file, its ratings."""

import json
import shlex
from pathlib import Path

import numpy as np
import pytest
import tyro

from alectors.elo import VIRTUAL_DRAWS, fit_elo, rate
from alectors.envs.chess_opponents import make_opponent
from alectors.envs.errors import DamagedFile, InvalidArgument
from alectors.ladder import Ladder, main, play_game, play_ladder, tell_table

ROOT = Path(__file__).parents[1]
COMMITTED = ROOT / "leaderboards" / "chess-ladder.json"


def small(out: Path, *players: str) -> Ladder:
    return Ladder(out, players or ("random", "greedy"), games=4, plies=30)


def elo_of(share: float) -> float:
    return float(400 * np.log10(share / (1 - share)))


# Ratings.


def expected_points(elo: list[float], games: float) -> np.ndarray:
    """What players of these ratings score on average."""
    strengths = 10 ** (np.array(elo) / 400)
    points = games * strengths[:, None] / (strengths[:, None] + strengths[None, :])
    np.fill_diagonal(points, 0)
    return points


def test_ratings_are_found_again_from_the_points_they_lead_to():
    elo = [0.0, 150.0, -80.0, 420.0]
    assert fit_elo(expected_points(elo, games=1e7)) == pytest.approx(elo, abs=0.01)


def test_two_players_have_the_closed_form():
    points = np.array([[0.0, 10.0], [30.0, 0.0]])
    share = (30 + VIRTUAL_DRAWS / 2) / (40 + VIRTUAL_DRAWS)
    assert fit_elo(points) == pytest.approx([0, elo_of(share)])


def test_ratings_maximise_the_likelihood():
    rng = np.random.default_rng(0)
    points = np.triu(rng.integers(0, 31, (5, 5)), 1).astype(float)
    points += np.tril(30 - points.T, -1)
    padded = points + VIRTUAL_DRAWS / 2 * (1 - np.eye(5))

    def likelihood(elo: np.ndarray) -> float:
        return float((padded * np.log(1 / (1 + 10 ** ((elo[None] - elo[:, None]) / 400)))).sum())

    best = fit_elo(points)
    for _ in range(200):
        assert likelihood(best) > likelihood(best + rng.normal(0, 5, 5))


def test_a_player_who_won_every_game_has_a_finite_rating():
    points = np.array([[0.0, 25, 0], [25, 0, 0], [50, 50, 0]])
    elo = fit_elo(points)
    assert 600 < elo[2] < 1_500
    assert elo[:2] == pytest.approx([0, 0], abs=1e-6)


def test_intervals_hold_the_rating_and_shrink_with_games():
    rng = np.random.default_rng(0)
    widths = []
    for openings in (25, 400):
        scores = rng.choice([0.0, 0.5, 1.0], size=(openings, 2), p=[0.6, 0.2, 0.2])
        first, second = rate(2, [(0, 1, scores)])
        assert (first.elo, first.low, first.high) == (0, 0, 0)
        assert second.low < second.elo < second.high
        widths.append(second.high - second.low)
        # The true share is 0.7 for the second.
        assert second.low < elo_of(0.7) < second.high
    assert widths[1] < widths[0] / 2


# Games.


def test_the_same_settings_give_the_same_file(tmp_path):
    for name in ("one", "two"):
        play_ladder(small(tmp_path / name, "random", "greedy", "minimax-1"))
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()
    pairs = json.loads((tmp_path / "one").read_text())["pairs"]
    assert len(pairs) == 3
    assert len({tuple(pair["moves"]) for pair in pairs}) == 3
    for pair in pairs:
        assert pair["players"] == sorted(pair["players"])
        assert len(pair["scores"]) == len(pair["plies"]) == len(set(pair["moves"])) == 4
        assert max(pair["plies"]) <= 30


def test_colours_change_and_openings_are_shared():
    ladder = small(Path("unused"))
    players = [make_opponent(name, nodes=1, timeout=1) for name in ("random", "greedy")]
    boards = [play_game(players, ("greedy", "random"), k, ladder)[0] for k in range(4)]
    openings = [[move.uci() for move in board.move_stack[:4]] for board in boards]
    assert openings[0] == openings[1]
    assert openings[2] == openings[3]
    assert openings[0] != openings[2]
    assert boards[0].move_stack[4:] != boards[1].move_stack[4:]


def test_a_score_is_the_first_players_whatever_its_colour(tmp_path):
    ladder = Ladder(tmp_path / "file", ("random", "minimax-2"), games=4, plies=200)
    (pair,) = play_ladder(ladder)
    assert pair.players == ("minimax-2", "random")
    assert min(pair.scores) >= 0.5
    assert 1.0 in pair.scores[0::2]
    assert 1.0 in pair.scores[1::2]


def test_an_interrupted_ladder_goes_on_where_it_was(tmp_path):
    played = 0

    def stop() -> None:
        nonlocal played
        played += 1
        if played == 6:
            raise KeyboardInterrupt

    players = ("random", "greedy", "minimax-1")
    whole, cut = (small(tmp_path / name, *players) for name in ("whole", "cut"))
    play_ladder(whole)
    with pytest.raises(KeyboardInterrupt):
        play_ladder(cut, stop)
    assert len(json.loads(cut.out.read_text())["pairs"]) == 1
    counted = []
    play_ladder(cut, lambda: counted.append(1))
    assert len(counted) == 12
    assert cut.out.read_bytes() == whole.out.read_bytes()


def test_a_player_can_join_later(tmp_path):
    play_ladder(small(tmp_path / "file"))
    before = json.loads((tmp_path / "file").read_text())["pairs"][0]
    pairs = play_ladder(small(tmp_path / "file", "minimax-1", "greedy", "random"))
    assert len(pairs) == 3
    assert before in json.loads((tmp_path / "file").read_text())["pairs"]


def test_games_under_other_conditions_are_not_mixed(tmp_path):
    play_ladder(small(tmp_path / "file"))
    with pytest.raises(InvalidArgument, match="other conditions"):
        play_ladder(Ladder(tmp_path / "file", games=6, plies=30))
    (tmp_path / "file").write_text('{"conditions": ' + json.dumps(small(tmp_path).conditions) + "}")
    with pytest.raises(DamagedFile, match="does not hold what it should"):
        play_ladder(small(tmp_path / "file"))


# The command.


def test_the_command_writes_and_prints_the_table(tmp_path, capsys):
    out = tmp_path / "ladder.json"
    arguments = f"--out {out} --players random greedy --games 4 --plies 30"
    assert main(shlex.split(arguments)) == 0
    table = (tmp_path / "ladder.md").read_text()
    assert capsys.readouterr().out.strip() == table.strip()
    assert table.count("| greedy |") == 3
    told = table.split("```")[1].split("alectors.ladder", 1)[1]
    assert tyro.cli(Ladder, args=shlex.split(told)) == small(out)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ("--games 3", "--games must be even"),
        ("--players random", "--players: name two opponents or more, each once"),
        ("--players random random", "--players: name two opponents or more, each once"),
        ("--players random gredy", "Did you mean 'greedy'"),
        ("--opening 300", "--opening must be less than --plies"),
    ],
)
def test_wrong_arguments_are_refused_in_a_sentence(tmp_path, capsys, arguments, sentence):
    assert main(shlex.split(f"--out {tmp_path}/file.json {arguments}")) == 2
    assert sentence in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


# The committed ladder.


def committed() -> Ladder:
    found = json.loads(COMMITTED.read_text())
    return Ladder(COMMITTED.relative_to(ROOT), **found["conditions"])


def test_the_committed_table_is_that_of_the_committed_games(monkeypatch):
    monkeypatch.chdir(ROOT)
    ladder = committed()
    pairs = play_ladder(ladder)
    assert COMMITTED.with_suffix(".md").read_text() == tell_table(ladder, pairs)
    assert all(len(pair.scores) >= 50 for pair in pairs)


def test_committed_games_can_be_played_again(tmp_path):
    known = json.loads(COMMITTED.read_text())["pairs"]
    names = ("greedy", "random")
    (pair,) = (pair for pair in known if tuple(pair["players"]) == names)
    again = Ladder(tmp_path / "file", names, **committed().conditions)
    (played,) = play_ladder(again)
    assert (played.scores, played.moves) == (pair["scores"], pair["moves"])
