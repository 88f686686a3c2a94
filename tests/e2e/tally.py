"""Counts what a finger does on a page, part by part: taps and keystrokes, as the page itself hears them."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from playwright.sync_api import BrowserContext, Locator, Page

# Only what came from outside; kept beside the page, should it be loaded anew. A key held down is one.
_LISTEN = """() => {
  const count = (name) => sessionStorage.setItem(name, String(Number(sessionStorage.getItem(name)) + 1))
  addEventListener('pointerdown', (event) => event.isTrusted && count('counted taps'), true)
  addEventListener('keydown', (event) => event.isTrusted && !event.repeat && count('counted keys'), true)
}"""
_SAY = "() => ['counted taps', 'counted keys'].map((name) => Number(sessionStorage.getItem(name)))"


@dataclass(frozen=True, slots=True)
class Acts:
    taps: int
    keys: int

    @property
    def together(self) -> int:
        return self.taps + self.keys

    def __add__(self, other: "Acts") -> "Acts":
        return Acts(self.taps + other.taps, self.keys + other.keys)

    def __sub__(self, other: "Acts") -> "Acts":
        return Acts(self.taps - other.taps, self.keys - other.keys)


class Tally:
    """`context` must not have loaded the app yet."""

    def __init__(self, context: BrowserContext) -> None:
        self.parts: dict[str, Acts] = {}
        self._unseen = Acts(0, 0)
        context.add_init_script(f"({_LISTEN})()")

    def choose(self, select: Locator, label: str) -> None:
        """From the phone's own list, of which a page hears nothing: one tap opens it, one chooses."""
        select.select_option(label=label)
        self._unseen += Acts(2, 0)

    @contextmanager
    def part(self, page: Page, name: str) -> Iterator[None]:
        before = self._now(page)
        yield
        self.parts[name] = self.parts.get(name, Acts(0, 0)) + self._now(page) - before

    def _now(self, page: Page) -> Acts:
        taps, keys = page.evaluate(_SAY)
        return Acts(taps, keys) + self._unseen

    @property
    def together(self) -> Acts:
        return sum(self.parts.values(), Acts(0, 0))
