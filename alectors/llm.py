"""A causal language model as an agent: it ranks the legal actions by their likelihood."""

import copy
from typing import Any

import numpy as np
import torch
from torch import Tensor

from alectors.envs.errors import ModelError, require

from .prompting import RULE, tell_state

LEAD = "\n\nThe best action is:"
"""What stands between the actions and the one that is judged."""


class LanguageModelAgent:
    """Takes the legal action whose words a causal language model finds likeliest.

    The words are judged in the place of an answer to the page and the list of actions, by the mean
    log-probability of their tokens, or by the sum, which favours short actions (Ahn et al., 2022,
    https://arxiv.org/abs/2204.01691, score actions so). The page is read once; the actions go on
    from its keys and values, many at a time.

    Args:
        name: A local folder or a hub id with a causal model and its tokenizer.
        by_sum: Rank by the sum of log-probabilities instead of their mean.
        batch: Actions in one forward pass.

    Raises:
        ModelError: There is no such model.
    """

    def __init__(self, name: str, *, by_sum: bool = False, batch: int = 32) -> None:
        require(batch >= 1, f"batch={batch} must be at least 1.")
        self.name, self.by_sum, self.batch = f"llm:{name}", by_sum, batch
        self.tokenizer, self.model = _load(name)
        self.max_length = int(getattr(self.model.config, "max_position_embeddings", 0) or 0)

    def choose_action(self, observation: str, info: dict[str, Any]) -> int:
        """The index of the likeliest action.

        Args:
            observation: A page.
            info: The info beside it.

        Raises:
            ModelError: The page is longer than the model can read.
        """
        scores = self.score(observation, info["actions"])
        return int(np.flatnonzero(info["action_mask"])[int(scores.argmax())])

    @torch.inference_mode()
    def score(self, page: str, actions: list[str]) -> Tensor:
        """The log-likelihood of each action's words, mean or sum over their tokens. ``[A]``."""
        prompt = f"{RULE}\n\n{tell_state(page, actions)}{LEAD}"
        prefix = self._ids(prompt, special=True)
        said = [self._ids(f" {words}", special=False) for words in actions]
        self._check_length(len(prefix) + max(map(len, said)))
        # The last token of the prefix predicts the first of an action: it is read with each.
        past = self.model(torch.tensor([prefix[:-1]]), use_cache=True).past_key_values
        parts = [
            self._continue(past, prefix, said[k : k + self.batch])
            for k in range(0, len(said), self.batch)
        ]
        return torch.cat(parts)

    def describe(self) -> dict[str, Any]:
        """Who it is, ready for JSON."""
        return {"agent": self.name, "by_sum": self.by_sum}

    def _continue(self, past: Any, prefix: list[int], said: list[list[int]]) -> Tensor:
        """The scores of a few actions after the cached prefix. ``[len(said)]``."""
        longest = max(map(len, said))
        ids = torch.zeros(len(said), longest + 1, dtype=torch.long)
        real = torch.zeros(len(said), longest + 1, dtype=torch.bool)
        for k, tokens in enumerate(said):
            ids[k, : len(tokens) + 1] = torch.tensor([prefix[-1], *tokens])
            real[k, : len(tokens) + 1] = True
        cache = copy.deepcopy(past)  # a model adds to what it is given
        cache.batch_repeat_interleave(len(said))
        read = torch.ones(len(said), len(prefix) - 1, dtype=torch.bool)
        logits = self.model(
            ids, past_key_values=cache, attention_mask=torch.cat([read, real], 1).long()
        ).logits.float()
        log_probs = logits[:, :-1].log_softmax(2).gather(2, ids[:, 1:, None])[:, :, 0]
        total: Tensor = (log_probs * real[:, 1:]).sum(1)
        if not self.by_sum:
            total = total / real[:, 1:].sum(1)
        return total

    def _ids(self, text: str, *, special: bool) -> list[int]:
        found: list[int] = self.tokenizer(text, add_special_tokens=special)["input_ids"]
        return found

    def _check_length(self, length: int) -> None:
        if self.max_length and length > self.max_length:
            raise ModelError(
                f"The page, its actions and the answer are {length} tokens, and {self.name} reads "
                f"{self.max_length}: choose a model with a longer context."
            )


def _load(name: str) -> tuple[Any, Any]:
    from transformers import AutoModelForCausalLM, AutoTokenizer

    try:
        tokenizer = AutoTokenizer.from_pretrained(name)
        model: Any = AutoModelForCausalLM.from_pretrained(name)
    except (OSError, ValueError) as error:
        first = str(error).strip().split("\n")[0]
        raise ModelError(
            f"No causal language model could be loaded from {name!r}: give a local folder, or the "
            f"id of one that the hub or its cache has. ({first})"
        ) from error
    return tokenizer, model.eval().requires_grad_(False)
