"""The report in headless Chromium, as a person uses it: sort, open an entry, step an episode."""

import shutil
from collections.abc import Iterator
from typing import Any

import gymnasium as gym
import pytest
from boards import LAKE
from small_report import MATE, NASTY, Made, few_episodes, make_report

from alectors.leaderboard.entry import Entry
from alectors.leaderboard.table import read_entries
from alectors.leaderboard.traces import read_traces
from alectors.report.pages import home_of

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
BROWSER = next(filter(None, map(shutil.which, BROWSERS)), None)

pytestmark = pytest.mark.skipif(
    BROWSER is None, reason="needs Chromium on the PATH, such as Debian's package chromium"
)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Made]:
    with pytest.MonkeyPatch.context() as patch:
        few_episodes(patch)
        yield make_report(tmp_path_factory.mktemp("browsed"))


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=BROWSER)
        yield opened
        opened.close()


@pytest.fixture
def page(browser: Any) -> Iterator[Any]:
    """A page; whatever it complains of, or fetches from elsewhere, fails the test."""
    page = browser.new_page(viewport={"width": 1400, "height": 900})
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("dialog", lambda dialog: complaints.append(dialog.message))
    page.on("requestfailed", lambda request: complaints.append(request.url))
    requests: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    yield page
    page.close()
    assert complaints == []
    assert [url for url in requests if not url.startswith(("file:", "data:"))] == []


def open_page(page: Any, made: Made, place: str) -> None:
    page.goto((made.site / place).as_uri())


def lake_entry(made: Made, name: str = NASTY) -> Entry:
    entries = [entry for entry in read_entries(made.root) if entry.env_id == LAKE]
    (found,) = (entry for entry in entries if entry.data["name"] == name)
    return found


def names(page: Any) -> list[str]:
    found: list[str] = page.locator("#FrozenLake-v0 tbody th").all_inner_texts()
    return found


def heading(page: Any, name: str) -> Any:
    return page.locator("#FrozenLake-v0 thead th").filter(has_text=name)


def test_a_click_sorts_and_a_second_turns_it_round(page: Any, made: Made) -> None:
    open_page(page, made, "index.html")
    assert names(page) == [NASTY, "Oracle", "Random"]
    returns = heading(page, "return")
    returns.locator("button").click()
    assert returns.get_attribute("aria-sort") == "descending"
    by_return = names(page)
    assert by_return[0] == "Oracle"
    returns.locator("button").click()
    assert returns.get_attribute("aria-sort") == "ascending"
    assert names(page)[-1] == "Oracle"
    # What is not known comes last, either way.
    for direction in ("descending", "ascending"):
        heading(page, "seeds").locator("button").click()
        assert heading(page, "seeds").get_attribute("aria-sort") == direction
        assert names(page)[0] == NASTY
    assert returns.get_attribute("aria-sort") is None


def test_the_keyboard_sorts(page: Any, made: Made) -> None:
    open_page(page, made, "index.html")
    agent = heading(page, "agent")
    agent.locator("button").focus()
    page.keyboard.press("Enter")
    assert names(page) == ["Oracle", NASTY, "Random"]
    page.keyboard.press("Space")
    assert names(page) == ["Random", NASTY, "Oracle"]
    assert agent.get_attribute("aria-sort") == "descending"


def test_a_name_leads_to_its_entry_and_that_to_its_episodes(page: Any, made: Made) -> None:
    open_page(page, made, "index.html")
    page.locator("#FrozenLake-v0").get_by_role("link", name=NASTY).click()
    entry = lake_entry(made)
    assert page.url == (made.site / "entries" / f"{home_of(entry)}.html").as_uri()
    assert page.locator("h1").inner_text() == NASTY
    assert entry.data["id"] in page.locator("dl").first.inner_text()
    assert page.locator("svg.plot polyline").count() == 2
    page.get_by_role("link", name="Episode 2").click()
    assert page.locator("h1").inner_text() == "Episode 2: FrozenLake-v0"
    page.get_by_role("link", name=NASTY).click()
    assert page.locator("h1").inner_text() == NASTY


def told(page: Any) -> list[str]:
    """The statements that are shown, without their shares."""
    script = "all => all.map(item => item.firstChild.textContent)"
    found: list[str] = page.locator("#page li").evaluate_all(script)
    return found


def replay_pages(entry: Entry, number: int) -> list[list[str]]:
    """What the environment itself says at each step of an episode."""
    env = gym.make(entry.env_id, **entry.data["environment"]["kwargs"])
    page, _ = env.reset(seed=number)
    pages = [page.split("\n")]
    for action in read_traces(entry.traces)[0][number]:
        page, *_ = env.step(action)
        pages.append(page.split("\n"))
    return pages


