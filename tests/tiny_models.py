"""Encoders of each family, tiny and with random weights, made without a network."""

import string
from pathlib import Path
from typing import Any

import torch
import transformers

SIZE: dict[str, Any] = {
    "hidden_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 48,
    "max_position_embeddings": 64,
}
DROPOUT = {"hidden_dropout_prob": 0.5, "attention_probs_dropout_prob": 0.5}
"""Much of it: where it is on, nothing is the same twice."""
WORDS = ["your", "goal", "is", "to", "go", "the", "red", "ball", "blue", "key", "a", "you"]
WORDS += ["carry", "nothing", "."]
LETTERS = [*string.ascii_lowercase, *string.digits, ".", "'"]


def numbered(words: list[str]) -> dict[str, int]:
    return {word: k for k, word in enumerate(words)}


def bert() -> tuple[Any, Any]:
    pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *WORDS, "##s", "re", "##d"]
    config = transformers.BertConfig(vocab_size=len(pieces), **SIZE, **DROPOUT)
    return transformers.BertTokenizer(vocab=numbered(pieces)), transformers.BertModel(config)


def roberta() -> tuple[Any, Any]:
    pieces = ["<s>", "<pad>", "</s>", "<unk>", "<mask>", *LETTERS, "Ġ", "re", "Ġre", "Ġred"]
    merges = [("r", "e"), ("Ġ", "re"), ("Ġre", "d")]
    config = transformers.RobertaConfig(
        vocab_size=len(pieces), pad_token_id=1, bos_token_id=0, eos_token_id=2, **SIZE, **DROPOUT
    )
    tokenizer = transformers.RobertaTokenizer(vocab=numbered(pieces), merges=merges)
    return tokenizer, transformers.RobertaModel(config)


def modernbert() -> tuple[Any, Any]:
    from tokenizers import Tokenizer, models, pre_tokenizers, processors

    pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *LETTERS, "Ġ"]
    inner = Tokenizer(models.BPE(numbered(pieces), []))
    inner.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    inner.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    names = {"pad": "[PAD]", "unk": "[UNK]", "cls": "[CLS]", "sep": "[SEP]", "mask": "[MASK]"}
    tokenizer = transformers.PreTrainedTokenizerFast(
        tokenizer_object=inner, **{f"{name}_token": token for name, token in names.items()}
    )
    config = transformers.ModernBertConfig(
        vocab_size=len(pieces),
        pad_token_id=0,
        cls_token_id=2,
        sep_token_id=3,
        bos_token_id=2,
        eos_token_id=3,
        embedding_dropout=0.5,
        mlp_dropout=0.5,
        attention_dropout=0.5,
        **SIZE,
    )
    return tokenizer, transformers.ModernBertModel(config)


def deberta() -> tuple[Any, Any]:
    pieces = ["[CLS]", "[PAD]", "[SEP]", "[UNK]", "[MASK]", *LETTERS, "Ġ"]
    config = transformers.DebertaConfig(
        vocab_size=len(pieces), pad_token_id=1, relative_attention=True, **SIZE, **DROPOUT
    )
    tokenizer = transformers.DebertaTokenizer(vocab=numbered(pieces), merges=[])
    return tokenizer, transformers.DebertaModel(config)


def deberta_v2() -> tuple[Any, Any]:
    """With what version 3 sets: shared keys, buckets of distances, no absolute positions."""
    pieces = ["[PAD]", "[CLS]", "[SEP]", "[UNK]", "[MASK]"]
    scored = [(piece, 0.0) for piece in pieces]
    scored += [(f"▁{word}", -1.0) for word in WORDS] + [(letter, -5.0) for letter in LETTERS]
    config = transformers.DebertaV2Config(
        vocab_size=len(scored),
        relative_attention=True,
        position_buckets=8,
        norm_rel_ebd="layer_norm",
        share_att_key=True,
        pos_att_type=["p2c", "c2p"],
        position_biased_input=False,
        type_vocab_size=0,
        **SIZE,
        **DROPOUT,
    )
    return transformers.DebertaV2Tokenizer(vocab=scored), transformers.DebertaV2Model(config)


FAMILIES = {
    "bert": bert,
    "roberta": roberta,
    "modernbert": modernbert,
    "deberta": deberta,
    "deberta-v2": deberta_v2,
}


def make_tiny(family: str, folder: Path) -> str:
    """Write an encoder of a family to ``folder``, always the same one, and return its name."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        tokenizer, model = FAMILIES[family]()
    tokenizer.save_pretrained(folder)
    model.save_pretrained(folder)
    return str(folder)
