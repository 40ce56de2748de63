"""The games and tasks of the simulators, known without importing them."""

GAMES = {
    "CookingWorld": "cookingworld",
    "CoinCollector": "coin",
    "Commonsense": "twc",
    "MapReader": "mapreader",
    "Arithmetic": "arithmetic",
    "Sorting": "sorting",
    "SimonSays": "simonsays",
    "PeckingOrder": "peckingorder",
}
"""Names in the ids, and the simulator's own."""
TASKS = (
    *("boil", "melt", "freeze", "change-the-state-of-matter-of"),
    *("use-thermometer", "measure-melting-point-known-substance"),
    *("measure-melting-point-unknown-substance", "power-component"),
    "power-component-renewable-vs-nonrenewable-energy",
    *("test-conductivity", "test-conductivity-of-unknown-substances"),
    *("find-living-thing", "find-non-living-thing", "find-plant", "find-animal"),
    *("grow-plant", "grow-fruit"),
    *("chemistry-mix", "chemistry-mix-paint-secondary-color"),
    "chemistry-mix-paint-tertiary-color",
    *("lifespan-longest-lived", "lifespan-shortest-lived"),
    "lifespan-longest-lived-then-shortest-lived",
    *("identify-life-stages-1", "identify-life-stages-2"),
    *("inclined-plane-determine-angle", "inclined-plane-friction-named-surfaces"),
    "inclined-plane-friction-unnamed-surfaces",
    *("mendelian-genetics-known-plant", "mendelian-genetics-unknown-plant"),
)
"""The simulator's own names, in its order."""


def id_name(task: str) -> str:
    """A task's name inside an id: ``find-living-thing`` is ``FindLivingThing``."""
    return "".join(word.capitalize() for word in task.split("-"))
