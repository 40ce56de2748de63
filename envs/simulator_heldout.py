"""The held-out wordings of TextWorldExpress and ScienceWorld: other words, none told in training.

Names of rooms and things stay. Sentences without a template of their own are told under a heading,
as in the held-out wording of TextWorld.
"""

from dataclasses import replace

from .adventure_heldout import HELDOUT

_SEEN = r"(?:In (?:one|another) part of the room you see|There is also|You also see) "

EXPRESS_HELDOUT = replace(
    HELDOUT,
    objectives=(
        (r"\bYour (?:first )?task is to\b", "What has to be done is to"),
        (r"\b[Pp]ick up\b", "grab"),
        (r"\btake the\b", "grab the"),
        (r"\b(?:place|put)\b", "set"),
        (r"\bRepeat this\b", "Do so again and again"),
        (r"\bsort\b", "bring into order"),
    ),
    commands=(
        (r"move (\w+)", r"walk off on the \1 side"),
        (r"open door to (\w+)", r"pull open the door on the \1 side"),
        (r"close door to (\w+)", r"shut the door on the \1 side"),
        (r"put (.+) in (.+)", r"slip \1 inside \2"),
        (r"cook (.+) in (.+)", r"heat \1 inside \2"),
        (r"read (.+)", r"study what \1 says"),
        (r"(slice|chop|dice) (.+)", r"go ahead and \1 \2"),
        (r"look around", "survey the place"),
        (r"prepare meal", "assemble the dish"),
        *HELDOUT.commands,
    ),
    sentences=(
        (_SEEN + r"(.+) that is closed\.", r"\1 stands shut nearby."),
        (_SEEN + r"(.+), that has nothing on it\.", r"\1 with a bare top stands nearby."),
        (_SEEN + r"(.+), that is empty\.", r"\1 with nothing inside stands nearby."),
        (_SEEN + r"(.+) that has (.+) on it\.", r"\1 stands nearby and carries \2."),
        (_SEEN + r"(.+), that contains (.+)\.", r"\1 stands nearby and holds \2."),
        (_SEEN + r"(.+)\.", r"\1 can be found nearby."),
        (r"To the (\w+) you see a closed (.+)\.", r"On the \1 side the \2 is shut."),
        (r"To the (\w+) you see (.+)\.", r"On the \1 side lies \2."),
        (
            r"Through an open (.+), to the (\w+) you see (.+)\.",
            r"On the \2 side, behind the \1 standing ajar, lies \3.",
        ),
        (r"Inventory.*: Your inventory is currently empty\.", "The bag is empty."),
        (r"Inventory: (.+)\.", r"The bag holds \1."),
        (r"Inventory \(maximum capacity is (\d+) items\): (.+)\.", r"The bag for \1 holds \2."),
        (r"You take (the .+)\.", r"Into the bag went \1."),
        (r"You put (the .+) in (the .+)\.", r"Inside \2 went \1."),
        (r"Simon says, '(.+)'\.", r"The order of the moment is '\1'."),
        (r"The current task is to (.+)\.", r"What comes next is to \1."),
        (r"The map reads: The (.+) connects to (.+)\.", r"On the map a way joins \1 and \2."),
        (r"Ingredients: (.+)\.", r"The dish needs \1."),
        (r"Directions: (.+)\.", r"One step of the recipe is to \1."),
        *HELDOUT.sentences,
    ),
)
"""``wording="heldout"`` of TextWorldExpress."""

SCIENCE_HELDOUT = replace(
    HELDOUT,
    objectives=(
        (r"\bYour task is to\b", "What has to be done is to"),
        (r"\b[Ff]ocus on\b", "turn your mind to"),
        (r"\bfirst, \b", "to begin with, "),
        (r"\bFirst, ", "To begin with, "),
        (r"\bThen, ", "After that, "),
        (r"\bplace it in\b", "shift it over to"),
        (r"\bmove it to\b", "shift it over to"),
        (r"\bfind\b", "track down"),
    ),
    commands=(
        (r"go to (.+)", r"walk over to \1"),
        (r"teleport to (.+)", r"be beamed to \1"),
        (r"pick up (.+)", r"grab \1"),
        (r"put down (.+)", r"leave \1 behind"),
        (r"move (.+) to (.+)", r"shift \1 over to \2"),
        (r"pour (.+) into (.+)", r"tip \1 out over \2"),
        (r"dunk (.+) into (.+)", r"dip \1 inside \2"),
        (r"use (.+) on (.+)", r"apply \1 upon \2"),
        (r"connect (.+) to (.+)", r"wire \1 up with \2"),
        (r"disconnect (.+)", r"unwire \1"),
        (r"focus on (.+)", r"turn your mind to \1"),
        (r"look at (.+)", r"inspect \1"),
        (r"look in (.+)", r"peer inside \1"),
        (r"look around", "survey the place"),
        (r"mix (.+)", r"stir \1 together"),
        (r"activate (.+)", r"switch \1 on"),
        (r"deactivate (.+)", r"switch \1 off"),
        (r"read (.+)", r"study what \1 says"),
        (r"open (.+)", r"pull open \1"),
        (r"close (.+)", r"shut \1"),
        (r"eat (.+)", r"swallow \1"),
        (r"flush (.+)", r"rinse \1"),
        (r"inventory", "check the bag"),
        (r"wait1", "pause for one moment"),
        (r"wait", "pause for a good while"),
        (r"(\d+)", r"choose number \1"),
    ),
    sentences=(
        (r"This room is called (the .+)\.", r"Around you is \1."),
        (r"(?:This outside location) is called (the .+)\.", r"Around you is \1."),
        (r"In it, you see: (.+)\.", r"Present here: \1."),
        (r"You also see: (.+)\.", r"Leading away from here: \1."),
        (r"In your inventory, you see: (.+)\.", r"The bag holds \1."),
        (r"You move to (the .+)\.", r"Now \1 is reached."),
        (r"You move (the .+) to (the .+)\.", r"Now \1 is with \2."),
        (r"You focus on (the .+)\.", r"The mind is turned to \1."),
        (r"The (.+) is now open\.", r"Now the \1 is ajar."),
        (r"The (.+) is now closed\.", r"Now the \1 is shut."),
        (r"You pour the contents of (.+) into (.+)\.", r"Out of \1 all went into \2."),
        (r"Answer (\d+) to choose this: (.+)\.", r"Number \1 stands for this: \2."),
    ),
)
"""``wording="heldout"`` of ScienceWorld."""
