"""Agents by name: a person, an engine, language models, and classes of one's own."""

import builtins
import contextlib
import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import StringIO
from pathlib import Path
from typing import Any

import gymnasium as gym
import numpy as np
import pytest
import torch
from rich.console import Console

import alectors
from alectors.cli import main
from alectors.envs.chess_engine import find_stockfish
from alectors.envs.errors import (
    InvalidArgument,
    ModelError,
    OpponentError,
    PlayerLeft,
    UnknownName,
)
from alectors.envs.wrappers import NO_ACTION
from alectors.human import HumanAgent
from alectors.players import make_player
from alectors.prompting import tell_state, understand

ECHO = "alectors/Echo-v0"


def info_of(*actions: str, n: int = 8) -> dict[str, Any]:
    mask = np.zeros(n, dtype=np.int8)
    mask[1 : 1 + len(actions)] = 1
    return {"actions": list(actions), "action_mask": mask}


# A person


class Answers:
    """A console whose input comes from a list."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *answers: str) -> None:
        self.shown = StringIO()
        left = list(answers)

        def answer(*_: Any) -> str:
            if not left:
                raise EOFError
            return left.pop(0)

        monkeypatch.setattr(builtins, "input", answer)
        self.console = Console(file=self.shown, soft_wrap=True)


def test_a_person_answers_by_number_and_words(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = Answers(monkeypatch, "2", "", "up and away", "3", "go NORTH")
    person = HumanAgent(answers.console)
    info = info_of("go north", "go south")
    assert person.choose_action("Your goal is to leave.", info) == 2
    assert person.choose_action("Your goal is to leave.", info) == 1
    shown = answers.shown.getvalue()
    assert shown.count("type a number from 1 to 2") == 2
    with pytest.raises(PlayerLeft):
        person.choose_action("Your goal is to leave.", info)


def test_a_person_may_speak_san(monkeypatch: pytest.MonkeyPatch) -> None:
    env = gym.make("alectors/Chess-v0", colour="white")
    page, info = env.reset(seed=0)
    person = HumanAgent(Answers(monkeypatch, "Nf3").console)
    person.attach(env)
    index = person.choose_action(page, info)
    legal = list(np.flatnonzero(info["action_mask"]))
    assert info["actions"][legal.index(index)] == "knight from g1 to f3"


def test_a_person_is_scored(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    Answers(monkeypatch, "1", "1", "1")
    command = ["evaluate", "human", ECHO, "--episodes", "1", "--env.max_steps", "3"]
    assert main(command) == 0
    assert "human" in capsys.readouterr().out
    assert main(command) == 2
    assert "You left" in capsys.readouterr().err


# An engine


@pytest.mark.skipif(find_stockfish() is None, reason="Stockfish is not installed")
def test_an_engine_beats_a_random_mover() -> None:
    agent = make_player(f"uci:{find_stockfish()}")
    result = alectors.evaluate(agent, "alectors/Chess-v0", episodes=2)
    assert result.success_rate == 1.0
    again = alectors.evaluate(
        make_player(f"uci:{find_stockfish()}"), "alectors/Chess-v0", episodes=2
    )
    assert [e.actions for e in again.episodes] == [e.actions for e in result.episodes]
    with pytest.raises(InvalidArgument, match="plays chess"):
        alectors.evaluate(agent, ECHO, episodes=1)


def test_a_missing_engine_is_told() -> None:
    with pytest.raises(OpponentError, match="no engine at /no/such/engine"):
        make_player("uci:/no/such/engine")


# A language model from a folder


@pytest.fixture(scope="module")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A causal model with two layers and random weights, and a tokenizer of bytes."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers
    from transformers import GPT2Config, GPT2LMHeadModel, PreTrainedTokenizerFast

    folder = tmp_path_factory.mktemp("model")
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    known = Tokenizer(models.BPE({letter: k for k, letter in enumerate(alphabet)}, []))
    known.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    known.decoder = decoders.ByteLevel()
    PreTrainedTokenizerFast(tokenizer_object=known).save_pretrained(folder)
    torch.manual_seed(0)
    config = GPT2Config(vocab_size=256, n_positions=2048, n_embd=32, n_layer=2, n_head=2)
    GPT2LMHeadModel(config).save_pretrained(folder)
    return folder


def test_actions_are_ranked_by_their_likelihood(tiny_model: Path) -> None:
    """The shared prefix and the batches give what each whole text gives by itself."""
    agent: Any = make_player(f"llm:{tiny_model}")
    agent.batch = 2
    page, actions = (
        "Your goal is to leave.\nA door is ahead.",
        ["go north", "open the door", "wait"],
    )
    for by_sum in (False, True):
        agent.by_sum = by_sum
        found = agent.score(page, actions)
        for k, words in enumerate(actions):
            text = f"{agent_prompt(page, actions)} {words}"
            ids = torch.tensor([agent.tokenizer(text)["input_ids"]])
            log_probs = agent.model(ids).logits[0, :-1].log_softmax(1)
            said = len(agent.tokenizer(f" {words}")["input_ids"])
            picked = log_probs.gather(1, ids[0, 1:, None])[-said:, 0]
            expected = picked.sum() if by_sum else picked.mean()
            torch.testing.assert_close(found[k], expected, rtol=1e-4, atol=1e-4)
    index = agent.choose_action(page, info_of(*actions))
    assert index == 1 + int(found.argmax())


def agent_prompt(page: str, actions: list[str]) -> str:
    from alectors.llm import LEAD
    from alectors.prompting import RULE

    return f"{RULE}\n\n{tell_state(page, actions)}{LEAD}"


def test_a_language_model_is_scored_and_repeats_itself(tiny_model: Path) -> None:
    results = [
        alectors.evaluate(
            make_player(f"llm:{tiny_model}"), ECHO, episodes=1, env_kwargs={"max_steps": 3}
        )
        for _ in range(2)
    ]
    assert results[0].episodes == results[1].episodes
    assert results[0].agent["agent"] == f"llm:{tiny_model}"


def test_a_page_beyond_the_context_is_told(tiny_model: Path) -> None:
    agent = make_player(f"llm:{tiny_model}")
    with pytest.raises(ModelError, match="reads 2048"):
        agent.choose_action("x" * 3000, info_of("wait"))


def test_a_missing_model_is_told() -> None:
    with pytest.raises(ModelError, match="No causal language model"):
        make_player("llm:/no/such/folder")


# A language model behind a server


class Server(BaseHTTPRequestHandler):
    """A small OpenAI-compatible server that gives the answers of ``script`` in turn."""

    script: list[Any] = []
    seen: list[dict[str, Any]] = []
    models = ["small"]

    def do_GET(self) -> None:
        self._send(200, {"data": [{"id": m, "object": "model"} for m in self.models]})

    def do_POST(self) -> None:
        size = int(self.headers["Content-Length"])
        self.seen.append(json.loads(self.rfile.read(size)))
        answer = self.script.pop(0) if self.script else "1"
        if isinstance(answer, int):
            return self._send(answer, {"error": {"message": "no"}})
        if isinstance(answer, float):
            time.sleep(answer)
            answer = "1"
        choices = [{"index": 0, "message": {"role": "assistant", "content": answer}}]
        return self._send(200, {"id": "x", "object": "chat.completion", "choices": choices})

    def _send(self, status: int, body: dict[str, Any]) -> None:
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        with contextlib.suppress(BrokenPipeError):  # whoever asked did not wait
            self.wfile.write(data)

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def address(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setattr("openai._base_client.BaseClient._calculate_retry_timeout", lambda *_: 0.01)
    Server.script, Server.seen, Server.models = [], [], ["small"]
    server = ThreadingHTTPServer(("127.0.0.1", 0), Server)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/v1"
    server.shutdown()
    server.server_close()


def test_a_server_is_asked_and_understood(address: str) -> None:
    agent: Any = make_player(f"llm:{address}")
    info = info_of("go north", "go south")
    Server.script = ["2", "I should leave.\n**Go north**"]
    assert agent.choose_action("A page.", info) == 2
    assert agent.choose_action("A page.", info) == 1
    asked = Server.seen[0]
    assert asked["model"] == "small"
    assert asked["messages"][1]["content"] == "A page.\n\nActions:\n1. go north\n2. go south"


def test_nonsense_is_asked_again_and_counted(address: str) -> None:
    agent: Any = make_player(f"llm:{address}?model=large")
    Server.script = ["hm", "2", "hm", "hm"]
    info = info_of("go north", "go south")
    assert agent.choose_action("A page.", info) == 2
    assert agent.choose_action("A page.", info) == 1
    assert agent.describe() == {"agent": agent.name, "model": "large", "unanswered": 1}
    assert len(Server.seen) == 4


def test_a_failed_request_is_repeated(address: str) -> None:
    agent = make_player(f"llm:{address}")
    Server.script = [503, 429, "2"]
    assert agent.choose_action("A page.", info_of("go north", "go south")) == 2
    Server.script = [500] * 9
    with pytest.raises(ModelError, match="refused"):
        agent.choose_action("A page.", info_of("go north"))
    Server.script = [401]
    with pytest.raises(ModelError, match="OPENAI_API_KEY"):
        agent.choose_action("A page.", info_of("go north"))


def test_a_slow_server_is_told(address: str) -> None:
    from alectors.llm_server import ServerAgent

    agent = ServerAgent(address, timeout=0.2, retries=1)
    Server.script = [1.0, 1.0]
    with pytest.raises(ModelError, match=r"within 0\.2 seconds"):
        agent.choose_action("A page.", info_of("go north"))


def test_an_unreachable_server_is_told(address: str) -> None:
    with pytest.raises(ModelError, match="cannot be reached"):
        make_player("llm:http://127.0.0.1:9/v1")
    Server.models = []
    with pytest.raises(ModelError, match="lists no model"):
        make_player(f"llm:{address}")


@pytest.mark.parametrize(
    ("answer", "index"),
    [
        ("2", 2),
        ("Action 2.", 2),
        ("go north", 1),
        ("`Go South`", 2),
        ("At first 1 seemed right.\nMy choice: 3", 3),
        ("I go north east", 3),
        ("17", NO_ACTION),
        ("", NO_ACTION),
        ("9" * 5000, NO_ACTION),
    ],
)
def test_answers_are_understood(answer: str, index: int) -> None:
    assert understand(answer, info_of("go north", "go south", "go north east")) == index


# A class of one's own


OWN = """
class First:
    def choose_action(self, observation, info):
        return int(info["action_mask"].argmax())

class Nothing:
    pass

class Needy:
    def __init__(self, size):
        pass
"""


def test_a_class_in_the_present_folder_is_scored(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "own_agents.py").write_text(OWN)
    monkeypatch.chdir(tmp_path)
    assert main(["evaluate", "own_agents:First", ECHO, "--episodes", "2"]) == 0
    assert "First" in capsys.readouterr().out
    for name, words in {
        "own_agents:Nothing": "no choose_action",
        "own_agents:Needy": "without arguments",
        "own_agents:Frist": "Did you mean 'First'",
        "no_such_module:X": "cannot be imported",
    }.items():
        assert main(["evaluate", name, ECHO, "--episodes", "1"]) == 2
        assert words in capsys.readouterr().err


def test_a_name_that_means_nothing_is_told() -> None:
    with pytest.raises(UnknownName, match="Did you mean 'random'"):
        make_player("randm")
    for name in ("llm:", "uci:", ":", "x:"):
        with pytest.raises((UnknownName, InvalidArgument)):
            make_player(name)