def test_an_episode_is_stepped_by_buttons_keys_and_slider(page: Any, made: Made) -> None:
    entry = lake_entry(made, "Oracle")
    pages = replay_pages(entry, 0)
    last = len(pages) - 1
    open_page(page, made, f"replays/{home_of(entry)}-0.html")
    assert told(page) == pages[0]
    assert page.locator("#back").is_disabled()
    page.locator("#on").click()
    assert told(page) == pages[1] != pages[0]
    picture = page.locator("#picture img").get_attribute("src")
    page.keyboard.press("ArrowRight")
    assert told(page) == pages[2]
    assert page.locator("#slider").input_value() == "2"
    assert page.locator("#picture img").get_attribute("src") != picture
    page.keyboard.press("ArrowLeft")
    assert told(page) == pages[1]
    page.locator("#slider").fill("3")
    assert told(page) == pages[3]
    page.locator("#slider").focus()
    page.keyboard.press("ArrowRight")
    assert told(page) == pages[4], "the slider's own step and the page's would be two"
    page.keyboard.press("End")
    assert told(page) == pages[last]
    assert page.locator("#step").inner_text() == f"Step {last} of {last}"
    assert "The episode is over. Return so far 1." in page.locator("#judgement").inner_text()
    assert page.locator("#on").is_disabled()
    page.locator("#first").click()
    assert told(page) == pages[0]


def test_an_episode_plays_by_itself_until_it_is_stopped(page: Any, made: Made) -> None:
    page.clock.install()
    open_page(page, made, f"replays/{home_of(lake_entry(made, 'Oracle'))}-0.html")
    page.locator("body").press("Space")
    assert page.locator("#play").inner_text() == "Pause"
    page.clock.run_for(1_500)
    assert page.locator("#slider").input_value() == "2"
    page.locator("#play").click()
    page.clock.run_for(5_000)
    assert page.locator("#slider").input_value() == "2"


def test_probabilities_and_attention_are_shown(page: Any, made: Made) -> None:
    entry = lake_entry(made)
    open_page(page, made, f"replays/{home_of(entry)}-0.html")
    shares = page.locator("#actions .share").all_inner_texts()
    assert sum(float(share.removesuffix(" %")) for share in shares) == pytest.approx(100, abs=0.5)
    action = entry.data["runs"][0]["episodes"][0]
    assert page.locator("#actions .taken").count() == 1
    assert f"Step 0 of {action['length']}" == page.locator("#step").inner_text()
    colour = "all => all.map(item => getComputedStyle(item).backgroundColor)"
    attended = page.locator("#page li").evaluate_all(colour)
    assert len(set(attended)) > 1
    assert page.locator("#page .share").count() == len(told(page))
    page.locator("#shade").select_option("relevance")
    assert page.locator("#page li").evaluate_all(colour) != attended


def test_a_chess_board_is_drawn_with_its_pieces(page: Any, made: Made) -> None:
    (entry,) = (entry for entry in read_entries(made.root) if entry.env_id == MATE)
    open_page(page, made, f"replays/{home_of(entry)}-0.html")
    env: Any = gym.make(MATE, **entry.data["environment"]["kwargs"])
    env.reset(seed=0)
    pieces = page.locator("#picture svg > use")
    assert pieces.count() == len(env.unwrapped.game.piece_map())
    box = pieces.first.bounding_box()
    assert box is not None
    assert box["width"] > 20
    assert page.locator("#shading").is_hidden(), "nobody kept what the agent attended to"
    env.step(read_traces(entry.traces)[0][0][0])
    page.keyboard.press("ArrowRight")
    assert pieces.count() == len(env.unwrapped.game.piece_map())


@pytest.mark.parametrize("width", [390, 1400])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_hangs_over_the_edge(page: Any, made: Made, width: int, scheme: str) -> None:
    page.set_viewport_size({"width": width, "height": 844})
    page.emulate_media(color_scheme=scheme)
    home = home_of(lake_entry(made))
    seen = set()
    for place in ("index.html", f"entries/{home}.html", f"replays/{home}-0.html"):
        open_page(page, made, place)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, place
        style = (
            "[getComputedStyle(document.body).color, getComputedStyle(document.body).background]"
        )
        seen.add(tuple(page.evaluate(style)))
    assert len(seen) == 1
    ink, paper = (sum(map(int, told.split("(")[1].split(")")[0].split(","))) for told in seen.pop())
    assert (paper > ink) == (scheme == "light")


def test_the_words_stand_out_from_what_they_stand_on(page: Any, made: Made) -> None:
    """WCAG's 4.5 to 1, for the page's own colours, on the deepest shade too."""
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        open_page(page, made, f"replays/{home_of(lake_entry(made))}-0.html")
        shade = "document.querySelector('#page li').style.setProperty('--shade', '65%')"
        page.evaluate(shade)
        for selector in ("#page li", "#page .share", "#judgement", ".crumbs a"):
            assert page.evaluate(CONTRAST, selector) >= 4.5, (scheme, selector)


BODY = """() => {
  const style = getComputedStyle(document.body);
  return [style.color, style.backgroundColor];
}"""
CONTRAST = """selector => {
  const canvas = new OffscreenCanvas(1, 1).getContext("2d", {willReadFrequently: true});
  const solid = (colours) => {
    for (const colour of colours) { canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1); }
    return canvas.getImageData(0, 0, 1, 1).data;
  };
  const light = ([r, g, b]) => [r, g, b].map(v => v / 255)
    .map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, k) => sum + v * [0.2126, 0.7152, 0.0722][k], 0);
  const element = document.querySelector(selector);
  const behind = [];
  for (let at = element; at; at = at.parentElement)
    behind.unshift(getComputedStyle(at).backgroundColor);
  const [ink, paper] = [[getComputedStyle(element).color], behind].map(c => light(solid(c)));
  return (Math.max(ink, paper) + 0.05) / (Math.min(ink, paper) + 0.05);
}"""
