"""A language model behind an OpenAI-compatible server as an agent: ``llm:<http address>``."""

import os
from typing import Any
from urllib.parse import parse_qs, urlsplit, urlunsplit

import numpy as np

from alectors.envs.errors import MissingDependency, ModelError
from alectors.envs.wrappers import NO_ACTION

from .prompting import RULE, tell_state, understand

ASK = "Answer with the number of one action and nothing else."
NO_KEY = "none"
"""What is sent in the place of a key to a server that asks for none."""


class ServerAgent:
    """Asks a chat model for one action at a time.

    The model sees the page and the numbered actions; a number, or an action's words, in its answer
    is what it does. An answer that names no action is asked for once more, and then the first
    legal action is taken and counted in ``unanswered``. The key is taken from ``OPENAI_API_KEY``.

    Args:
        address: The server's base address, such as ``http://localhost:8000/v1``;
            ``?model=NAME`` behind it chooses among the models, the first that the server lists is
            taken otherwise.
        timeout: Seconds that an answer may take.
        retries: How often a request that failed (no connection, time-out, 429, 5xx) is repeated,
            after a growing pause.
        max_tokens: Tokens of an answer.

    Raises:
        MissingDependency: The package ``openai`` is not installed.
        ModelError: The server cannot be reached, or lists no model.
    """

    def __init__(
        self, address: str, *, timeout: float = 60.0, retries: int = 3, max_tokens: int = 512
    ) -> None:
        self.name, self.timeout, self.max_tokens = f"llm:{address}", timeout, max_tokens
        self.unanswered = 0
        parts = urlsplit(address)
        self._base = urlunsplit((parts.scheme, parts.netloc, parts.path, "", ""))
        self._client = _connect(self._base, timeout, retries)
        self.model = parse_qs(parts.query).get("model", [""])[0] or self._first_model()

    def reset(self, seed: int | None = None) -> None:
        """Begin an episode, whose seed is passed to the server."""
        self._seed = seed

    def choose_action(self, observation: str, info: dict[str, Any]) -> int:
        """The index of the action that the model names.

        Args:
            observation: A page.
            info: The info beside it.

        Raises:
            ModelError: The server gave no answer in spite of all retries.
        """
        messages = [
            {"role": "system", "content": f"{RULE} {ASK}"},
            {"role": "user", "content": tell_state(observation, info["actions"])},
        ]
        for _ in range(2):
            answer = self._ask(messages)
            index = understand(answer, info)
            if index != NO_ACTION:
                return index
            messages += [
                {"role": "assistant", "content": answer},
                {"role": "user", "content": f"That names no action of the list. {ASK}"},
            ]
        self.unanswered += 1
        return int(np.flatnonzero(info["action_mask"])[0])

    def describe(self) -> dict[str, Any]:
        """Who it is, ready for JSON."""
        return {"agent": self.name, "model": self.model, "unanswered": self.unanswered}

    _seed: int | None = None

    def _ask(self, messages: list[dict[str, str]]) -> str:
        import openai

        try:
            answer = self._client.chat.completions.create(
                model=self.model,
                messages=messages,
                temperature=0.0,
                seed=self._seed,
                max_tokens=self.max_tokens,
            )
        except openai.OpenAIError as error:
            raise ModelError(self._explain(error)) from error
        if not getattr(answer, "choices", None):
            raise ModelError(f"The server {self._base} sent an answer without choices.")
        return answer.choices[0].message.content or ""

    def _first_model(self) -> str:
        import openai

        try:
            listed = self._client.models.list().data
        except openai.OpenAIError as error:
            raise ModelError(self._explain(error)) from error
        if not listed:
            raise ModelError(f"The server {self._base} lists no model: name one by ?model=NAME.")
        return str(listed[0].id)

    def _explain(self, error: Exception) -> str:
        import openai

        if isinstance(error, openai.APITimeoutError):
            return f"The server {self._base} did not answer within {self.timeout:g} seconds."
        if isinstance(error, openai.APIConnectionError):
            return f"The server {self._base} cannot be reached: is it running at that address?"
        if isinstance(error, openai.AuthenticationError):
            return f"The server {self._base} wants another key: set OPENAI_API_KEY."
        if isinstance(error, openai.NotFoundError):
            return (
                f"The server {self._base} knows no such model or path ({error}): an address often "
                "ends with /v1, and ?model=NAME behind it chooses the model."
            )
        return f"The server {self._base} refused the request: {error}"


def _connect(base: str, timeout: float, retries: int) -> Any:
    try:
        import openai
    except ImportError as error:
        raise MissingDependency(
            "Asking a server needs the package openai: pip install 'alectors[llm]'."
        ) from error
    key = os.environ.get("OPENAI_API_KEY", NO_KEY)
    return openai.OpenAI(base_url=base, api_key=key, timeout=timeout, max_retries=retries)
