"""``alectors record ID``: an agent's episodes as a Minari dataset."""

from __future__ import annotations

from ..arguments import Context, Evaluate, Record
from .scoring import find_acting, print_results, score


def record(command: Record, context: Context) -> int:
    """Play episodes, keep them, and say how they are read."""
    from ..recording import find_place, new_dataset

    place = find_place(command.out)
    import torch

    from ..options import has_splits

    torch.set_num_threads(command.threads)
    agent, env_id, env_kwargs = find_acting(command.agent, command.id, context)
    name = str(getattr(agent, "name", command.agent))
    # Where there are no splits, "test" leaves the argument out.
    split = command.split if has_splits(env_id) else "test"
    protocol = Evaluate(command.agent, episodes=command.episodes, seed=command.seed, split=split)
    try:
        with new_dataset(place, name, context.command) as wrap:
            result = score(agent, env_id, env_kwargs, protocol, context, wrap)
    except KeyboardInterrupt:
        context.console.print("Interrupted: nothing is kept.")
        return 130
    print_results([(name, result)], context)
    steps = sum(episode.length for episode in result.episodes)
    context.console.print(
        f"{len(result.episodes)} episodes, {steps:,} steps in {place.folder}\n"
        f"Read them with {place.reading}",
        markup=False,
    )
    return 0
