"""Prose of text adventures, split into statements."""

import pytest

from alectors.envs import adventure_words as words

MOVED = (
    "\n[going north]\n\n-= Basement =-\nYou are now in the basement. You begin looking for stuff."
    "\n\n\n\nYou need an unblocked exit? You should try going south.\n\n[going north - succeeded]"
    "\n\n\n>                                                            -= Basement =-0/2"
)
WON = (
    "\n[taking the coin]\nYou pick up the coin from the ground.\n[taking the coin - succeeded]\n\n"
    "\n\nYour score has just gone up by one point.\n\n\n          *** The End ***\n\nYou scored 1 "
    "out of a possible 1, in 9 turns.\n\n\nWould you like to RESTART, RESTORE a saved game, QUIT "
    "or UNDO the last command?\n>                        -= Laundromat =-0/8"
)


@pytest.mark.parametrize(
    ("prose", "lines"),
    [
        ("You are here. It is dark.", ["You are here. It is dark."]),
        ("A chest is here. A key is here.", ["A chest is here.", "A key is here."]),
        ("You see Dr. Smith and Mr. Jones.", ["You see Dr. Smith and Mr. Jones."]),
        ("Keys, e.g. Yale keys, fit. Try one!", ["Keys, e.g. Yale keys, fit.", "Try one!"]),
        ('"Wow!" you think. "Stop." You go.', ['"Wow!" you think.', '"Stop."', "You go."]),
        ("Hmm... what else, what else?", ["Hmm... what else, what else?"]),
        ("It costs 3.50 coins. Buy it.", ["It costs 3.50 coins.", "Buy it."]),
        ("A heading\n\nand a paragraph", ["A heading.", "And a paragraph."]),
        ("One sentence over\ntwo lines.", ["One sentence over two lines."]),
        ("You need an exit? You should try east.", ["You need an exit? You should try east."]),
        ("Isn't it great? A board is here.", ["Isn't it great?", "A board is here."]),
        (
            "An exit is north. Don't worry, it is open.",
            ["An exit is north. Don't worry, it is open."],
        ),
        ("You start reading:\n\nIt is empty.", ["You start reading.", "It is empty."]),
        (
            "Directions:\nfry the carrot\n  chop the carrot\n\nServe.",
            ["Directions: fry the carrot.", "Directions: chop the carrot.", "Serve."],
        ),
        ("Recipe #1\n-------\nGather it.", ["Recipe #1.", "Gather it."]),
        ("\n . \n\n", []),
        ("", []),
    ],
)
def test_sentences(prose: str, lines: list[str]) -> None:
    assert list(words.sentences(prose)) == lines


def test_typography_becomes_ascii() -> None:
    assert words.sentences("“Café” – it’s…\tgone!") == ('"Cafe" - it\'s...gone!',)


def test_a_rooms_heading_becomes_a_sentence() -> None:
    room = words.room_statements("-= Laundry Place =-\nYou've just arrived. An exit is east.")
    assert room == ("You are in the laundry place.", "You've just arrived.", "An exit is east.")


def test_an_answer_is_parted_into_news_and_room() -> None:
    news, room = words.split_answer(MOVED)
    assert words.sentences(news) == ()
    assert words.room_statements(room) == (
        "You are in the basement.",
        "You are now in the basement.",
        "You begin looking for stuff.",
        "You need an unblocked exit? You should try going south.",
    )


def test_points_won_by_moving_are_news_and_no_part_of_the_room() -> None:
    scored = MOVED.replace("succeeded]", "succeeded]\n\nYour score has just gone up by one point.")
    news, room = words.split_answer(scored)
    assert words.sentences(news) == ("Your score has just gone up by one point.",)
    assert "score" not in room


def test_the_end_brings_no_counters_and_no_menu() -> None:
    news, room = words.split_answer(WON)
    assert room == ""
    assert words.sentences(news) == (
        "You pick up the coin from the ground.",
        "Your score has just gone up by one point.",
    )


def test_only_whole_actions_that_succeeded_are_events() -> None:
    answer = "[opening the box]\n[opening the box - succeeded]\n[(first) taking - succeeded]\nOpen."
    assert words.events(answer) == ["opening the box"]
    assert words.events("[going up]\nYou can't.\n[going up - failed]") == []


def test_a_goal_is_one_line_without_greetings() -> None:
    goal = words.goal_statement("Welcome to TextWorld! Please take the key.\nAND\nClose the box.")
    assert goal == "Your goal is this: Please take the key. AND Close the box."
    assert words.goal_statement("") == "Your goal is to explore."
