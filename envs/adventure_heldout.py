r"""The held-out wording of the text adventures: other words, none of them told in training.

Names of rooms and things stay, as commands and sentences share them. TextWorld puts its sentences
together by chance from grammars too rich for a whole table: those that say what can be done here
have templates of their own, any other is told under a heading.
"""

from dataclasses import replace

from .adventure_wording import AdventureWording

_WAY = r"On the \1 side a way out is free."
_HERE = r"Around you is \1."

HELDOUT = AdventureWording(
    goal="What you are here for: {objective}",
    explore="Seeing what there is to see is what you are here for.",
    coin="Locating the coin and grabbing it is what you are here for.",
    story="Gathering points and coming to a happy close of the tale is what you are here for.",
    nothing_done="So far nothing has been tried.",
    last="The thing you just tried: {command}.",
    won="Victory is yours.",
    lost="All is over and in vain.",
    room="The {name} surrounds you.",
    objectives=(
        (r"\b[Pp]lease\b", "kindly"),
        (r"\b[Cc]lose the\b", "shut the"),
        (r"\b[Oo]pen the\b", "pull open the"),
        (r"\b(?:[Tt]ake|[Pp]ick[- ]up|[Rr]etrieve|[Rr]ecover|[Ll]ift) the\b", "grab the"),
        (r"\b(?:[Pp]ut|[Pp]lace|[Ss]it|[Rr]est) the\b", "set the"),
        (r"\b(?:[Ii]nsert|[Dd]eposit) the\b", "slip the"),
        (r"\b[Ee]at the\b", "swallow the"),
        (r"\b[Dd]rop the\b", "leave the"),
        (r"\b[Uu]nlock the\b", "unbolt the"),
        (r"\b[Ll]ock the\b", "bolt the"),
    ),
    commands=(
        (r"go (\w+)", r"walk off on the \1 side"),
        (r"take (.+) from (.+)", r"remove \1 out of \2"),
        (r"take (.+)", r"grab \1"),
        (r"insert (.+) into (.+)", r"slip \1 inside \2"),
        (r"put (.+) on (.+)", r"set \1 atop \2"),
        (r"drop (.+)", r"leave \1 behind"),
        (r"open (.+)", r"pull open \1"),
        (r"close (.+)", r"shut \1"),
        (r"unlock (.+) with (.+)", r"unbolt \1 using \2"),
        (r"lock (.+) with (.+)", r"bolt \1 using \2"),
        (r"examine (.+)", r"inspect \1"),
        (r"eat (.+)", r"swallow \1"),
        (r"drink (.+)", r"gulp down \1"),
        (r"cook (.+) with (.+)", r"heat \1 using \2"),
        (r"slice (.+) with (.+)", r"cut \1 into sheets using \2"),
        (r"chop (.+) with (.+)", r"cut \1 into chunks using \2"),
        (r"dice (.+) with (.+)", r"cut \1 into cubes using \2"),
        (r"prepare meal", "assemble the dish"),
        (r"look", "survey the place"),
        (r"inventory", "check the bag"),
    ),
    other_command="attempt to {command}",
    sentences=(
        (r"There is an un\w+ exit to the (\w+)\.", _WAY),
        (r"There is an exit to the (\w+)\. Don't worry, .+", _WAY),
        (r"You don't like doors\? Why not try going (\w+), .+", _WAY),
        (r"You need an un\w+ exit\? You should try going (\w+)\.", _WAY),
        (r"There is an open (.+) leading (\w+)\.", r"On the \2 side the \1 is ajar."),
        (r"There is a closed (.+) leading (\w+)\.", r"On the \2 side the \1 is shut."),
        (r"There is a locked (.+) leading (\w+)\.", r"On the \2 side the \1 is bolted."),
        (r"You are carrying nothing\.", "The bag is empty."),
        (r"You are carrying: (.+)\.", r"The bag holds \1."),
        (r"There is (.+) on the floor\.", r"\1 can be found on the ground."),
        (r"There is nothing on the floor\.", "The ground is bare."),
        (r"On (the .+) (?:you see|is|are|you can see) (.+)\.", r"Atop \1 can be found \2."),
        (r"In (the .+) (?:you see|is|are|you can see) (.+)\.", r"Inside \1 can be found \2."),
        (r"The (.+) contains (.+)[.!]", r"Inside the \1 can be found \2."),
        (r"The (.+) is empty[.!]", r"Inside the \1 can be found nothing."),
        (r"You (?:can see|can make out|see|make out) (an? .+)\.", r"\1 catches the eye."),
        (r"You pick up (the .+) from the ground\.", r"Into the bag went \1, from the ground."),
        (r"You take (the .+) from (the .+)\.", r"Into the bag went \1, out of \2."),
        (r"You drop (the .+) on the ground\.", r"To the ground went \1."),
        (r"You put (the .+) into (the .+)\.", r"Inside \2 went \1."),
        (r"You put (the .+) on (the .+)\.", r"Atop \2 went \1."),
        (r"You open (.+), revealing (.+)\.", r"Now \1 is ajar and shows \2."),
        (r"You open (.+)\.", r"Now \1 is ajar."),
        (r"You close (.+)\.", r"Now \1 is shut."),
        (r"You unlock (.+)\.", r"Now \1 is no longer bolted."),
        (r"You lock (.+)\.", r"Now \1 is bolted."),
        (r"You eat (the .+)\.", r"Swallowed and gone is \1."),
        (r"Your score has just gone up by (.+)\.", r"That was worth \1."),
        (r"(?:You're now|You are|You find yourself|You arrive) in (an? .+|the .+)\.", _HERE),
        (r"You(?:'ve| have) (?:just )?(?:entered|\w+ into|shown up in) (an? .+)\.", _HERE),
        (r"Well, here we are in (an? .+|the .+)\.", _HERE),
        (r".+ in (?:a|the) place we're calling ((?:an?|the) .+)\.", _HERE),
    ),
    other_sentence="The tale goes on: {sentence}",
)
"""``wording="heldout"`` of the text adventures."""

HELDOUT_STORY = replace(HELDOUT, objectives=(), sentences=(), other_sentence="{sentence}")
"""The same of stories that are told in their own prose."""
